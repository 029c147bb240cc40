/** What a move changes of the picture: the document, the lamps, where plans' own zeros lie. */

import type {
  Diagram,
  JunctionOfNetwork,
  MoveCandidate,
  PlanDocument,
  TimedJunction,
} from "../service/contract";
import { lettersOf, modulo, shifted } from "../timing/aspects";
import { lampsAfter, moved, planOf, type Handle, type Lamps } from "../timing/edits";
import { withCandidate } from "../timing/form_handles";

export interface Timed {
  readonly document: PlanDocument;
  readonly lamps: ReadonlyMap<string, Lamps>;
  /** System second of each plan's own second 0, as the service told it. */
  readonly zeros: ReadonlyMap<string, number>;
}

/** The handle at a candidate of its table; null where what it shows cannot be known. */
export function pictureWith(
  before: Timed,
  junction: JunctionOfNetwork,
  handle: Handle,
  candidate: MoveCandidate,
): Timed | null {
  const lamps = lampsWith(before, junction, handle, candidate);
  if (lamps === null) return null;
  const own = handle.kind === "offset" || handle.kind === "stage";
  const document = own
    ? moved(before.document, junction.id, handle, candidate.second)
    : withCandidate(before.document, junction.id, handle, candidate);
  return { document, lamps, zeros: zerosWith(before, document, candidate, junction.id) };
}

function lampsWith(
  { document, lamps }: Timed,
  junction: JunctionOfNetwork,
  handle: Handle,
  candidate: MoveCandidate,
): ReadonlyMap<string, Lamps> | null {
  const offsets = candidate.offsets_s;
  if (offsets != null) {
    const after = new Map(lamps);
    for (const plan of document.plans) {
      const by_s = (offsets[plan.junction] ?? plan.offset.seconds) - plan.offset.seconds;
      const own = lamps.get(plan.junction);
      if (by_s !== 0 && own !== undefined) {
        const later = [...own].map(([group, text]) => [group, shifted(text, by_s)] as const);
        after.set(plan.junction, new Map(later));
      }
    }
    return after;
  }
  const plan = planOf(document, junction.id);
  const own = lamps.get(junction.id);
  if (plan === undefined || own === undefined) return null;
  if (candidate.aspects == null) {
    const computed = lampsAfter(own, plan, handle, candidate.second, junction);
    return computed === null ? null : new Map(lamps).set(junction.id, computed);
  }
  const told = Object.entries(candidate.aspects).map(
    ([group, runs]) => [group, lettersOf(runs, plan.cycle_s)] as const,
  );
  return new Map(lamps).set(junction.id, new Map([...own, ...told]));
}

function zerosWith(
  before: Timed,
  document: PlanDocument,
  candidate: MoveCandidate,
  junction: string,
): ReadonlyMap<string, number> {
  const zeros = new Map(before.zeros);
  if (candidate.zero_s != null) return zeros.set(junction, candidate.zero_s);
  for (const plan of document.plans) {
    const was = planOf(before.document, plan.junction)?.offset.seconds;
    const zero = zeros.get(plan.junction);
    if (was === undefined || zero === undefined || was === plan.offset.seconds) continue;
    zeros.set(plan.junction, modulo(zero + plan.offset.seconds - was, plan.cycle_s));
  }
  return zeros;
}

/** All junctions of the plan, along the corridor and beside it. */
export function junctionsOf(diagram: Diagram): readonly TimedJunction[] {
  return [...diagram.rows, ...diagram.beside];
}

/** The junctions in whose cycles the picture repeats: the corridor's, all where there is none. */
export function coordinated({ rows, beside }: Diagram): ReadonlySet<string> {
  return new Set((rows.length > 0 ? rows : beside).map((row) => row.junction));
}

export function zerosOf(diagram: Diagram): ReadonlyMap<string, number> {
  return new Map(
    junctionsOf(diagram).flatMap(({ junction, zero_s }) =>
      zero_s === undefined ? [] : [[junction, zero_s] as const],
    ),
  );
}
