import { describe, expect, it } from "vitest";
import { pathBetween } from "./network/corridor_path";
import { placeLabels } from "./network/labels";
import { fitted, panned, toScreen, zoomed } from "./network/camera";
import { changedValues, secondRuns } from "./plans/changes";
import { experimentOf, verdictOf } from "./runs/result";
import { EventCutter } from "./service/event_stream";
import type { JunctionOfNetwork, LaneShape, MoveCandidate, PlanDocument } from "./service/contract";
import { bestSecond } from "./timespace/best";
import { legalReach } from "./timespace/reach";

describe("the event stream", () => {
  it("is cut wherever the network cuts it", () => {
    const text = ': hello\n\nid: a-1\nevent: job\ndata: {"x":\ndata: 1}\n\nevent: heartbeat\n\n';
    for (let cut = 0; cut <= text.length; cut++) {
      const cutter = new EventCutter();
      const events = [...cutter.push(text.slice(0, cut)), ...cutter.push(text.slice(cut))];
      expect(events).toEqual([
        { type: "job", id: "a-1", data: '{"x":\n1}' },
        { type: "heartbeat", id: null, data: "" },
      ]);
    }
  });
  it("takes lines that end in carriage returns, cut between both signs", () => {
    const cutter = new EventCutter();
    expect([...cutter.push("data: 1\r"), ...cutter.push("\n\r\n")]).toEqual([
      { type: "message", id: null, data: "1" },
    ]);
  });
});

describe("the map", () => {
  const size = { width: 800, height: 600 };
  it("zooms about the pointer", () => {
    const camera = fitted([0, 0, 2000, 500], size);
    const [x, y] = toScreen(camera, size, 300, 200);
    const nearer = zoomed(camera, size, 2, [x, y]);
    const after = toScreen(nearer, size, 300, 200);
    expect(after[0]).toBeCloseTo(x);
    expect(after[1]).toBeCloseTo(y);
  });
  it("follows a pan", () => {
    const camera = fitted([0, 0, 2000, 500], size);
    const [x, y] = toScreen(camera, size, 300, 200);
    const after = toScreen(panned(camera, 30, -20), size, 300, 200);
    expect(after[0]).toBeCloseTo(x + 30);
    expect(after[1]).toBeCloseTo(y - 20);
  });
  it("finds the way along the roads, in order, both ways", () => {
    const junction = (id: string, x: number, y = 0): JunctionOfNetwork => ({
      id,
      name: id,
      x,
      y,
      shape: [],
      groups: [],
      intergreen_s: {},
    });
    const lane = (edge: string, from: number, to: number): LaneShape => ({
      id: `${edge}_0`,
      edge,
      width_m: 3,
      points: [
        [from, 0],
        [to, 0],
      ],
    });
    const junctions = [
      junction("A", 0),
      junction("B", 300),
      junction("C", 700),
      junction("D", 900, 900),
    ];
    const lanes = [
      lane("AB", 10, 150),
      lane("AB2", 150, 290),
      lane("BC", 310, 690),
      lane("CB", 690, 310),
      lane("BA", 290, 10),
    ];
    expect(pathBetween(lanes, junctions, "A", "C")).toEqual(["A", "B", "C"]);
    expect(pathBetween(lanes, junctions, "C", "A")).toEqual(["C", "B", "A"]);
    expect(pathBetween(lanes, junctions, "A", "D")).toEqual([]);
  });
  it("writes no name over another or over a symbol", () => {
    const wanted = Array.from({ length: 30 }, (_, i) => ({ x: 20 + i * 17, y: 50, text: `J${i}` }));
    const places = placeLabels(wanted, 12, 16).filter((place) => place !== null);
    expect(places.length).toBeGreaterThan(5);
    for (const a of places) {
      for (const b of places) {
        if (a === b) continue;
        expect(Math.abs(a.x - b.x) > 14 || Math.abs(a.y - b.y) > 11).toBe(true);
      }
    }
  });
});

describe("moves", () => {
  const candidate = (second: number, width: number, ok = true, delay = 10): MoveCandidate => ({
    second,
    ok,
    rules: ok ? [] : ["R"],
    message: "",
    band: { outbound: width, inbound: 0 },
    delay: { all: delay },
  });
  it("know the best second that is legal", () => {
    const list = [
      candidate(0, 5),
      candidate(1, 9, false),
      candidate(2, 7),
      candidate(3, 7, true, 8),
    ];
    expect(bestSecond(list, 0)).toBe(3);
    expect(bestSecond(list, 3)).toBeNull();
  });
  it("know how far a rule lets them go, through second 0", () => {
    const list = [0, 1, 2, 3, 4, 5].map((second) => candidate(second, 1, second !== 3));
    expect(legalReach(list, 1, true)).toEqual([-3, 1]);
    expect(legalReach(list, 1, false)).toEqual([-1, 1]);
  });
});

describe("plans", () => {
  const document = (seconds: number, split: number): PlanDocument => ({
    schema: "signalctl/plan/1",
    name: "p",
    plans: [
      {
        junction: "J1",
        name: "p",
        cycle_s: 60,
        offset: { seconds },
        stages: {
          sequence: [
            { id: "1", split_s: split },
            { id: "2", split_s: 60 - split },
          ],
        },
      },
    ],
  });
  const NAMES = {
    cycle: "cycle",
    offset: "offset",
    stage: "S",
    greens: "greens",
    start: "start",
    windows: "windows",
    lamps: "lamps",
    ring_barrier: "rings",
  };
  it("differ value by value", () => {
    const { changes, unchanged } = changedValues(document(3, 20), document(4, 22), NAMES);
    expect(changes.map((each) => each.text)).toEqual([
      "offset 3 → 4",
      "S 1 20 → 22",
      "S 2 40 → 38",
    ]);
    expect(unchanged).toEqual([]);
    expect(changedValues(document(3, 20), document(3, 20), NAMES).unchanged).toEqual(["J1"]);
  });
  it("join seconds with the same change", () => {
    const cells = [3, 4, 5, 9].map((second) => ({ second, was: "G", now: "r" }));
    expect(secondRuns({ group: "g", cells }).map(({ from, to }) => [from, to])).toEqual([
      [3, 5],
      [9, 9],
    ]);
  });
});

describe("results", () => {
  const result = (pairs: number, interval: [number, number]): unknown => ({
    scenario: "peak",
    seeds: [1, 2],
    sumo_version: "1.28",
    variants: [{ name: "plan", total_delay_s: { median: 31.4 }, stops_per_vehicle: 1.2 }],
    comparisons: [
      { base: "shipped", other: "plan", seeds: pairs, difference_s: -1.5, interval_s: interval },
    ],
  });
  it("are better only when the whole interval says so, and never from few pairs", () => {
    const verdict = (pairs: number, interval: [number, number]): string | undefined => {
      const difference = experimentOf(result(pairs, interval))?.differences[0];
      return difference === undefined ? undefined : verdictOf(difference);
    };
    expect(verdict(30, [-2.1, -0.9])).toBe("better");
    expect(verdict(30, [-2.1, 0.1])).toBe("nodifference");
    expect(verdict(30, [0.2, 0.4])).toBe("worse");
    expect(verdict(9, [-2.1, -0.9])).toBe("few");
  });
  it("of another form are no experiment", () => {
    expect(experimentOf(null)).toBeNull();
    expect(experimentOf({ report: {} })).toBeNull();
    expect(experimentOf({ variants: "none" })).toBeNull();
  });
});
