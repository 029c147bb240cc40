/** Changes of a junction's plan that are no move of one edge: seconds given by another stage, the
 * order of stages and phases, the cycle. Pure; whether the result is legal the service says. */

import type { JunctionPlanDocument } from "../service/contract";
import { modulo } from "./aspects";
import type { PhaseDocument, RingsDocument } from "./rings";
import type { StageDocument, StagesDocument } from "./stages";

/** In place of a giving stage: the cycle of the junction gets longer or shorter. */
export const FROM_CYCLE = "";

/** Stage `taker` longer by `by_s`, stage `giver` shorter by as much; null where that cannot be.
 *
 * Boundaries between the two move, the shorter way round the cycle; all others stay.
 */
export function withSecondsGiven(
  plan: JunctionPlanDocument,
  taker: string,
  giver: string,
  by_s: number,
): JunctionPlanDocument | null {
  const form = plan.stages;
  if (form === undefined || taker === giver || by_s === 0) return null;
  const ids = form.sequence.map((stage) => stage.id);
  const to = ids.indexOf(taker);
  const from = ids.indexOf(giver);
  if (to < 0 || (giver !== FROM_CYCLE && from < 0)) return null;
  const sequence = form.sequence.map((stage, index) =>
    index === to
      ? { ...stage, split_s: stage.split_s + by_s }
      : index === from
        ? { ...stage, split_s: stage.split_s - by_s }
        : stage,
  );
  if (sequence.some((stage) => stage.split_s < 1)) return null;
  if (giver === FROM_CYCLE) {
    const cycle_s = plan.cycle_s + by_s;
    return { ...plan, ...turned(plan, cycle_s), cycle_s, stages: { ...form, sequence } };
  }
  const n = ids.length;
  const ahead = modulo(from - to, n);
  // The first stage's change moves where the way between the two passes the end of the list.
  const wraps = ahead <= n - ahead ? from < to : to < from;
  const start_s = (form.start_s ?? 0) + (wraps ? (ahead <= n - ahead ? by_s : -by_s) : 0);
  return {
    ...plan,
    stages: { ...form, ...(wraps ? { start_s: modulo(start_s, plan.cycle_s) } : {}), sequence },
  };
}

/** The stage at `from` inserted at `to`, the others sliding; null where nothing changes. */
export function withStageMoved(
  plan: JunctionPlanDocument,
  from: number,
  to: number,
): JunctionPlanDocument | null {
  const form = plan.stages;
  if (form === undefined) return null;
  const sequence = inserted(form.sequence, from, to);
  return sequence === null ? null : { ...plan, stages: { ...form, sequence } };
}

/** A phase earlier (-1) or later (1) in its ring, never past a barrier: lead or lag. */
export function withPhaseMoved(
  plan: JunctionPlanDocument,
  number: number,
  by: number,
): JunctionPlanDocument | null {
  const form = plan.ring_barrier;
  if (form === undefined) return null;
  let done = false;
  const sections = form.sections.map((section) =>
    section.map((ring) => {
      const at = ring.findIndex((phase) => phase.number === number);
      const next = at < 0 ? null : inserted(ring, at, at + by);
      done ||= next !== null;
      return next ?? ring;
    }),
  );
  return done ? { ...plan, ring_barrier: { ...form, sections } } : null;
}

/** A phase's walk with another length; null where nothing changes. */
export function withWalk(
  plan: JunctionPlanDocument,
  number: number,
  walk_s: number,
): JunctionPlanDocument | null {
  const form = plan.ring_barrier;
  const phase = form?.sections.flat(2).find((each) => each.number === number);
  if (form === undefined || phase === undefined || walk_s < 0) return null;
  if ((phase.walk_s ?? 0) === walk_s || (phase.walks ?? []).length === 0) return null;
  const changed = { ...phase, walk_s };
  const sections = form.sections.map((section) =>
    section.map((ring) => ring.map((each) => (each === phase ? changed : each))),
  );
  return { ...plan, ring_barrier: { ...form, sections } };
}

/** The plan at another cycle, splits in proportion; null for forms without splits or without room.
 *
 * Offsets keep their second: travel times do not grow with the cycle.
 */
export function withCycle(
  plan: JunctionPlanDocument,
  cycle_s: number,
): JunctionPlanDocument | null {
  if (cycle_s === plan.cycle_s || cycle_s < 1) return null;
  const common = { ...plan, ...turned(plan, cycle_s), cycle_s };
  if (plan.stages !== undefined) {
    const stages = stretchedStages(plan.stages, cycle_s);
    return stages === null ? null : { ...common, stages };
  }
  if (plan.ring_barrier !== undefined) {
    const rings = stretchedRings(plan.ring_barrier, cycle_s);
    return rings === null ? null : { ...common, ring_barrier: rings };
  }
  return null;
}

/** Whole seconds in proportion to `parts` that sum to `total`, each at least 1; null without room.
 *
 * Largest remainders first (Hamilton's method), ties to the earlier part.
 */
export function shared(parts: readonly number[], total: number): number[] | null {
  if (parts.length === 0 || total < parts.length) return null;
  const sum = parts.reduce((a, b) => a + b, 0);
  const exact = parts.map((part) => (sum > 0 ? (part * total) / sum : total / parts.length));
  const whole = exact.map((each) => Math.max(1, Math.floor(each)));
  let left = total - whole.reduce((a, b) => a + b, 0);
  const order = exact
    .map((each, index) => ({ index, rest: each - Math.floor(each) }))
    .sort((a, b) => b.rest - a.rest || a.index - b.index)
    .map((each) => each.index);
  for (let turn = 0; left > 0; turn++, left--) {
    const at = order[turn % order.length] ?? 0;
    whole[at] = (whole[at] ?? 0) + 1;
  }
  // Parts raised to 1 s can have taken too much: the longest ones give it back.
  for (; left < 0; left++) {
    const longest = whole.indexOf(Math.max(...whole));
    whole[longest] = (whole[longest] ?? 0) - 1;
  }
  return whole;
}

function stretchedStages(form: StagesDocument, cycle_s: number): StagesDocument | null {
  const splits = shared(
    form.sequence.map((stage) => stage.split_s),
    cycle_s,
  );
  if (splits === null) return null;
  const sequence: StageDocument[] = form.sequence.map((stage, index) => ({
    ...stage,
    split_s: splits[index] ?? stage.split_s,
  }));
  return { ...form, ...atStart(form.start_s, cycle_s), sequence };
}

function stretchedRings(form: RingsDocument, cycle_s: number): RingsDocument | null {
  const sums = form.sections.map((section) =>
    Math.max(0, ...section.map((ring) => ring.reduce((sum, phase) => sum + phase.split_s, 0))),
  );
  const lengths = shared(sums, cycle_s);
  if (lengths === null) return null;
  const sections: PhaseDocument[][][] = [];
  for (const [index, section] of form.sections.entries()) {
    const rings: PhaseDocument[][] = [];
    for (const ring of section) {
      const splits = shared(
        ring.map((phase) => phase.split_s),
        lengths[index] ?? 0,
      );
      if (splits === null) return null;
      rings.push(ring.map((phase, at) => ({ ...phase, split_s: splits[at] ?? phase.split_s })));
    }
    sections.push(rings);
  }
  return { ...form, ...atStart(form.start_s, cycle_s), sections };
}

function atStart(start_s: number | undefined, cycle_s: number): { readonly start_s?: number } {
  return start_s === undefined ? {} : { start_s: modulo(start_s, cycle_s) };
}

/** The offset within another cycle. */
function turned(
  plan: JunctionPlanDocument,
  cycle_s: number,
): { readonly offset: JunctionPlanDocument["offset"] } {
  return { offset: { ...plan.offset, seconds: modulo(plan.offset.seconds, cycle_s) } };
}

function inserted<T>(list: readonly T[], from: number, to: number): T[] | null {
  const at = Math.min(list.length - 1, Math.max(0, to));
  const moving = list[from];
  if (moving === undefined || at === from) return null;
  const rest = list.filter((_, index) => index !== from);
  return [...rest.slice(0, at), moving, ...rest.slice(at)];
}
