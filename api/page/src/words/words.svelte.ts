/** One catalogue, two languages: every text of the page comes from here. */

import { FRAME } from "./frame";
import { JUNCTION } from "./junction";
import { PEOPLE } from "./people";
import { PLANS } from "./plans";
import { RULES } from "./rules";
import { RUNS } from "./runs";
import { STREET } from "./street";
import { TIMESPACE } from "./timespace";
import { HANDLES } from "./handles";
import { VEHICLES } from "./vehicles";
import { VIEWS } from "./views";

const CATALOGUE = {
  ...FRAME,
  ...JUNCTION,
  ...TIMESPACE,
  ...HANDLES,
  ...VEHICLES,
  ...VIEWS,
  ...PLANS,
  ...RUNS,
  ...RULES,
  ...STREET,
  ...PEOPLE,
} as const;

export type Word = keyof typeof CATALOGUE;
export type Language = "en" | "zh";
type Values = Readonly<Record<string, string | number>>;

const KEPT = "signalctl.language";

class Choice {
  language = $state<Language>(remembered());
}
const choice = new Choice();

function remembered(): Language {
  const kept = localStorage.getItem(KEPT);
  if (kept === "en" || kept === "zh") return kept;
  return navigator.language.startsWith("zh") ? "zh" : "en";
}

export function language(): Language {
  return choice.language;
}

export function speak(wanted: Language): void {
  choice.language = wanted;
  localStorage.setItem(KEPT, wanted);
  document.documentElement.lang = wanted === "zh" ? "zh-CN" : "en";
}

/** The text of a key, its {placeholders} filled. */
export function say(key: Word, values: Values = {}): string {
  const text: string = CATALOGUE[key][choice.language === "zh" ? 1 : 0];
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? `{${name}}`));
}

/** What the rules say against something. The service says it in English; in Chinese the rule itself
 * is said before it. */
export function sayRule(rule: string | undefined, message: string): string {
  const asks = rule === undefined ? null : sayIfKnown(`rule.${rule}`);
  return choice.language === "zh" && asks !== null ? `${asks}：${message}` : message;
}

/** The text of a key made of a stem and a word that came from the service; null if unknown. */
export function sayIfKnown(key: string, values: Values = {}): string | null {
  return key in CATALOGUE ? say(key as Word, values) : null;
}
