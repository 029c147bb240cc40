/** How far a handle may move each way before a rule stops it. */

import type { MoveCandidate } from "../service/contract";

/** [earlier (<= 0), later (>= 0)], s; the whole range where nothing stops it. */
export function legalReach(
  candidates: readonly MoveCandidate[],
  now: number,
  wraps: boolean,
): [number, number] {
  const ok = new Map(candidates.map((each) => [each.second, each.ok]));
  const size = candidates.length;
  const far = (step: 1 | -1): number => {
    let by = 0;
    while (by < size - 1) {
      const next = now + step * (by + 1);
      const at = wraps ? ((next % size) + size) % size : next;
      if (ok.get(at) !== true) break;
      by += 1;
    }
    return step * by;
  };
  return [far(-1), far(1)];
}
