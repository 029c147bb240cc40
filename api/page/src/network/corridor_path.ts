/** The way along the roads from one junction to another, by the lanes' own geometry. Pure. */

import type { JunctionOfNetwork, LaneShape, Point } from "../service/contract";

/** Junctions passed from `a` to `b` (both included), the shortest way; empty where none leads.
 *
 * Roads are joined where their ends meet; a junction is passed where a road ends within its reach.
 */
export function pathBetween(
  lanes: readonly LaneShape[],
  junctions: readonly JunctionOfNetwork[],
  a: string,
  b: string,
): string[] {
  if (a === b) return [a];
  const links = linksBetween(lanes, junctions);
  const best = new Map<string, number>([[a, 0]]);
  const from = new Map<string, string>();
  const open = new Set<string>([a]);
  while (open.size > 0) {
    let at = "";
    for (const each of open) {
      if (at === "" || (best.get(each) ?? 0) < (best.get(at) ?? 0)) at = each;
    }
    open.delete(at);
    if (at === b) break;
    for (const [to, length] of links.get(at) ?? []) {
      const total = (best.get(at) ?? 0) + length;
      if (total < (best.get(to) ?? Infinity)) {
        best.set(to, total);
        from.set(to, at);
        open.add(to);
      }
    }
  }
  if (!best.has(b)) return [];
  const path = [b];
  for (let at = b; at !== a;) {
    at = from.get(at) ?? a;
    path.unshift(at);
  }
  return path.filter((id) => !id.startsWith(END));
}

const END = "end ";
const NEAR_M = 45;

/** Nodes are junctions and the bare ends of roads; links are roads. */
function linksBetween(
  lanes: readonly LaneShape[],
  junctions: readonly JunctionOfNetwork[],
): Map<string, Map<string, number>> {
  const nodeAt = (point: Point): string => {
    let nearest = "";
    let least = Infinity;
    for (const junction of junctions) {
      const reach = Math.max(NEAR_M, radius(junction));
      const gap = Math.hypot(junction.x - point[0], junction.y - point[1]);
      if (gap < reach && gap < least) {
        least = gap;
        nearest = junction.id;
      }
    }
    // Bare ends join within a few metres.
    return nearest !== ""
      ? nearest
      : `${END}${Math.round(point[0] / 30)} ${Math.round(point[1] / 30)}`;
  };
  const links = new Map<string, Map<string, number>>();
  const seen = new Set<string>();
  for (const lane of lanes) {
    const first = lane.points[0];
    const last = lane.points.at(-1);
    if (first === undefined || last === undefined || seen.has(lane.edge)) continue;
    seen.add(lane.edge);
    const from = nodeAt(first);
    const to = nodeAt(last);
    if (from === to) continue;
    const length = lengthOf(lane.points);
    const row = links.get(from) ?? new Map<string, number>();
    row.set(to, Math.min(length, row.get(to) ?? Infinity));
    links.set(from, row);
  }
  return links;
}

function radius(junction: JunctionOfNetwork): number {
  return Math.max(0, ...junction.shape.map(([x, y]) => Math.hypot(x - junction.x, y - junction.y)));
}

function lengthOf(points: readonly Point[]): number {
  return points.slice(1).reduce((sum, point, i) => {
    const before = points[i] ?? point;
    return sum + Math.hypot(point[0] - before[0], point[1] - before[1]);
  }, 0);
}

/** Length along the junctions, straight from one to the next, m. */
export function pathLength_m(
  path: readonly string[],
  junctions: readonly JunctionOfNetwork[],
): number {
  const at = new Map(junctions.map((junction) => [junction.id, junction]));
  return path.slice(1).reduce((sum, id, i) => {
    const to = at.get(id);
    const from = at.get(path[i] ?? "");
    return to === undefined || from === undefined
      ? sum
      : sum + Math.hypot(to.x - from.x, to.y - from.y);
  }, 0);
}
