import { describe, expect, it } from "vitest";
import { greenSpans, lettersOf, runsOf, shifted, type Run } from "./aspects";
import { widestBand } from "./band";
import cases from "./golden.json";
import { NotUnrolled, timedStages, type StagesDocument, type OffsetDocument } from "./stages";
import type { Intergreens, StageGroup } from "./stages";

interface Golden {
  bands: {
    cycle_s: number;
    letters: string[];
    travel_s: number[];
    band: { start_s: number; width_s: number; binding: number[] };
  }[];
  runs: {
    letters: string;
    runs: Run[];
    green_spans: [number, number][];
    by_s: number;
    shifted: string;
  }[];
  stages: {
    cycle_s: number;
    offset: OffsetDocument;
    stages: StagesDocument;
    groups: StageGroup[];
    intergreens: Intergreens;
    letters: Record<string, string> | null;
  }[];
}

const golden = cases as unknown as Golden;

describe("bands equal the domain's, digit for digit", () => {
  golden.bands.forEach((wanted, number) => {
    it(`case ${number}`, () => {
      const passages = wanted.letters.map((letters, i) => ({
        letters,
        travel_s: wanted.travel_s[i] ?? NaN,
      }));
      expect(widestBand(passages, wanted.cycle_s)).toEqual(wanted.band);
    });
  });
  it("has no band where a cycle does not divide the corridor's", () => {
    expect(widestBand([{ letters: "GGGrr", travel_s: 0 }], 12)).toBeNull();
  });
});

describe("runs equal the domain's", () => {
  golden.runs.forEach((wanted, number) => {
    it(`case ${number}`, () => {
      expect(runsOf(wanted.letters)).toEqual(wanted.runs);
      expect(greenSpans(wanted.letters)).toEqual(wanted.green_spans);
      expect(shifted(wanted.letters, wanted.by_s)).toBe(wanted.shifted);
      expect(lettersOf(wanted.runs, wanted.letters.length)).toBe(wanted.letters);
    });
  });
});

describe("stages unroll as the domain's", () => {
  golden.stages.forEach((wanted, number) => {
    it(`case ${number}`, () => {
      const unroll = (): Map<string, string> =>
        timedStages(
          wanted.stages,
          wanted.offset,
          wanted.cycle_s,
          wanted.groups,
          wanted.intergreens,
        );
      if (wanted.letters === null) expect(unroll).toThrow(NotUnrolled);
      else expect(Object.fromEntries(unroll())).toEqual(wanted.letters);
    });
  });
});
