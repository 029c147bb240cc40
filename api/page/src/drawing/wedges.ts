/** Which ends of green bind a band: where its front or its tail touches them. */

import { greenSpans, modulo } from "../timing/aspects";
import type { Band, Passage } from "../timing/band";

export interface Wedge {
  /** Index of the stop line in its direction. */
  readonly line: number;
  readonly second: number;
  /** 1: the start of a green binds the front; -1: its end binds the tail. */
  readonly into: 1 | -1;
}

const TOUCH_S = 0.02;

export function wedgesOf(band: Band, passages: readonly Passage[]): Wedge[] {
  if (band.width_s <= 0) return [];
  return band.binding.flatMap((line) => {
    const passage = passages[line];
    if (passage === undefined) return [];
    const cycle_s = passage.letters.length;
    const front = band.start_s + passage.travel_s;
    return greenSpans(passage.letters).flatMap(([start, end]) => {
      const found: Wedge[] = [];
      if (near(start, front, cycle_s)) found.push({ line, second: start, into: 1 });
      if (near(end, front + band.width_s, cycle_s)) found.push({ line, second: end, into: -1 });
      return found;
    });
  });
}

function near(edge: number, at: number, cycle_s: number): boolean {
  const gap = modulo(edge - at, cycle_s);
  return Math.min(gap, cycle_s - gap) <= TOUCH_S;
}
