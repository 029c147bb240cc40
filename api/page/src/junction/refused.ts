/** Seconds of the cycle that rules refuse to a handle. Pure. */

import type { MoveCandidate } from "../service/contract";
import { modulo } from "../timing/aspects";
import type { Handle } from "../timing/edits";

/** A stretch of the cycle, never over second 0, that the same rules refuse. */
export interface RefusedRun {
  readonly from_s: number;
  readonly to_s: number;
  readonly rules: string;
}

/** Candidates are keyed by the handle's value; where each lies follows from where it lies now. */
export function refusedRuns(
  candidates: readonly MoveCandidate[],
  handle: Handle,
  cycle_s: number,
): RefusedRun[] {
  const rules = new Array<string>(cycle_s).fill("");
  for (const each of candidates) {
    if (each.ok) continue;
    const at = modulo(handle.second + each.second - handle.value, cycle_s);
    rules[at] = each.rules.join(" ") || "×";
  }
  const runs: RefusedRun[] = [];
  for (const [second, rule] of rules.entries()) {
    if (rule === "") continue;
    const last = runs.at(-1);
    if (last !== undefined && last.to_s === second && last.rules === rule) {
      runs[runs.length - 1] = { ...last, to_s: second + 1 };
    } else runs.push({ from_s: second, to_s: second + 1, rules: rule });
  }
  return runs;
}

/** The refused stretches that a handle meets first, earlier and later. */
export function stopsOf(
  runs: readonly RefusedRun[],
  second: number,
  cycle_s: number,
): { readonly before: RefusedRun | undefined; readonly after: RefusedRun | undefined } {
  const back = (run: RefusedRun): number => modulo(second - run.to_s + 1, cycle_s);
  const ahead = (run: RefusedRun): number => modulo(run.from_s - second, cycle_s);
  const first = (far: (run: RefusedRun) => number): RefusedRun | undefined =>
    [...runs].sort((a, b) => far(a) - far(b))[0];
  return { before: first(back), after: first(ahead) };
}
