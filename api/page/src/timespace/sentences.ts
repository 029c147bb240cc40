/** Sentences about moves, in the language of the moment. */

import type { MoveCandidate } from "../service/contract";
import { DOWNSTREAM, type Handle } from "../timing/edits";
import { shownValue } from "../timing/form_handles";
import { say, sayRule } from "../words/words.svelte";
import type { Driven } from "./vehicles.svelte";

export function handleName(handle: Handle): string {
  const names = { a: handle.a, b: handle.b };
  if (handle.kind === "together") return say(`ts.handle.${whoMoves(handle)}`);
  return say(`ts.handle.${handle.kind}`, names);
}

/** Which junctions go along with an offset. */
export function whoMoves(handle: Handle): "downstream" | "all" {
  return handle.id === DOWNSTREAM ? "downstream" : "all";
}

/** "J4 offset 36 -> 37"; undo shows the same. */
export function stepSentence(
  junction: string,
  handle: Handle,
  now: number,
  wrapped: boolean,
): string {
  const values = {
    junction,
    a: handle.a,
    b: handle.b,
    was: shownValue(handle, handle.value),
    now: shownValue(handle, now),
  };
  const text = say(
    handle.kind === "together" ? `ts.undo.${whoMoves(handle)}` : `ts.undo.${handle.kind}`,
    values,
  );
  return wrapped ? `${text} · ${say("ts.wrapped")}` : text;
}

export function refusedText(
  junction: string,
  handle: Handle,
  second: number,
  candidate: MoveCandidate | undefined,
): string {
  const message = sayRule(candidate?.findings?.[0]?.rule, candidate?.message ?? "");
  const edge = second < handle.least || second > handle.most;
  const share = { junction, a: handle.a, b: handle.b, sum: handle.most + 1 };
  const shares = handle.kind === "stage" || handle.kind === "phase";
  const what = edge
    ? shares
      ? say(`ts.edge.${handle.kind}`, share)
      : say("ts.edge", { junction, handle: handleName(handle) })
    : message || stepSentence(junction, handle, second, false);
  const stop = /[.。；;]$/.test(what) ? what : `${what}.`;
  const now = shownValue(handle, handle.value);
  return say("ts.refused", { message: stop, now, rules: (candidate?.rules ?? []).join(" ") });
}

/** What a screen reader hears of a handle. */
export function valueText(
  junction: string,
  handle: Handle,
  cycle_s: number,
  bands: readonly (number | null)[],
  delay_s: number | null,
  verdict: string,
): string {
  const rest = handle.most + 1 - handle.value;
  const now = shownValue(handle, handle.value);
  const values = { junction, now, cycle: cycle_s, a: handle.a, b: handle.b, rest };
  return [
    handle.kind === "together"
      ? `${say("ts.value.offset", values)}, ${handleName(handle)}`
      : say(`ts.value.${handle.kind}`, values),
    say("ts.value.bands", { a: figure(bands[0] ?? null), b: figure(bands[1] ?? null) }),
    ...(delay_s === null ? [] : [say("ts.value.delay", { s: delay_s.toFixed(1) })]),
    verdict,
  ].join(", ");
}

/** Of which draft the vehicles are, and how many of them are drawn. */
export function vehiclesText({ hash, ways }: Driven): string {
  return say("ts.vehicles.of", {
    hash: hash.replace("sha256:", "").slice(0, 8),
    scenario: ways.scenario,
    seed: ways.seed,
    shown: Object.values(ways.directions).reduce((sum, list) => sum + list.length, 0),
    all: Object.values(ways.vehicles).reduce((sum, count) => sum + count, 0),
  });
}

/** Seconds with one decimal where they have any. */
export function figure(seconds: number | null): string {
  if (seconds === null) return "–";
  const rounded = Math.round(seconds * 10) / 10;
  return Number.isInteger(rounded) ? String(rounded) : rounded.toFixed(1);
}
