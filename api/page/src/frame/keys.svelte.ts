/** Keys: everywhere and of the view at hand. Single letters act only outside text fields and
 * input methods, and can be switched off (WCAG 2.1.4). */

import { go, type ViewName } from "./place.svelte";

export interface Key {
  /** `ctrl+z`, `shift+r`, `arrowleft`, `a` ... */
  readonly press: string;
  readonly does: () => void;
}

const KEPT = "signalctl.keys";
const VIEW_OF: Readonly<Record<string, ViewName>> = {
  n: "network",
  t: "time-space",
  j: "junction",
  r: "runs",
  p: "plans",
  s: "street",
  u: "people",
};

class Keys {
  own = $state.raw<readonly Key[]>([]);
  letters = $state(localStorage.getItem(KEPT) !== "off");
}
const keys = new Keys();
let going = 0;

export function singleLetters(): boolean {
  return keys.letters;
}

export function switchSingleLetters(on: boolean): void {
  keys.letters = on;
  localStorage.setItem(KEPT, on ? "on" : "off");
}

/** Keys of the view that is shown; returns what takes them away again. */
export function useKeys(own: readonly Key[]): () => void {
  keys.own = own;
  return () => {
    if (keys.own === own) keys.own = [];
  };
}

export function nameOf(event: KeyboardEvent): string {
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("ctrl");
  if (event.altKey) parts.push("alt");
  const key = event.key.toLowerCase();
  // Shift is already in the sign itself, such as ? or +.
  if (event.shiftKey && (key.length > 1 || /[a-z0-9]/.test(key))) parts.push("shift");
  parts.push(key === " " ? "space" : key);
  return parts.join("+");
}

export function inText(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** Handles a key press of the document; `everywhere` are the frame's own keys. */
export function press(event: KeyboardEvent, everywhere: readonly Key[]): void {
  if (event.isComposing || event.defaultPrevented) return;
  const name = nameOf(event);
  const plain = name.length === 1;
  const box = event.target instanceof HTMLInputElement && event.target.type === "checkbox";
  if (inText(event.target) && !box && !name.startsWith("ctrl+") && name !== "escape") return;
  if (plain && !keys.letters) return;
  if (plain && going > 0 && Date.now() - going < 1500 && VIEW_OF[name] !== undefined) {
    going = 0;
    go(VIEW_OF[name]);
    event.preventDefault();
    return;
  }
  if (name === "g") {
    going = Date.now();
    return;
  }
  const found = [...keys.own, ...everywhere].find((key) => key.press === name);
  if (found === undefined) return;
  event.preventDefault();
  found.does();
}
