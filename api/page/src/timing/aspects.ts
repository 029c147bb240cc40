/** What a signal group shows, second by second, as in `signalctl.domain.program`.
 *
 * A group's cycle is a string of one letter a second; second 0 is the system zero.
 */

/** A stretch of equal seconds: from, up to (may pass the cycle), letter. */
export type Run = readonly [from_s: number, to_s: number, letter: string];

/** `a` modulo `b`, never negative for positive `b`, as Python's `%` (also on fractions). */
export function modulo(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest === 0 ? 0 : rest;
}

export function isGreen(letter: string): boolean {
  return letter === "G" || letter === "g";
}

/** Runs of equal letters on the circle, each once, by start; one over second 0 comes last. */
export function runsOf(letters: string): Run[] {
  const runs: [number, number, string][] = [];
  let from = 0;
  for (let at = 1; at <= letters.length; at++) {
    if (at === letters.length || letters[at] !== letters[from]) {
      runs.push([from, at, letters.charAt(from)]);
      from = at;
    }
  }
  const first = runs[0];
  const last = runs.at(-1);
  if (runs.length > 1 && first !== undefined && last !== undefined && first[2] === last[2]) {
    runs.shift();
    runs[runs.length - 1] = [last[0], last[1] + first[1] - first[0], last[2]];
  }
  return runs;
}

/** The letters that runs say; seconds that no run covers are `?`. */
export function lettersOf(runs: readonly Run[], cycle_s: number): string {
  const letters = new Array<string>(cycle_s).fill("?");
  for (const [from_s, to_s, letter] of runs) {
    for (let second = from_s; second < to_s; second++) {
      letters[modulo(second, cycle_s)] = letter;
    }
  }
  return letters.join("");
}

/** Everything `by_s` seconds later (earlier if negative). */
export function shifted(letters: string, by_s: number): string {
  const k = modulo(-by_s, letters.length);
  return letters.slice(k) + letters.slice(0, k);
}

/** [start, end) of uninterrupted green of either kind, by start. */
export function greenSpans(letters: string): (readonly [number, number])[] {
  const merged = letters.replace(/[Gg]/g, "G").replace(/[^G]/g, "r");
  return runsOf(merged)
    .filter((run) => run[2] === "G")
    .map((run) => [run[0], run[1]] as const);
}
