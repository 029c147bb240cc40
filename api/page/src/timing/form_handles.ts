/** Edges of plans in rings and in green windows, and plans with what a move table says written
 * into them. What the lamps show there the table tells; nothing is unrolled here. */

import type { JunctionPlanDocument, MoveCandidate, PlanDocument } from "../service/contract";
import { modulo } from "./aspects";
import type { Handle } from "./edits";
import { barriersOf, placedPhases, ringSums } from "./rings";

/** The handles of rings (ends of phases, barriers) or windows (both ends of each), by second.
 *
 * `zero` is the system second of the plan's own second 0.
 */
export function formHandles(plan: JunctionPlanDocument, zero: number): Handle[] {
  return [...ringHandles(plan, zero), ...windowHandles(plan, zero)];
}

function ringHandles(plan: JunctionPlanDocument, zero: number): Handle[] {
  const form = plan.ring_barrier;
  if (form === undefined) return [];
  const placed = placedPhases(form);
  const phases = placed.flatMap((after, index): Handle[] => {
    const before = placed[index - 1];
    if (before?.section !== after.section || before.ring !== after.ring) return [];
    return [
      {
        id: `phase:${before.phase.number}|${after.phase.number}`,
        kind: "phase",
        a: String(before.phase.number),
        b: String(after.phase.number),
        second: modulo(after.start_s + zero, plan.cycle_s),
        value: before.phase.split_s,
        least: 1,
        most: before.phase.split_s + after.phase.split_s - 1,
      },
    ];
  });
  const count = form.sections.length;
  const sums = ringSums(form);
  const barriers = barriersOf(form).map((end_s, index): Handle => {
    const next = (index + 1) % count;
    const length_s = sums[index]?.[0] ?? 0;
    const last = (form.sections[index] ?? []).map((ring) => ring.at(-1)?.split_s ?? 1);
    const first = (form.sections[next] ?? []).map((ring) => ring[0]?.split_s ?? 1);
    return {
      id: `barrier:${index + 1}`,
      kind: "barrier",
      a: String(index + 1),
      b: String(next + 1),
      second: modulo(end_s + zero, plan.cycle_s),
      value: length_s,
      least: length_s + 1 - Math.min(...last),
      most: length_s + Math.min(...first) - 1,
    };
  });
  return [...phases, ...(count > 1 ? barriers : [])];
}

function windowHandles(plan: JunctionPlanDocument, zero: number): Handle[] {
  const cycle_s = plan.cycle_s;
  return Object.entries(plan.windows ?? {}).flatMap(([group, windows]) =>
    windows.flatMap(([start_s, end_s], index) => {
      const length_s = end_s - start_s;
      const others = windows.filter((_, other) => other !== index);
      const free = Math.max(0, cycle_s - length_s);
      const before = Math.min(free, ...others.map(([, end]) => modulo(start_s - end, cycle_s)));
      const after = Math.min(free, ...others.map(([start]) => modulo(start - end_s, cycle_s)));
      const at = (kind: "start" | "end", value: number, least: number, most: number): Handle => ({
        id: `${kind}:${index + 1}|${group}`,
        kind,
        a: group,
        b: windows.length > 1 ? String(index + 1) : "",
        second: modulo(value + zero, cycle_s),
        value,
        least,
        most,
        cycle_s,
      });
      return [
        at("start", start_s, start_s - before, end_s - 1),
        at("end", end_s, start_s + 1, end_s + after),
      ];
    }),
  );
}

/** The value as people read it: a window's end by its system second, everything else as it is. */
export function shownValue(handle: Handle, value: number): number {
  if (handle.cycle_s === undefined) return value;
  return modulo(handle.second + value - handle.value, handle.cycle_s);
}

/** The document with a candidate of a handle's table written into it. */
export function withCandidate(
  document: PlanDocument,
  junction: string,
  handle: Handle,
  candidate: MoveCandidate,
): PlanDocument {
  const offsets = candidate.offsets_s;
  return {
    ...document,
    plans: document.plans.map((plan) => {
      const seconds = offsets?.[plan.junction];
      if (seconds !== undefined) return { ...plan, offset: { ...plan.offset, seconds } };
      return plan.junction === junction ? withForm(plan, handle, candidate) : plan;
    }),
  };
}

function withForm(
  plan: JunctionPlanDocument,
  handle: Handle,
  candidate: MoveCandidate,
): JunctionPlanDocument {
  const { splits_s: splits, start_s, window_s } = candidate;
  const form = plan.ring_barrier;
  if (form !== undefined && splits != null) {
    const sections = form.sections.map((section) =>
      section.map((ring) =>
        ring.map((phase) => ({ ...phase, split_s: splits[phase.number] ?? phase.split_s })),
      ),
    );
    return { ...plan, ring_barrier: { ...form, start_s: start_s ?? form.start_s ?? 0, sections } };
  }
  const windows = plan.windows;
  if (windows !== undefined && window_s != null) {
    const [number, group] = windowOf(handle.id);
    const own = (windows[group] ?? []).map((each, index) =>
      index === number - 1 ? ([window_s[0], window_s[1], each[2]] as const) : each,
    );
    return { ...plan, windows: { ...windows, [group]: own } };
  }
  return plan;
}

/** `start:1|G2` as 1 and G2. */
function windowOf(id: string): [number, string] {
  const names = id.slice(id.indexOf(":") + 1);
  const bar = names.indexOf("|");
  return [Number(names.slice(0, bar)), names.slice(bar + 1)];
}
