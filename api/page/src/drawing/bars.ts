/** The bars of the time-space and signal timing diagrams: one path for each aspect, not one shape
 * for each second. Height and place tell aspects apart, texture and colour only repeat it. */

import { runsOf } from "../timing/aspects";

export type Look = "green" | "permissive" | "amber" | "red-amber" | "red" | "flash" | "unknown";
export const LOOKS: readonly Look[] = [
  "red",
  "green",
  "permissive",
  "amber",
  "red-amber",
  "flash",
  "unknown",
];

const LOOK_OF: Readonly<Record<string, Look>> = {
  G: "green",
  g: "permissive",
  y: "amber",
  Y: "amber",
  u: "red-amber",
  r: "red",
  s: "red",
  o: "flash",
  "?": "unknown",
};
const SHARE: Readonly<Record<Look, number>> = {
  green: 1,
  permissive: 1,
  amber: 2 / 3,
  "red-amber": 1 / 2,
  red: 1,
  flash: 1,
  unknown: 1,
};

/** What a letter looks like; null for dark lamps, which are a gap. */
export function lookOf(letter: string): Look | null {
  return letter === "O" ? null : (LOOK_OF[letter] ?? "unknown");
}

/** Paths of one cycle from x = 0, base line y = 0, the bar rising by `height_px` (negative: up).
 *
 * Runs over second 0 reach past the cycle; the picture repeats the path and clips it. `red` is a
 * line along the outer edge (`at_base`: along the base), to be stroked; the others are areas.
 */
export function barPaths(
  letters: string,
  perSecond_px: number,
  height_px: number,
  at_base = false,
): Partial<Record<Look, string>> {
  const paths: Partial<Record<Look, string>> = {};
  for (const [from_s, to_s, letter] of runsOf(letters)) {
    const look = lookOf(letter);
    if (look === null) continue;
    const x = round(from_s * perSecond_px);
    const width = round((to_s - from_s) * perSecond_px);
    const line = look === "red" || look === "unknown";
    const edge = at_base ? 0 : height_px - Math.sign(height_px);
    paths[look] =
      (paths[look] ?? "") +
      (line
        ? `M${x} ${round(edge)}h${width}`
        : `M${x} 0h${width}v${round(height_px * SHARE[look])}h${-width}z`);
    if (look === "red-amber") {
      paths.red = `${paths.red ?? ""}M${x} ${round(edge)}h${width}`;
    }
  }
  return paths;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
