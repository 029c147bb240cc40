import { describe, expect, it } from "vitest";
import type { GroupOfJunction, JunctionPlanDocument, MoveCandidate } from "../service/contract";
import type { Handle } from "../timing/edits";
import {
  achieved,
  allRed,
  binding,
  clearance_s,
  insertionAt,
  placedStages,
  tightest,
} from "./readings";
import { refusedRuns, stopsOf } from "./refused";
import { findingOf, trialOf } from "./trial";

// 60 s: E green 58..28 through second 0, amber to 31; N green 33..53, amber to 56.
const lamps = new Map([
  ["E", `${"G".repeat(28)}yyy${"r".repeat(27)}GG`],
  ["N", `${"r".repeat(33)}${"G".repeat(20)}yyyrrrr`],
]);
const plan: JunctionPlanDocument = {
  junction: "J",
  name: "p",
  cycle_s: 60,
  offset: { seconds: 53 },
  stages: {
    start_s: 0,
    sequence: [
      { id: "1", split_s: 35, protected: ["E"] },
      { id: "2", split_s: 25, protected: ["N"] },
    ],
  },
};

describe("what the bars say", () => {
  it("places stages and their interstages through second 0", () => {
    expect(placedStages(plan, lamps, 53)).toEqual([
      { id: "1", index: 0, start_s: 53, split_s: 35, interstage_s: 5, groups: ["E"] },
      { id: "2", index: 1, start_s: 28, split_s: 25, interstage_s: 5, groups: ["N"] },
    ]);
    expect(placedStages(plan, lamps, null)).toEqual([]);
  });
  it("finds the seconds in which all rest", () => {
    expect(allRed(lamps)).toEqual([
      [31, 33],
      [56, 58],
    ]);
    expect(
      allRed(
        new Map([
          ["E", "Grr"],
          ["N", "rrG"],
        ]),
      ),
    ).toEqual([[1, 2]]);
    expect(allRed(new Map())).toEqual([]);
  });
  it("measures intergreens from the end of one green to the start of the other", () => {
    const found = achieved(lamps, { E: { N: 5 }, N: { E: 6 } });
    expect(found).toEqual([
      { ending: "E", starting: "N", end_s: 28, start_s: 33, got_s: 5, needs_s: 5 },
      { ending: "N", starting: "E", end_s: 53, start_s: 58, got_s: 5, needs_s: 6 },
    ]);
    expect(tightest(found).get("N\u0000E")?.got_s).toBe(5);
  });
  it("finds none where the ending group is green again first, or both are green", () => {
    const twice = new Map([
      ["A", "GGrrGGrrrr"],
      ["B", "rrrrrrrGGr"],
    ]);
    expect(achieved(twice, { A: { B: 1 } }).map((each) => each.end_s)).toEqual([6]);
    const both = new Map([
      ["A", "GGGrrr"],
      ["B", "rGGGrr"],
    ]);
    expect(achieved(both, { A: { B: 1 } })).toEqual([]);
  });
  it("names on each side the intergreen with the least to spare", () => {
    const found = [
      { ending: "A", starting: "X", end_s: 0, start_s: 9, got_s: 9, needs_s: 5 },
      { ending: "B", starting: "X", end_s: 4, start_s: 9, got_s: 5, needs_s: 5 },
      { ending: "X", starting: "C", end_s: 20, start_s: 27, got_s: 7, needs_s: 5 },
      { ending: "A", starting: "B", end_s: 20, start_s: 20, got_s: 0, needs_s: 5 },
    ];
    expect(binding(found, "X").map((each) => each.ending)).toEqual(["B", "X"]);
  });
  it("takes a walk's clearance from its longest intergreen", () => {
    const walk = { id: "P", kind: "pedestrian" } as GroupOfJunction;
    expect(clearance_s(walk, { P: { E: 9, N: 11 } })).toBe(11);
    expect(clearance_s({ ...walk, kind: "vehicle" }, { P: { E: 9 } })).toBe(0);
  });
  it("inserts a card where its middle falls among the others", () => {
    const stages = placedStages(plan, lamps, 53).concat([
      { id: "3", index: 2, start_s: 43, split_s: 10, interstage_s: 0, groups: [] },
    ]);
    expect(insertionAt(stages, 2, 28, 60)).toBe(1);
    expect(insertionAt(stages, 2, 55, 60)).toBe(0);
    expect(insertionAt(stages, 0, 50, 60)).toBe(2);
    expect(insertionAt(stages, 0, 36, 60)).toBe(0);
  });
});

describe("refused seconds", () => {
  const handle = { kind: "stage", second: 58, value: 20 } as Handle;
  const candidate = (second: number, rules: string[]): MoveCandidate => ({
    second,
    ok: rules.length === 0,
    rules,
    message: "",
    band: {},
    delay: null,
  });
  it("lie where the handle would, through second 0, joined by rule", () => {
    const list = [
      candidate(17, ["intergreen"]),
      candidate(18, ["minimum-green"]),
      candidate(19, []),
      candidate(20, []),
      candidate(21, ["minimum-green"]),
      candidate(22, ["minimum-green"]),
      candidate(23, ["minimum-green"]),
    ];
    const runs = refusedRuns(list, handle, 60);
    expect(runs).toEqual([
      { from_s: 0, to_s: 2, rules: "minimum-green" },
      { from_s: 55, to_s: 56, rules: "intergreen" },
      { from_s: 56, to_s: 57, rules: "minimum-green" },
      { from_s: 59, to_s: 60, rules: "minimum-green" },
    ]);
    expect(stopsOf(runs, 58, 60)).toEqual({ before: runs[2], after: runs[3] });
    expect(stopsOf([], 58, 60)).toEqual({ before: undefined, after: undefined });
  });
});

describe("a trial", () => {
  const result = {
    scenario: "peak",
    sumo_version: "1.28.0",
    comparison: { seeds: 5, difference_s: 0.4, interval_s: [0.1, 0.7] },
    effects: {
      least_pairs: 10,
      modes: [{ mode: "pedestrian", difference: -1.5, interval: [-3, 0.5], pairs: 5 }],
      approaches: [
        { junction: "J2", edge: "e1", from: "N", difference: 2, interval: null, pairs: 5 },
        { junction: "J2", edge: "e2", from: "S" },
      ],
    },
  };
  it("of the plan without the edit is turned round", () => {
    const read = trialOf(result);
    expect(read?.all).toEqual({ of: "", change: -0.4, interval: [-0.7, -0.1], pairs: 5 });
    expect(read?.modes).toEqual([{ of: "pedestrian", change: 1.5, interval: [-0.5, 3], pairs: 5 }]);
    expect(read?.approaches).toEqual([
      { of: "e1", change: -2, interval: null, pairs: 5, junction: "J2", from: "N" },
    ]);
  });
  it("says faster or slower only where the interval does", () => {
    const of = (interval: readonly [number, number] | null) =>
      findingOf({ of: "", change: 0, interval, pairs: 5 });
    expect([of([-0.7, -0.1]), of([0.1, 0.7]), of([-0.1, 0.7]), of([0, 1]), of(null)]).toEqual([
      "faster",
      "slower",
      "none",
      "none",
      "none",
    ]);
  });
  it("is nothing for other results", () => {
    for (const other of [null, {}, { comparison: null }, [], "x", { comparison: { seeds: 2 } }]) {
      expect(trialOf(other)).toBeNull();
    }
  });
});
