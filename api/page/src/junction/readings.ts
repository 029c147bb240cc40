/** What the bars of a junction say beside the lamps: places of stages, interstages, seconds when all
 * is red, intergreens as they came out. Read off lamps in system time; no rule is judged here. Pure. */

import type { GroupOfJunction, JunctionPlanDocument } from "../service/contract";
import { greenSpans, isGreen, modulo, runsOf } from "../timing/aspects";
import type { Lamps } from "../timing/edits";
import { stageChanges, type Intergreens, type StageDocument } from "../timing/stages";

/** A stage where it lies in the cycle. */
export interface PlacedStage {
  readonly id: string;
  readonly index: number;
  /** System second at which its change begins. */
  readonly start_s: number;
  readonly split_s: number;
  /** From the change until the last group that gains right of way is green; 0 if none gains. */
  readonly interstage_s: number;
  readonly groups: readonly string[];
}

export function placedStages(
  plan: JunctionPlanDocument,
  lamps: Lamps,
  zero_s: number | null,
): PlacedStage[] {
  const form = plan.stages;
  if (form === undefined || zero_s === null) return [];
  const changes = stageChanges(form, plan.cycle_s);
  return form.sequence.map((stage, index) => {
    const start_s = modulo((changes[index] ?? 0) + zero_s, plan.cycle_s);
    const before = form.sequence[(index + form.sequence.length - 1) % form.sequence.length];
    const held = new Set(before === undefined || before === stage ? [] : greensOf(before));
    const gained = greensOf(stage).filter((group) => !held.has(group));
    const waits = gained.map((group) =>
      secondsToGreen(lamps.get(group) ?? "", start_s, stage.split_s),
    );
    return {
      id: stage.id,
      index,
      start_s,
      split_s: stage.split_s,
      interstage_s: Math.max(0, ...waits),
      groups: greensOf(stage),
    };
  });
}

export function greensOf(stage: StageDocument): string[] {
  return [...(stage.protected ?? []), ...(stage.permissive ?? [])];
}

/** Seconds from `at` until green; `most` where none comes before. */
function secondsToGreen(letters: string, at: number, most: number): number {
  for (let by = 0; by < most; by++) {
    if (isGreen(letters[modulo(at + by, letters.length)] ?? "")) return by;
  }
  return letters === "" ? 0 : most;
}

/** [from, to) of every stretch in which each group rests, wrapped ones last. */
export function allRed(lamps: Lamps): (readonly [number, number])[] {
  const all = [...lamps.values()].filter((letters) => letters !== "");
  const cycle_s = all[0]?.length ?? 0;
  const rests = Array.from({ length: cycle_s }, (_, second) =>
    all.every((letters) => "rs".includes(letters[second] ?? "?")) ? "r" : "-",
  ).join("");
  if (!rests.includes("r")) return [];
  return runsOf(rests)
    .filter((run) => run[2] === "r")
    .map((run) => [run[0], run[1]] as const);
}

/** An intergreen as it came out: from the end of one green to the start of the other. */
export interface Achieved {
  readonly ending: string;
  readonly starting: string;
  readonly end_s: number;
  readonly start_s: number;
  readonly got_s: number;
  readonly needs_s: number;
}

/** The intergreens of the matrix as this cycle has them: from each end of green to the next start of
 * the other group, unless the ending one is green again before. */
export function achieved(lamps: Lamps, intergreens: Intergreens): Achieved[] {
  const found: Achieved[] = [];
  for (const [ending, row] of Object.entries(intergreens)) {
    const letters = lamps.get(ending) ?? "";
    const cycle_s = letters.length;
    for (const [from, end] of greenSpans(letters)) {
      if (end - from >= cycle_s) continue;
      for (const [starting, needs_s] of Object.entries(row)) {
        const other = lamps.get(starting) ?? "";
        const gap = gapTo(letters, other, modulo(end, cycle_s));
        if (gap === null) continue;
        const end_s = modulo(end, cycle_s);
        const start_s = modulo(end + gap, cycle_s);
        found.push({ ending, starting, end_s, start_s, got_s: gap, needs_s });
      }
    }
  }
  return found;
}

/** Seconds from an end of green to the other group's next start; null if its own green is first. */
function gapTo(own: string, other: string, end_s: number): number | null {
  if (other === "" || isGreen(other[modulo(end_s - 1, other.length)] ?? "")) return null;
  for (let by = 0; by < own.length; by++) {
    const at = modulo(end_s + by, own.length);
    if (isGreen(other[at] ?? "")) return by;
    if (isGreen(own[at] ?? "")) return null;
  }
  return null;
}

/** Of each pair the tightest: what binds there. */
export function tightest(found: readonly Achieved[]): Map<string, Achieved> {
  const least = new Map<string, Achieved>();
  for (const each of found) {
    const key = `${each.ending}\u0000${each.starting}`;
    const known = least.get(key);
    if (known === undefined || each.got_s < known.got_s) least.set(key, each);
  }
  return least;
}

/** The intergreens that hold a group back and those it holds others back by: nothing to spare. */
export function binding(found: readonly Achieved[], group: string): Achieved[] {
  const own = found.filter((each) => each.ending === group || each.starting === group);
  const spare = (each: Achieved): number => each.got_s - each.needs_s;
  return own.filter((each) => {
    const side = own.filter((other) => (other.ending === group) === (each.ending === group));
    return spare(each) === Math.min(...side.map(spare));
  });
}

/** Time a walk needs to clear after its end: the longest intergreen of the group, s. */
export function clearance_s(group: GroupOfJunction, intergreens: Intergreens): number {
  if (group.kind !== "pedestrian") return 0;
  return Math.max(0, ...Object.values(intergreens[group.id] ?? {}));
}

/** Where a card dropped with its middle at a second would be inserted. */
export function insertionAt(
  stages: readonly PlacedStage[],
  moving: number,
  middle_s: number,
  cycle_s: number,
): number {
  const first = stages[0]?.start_s ?? 0;
  // Seconds from the change of the first stage, so that the list does not break at second 0.
  const at = modulo(middle_s - first, cycle_s);
  const rest = stages.filter((stage) => stage.index !== moving);
  return rest.filter((stage) => modulo(stage.start_s - first, cycle_s) + stage.split_s / 2 < at)
    .length;
}
