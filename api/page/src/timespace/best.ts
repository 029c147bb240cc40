/** The best second of a move table. */

import type { MoveCandidate } from "../service/contract";

const SAME_S = 1e-6;

/** Widest sum of bands, then least delay, then nearest; null where `now` is as good. */
export function bestSecond(candidates: readonly MoveCandidate[], now: number): number | null {
  const worth = (each: MoveCandidate): number =>
    (each.band.outbound ?? 0) + (each.band.inbound ?? 0);
  const own = candidates.find((each) => each.second === now);
  let best: MoveCandidate | undefined = own?.ok ? own : undefined;
  for (const each of candidates) {
    if (!each.ok) continue;
    if (best === undefined) {
      best = each;
      continue;
    }
    const more = worth(each) - worth(best);
    const sooner = (best.delay?.all ?? 0) - (each.delay?.all ?? 0);
    if (more > SAME_S || (Math.abs(more) <= SAME_S && sooner > SAME_S)) best = each;
  }
  return best === undefined || best.second === now ? null : best.second;
}
