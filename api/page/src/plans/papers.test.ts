import { describe, expect, it } from "vitest";
import { bestOf, lineOf, linesAround, short, type Certificate, type Papers } from "./papers";

const certificate = (current: boolean, simulated: boolean): Certificate => ({
  hash: "sha256:0123456789abcdef",
  rules: "gb",
  rules_version: "1",
  current,
  issued_at: "2026-01-01T00:00:00Z",
  issued_by: "li",
  evidence: simulated ? { scenario: "peak", seeds: [1, 2], measures: {} } : null,
});
const papers = (...certificates: Certificate[]): Papers => ({
  junction: "J1",
  plan_hash: "sha256:ff",
  certificates,
  approvals: [],
});

describe("papers of a plan", () => {
  it("count under today's rules before others, with evidence before bare", () => {
    const bare = certificate(true, false);
    const old = certificate(false, true);
    const proven = certificate(true, true);
    expect(bestOf(papers(old, bare))).toBe(bare);
    expect(bestOf(papers(bare, proven, old))).toBe(proven);
    expect(bestOf(papers())).toBeNull();
    expect(short(bare.hash)).toBe("0123456789");
  });
});

describe("a refused file", () => {
  it("names a line or none", () => {
    expect(lineOf("evening.yaml:12")).toBe(12);
    expect(lineOf("evening.yaml:7: plan of J2")).toBe(7);
    expect(lineOf("junction J3")).toBeNull();
  });
  it("is shown around that line, its ends held to", () => {
    const text = "a\r\nb\nc\nd";
    expect(linesAround(text, 1, 1)).toEqual([
      { number: 1, text: "a" },
      { number: 2, text: "b" },
    ]);
    expect(linesAround(text, 4, 1).map((each) => each.number)).toEqual([3, 4]);
  });
});
