/** From a stage plan to what each group shows: `signalctl.domain.expand` for stages.
 *
 * Needed while a stage boundary is dragged; the service's answer replaces it at the drop, and
 * golden cases made by the service's code hold both equal. No rule is judged here.
 */

import { greenSpans, modulo, shifted } from "./aspects";

export interface StageGroup {
  readonly id: string;
  readonly amber_s: number;
  readonly red_amber_s: number;
  /** What it shows without right of way. */
  readonly rest: string;
}

/** Ending group -> starting group -> seconds, conflicting pairs only. */
export type Intergreens = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface StageDocument {
  readonly id: string;
  readonly split_s: number;
  readonly protected?: readonly string[];
  readonly permissive?: readonly string[];
}

export interface StagesDocument {
  readonly start_s?: number;
  readonly sequence: readonly StageDocument[];
}

export interface OffsetDocument {
  readonly seconds: number;
  readonly point?: "cycle-start" | "green-start" | "green-end";
  readonly group?: string | null;
}

/** A form that cannot be unrolled: no room for a green or an amber. */
export class NotUnrolled extends Error {}

type Window = readonly [start: number, end: number, letter: string];

/** Letters of every group in the plan's own time; throws NotUnrolled. */
export function unrollStages(
  form: StagesDocument,
  cycle_s: number,
  groups: readonly StageGroup[],
  intergreens: Intergreens,
): Map<string, string> {
  const kinds = form.sequence.map(greensOf);
  const changes = stageChanges(form, cycle_s);
  const letters = new Map<string, string>();
  for (const group of groups) {
    const windows = kinds.some((greens) => greens.has(group.id))
      ? groupWindows(group.id, kinds, changes, cycle_s, intergreens)
      : [];
    letters.set(group.id, groupLetters(group, windows, cycle_s));
  }
  return letters;
}

/** Seconds of the changes, the first one of the next cycle last; unwrapped. */
export function stageChanges(form: StagesDocument, cycle_s: number): number[] {
  const changes = [modulo(form.start_s ?? 0, cycle_s)];
  for (const stage of form.sequence) changes.push((changes.at(-1) ?? 0) + stage.split_s);
  return changes;
}

/** System second of the program's second 0. */
export function zeroSecond(
  offset: OffsetDocument,
  letters: ReadonlyMap<string, string>,
  cycle_s: number,
): number {
  const point = offset.point ?? "cycle-start";
  if (point === "cycle-start" || offset.group == null) return modulo(offset.seconds, cycle_s);
  const spans = greenSpans(letters.get(offset.group) ?? "");
  const span = spans[0];
  if (span === undefined || spans.length !== 1 || span[1] - span[0] >= cycle_s) {
    throw new NotUnrolled(`group ${offset.group} has no single green to refer the offset to`);
  }
  return modulo(offset.seconds - (point === "green-start" ? span[0] : span[1]), cycle_s);
}

/** Letters of every group in system time; throws NotUnrolled. */
export function timedStages(
  form: StagesDocument,
  offset: OffsetDocument,
  cycle_s: number,
  groups: readonly StageGroup[],
  intergreens: Intergreens,
): Map<string, string> {
  const own = unrollStages(form, cycle_s, groups, intergreens);
  const by_s = zeroSecond(offset, own, cycle_s);
  return new Map([...own].map(([group, letters]) => [group, shifted(letters, by_s)]));
}

function greensOf(stage: StageDocument): ReadonlyMap<string, string> {
  return new Map([
    ...(stage.protected ?? []).map((group) => [group, "G"] as const),
    ...(stage.permissive ?? []).map((group) => [group, "g"] as const),
  ]);
}

function groupWindows(
  group: string,
  greens: readonly ReadonlyMap<string, string>[],
  changes: readonly number[],
  cycle_s: number,
  intergreens: Intergreens,
): Window[] {
  const n = greens.length;
  const kinds = greens.map((stage) => stage.get(group));
  const kind = (stage: number): string | undefined => kinds[modulo(stage, n)];
  const change = (stage: number): number =>
    (changes[modulo(stage, n)] ?? 0) + Math.floor(stage / n) * cycle_s;
  const only = kinds[0];
  if (only !== undefined && kinds.every((each) => each === only)) return [[0, cycle_s, only]];
  const windows: Window[] = [];
  for (let k = 0; k < n; k++) {
    const letter = kind(k);
    if (letter === undefined || kind(k - 1) === letter) continue;
    let last = k;
    while (kind(last + 1) === letter) last++;
    const end = change(last + 1);
    let start = change(k);
    if (kind(k - 1) === undefined) {
      // A start so late that it falls into a following stage also waits for the groups that
      // lose right of way there.
      for (let entered = k; entered <= last && start >= change(entered); entered++) {
        start = Math.max(start, earliestStart(group, entered, greens, change, intergreens));
      }
    }
    if (start >= end) throw new NotUnrolled(`group ${group} gets no green`);
    const shift = start - modulo(start, cycle_s);
    windows.push([start - shift, end - shift, letter]);
  }
  return windows.sort((a, b) => a[0] - b[0]);
}

function earliestStart(
  group: string,
  stage: number,
  greens: readonly ReadonlyMap<string, string>[],
  change: (stage: number) => number,
  intergreens: Intergreens,
): number {
  const n = greens.length;
  let start = change(stage);
  for (const [foe, row] of Object.entries(intergreens)) {
    const wait = row[group];
    if (wait === undefined || greens[modulo(stage, n)]?.has(foe)) continue;
    for (let back = 1; back <= n; back++) {
      if (greens[modulo(stage - back, n)]?.has(foe)) {
        start = Math.max(start, change(stage - back + 1) + wait);
        break;
      }
    }
  }
  return start;
}

function groupLetters(group: StageGroup, windows: readonly Window[], cycle_s: number): string {
  const letters = new Array<string>(cycle_s).fill(group.rest);
  const green = new Array<boolean>(cycle_s).fill(false);
  for (const [start, end, letter] of windows) {
    for (let second = start; second < end; second++) {
      const at = modulo(second, cycle_s);
      if (green[at]) throw new NotUnrolled(`two greens of ${group.id} overlap in second ${at}`);
      green[at] = true;
      letters[at] = letter;
    }
  }
  const paint = (start: number, length: number, letter: string): void => {
    for (let second = start; second < start + length; second++) {
      const at = modulo(second, cycle_s);
      if (green[at] || letters[at] === "y" || letters[at] === "u") {
        throw new NotUnrolled(`no room for ${length} s of ${letter} of ${group.id}`);
      }
      letters[at] = letter;
    }
  };
  for (const [start, end] of windows) {
    if (!green[modulo(end, cycle_s)]) paint(end, group.amber_s, "y");
    if (!green[modulo(start - 1, cycle_s)]) {
      paint(start - group.red_amber_s, group.red_amber_s, "u");
    }
  }
  return letters.join("");
}
