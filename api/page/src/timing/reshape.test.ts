import { describe, expect, it } from "vitest";
import type { JunctionPlanDocument } from "../service/contract";
import {
  FROM_CYCLE,
  shared,
  withCycle,
  withPhaseMoved,
  withSecondsGiven,
  withStageMoved,
  withWalk,
} from "./reshape";
import { barriersOf, greenOf, placedPhases, ringSums } from "./rings";
import { stageChanges } from "./stages";

const plan: JunctionPlanDocument = {
  junction: "J",
  name: "p",
  cycle_s: 100,
  offset: { seconds: 97 },
  stages: {
    start_s: 4,
    sequence: [
      { id: "1", split_s: 40, protected: ["E"] },
      { id: "2", split_s: 10, protected: ["L"] },
      { id: "3", split_s: 30, protected: ["N"] },
      { id: "4", split_s: 20, protected: ["P"] },
    ],
  },
};
const phase = (number: number, split_s: number, walks: string[] = []) => ({
  number,
  split_s,
  protected: [`G${number}`],
  amber_s: 3,
  red_clearance_s: 2,
  walks,
  walk_s: walks.length > 0 ? 7 : 0,
});
const rings: JunctionPlanDocument = {
  junction: "J",
  name: "p",
  cycle_s: 90,
  offset: { seconds: 0 },
  ring_barrier: {
    start_s: 10,
    sections: [
      [
        [phase(1, 12), phase(2, 33, ["P2"])],
        [phase(5, 15), phase(6, 30)],
      ],
      [
        [phase(3, 14), phase(4, 31)],
        [phase(7, 14), phase(8, 31)],
      ],
    ],
  },
};

/** System-independent seconds of the changes by stage. */
function changes(of: JunctionPlanDocument | null): Record<string, number> {
  const form = of?.stages;
  if (form === undefined || of === null) throw new Error("no stages");
  const at = stageChanges(form, of.cycle_s);
  return Object.fromEntries(
    form.sequence.map((stage, index) => [stage.id, (at[index] ?? 0) % of.cycle_s]),
  );
}

describe("seconds given", () => {
  it("keep the cycle and move only the changes between giver and taker, the shorter way", () => {
    const was = changes(plan);
    for (const taker of ["1", "2", "3", "4"]) {
      for (const giver of ["1", "2", "3", "4"]) {
        const after = withSecondsGiven(plan, taker, giver, 3);
        if (taker === giver) {
          expect(after).toBeNull();
          continue;
        }
        const splits = after?.stages?.sequence.map((stage) => stage.split_s) ?? [];
        expect(splits.reduce((a, b) => a + b, 0)).toBe(100);
        const now = changes(after);
        const moved = Object.keys(was).filter((id) => was[id] !== now[id]);
        const apart = Math.abs(Number(taker) - Number(giver));
        expect(moved.length, `${taker} from ${giver}`).toBe(Math.min(apart, 4 - apart));
      }
    }
  });
  it("of neighbours are the move of their boundary", () => {
    const now = changes(withSecondsGiven(plan, "4", "1", 2));
    expect(now).toEqual({ ...changes(plan), "1": 6 });
    expect(changes(withSecondsGiven(plan, "1", "4", 2))["1"]).toBe(2);
  });
  it("leave every stage a second", () => {
    expect(withSecondsGiven(plan, "1", "2", 10)).toBeNull();
    expect(withSecondsGiven(plan, "2", "1", -10)).toBeNull();
    expect(withSecondsGiven(plan, "1", "2", 9)?.stages?.sequence[1]?.split_s).toBe(1);
  });
  it("of the cycle make it longer, and the offset stays within it", () => {
    const longer = withSecondsGiven(plan, "2", FROM_CYCLE, 5);
    expect([longer?.cycle_s, longer?.offset.seconds]).toEqual([105, 97]);
    const shorter = withSecondsGiven(plan, "1", FROM_CYCLE, -5);
    expect([shorter?.cycle_s, shorter?.offset.seconds]).toEqual([95, 2]);
  });
  it("are nothing for unknown stages and other forms", () => {
    expect(withSecondsGiven(plan, "9", "1", 1)).toBeNull();
    expect(withSecondsGiven(plan, "1", "9", 1)).toBeNull();
    expect(withSecondsGiven(rings, "1", "2", 1)).toBeNull();
  });
});

describe("the order", () => {
  const order = (of: JunctionPlanDocument | null): string =>
    of?.stages?.sequence.map((stage) => stage.id).join("") ?? "";
  it("inserts, the others sliding, never swaps", () => {
    expect(order(withStageMoved(plan, 0, 2))).toBe("2314");
    expect(order(withStageMoved(plan, 3, 0))).toBe("4123");
    expect(order(withStageMoved(plan, 2, 99))).toBe("1243");
  });
  it("stays where nothing moves", () => {
    expect(withStageMoved(plan, 1, 1)).toBeNull();
    expect(withStageMoved(plan, 0, -1)).toBeNull();
    expect(withStageMoved(plan, 9, 1)).toBeNull();
  });
  it("of phases stops at the barrier", () => {
    const lagging = withPhaseMoved(rings, 1, 1)?.ring_barrier;
    expect(lagging?.sections[0]?.[0]?.map((each) => each.number)).toEqual([2, 1]);
    expect(lagging?.sections[0]?.[1]).toBe(rings.ring_barrier?.sections[0]?.[1]);
    expect(withPhaseMoved(rings, 2, 1)).toBeNull();
    expect(withPhaseMoved(rings, 1, -1)).toBeNull();
    expect(withPhaseMoved(plan, 1, 1)).toBeNull();
  });
});

describe("the cycle", () => {
  it("shares seconds in proportion, at least one each, and none lost", () => {
    expect(shared([40, 10, 30, 20], 110)).toEqual([44, 11, 33, 22]);
    expect(shared([40, 10, 30, 20], 101)).toEqual([41, 10, 30, 20]);
    expect(shared([98, 1, 1], 50)).toEqual([48, 1, 1]);
    expect(shared([1, 1, 1], 2)).toBeNull();
    for (let total = 4; total < 300; total++) {
      const found = shared([40, 10, 30, 20], total) ?? [];
      expect(found.reduce((a, b) => a + b, 0)).toBe(total);
      expect(Math.min(...found)).toBeGreaterThanOrEqual(1);
    }
  });
  it("stretches stages, and rings so that they still meet", () => {
    expect(withCycle(plan, 110)?.stages?.sequence.map((stage) => stage.split_s)).toEqual([
      44, 11, 33, 22,
    ]);
    for (const cycle_s of [60, 91, 97, 120]) {
      const form = withCycle(rings, cycle_s)?.ring_barrier;
      if (form === undefined) throw new Error("no rings");
      const sums = ringSums(form);
      expect(sums.every((own) => new Set(own).size === 1)).toBe(true);
      expect(sums.reduce((all, own) => all + (own[0] ?? 0), 0)).toBe(cycle_s);
    }
  });
  it("is nothing for forms without splits", () => {
    const lamps: JunctionPlanDocument = {
      junction: "J",
      name: "p",
      cycle_s: 90,
      offset: { seconds: 0 },
      lamps: {},
    };
    expect(withCycle(lamps, 91)).toBeNull();
    expect(withCycle(plan, 100)).toBeNull();
    expect(withCycle(plan, 3)).toBeNull();
  });
});

describe("rings", () => {
  it("lie ring by ring between their barriers", () => {
    const form = rings.ring_barrier;
    if (form === undefined) throw new Error("no rings");
    expect(barriersOf(form)).toEqual([55, 100]);
    const starts = Object.fromEntries(
      placedPhases(form).map((each) => [each.phase.number, each.start_s]),
    );
    expect(starts).toEqual({ 1: 10, 2: 22, 5: 10, 6: 25, 3: 55, 4: 69, 7: 55, 8: 69 });
    expect(greenOf(phase(1, 12))).toBe(7);
  });
  it("take another walk only where somebody walks", () => {
    const walked = withWalk(rings, 2, 9)?.ring_barrier?.sections[0]?.[0]?.[1];
    expect(walked?.walk_s).toBe(9);
    expect(withWalk(rings, 2, 7)).toBeNull();
    expect(withWalk(rings, 1, 9)).toBeNull();
  });
});
