/** What a search came to (optimise, tune, certify, green wave). Pure. */

import { list, number, object, pair, text } from "./reading";

/** The plan that a search made; null for other jobs and where it found none. */
export function documentOf(result: unknown): unknown {
  return object(result)?.["document"] ?? null;
}

export interface Trial {
  readonly mean_s: number;
  readonly interval_s: readonly [number, number] | null;
  readonly pairs: number;
}

export interface PlannedJunction {
  readonly id: string;
  readonly cycle_s: readonly [string, string];
  readonly offset_s: readonly [string, string];
  readonly stages: readonly [number, number];
}

export interface Optimised {
  readonly better: boolean;
  readonly limitsHeld: boolean;
  readonly limits: number;
  /** The optimiser's own reasons, as it wrote them. */
  readonly verdict: string;
  readonly evaluations: number;
  readonly runs: number;
  readonly spent_s: number;
  readonly trials: readonly Trial[];
  readonly junctions: readonly PlannedJunction[];
}

export function optimisedOf(result: unknown): Optimised | null {
  const report = object(object(result)?.["report"]);
  if (report === null) return null;
  const trials = list(object(report["confirmation"])?.["trials"]) ?? [];
  return {
    better: report["better_plan_found"] === true,
    limitsHeld: report["limits_held"] !== false,
    limits: list(report["limits"])?.length ?? 0,
    verdict: text(report["verdict"]),
    evaluations: number(object(report["model"])?.["evaluations"]) ?? 0,
    runs: number(report["runs"]) ?? 0,
    spent_s: number(report["spent_s"]) ?? 0,
    trials: trials.flatMap((each) => {
      const delay = object(object(each)?.["total_delay_s"]);
      const mean = number(delay?.["mean"]);
      if (delay === null || mean === null) return [];
      return [
        { mean_s: mean, interval_s: pair(delay["interval"]), pairs: number(delay["pairs"]) ?? 0 },
      ];
    }),
    junctions: (list(report["junctions"]) ?? []).flatMap((each) => {
      const found = object(each);
      if (found === null) return [];
      const both = (name: string): readonly [unknown, unknown] => {
        const part = object(found[name]);
        return [part?.["before"], part?.["after"]];
      };
      const shown = (name: string): readonly [string, string] => {
        const [was, now] = both(name);
        return [text(was) || "–", text(now) || "–"];
      };
      const [was, now] = both("stages");
      return [
        {
          id: text(found["id"]),
          cycle_s: shown("cycle_s"),
          offset_s: shown("offset_s"),
          stages: [list(was)?.length ?? 0, list(now)?.length ?? 0] as const,
        },
      ];
    }),
  };
}

export interface TunedMove {
  readonly change: string;
  readonly mean: number;
  readonly interval: readonly [number, number] | null;
  readonly seeds: number;
}

export interface Tuned {
  readonly unit: string;
  readonly tests: number;
  readonly accepted: readonly TunedMove[];
  readonly refused: number;
  readonly untried: number;
  readonly confirmation: {
    readonly mean: number;
    readonly interval: readonly [number, number] | null;
  } | null;
}

export function tunedOf(result: unknown): Tuned | null {
  const tuned = object(object(result)?.["tuned"]);
  if (tuned === null) return null;
  const tests = list(tuned["tests"]) ?? [];
  const last = object(object(tuned["confirmation"])?.["difference"]);
  return {
    unit: text(tuned["unit"]),
    tests: tests.length,
    accepted: tests.flatMap((each) => {
      const test = object(each);
      if (test?.["outcome"] !== "accepted") return [];
      return [
        {
          change: text(test["change"]),
          mean: number(test["mean"]) ?? 0,
          interval: pair(test["interval"]),
          seeds: number(test["seeds"]) ?? 0,
        },
      ];
    }),
    refused: list(tuned["refused"])?.length ?? 0,
    untried: number(tuned["untried"]) ?? 0,
    confirmation:
      last === null ? null : { mean: number(last["mean"]) ?? 0, interval: pair(last["interval"]) },
  };
}

/** How many certificates a job kept; null for other jobs. */
export function certifiedOf(result: unknown): number | null {
  return list(object(result)?.["certificates"])?.length ?? null;
}

export interface WaveFound {
  readonly cycle_s: number | null;
  readonly bands: readonly number[];
}

export function waveOf(result: unknown): WaveFound | null {
  const wave = object(object(result)?.["wave"]);
  if (wave === null) return null;
  return {
    cycle_s: number(wave["cycle_s"]),
    bands: Object.values(object(wave["bands"]) ?? {}).flatMap((each) => number(each) ?? []),
  };
}
