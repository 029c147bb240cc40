/** Sentences about moves, in the language of the moment. */

import type { Handle } from "../timing/edits";
import { say } from "../words/words.svelte";

export function handleName(handle: Handle): string {
  return handle.kind === "offset"
    ? say("ts.handle.offset")
    : say("ts.handle.stage", { a: handle.a, b: handle.b });
}

/** "J4 offset 36 -> 37"; undo shows the same. */
export function stepSentence(
  junction: string,
  handle: Handle,
  now: number,
  wrapped: boolean,
): string {
  const values = { junction, a: handle.a, b: handle.b, was: handle.value, now };
  const text = say(handle.kind === "offset" ? "ts.undo.offset" : "ts.undo.stage", values);
  return wrapped ? `${text} · ${say("ts.wrapped")}` : text;
}

export function refusedText(
  junction: string,
  handle: Handle,
  second: number,
  rules: readonly string[],
  message: string,
): string {
  const edge = handle.kind === "stage" && (second < handle.least || second > handle.most);
  const share = { junction, a: handle.a, b: handle.b, sum: handle.most + 1 };
  const what = edge
    ? say("ts.edge", share)
    : message || stepSentence(junction, handle, second, false);
  const stop = /[.。；;]$/.test(what) ? what : `${what}.`;
  return say("ts.refused", { message: stop, now: handle.value, rules: rules.join(" ") });
}

/** What a screen reader hears of a handle. */
export function valueText(
  junction: string,
  handle: Handle,
  cycle_s: number,
  bands: readonly (number | null)[],
  delay_s: number | null,
  verdict: string,
): string {
  const rest = handle.most + 1 - handle.value;
  const values = { junction, now: handle.value, cycle: cycle_s, a: handle.a, b: handle.b, rest };
  return [
    say(handle.kind === "offset" ? "ts.value.offset" : "ts.value.stage", values),
    say("ts.value.bands", { a: figure(bands[0] ?? null), b: figure(bands[1] ?? null) }),
    ...(delay_s === null ? [] : [say("ts.value.delay", { s: delay_s.toFixed(1) })]),
    verdict,
  ].join(", ");
}

/** Seconds with one decimal where they have any. */
export function figure(seconds: number | null): string {
  if (seconds === null) return "–";
  const rounded = Math.round(seconds * 10) / 10;
  return Number.isInteger(rounded) ? String(rounded) : rounded.toFixed(1);
}
