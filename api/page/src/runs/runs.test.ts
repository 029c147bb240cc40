import { describe, expect, it } from "vitest";
import type { Job } from "../service/contract";
import { FIRST, limitsOf, optionsOf } from "./order";
import { clock, elapsed_s, left_s, placeOf } from "./progress";
import { between, byChance, cut, placed, signed, type Approach, type Line } from "./report";
import { experimentOf, sideBySide, verdictOf } from "./result";
import { documentOf, optimisedOf, tunedOf } from "./searched";

const line = (difference: number, finding: Line["finding"], width = 1): Line => ({
  before: 10,
  after: 10 + difference,
  difference,
  interval: [difference - width, difference + width],
  pairs: 12,
  finding,
});
const approach = (edge: string, difference: number, finding: Line["finding"]): Approach => ({
  ...line(difference, finding),
  junction: "J1",
  edge,
  name: "",
  from: "N",
  vehicles: 100,
  sum: line(difference / 3600, finding),
});
const job = (changes: Partial<Job>): Job => ({
  id: "a",
  number: 4,
  kind: "compare",
  plan: null,
  state: "running",
  progress: { done: 0, total: 0, text: "" },
  ...changes,
});

describe("an order", () => {
  it("takes of what was chosen the part its kind has", () => {
    expect(optionsOf("compare", { ...FIRST, seeds: 1 })).toEqual({
      options: { seeds: 2, against: "shipped" },
    });
    expect(optionsOf("tune", { ...FIRST, junctions: ["J3"] })).toEqual({
      options: { objective: "delay", limits: {}, budget_s: 120, junctions: ["J3"], step_s: 1 },
    });
    const made = optionsOf("optimise", { ...FIRST, keep: ["cycle"], budget_s: 5 });
    expect(made).toMatchObject({
      options: { keep: ["cycle"], corridor: null, cycles: [30, 120], budget_s: 10 },
    });
    expect(made).not.toHaveProperty("options.evaluations");
  });
  it("reads queue limits, and names the line it cannot read", () => {
    expect(limitsOf("J1_J2<=80\n\n a b <= 40.5m ")).toEqual({ J1_J2: 80, "a b": 40.5 });
    expect(limitsOf("J1_J2<=80\nJ2 < 5")).toBe("J2 < 5");
    expect(optionsOf("optimise", { ...FIRST, limits: "x" })).toEqual({ wrong: "x" });
  });
});

describe("progress", () => {
  it("is time so far and what the pace leaves", () => {
    const running = job({
      started_at: "2026-01-01T00:00:00Z",
      progress: { done: 3, total: 12, text: "" },
    });
    const now = Date.parse("2026-01-01T00:00:30Z");
    expect([elapsed_s(running, now), left_s(running, now)]).toEqual([30, 90]);
    expect(left_s({ ...running, state: "done" }, now)).toBeNull();
    expect([clock(9), clock(90), clock(3725)]).toEqual(["0:09", "1:30", "1:02:05"]);
  });
  it("knows the place of a job that waits", () => {
    const jobs = [3, 4, 6].map((number) => job({ number, state: "queued" }));
    expect(placeOf(job({ number: 6 }), jobs)).toBe(3);
  });
});

describe("a report", () => {
  it("puts gains and losses apart and claims nothing of an interval with zero", () => {
    const all = [
      approach("a", -3, "less"),
      approach("b", 2.5, "more"),
      approach("c", -2, "few"),
      approach("d", 0.2, "none"),
      approach("e", -0.9, "none"),
    ];
    const found = placed(all, 1);
    expect(found.gains.map((each) => each.edge)).toEqual(["a"]);
    expect(found.gainsLeftOut.map((each) => each.edge)).toEqual(["c"]);
    expect(found.losses.map((each) => each.edge)).toEqual(["b"]);
    expect(found.unchanged.map((each) => each.edge)).toEqual(["d", "e"]);
  });
  it("writes numbers with their sign, zero without", () => {
    expect([signed(-1.54), signed(0.25), signed(0.001), signed(0), signed(1234)]).toEqual([
      "−1.5",
      "+0.25",
      "0.00",
      "0",
      "+1234",
    ]);
    expect([between([-2, -0.5]), between(null)]).toEqual(["−2 … −0.50", ""]);
  });
  it("keeps the end of a sentence it must cut", () => {
    expect(cut("J1：A、B、C、D、E、F、G、H、I 的绿灯有变化", 20)).toMatch(
      /^J1：A、B.*…的绿灯有变化$|…/,
    );
    expect(cut("short", 20)).toBe("short");
    expect(cut("x".repeat(50), 20)).toHaveLength(20);
  });
  it("says how many lines chance alone would colour", () => {
    const totals = Array.from({ length: 12 }, () => ({
      ...line(0, "none" as const),
      measure: "m",
      unit: "s",
    }));
    const approaches = Array.from({ length: 28 }, (_, i) => approach(`${i}`, 0, "none"));
    const effects = {
      pairs: 12,
      least_pairs: 10,
      due: 1,
      is_lower_bound: false,
      totals,
      modes: [],
      approaches,
      elsewhere: null,
      outside: null,
    };
    expect(byChance(effects)).toEqual({ lines: 40, chance: 2 });
  });
});

describe("a result", () => {
  const told = { base: "shipped", other: "plans", share: null };
  it("shows no difference where the interval contains 0, however few the pairs", () => {
    const of = (interval_s: readonly [number, number] | null, pairs: number): string =>
      verdictOf({ ...told, mean_s: -1, interval_s, pairs });
    expect([
      of([-2, 0.1], 3),
      of([-2, -1], 3),
      of([-2, -1], 10),
      of([1, 2], 10),
      of(null, 1),
    ]).toEqual(["nodifference", "few", "better", "worse", "few"]);
  });
  it("is read with care", () => {
    for (const odd of [null, 3, [], { variants: 1 }, { variants: [null, {}] }]) {
      expect(() => [
        experimentOf(odd),
        optimisedOf(odd),
        tunedOf(odd),
        documentOf(odd),
      ]).not.toThrow();
    }
    const variants = [30, 20].map((queue, at) => ({
      name: `${at}`,
      total_delay_s: { median: 3, per_seed: [2, 4] },
      approaches: [
        { edge: "same", signalled: true, max_queue_m: { median: 50 }, stops: 4, full: false },
        { edge: "less", signalled: true, max_queue_m: { median: queue }, stops: 9, full: at === 0 },
        { edge: "free", signalled: false, max_queue_m: { median: 90 }, stops: 1, full: false },
      ],
    }));
    const found = experimentOf({ variants, seeds: [1, 2] });
    expect(found?.variants[0]?.perSeed_s).toEqual([2, 4]);
    expect(sideBySide(found?.variants ?? [], (each) => each.queue_m)).toEqual([
      { edge: "less", values: [30, 20], full: true },
      { edge: "same", values: [50, 50], full: false },
    ]);
  });
});
