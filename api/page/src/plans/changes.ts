/** What differs between two plan documents, value by value, and between their seconds. Pure. */

import type { JunctionPlanDocument, PlanDiff, PlanDocument } from "../service/contract";

export interface Change {
  readonly junction: string;
  readonly sign: "~" | "+" | "−";
  readonly text: string;
}

/** What the values of a plan are called. */
export interface ValueNames {
  readonly cycle: string;
  readonly offset: string;
  readonly stage: string;
  readonly greens: string;
  readonly start: string;
  readonly windows: string;
  readonly lamps: string;
  readonly ring_barrier: string;
}

/** Values that differ, junction by junction; and the junctions where nothing does. */
export function changedValues(
  was: PlanDocument,
  now: PlanDocument,
  names: ValueNames,
): { readonly changes: readonly Change[]; readonly unchanged: readonly string[] } {
  const old = new Map(was.plans.map((plan) => [plan.junction, plan]));
  const changes: Change[] = [];
  const unchanged: string[] = [];
  for (const plan of now.plans) {
    const before = old.get(plan.junction);
    old.delete(plan.junction);
    if (before === undefined) {
      changes.push({ junction: plan.junction, sign: "+", text: plan.name });
      continue;
    }
    const found = valuesOf(before, plan, names);
    if (found.length === 0) unchanged.push(plan.junction);
    for (const text of found) changes.push({ junction: plan.junction, sign: "~", text });
  }
  for (const [junction, plan] of old) changes.push({ junction, sign: "−", text: plan.name });
  return { changes, unchanged };
}

function valuesOf(
  was: JunctionPlanDocument,
  now: JunctionPlanDocument,
  names: ValueNames,
): string[] {
  const found: string[] = [];
  const pair = (name: string, a: unknown, b: unknown): void => {
    if (JSON.stringify(a) !== JSON.stringify(b)) found.push(`${name} ${show(a)} → ${show(b)}`);
  };
  pair(names.cycle, was.cycle_s, now.cycle_s);
  pair(names.offset, was.offset.seconds, now.offset.seconds);
  const stages = new Map((was.stages?.sequence ?? []).map((stage) => [stage.id, stage]));
  for (const stage of now.stages?.sequence ?? []) {
    const before = stages.get(stage.id);
    pair(`${names.stage} ${stage.id}`, before?.split_s, stage.split_s);
    if (before !== undefined) {
      const greens = (each: typeof stage): unknown => [each.protected ?? [], each.permissive ?? []];
      if (JSON.stringify(greens(before)) !== JSON.stringify(greens(stage))) {
        found.push(`${names.stage} ${stage.id}: ${names.greens}`);
      }
    }
    stages.delete(stage.id);
  }
  for (const id of stages.keys()) found.push(`${names.stage} ${id} −`);
  pair(names.start, was.stages?.start_s ?? 0, now.stages?.start_s ?? 0);
  for (const form of ["windows", "lamps", "ring_barrier"] as const) {
    if (JSON.stringify(was[form] ?? null) !== JSON.stringify(now[form] ?? null))
      found.push(names[form]);
  }
  return found;
}

function show(value: unknown): string {
  return value === undefined ? "–" : String(value);
}

export interface SecondRow {
  readonly group: string;
  readonly cells: readonly {
    readonly second: number;
    readonly was: string;
    readonly now: string;
  }[];
}

/** Seconds that differ, by junction and group, in order. */
export function differingSeconds(diff: PlanDiff): Map<string, readonly SecondRow[]> {
  const byJunction = new Map<string, Map<string, SecondRow["cells"][number][]>>();
  for (const { junction, group, second, was, now } of diff.seconds) {
    const groups = byJunction.get(junction) ?? new Map<string, SecondRow["cells"][number][]>();
    const cells = groups.get(group) ?? [];
    cells.push({ second, was, now });
    groups.set(group, cells);
    byJunction.set(junction, groups);
  }
  return new Map(
    [...byJunction].map(([junction, groups]) => [
      junction,
      [...groups].map(([group, cells]) => ({
        group,
        cells: cells.sort((a, b) => a.second - b.second),
      })),
    ]),
  );
}

/** Runs of seconds that follow each other with the same change: 30-32 G -> r. */
export function secondRuns(row: SecondRow): {
  readonly from: number;
  readonly to: number;
  readonly was: string;
  readonly now: string;
}[] {
  const runs: { from: number; to: number; was: string; now: string }[] = [];
  for (const { second, was, now } of row.cells) {
    const last = runs.at(-1);
    if (last?.to === second - 1 && last.was === was && last.now === now) last.to = second;
    else runs.push({ from: second, to: second, was, now });
  }
  return runs;
}

/** Date and minute of a time stamp. */
export function minuteOf(time: string): string {
  return time.slice(0, 16).replace("T", " ");
}
