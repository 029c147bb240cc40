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
