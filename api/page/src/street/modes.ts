/** The closed list of device states, and how each is drawn: a letter and a shape, not colour. */

import type { Device } from "../service/contract";
import { say, sayIfKnown } from "../words/words.svelte";
import type { Freshness } from "./live.svelte";

export type Shape =
  "ring" | "diamond" | "square" | "triangle" | "barred" | "octagon" | "dotted" | "dot";

export interface Symbol {
  readonly mode: string;
  readonly letter: string;
  readonly shape: Shape;
  readonly abnormal: boolean;
  /** Lower comes first in a list of what needs attention. */
  readonly rank: number;
}

const NORMAL: Readonly<Record<string, readonly [letter: string, shape: Shape]>> = {
  coordinated: ["C", "ring"],
  "local-fixed": ["L", "ring"],
  actuated: ["A", "diamond"],
  adaptive: ["A", "diamond"],
  manual: ["M", "square"],
  preempted: ["P", "square"],
};
const ABNORMAL: Readonly<Record<string, readonly [letter: string, shape: Shape]>> = {
  conflict: ["X", "octagon"],
  dark: ["D", "square"],
  "yellow-flash": ["F", "triangle"],
  "all-red": ["R", "barred"],
  "no-contact": ["?", "dotted"],
  stale: ["?", "dotted"],
  starting: ["S", "square"],
};
const RANKS = Object.keys(ABNORMAL);

/** Names that adapters use for the same thing. */
const SAME: Readonly<Record<string, string>> = {
  flash: "yellow-flash",
  "amber-flash": "yellow-flash",
  off: "dark",
  free: "local-fixed",
  fixed: "local-fixed",
  local: "local-fixed",
  coordination: "coordinated",
  "start-up": "starting",
  startup: "starting",
  unreachable: "no-contact",
};

export function modeOf(device: Device | undefined, freshness: Freshness): string {
  if (device === undefined) return "not-managed";
  if (device.state === null) return "no-contact";
  if (device.state.faults.some((fault) => fault.includes("conflict"))) return "conflict";
  if (freshness === "stale") return "stale";
  const told = device.state.mode.toLowerCase().replace(/[_ ]/g, "-");
  return SAME[told] ?? told;
}

export function symbolOf(mode: string): Symbol {
  const normal = NORMAL[mode];
  if (normal !== undefined) {
    return { mode, letter: normal[0], shape: normal[1], abnormal: false, rank: 99 };
  }
  const abnormal = ABNORMAL[mode];
  if (abnormal !== undefined) {
    const rank = RANKS.indexOf(mode);
    return { mode, letter: abnormal[0], shape: abnormal[1], abnormal: true, rank };
  }
  if (mode === "not-managed") return { mode, letter: "", shape: "dot", abnormal: false, rank: 99 };
  return { mode, letter: "?", shape: "dotted", abnormal: true, rank: 50 };
}

export function modeText(mode: string): string {
  return sayIfKnown(`mode.${mode}`, { mode }) ?? say("mode.unknown", { mode });
}

/** A length of time in words: 0.4 s, 41 s, 3 min 2 s, 2 h 5 min. */
export function ageText(seconds: number): string {
  if (seconds < 10) return say("unit.s", { n: seconds.toFixed(1) });
  const whole = Math.floor(seconds);
  if (whole < 60) return say("unit.s", { n: whole });
  if (whole < 3600) return say("unit.ms", { m: Math.floor(whole / 60), s: whole % 60 });
  return say("unit.h", { h: Math.floor(whole / 3600), m: Math.floor((whole % 3600) / 60) });
}
