/** Green bands from programs alone: the same arithmetic as `signalctl.domain.band`, so that the
 * page's figures while dragging are the service's to the last digit (golden cases hold it). */

import { greenSpans, modulo } from "./aspects";

/** (start_s, length_s) on the cycle. */
type Arc = readonly [number, number];

/** A stop line of a direction, in order of travel. */
export interface Passage {
  /** What its group shows, one letter a second of its own cycle. */
  readonly letters: string;
  /** Travel time from the direction's first stop line. */
  readonly travel_s: number;
}

export interface Band {
  /** System second, modulo the cycle, of the front at the first stop line. */
  readonly start_s: number;
  readonly width_s: number;
  /** Indices of the stop lines whose green the front or the tail touches. */
  readonly binding: readonly number[];
}

const EPSILON_S = 1e-9;

export function intersectArcs(a: readonly Arc[], b: readonly Arc[], cycle_s: number): Arc[] {
  const cut: Arc[] = [];
  for (const [startA, lengthA] of a) {
    for (const [startB, lengthB] of b) {
      const gap = modulo(startB - startA, cycle_s);
      if (Math.min(gap, cycle_s - gap) < EPSILON_S) {
        cut.push([startA, Math.min(lengthA, lengthB)]);
        continue;
      }
      // b begins inside a, or a begins inside b; both when together they pass the cycle.
      if (gap < lengthA - EPSILON_S) cut.push([startB, Math.min(lengthB, lengthA - gap)]);
      if (cycle_s - gap < lengthB - EPSILON_S) {
        cut.push([startA, Math.min(lengthA, lengthB - (cycle_s - gap))]);
      }
    }
  }
  return cut.sort((x, y) => x[0] - y[0] || x[1] - y[1]);
}

/** The widest band through all stop lines, or null where a cycle does not divide the corridor's. */
export function widestBand(passages: readonly Passage[], cycle_s: number): Band | null {
  const perLine: Arc[][] = [];
  for (const { letters, travel_s } of passages) {
    const own_s = letters.length;
    if (own_s === 0 || cycle_s % own_s !== 0) return null;
    const spans = greenSpans(letters);
    if (spans.some(([start, end]) => end - start >= own_s)) {
      perLine.push([[0, cycle_s]]);
      continue;
    }
    const arcs: Arc[] = [];
    for (const [start, end] of spans) {
      for (let lap = 0; lap < cycle_s / own_s; lap++) {
        arcs.push([modulo(start + lap * own_s - travel_s, cycle_s), end - start]);
      }
    }
    perLine.push(arcs);
  }
  // null is the whole cycle: as an arc it would need a start, and every green over that second
  // would be cut in two.
  let common: Arc[] | null = null;
  for (const arcs of perLine) {
    if (arcs.some(([, length]) => length >= cycle_s)) continue;
    common = common === null ? arcs : intersectArcs(common, arcs, cycle_s);
  }
  common ??= [[0, cycle_s]];
  let best: Arc | undefined;
  for (const arc of common) {
    if (best === undefined || arc[1] > best[1] || (arc[1] === best[1] && arc[0] < best[0])) {
      best = arc;
    }
  }
  if (best === undefined) return { start_s: 0, width_s: 0, binding: [] };
  const [start, width] = best;
  const binding = perLine.flatMap((arcs, i) =>
    arcs.some((arc) => arc[1] < cycle_s && touches(arc, start, width, cycle_s)) ? [i] : [],
  );
  return { start_s: modulo(start, cycle_s), width_s: width, binding };
}

function touches(arc: Arc, start: number, width: number, cycle_s: number): boolean {
  const lead = modulo(start - arc[0], cycle_s);
  const slack = arc[1] - lead - width;
  return Math.min(lead, cycle_s - lead) < 1e-6 || Math.abs(slack) < 1e-6;
}
