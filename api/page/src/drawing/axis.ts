/** Places of rows, labels and ticks. */

/** Heights in px for distances, lowest at the bottom, to scale but never closer than `least_px`. */
export function rowHeights(
  distances_m: readonly number[],
  top_px: number,
  bottom_px: number,
): number[] {
  const low = Math.min(...distances_m);
  const high = Math.max(...distances_m);
  const span = high - low || 1;
  return distances_m.map((each) => bottom_px - ((each - low) / span) * (bottom_px - top_px));
}

/** Room in px that keeps the closest two rows `gap_px` apart, within limits. */
export function plotHeight(
  distances_m: readonly number[],
  gap_px: number,
  least_px: number,
  most_px: number,
): number {
  const sorted = [...distances_m].sort((a, b) => a - b);
  const span = (sorted.at(-1) ?? 0) - (sorted[0] ?? 0);
  const gaps = sorted.slice(1).map((each, i) => each - (sorted[i] ?? 0));
  const closest = Math.min(...gaps.filter((gap) => gap > 0));
  if (!Number.isFinite(closest) || span <= 0) return least_px;
  return Math.min(most_px, Math.max(least_px, (gap_px * span) / closest));
}

/** Places for labels at ascending heights, at least `gap` apart, as near to them as can be. */
export function spread(heights: readonly number[], gap: number): number[] {
  const clusters: number[][] = [];
  const first = (cluster: readonly number[]): number =>
    cluster.reduce((sum, each) => sum + each, 0) / cluster.length -
    (gap * (cluster.length - 1)) / 2;
  for (const height of heights) {
    let cluster = [height];
    for (;;) {
      const before = clusters.at(-1);
      if (before === undefined) break;
      if (first(cluster) >= first(before) + gap * before.length) break;
      clusters.pop();
      cluster = [...before, ...cluster];
    }
    clusters.push(cluster);
  }
  return clusters.flatMap((cluster) => cluster.map((_, i) => first(cluster) + i * gap));
}

/** A step of 1, 2 or 5 times a power of ten that covers at least `least_px`. */
export function niceStep(perUnit_px: number, least_px: number): number {
  const raw = least_px / perUnit_px;
  const power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map((each) => each * power).find((each) => each >= raw) ?? raw;
}
