/** What a hand may move in a plan, and the plan with it moved. Pure: documents in, documents out. */

import type {
  Direction,
  JunctionOfNetwork,
  JunctionPlanDocument,
  PlanDocument,
} from "../service/contract";
import { lettersOf, modulo, shifted } from "./aspects";
import type { Passage } from "./band";
import { formHandles } from "./form_handles";
import {
  NotUnrolled,
  stageChanges,
  timedStages,
  unrollStages,
  zeroSecond,
  type Intergreens,
  type StageGroup,
} from "./stages";

/** As the service names handles (docs/api.md): `offset`, `stage:A|B`, `phase:2|3` ... */
export type HandleId = string;

export type HandleKind = "offset" | "together" | "stage" | "phase" | "barrier" | "start" | "end";

/** Handles that move offsets of several junctions, beside the junction's own. */
export const DOWNSTREAM = "offsets:downstream";
export const TOGETHER = "offsets:all";

export interface Handle {
  readonly id: HandleId;
  readonly kind: HandleKind;
  /** What lies before and after an edge (stages, phases, sections); a window's group. */
  readonly a: string;
  readonly b: string;
  /** Second of the system's cycle at which it lies. */
  readonly second: number;
  /** What is moved: the offset, the split before the edge, a window's end in plan time. */
  readonly value: number;
  /** The value's range, both ends included. */
  readonly least: number;
  readonly most: number;
  /** Of a window's end, whose value is a second: the cycle it is read in. */
  readonly cycle_s?: number;
}

/** Letters of a junction's groups, in system time. */
export type Lamps = ReadonlyMap<string, string>;

const KMH_PER_MPS = 3.6;

export function planOf(document: PlanDocument, junction: string): JunctionPlanDocument | undefined {
  return document.plans.find((plan) => plan.junction === junction);
}

/** The handles of a junction's row: its offset first, then the edges of its form.
 *
 * `known_zero` is the system second of the plan's own second 0 where the service told it: rings
 * and windows whose offset refers to a green need it.
 */
export function handlesOf(
  plan: JunctionPlanDocument,
  junction: JunctionOfNetwork,
  known_zero: number | null = null,
): Handle[] {
  const cycle_s = plan.cycle_s;
  const handles: Handle[] = [
    {
      id: "offset",
      kind: "offset",
      a: "",
      b: "",
      second: modulo(plan.offset.seconds, cycle_s),
      value: modulo(plan.offset.seconds, cycle_s),
      least: 0,
      most: cycle_s - 1,
    },
  ];
  const zero = zeroOf(plan, junction) ?? known_zero;
  const stages = plan.stages?.sequence;
  if (zero === null) return handles;
  if (plan.stages === undefined || stages === undefined || stages.length < 2) {
    return [...handles, ...formHandles(plan, zero)];
  }
  const changes = stageChanges(plan.stages, cycle_s);
  stages.forEach((before, index) => {
    const after = stages[(index + 1) % stages.length];
    if (after === undefined) return;
    handles.push({
      id: `stage:${before.id}|${after.id}`,
      kind: "stage",
      a: before.id,
      b: after.id,
      second: modulo((changes[index + 1] ?? 0) + zero, cycle_s),
      value: before.split_s,
      least: 1,
      most: before.split_s + after.split_s - 1,
    });
  });
  return handles;
}

/** System second of the plan's own zero; null where the page cannot know it. */
export function zeroOf(plan: JunctionPlanDocument, junction: JunctionOfNetwork): number | null {
  if ((plan.offset.point ?? "cycle-start") === "cycle-start") {
    return modulo(plan.offset.seconds, plan.cycle_s);
  }
  if (plan.stages === undefined) return null;
  try {
    const groups = stageGroups(junction);
    const own = unrollStages(plan.stages, plan.cycle_s, groups, waits(junction));
    return zeroSecond(plan.offset, own, plan.cycle_s);
  } catch (error) {
    if (error instanceof NotUnrolled) return null;
    throw error;
  }
}

/** The document with one value moved; everything else is the same object. */
export function moved(
  document: PlanDocument,
  junction: string,
  handle: Handle,
  value: number,
): PlanDocument {
  return {
    ...document,
    plans: document.plans.map((plan) =>
      plan.junction === junction ? movedPlan(plan, handle, value) : plan,
    ),
  };
}

function movedPlan(
  plan: JunctionPlanDocument,
  handle: Handle,
  value: number,
): JunctionPlanDocument {
  if (handle.kind === "offset") {
    return { ...plan, offset: { ...plan.offset, seconds: modulo(value, plan.cycle_s) } };
  }
  if (handle.kind !== "stage") return plan;
  const stages = plan.stages;
  if (stages === undefined) return plan;
  const at = stages.sequence.findIndex((stage) => stage.id === handle.a);
  const next = (at + 1) % stages.sequence.length;
  const by_s = value - (stages.sequence[at]?.split_s ?? value);
  const sequence = stages.sequence.map((stage, index) =>
    index === at
      ? { ...stage, split_s: stage.split_s + by_s }
      : index === next
        ? { ...stage, split_s: stage.split_s - by_s }
        : stage,
  );
  // The last boundary is the first stage's change: the others stay where they are.
  if (next !== 0) return { ...plan, stages: { ...stages, sequence } };
  const start_s = modulo((stages.start_s ?? 0) + by_s, plan.cycle_s);
  return { ...plan, stages: { ...stages, start_s, sequence } };
}

/** What the junction shows after the move, from what it shows now; null if it cannot be. */
export function lampsAfter(
  now: Lamps,
  plan: JunctionPlanDocument,
  handle: Handle,
  value: number,
  junction: JunctionOfNetwork,
): Lamps | null {
  if (handle.kind === "offset") {
    const by_s = value - handle.value;
    return new Map([...now].map(([group, letters]) => [group, shifted(letters, by_s)]));
  }
  const after = movedPlan(plan, handle, value);
  if (after.stages === undefined || handle.kind !== "stage") return null;
  try {
    return timedStages(
      after.stages,
      after.offset,
      after.cycle_s,
      stageGroups(junction, now),
      waits(junction),
    );
  } catch (error) {
    if (error instanceof NotUnrolled) return null;
    throw error;
  }
}

/** Times of the lamps around green: as the network tells them, else as the lamps show them. */
export function stageGroups(junction: JunctionOfNetwork, now?: Lamps): StageGroup[] {
  return junction.groups.map((group) => {
    const letters = now?.get(group.id) ?? "";
    const walks = group.kind === "pedestrian";
    return {
      id: group.id,
      amber_s: group.amber_s ?? longest(letters, "y") ?? (walks ? 0 : 3),
      red_amber_s: group.red_amber_s ?? longest(letters, "u") ?? 0,
      rest: group.rest ?? (letters.includes("s") ? "s" : "r"),
    };
  });
}

/** Intergreens between groups in conflict: others have nothing to wait for. */
function waits(junction: JunctionOfNetwork): Intergreens {
  const conflicts = junction.conflicts;
  if (conflicts === undefined) return junction.intergreen_s;
  const pairs = new Set(
    [...conflicts.hard, ...conflicts.yields].flatMap(([a, b]) => [
      `${a}\u0000${b}`,
      `${b}\u0000${a}`,
    ]),
  );
  return Object.fromEntries(
    Object.entries(junction.intergreen_s).map(([ending, row]) => [
      ending,
      Object.fromEntries(
        Object.entries(row).filter(([starting]) => pairs.has(`${ending}\u0000${starting}`)),
      ),
    ]),
  );
}

function longest(letters: string, letter: string): number | null {
  if (letters === "") return null;
  const twice = letters + letters;
  return Math.max(
    0,
    ...(twice.match(new RegExp(`${letter}+`, "g")) ?? []).map((run) => run.length),
  );
}

/** The lamps of the diagram's rows as letters. */
export function lampsOf(
  rows: readonly {
    readonly junction: string;
    readonly cycle_s: number;
    readonly aspects: Readonly<Record<string, Parameters<typeof lettersOf>[0]>>;
  }[],
): Map<string, Lamps> {
  return new Map(
    rows.map((row) => [
      row.junction,
      new Map(
        Object.entries(row.aspects).map(([group, runs]) => [group, lettersOf(runs, row.cycle_s)]),
      ),
    ]),
  );
}

/** The stop lines of a direction with what they show; null on a one-way corridor. */
export function passagesOf(
  document: PlanDocument,
  lamps: ReadonlyMap<string, Lamps>,
  direction: Direction,
): (Passage & { readonly junction: string; readonly group: string })[] | null {
  const way = document.corridor?.[direction];
  if (way == null) return null;
  let travel_s = 0;
  return way.stop_lines.map((line, index) => {
    const before = way.stop_lines[index - 1];
    if (before !== undefined) {
      const speed_mps = (way.speeds_kmh[index - 1] ?? NaN) / KMH_PER_MPS;
      travel_s += (line.position_m - before.position_m) / speed_mps;
    }
    const letters = lamps.get(line.junction)?.get(line.group) ?? "";
    return { letters, travel_s, junction: line.junction, group: line.group };
  });
}
