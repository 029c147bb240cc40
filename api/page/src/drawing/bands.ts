/** Shapes of green bands in the time-space diagram. */

import { modulo } from "../timing/aspects";

/** A stop line on paper: travel time from the direction's first one, and height. */
export interface Crossing {
  readonly travel_s: number;
  readonly y: number;
}

export interface BandShape {
  /** 0 is the lap whose front passes the first stop line in the first cycle shown. */
  readonly lap: number;
  readonly area: string;
  readonly front: string;
  readonly tail: string;
  readonly middle: string;
}

/** The band in every cycle that touches [0, extent_s], earliest first. */
export function bandShapes(
  band: { readonly start_s: number; readonly width_s: number },
  crossings: readonly Crossing[],
  cycle_s: number,
  extent_s: number,
  perSecond_px: number,
): BandShape[] {
  const last = crossings.at(-1);
  if (last === undefined || crossings.length < 2) return [];
  const start_s = modulo(band.start_s, cycle_s);
  const first = -Math.ceil((start_s + last.travel_s + band.width_s) / cycle_s);
  const shapes: BandShape[] = [];
  for (let lap = first; start_s + lap * cycle_s < extent_s; lap++) {
    const at_s = start_s + lap * cycle_s;
    if (at_s + last.travel_s + band.width_s < 0) continue;
    const line = (shift_s: number): [number, number][] =>
      crossings.map(({ travel_s, y }) => [(at_s + travel_s + shift_s) * perSecond_px, y]);
    const front = line(0);
    const tail = line(band.width_s);
    shapes.push({
      lap,
      area: `${path(front)}L${points([...tail].reverse())}z`,
      front: path(front),
      tail: path(tail),
      middle: path(line(band.width_s / 2)),
    });
  }
  return shapes;
}

function path(line: readonly (readonly [number, number])[]): string {
  return `M${points(line)}`;
}

function points(line: readonly (readonly [number, number])[]): string {
  return line.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L");
}
