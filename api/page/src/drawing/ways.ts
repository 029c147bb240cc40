/** Vehicles' ways as lines: where they drive and where they stand. */

/** Slower than this a piece counts as standing, m/s. */
const STANDING_MPS = 0.5;

export interface Lines {
  /** x1 y1 x2 y2 ... of pieces, one after the other. */
  readonly moving: readonly (readonly (readonly [x: number, y: number])[])[];
  readonly standing: readonly (readonly [x1: number, x2: number, y: number])[];
}

/** Lines in px: unbroken ways, and apart from them the pieces in which they stand. */
export function linesOf(
  ways: readonly (readonly (readonly [t_s: number, distance_m: number])[])[],
  x: (t_s: number) => number,
  y: (distance_m: number) => number,
): Lines {
  const standing: [number, number, number][] = [];
  const moving = ways.map((way) =>
    way.map(([t_s, distance_m], index) => {
      const before = way[index - 1];
      if (before !== undefined) {
        const speed = Math.abs(distance_m - before[1]) / Math.max(t_s - before[0], 1e-9);
        if (speed < STANDING_MPS) standing.push([x(before[0]), x(t_s), y(distance_m)]);
      }
      return [x(t_s), y(distance_m)] as const;
    }),
  );
  return { moving, standing };
}
