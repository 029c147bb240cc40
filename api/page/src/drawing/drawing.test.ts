import { describe, expect, it } from "vitest";
import { niceStep, plotHeight, rowHeights, spread } from "./axis";
import { bandShapes } from "./bands";
import { barPaths } from "./bars";

describe("bars", () => {
  it("draws a green over second 0 once, past the cycle", () => {
    const paths = barPaths("GGrrrrrrGG", 2, -10);
    expect(paths.green).toBe("M16 0h8v-10h-8z");
    expect(paths.red).toBe("M4 -9h12");
  });
  it("tells aspects apart by height", () => {
    const paths = barPaths("Ggyur", 3, -12);
    expect(paths.amber).toContain("v-8");
    expect(paths["red-amber"]).toContain("v-6");
    expect(paths.permissive).toContain("v-12");
  });
  it("leaves a gap where lamps are dark", () => {
    expect(barPaths("OOO", 2, 8)).toEqual({});
  });
  it("has one path for each aspect, however long the cycle", () => {
    expect(Object.keys(barPaths("G".repeat(60) + "y".repeat(3) + "r".repeat(57), 4, 7))).toEqual([
      "green",
      "amber",
      "red",
    ]);
  });
});

describe("bands", () => {
  const crossings = [
    { travel_s: 0, y: 100 },
    { travel_s: 30, y: 0 },
  ];
  it("repeats in every cycle that is shown", () => {
    const shapes = bandShapes({ start_s: 50, width_s: 20 }, crossings, 60, 180, 1);
    expect(shapes.map((shape) => shape.lap)).toEqual([-1, 0, 1, 2]);
    expect(shapes[1]?.front).toBe("M50.0 100.0L80.0 0.0");
    expect(shapes[1]?.tail).toBe("M70.0 100.0L100.0 0.0");
  });
  it("needs two stop lines", () => {
    expect(bandShapes({ start_s: 0, width_s: 9 }, crossings.slice(0, 1), 60, 180, 1)).toEqual([]);
  });
});

describe("places", () => {
  it("puts distances to scale, upward", () => {
    expect(rowHeights([0, 250, 1000], 10, 110)).toEqual([110, 85, 10]);
  });
  it("gives the closest rows their room", () => {
    expect(plotHeight([0, 100, 1000], 40, 200, 900)).toBe(400);
    expect(plotHeight([0, 1, 1000], 40, 200, 900)).toBe(900);
    expect(plotHeight([5], 40, 200, 900)).toBe(200);
  });
  it("keeps labels apart and near", () => {
    expect(spread([10, 12, 50], 14)).toEqual([4, 18, 50]);
    expect(spread([0, 100], 14)).toEqual([0, 100]);
  });
  it("steps in ones, twos and fives", () => {
    expect(niceStep(6, 30)).toBe(5);
    expect(niceStep(1, 30)).toBe(50);
    expect(niceStep(40, 30)).toBe(1);
  });
});
