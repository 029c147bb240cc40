import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FRAME } from "./frame";
import { JUNCTION } from "./junction";
import { PLANS } from "./plans";
import { PEOPLE } from "./people";
import { RUNS } from "./runs";
import { STREET } from "./street";
import { TIMESPACE } from "./timespace";
import { VIEWS } from "./views";

const CATALOGUE: Readonly<Record<string, readonly [string, string]>> = {
  ...FRAME,
  ...JUNCTION,
  ...TIMESPACE,
  ...VIEWS,
  ...PLANS,
  ...RUNS,
  ...STREET,
  ...PEOPLE,
};
const placeholders = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

describe("the catalogue", () => {
  it("says everything in both languages, with the same placeholders", () => {
    for (const [key, [english, chinese]] of Object.entries(CATALOGUE)) {
      expect(placeholders(chinese), key).toEqual(placeholders(english));
      expect(chinese, key).not.toMatch(/您|亲|操作失败|！|时差/);
      expect(english, key).not.toMatch(/!|please/i);
    }
  });
  it("has no word that nothing says", () => {
    const sources = readdirSync(new URL("..", import.meta.url), { recursive: true })
      .map(String)
      .filter((name) => /\.(svelte|ts)$/.test(name) && !/^words|test/.test(name))
      .map((name) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8"))
      .join("\n");
    const stems = [...sources.matchAll(/[`"]([a-z.-]+\.)\$\{/g)].map((found) => found[1] ?? "");
    const said = new Set([...sources.matchAll(/(?<=["'])[\w.-]+(?=["'])/g)].map(String));
    const unused = Object.keys(CATALOGUE).filter(
      (key) => !said.has(key) && !stems.some((stem) => key.startsWith(stem)),
    );
    expect(unused).toEqual([]);
  });
});
