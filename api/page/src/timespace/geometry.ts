/** Where everything of the diagram lies: one object, made anew only when its measures change. */

import { plotHeight, rowHeights, spread } from "../drawing/axis";
import type { DiagramRow } from "../service/contract";

export const BAR_PX = 7;
export const SELECTED_BAR_PX = 12;
export const LANE_PX = 26;
const AXIS_PX = 22;
const LABEL_GAP_PX = 32;
const ROW_GAP_PX = 28;

export interface RowPlace {
  readonly row: DiagramRow;
  readonly y: number;
  readonly label_y: number;
}

export interface Geometry {
  readonly left: number;
  /** Baselines of the width labels, in the lanes above and below the rows. */
  readonly label_above: number;
  readonly label_below: number;
  readonly width: number;
  readonly height: number;
  readonly top: number;
  readonly bottom: number;
  readonly perSecond: number;
  readonly extent_s: number;
  /** From the lowest row (first of direction A) to the highest. */
  readonly rows: readonly RowPlace[];
  readonly yOf: ReadonlyMap<string, number>;
  /** Height of a distance along the outbound way, also beyond the rows. */
  readonly yAt: (distance_m: number) => number;
}

export function geometryOf(
  rows: readonly DiagramRow[],
  cycle_s: number,
  cycles: number,
  width_px: number,
  room_px: number,
  wall: boolean,
): Geometry {
  const ordered = [...rows].sort((a, b) => a.distance_m - b.distance_m);
  const distances = ordered.map((row) => row.distance_m);
  const scale = wall ? 1.6 : 1;
  const left = (wall ? 260 : 176) + 8;
  const axis = AXIS_PX * (wall ? 1.4 : 1);
  const lane = LANE_PX * (wall ? 1.9 : 1);
  const edges = 2 * (axis + lane) + 6;
  // All rows in the room there is, as long as neighbours keep apart; else the view scrolls.
  const most = Math.max(room_px - edges, 900);
  const plot = plotHeight(distances, ROW_GAP_PX * scale, Math.max(200, room_px - edges), most);
  const top = axis + lane;
  const bottom = top + plot;
  const extent_s = cycle_s * cycles;
  const ys = rowHeights(distances, top, bottom);
  const low = distances[0] ?? 0;
  const scale_px = (bottom - top) / ((distances.at(-1) ?? 0) - low || 1);
  const labels = spread([...ys].reverse(), LABEL_GAP_PX * scale).reverse();
  const places = ordered.map((row, i) => ({ row, y: ys[i] ?? 0, label_y: labels[i] ?? 0 }));
  return {
    left,
    width: width_px,
    label_above: top - (wall ? 22 : 9),
    label_below: bottom + (wall ? 38 : 20),
    height: bottom + lane + axis + 6,
    top,
    bottom,
    perSecond: Math.max(0.5, (width_px - left - 14) / extent_s),
    extent_s,
    rows: places,
    yAt: (distance_m) => bottom - (distance_m - low) * scale_px,
    yOf: new Map(places.map((place) => [place.row.junction, place.y])),
  };
}
