import { describe, expect, it } from "vitest";
import type { JunctionOfNetwork, PlanDocument } from "../service/contract";
import { handlesOf, lampsAfter, moved, passagesOf, planOf, type Handle } from "./edits";
import { timedStages } from "./stages";

const junction: JunctionOfNetwork = {
  id: "J",
  name: "J",
  x: 0,
  y: 0,
  shape: [],
  groups: ["E", "N"].map((id) => ({
    id,
    kind: "vehicle",
    label: id,
    from_edge: "",
    turn: "through",
    amber_s: 3,
    red_amber_s: 0,
    rest: "r",
  })),
  intergreen_s: { E: { N: 5 }, N: { E: 6 } },
  conflicts: { hard: [["E", "N"]], yields: [] },
};
const document: PlanDocument = {
  schema: "signalctl/plan/1",
  name: "p",
  corridor: {
    name: "c",
    junctions: ["J"],
    outbound: {
      stop_lines: [
        { junction: "J", group: "E", position_m: 0 },
        { junction: "J", group: "N", position_m: 100 },
      ],
      speeds_kmh: [36],
    },
    inbound: null,
  },
  plans: [
    {
      junction: "J",
      name: "p",
      cycle_s: 60,
      offset: { seconds: 58 },
      stages: {
        start_s: 10,
        sequence: [
          { id: "1", split_s: 35, protected: ["E"] },
          { id: "2", split_s: 25, protected: ["N"] },
        ],
      },
    },
  ],
};

function plan(of: PlanDocument): NonNullable<ReturnType<typeof planOf>> {
  const found = planOf(of, "J");
  if (found === undefined) throw new Error("no plan");
  return found;
}

function handle(of: PlanDocument, id: string): Handle {
  const found = handlesOf(plan(of), junction).find((each) => each.id === id);
  if (found === undefined) throw new Error(`no handle ${id}`);
  return found;
}

function lamps(of: PlanDocument): Map<string, string> {
  const own = plan(of);
  if (own.stages === undefined) throw new Error("no stages");
  return timedStages(own.stages, own.offset, own.cycle_s, junction.groups as never, {
    ...junction.intergreen_s,
  });
}

describe("handles", () => {
  it("lie where the change happens in system time", () => {
    expect(handle(document, "offset").second).toBe(58);
    expect(handle(document, "stage:1|2").second).toBe((10 + 35 + 58) % 60);
    expect(handle(document, "stage:2|1").second).toBe((10 + 58) % 60);
  });
  it("range over what both stages have", () => {
    const boundary = handle(document, "stage:1|2");
    expect([boundary.value, boundary.least, boundary.most]).toEqual([35, 1, 59]);
  });
});

describe("moves", () => {
  it("wrap an offset through second 0 both ways", () => {
    const later = moved(document, "J", handle(document, "offset"), 60);
    expect(plan(later).offset.seconds).toBe(0);
    const earlier = moved(later, "J", handle(later, "offset"), -1);
    expect(plan(earlier).offset.seconds).toBe(59);
  });
  it("keep the cycle at a boundary, and the other changes at the last one", () => {
    for (const id of ["stage:1|2", "stage:2|1"]) {
      const boundary = handle(document, id);
      const after = moved(document, "J", boundary, boundary.value + 4);
      const splits = plan(after).stages?.sequence.map((stage) => stage.split_s) ?? [];
      expect(splits.reduce((a, b) => a + b, 0)).toBe(60);
      expect(handle(after, id).second).toBe((boundary.second + 4) % 60);
      const other = id === "stage:1|2" ? "stage:2|1" : "stage:1|2";
      expect(handle(after, other).second).toBe(handle(document, other).second);
    }
  });
  it("there and back is the same document", () => {
    let at = document;
    for (let i = 0; i < 10; i++) {
      const offset = handle(at, "offset");
      at = moved(at, "J", offset, offset.value + 1);
    }
    for (let i = 0; i < 10; i++) {
      const offset = handle(at, "offset");
      at = moved(at, "J", offset, offset.value - 1);
    }
    expect(JSON.stringify(at)).toBe(JSON.stringify(document));
  });
  it("show what the moved plan unrolls to", () => {
    for (const [id, by_s] of [
      ["offset", 7],
      ["stage:1|2", -6],
      ["stage:2|1", 5],
    ] as const) {
      const own = handle(document, id);
      const shown = lampsAfter(lamps(document), plan(document), own, own.value + by_s, junction);
      const wanted = lamps(moved(document, "J", own, own.value + by_s));
      expect(Object.fromEntries(shown ?? [])).toEqual(Object.fromEntries(wanted));
    }
  });
  it("are nothing where a group would get no green", () => {
    const own = handle(document, "stage:1|2");
    expect(lampsAfter(lamps(document), plan(document), own, 3, junction)).toBeNull();
  });
});

it("adds travel times up along the way", () => {
  const passages = passagesOf(document, new Map([["J", lamps(document)]]), "outbound");
  expect(passages?.map((each) => each.travel_s)).toEqual([0, 10]);
  expect(passagesOf(document, new Map(), "inbound")).toBeNull();
});
