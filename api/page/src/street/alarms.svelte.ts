/** Open alarms as the service tells them: active or not, acknowledged or not, never one for the
 * other. What nobody acknowledged does not leave the list. */

import { service } from "../service/client";
import type { Alarm, Page } from "../service/contract";
import { say, sayIfKnown } from "../words/words.svelte";
import { modeText } from "./modes";
import { momentText } from "./times";

const KEPT = "signalctl.sound";
const BLINKING = 3;

class Kept {
  open = $state.raw<ReadonlyMap<string, Alarm>>(new Map());
  read = $state(false);
  /** Off until somebody wants it. */
  sound = $state(localStorage.getItem(KEPT) === "on");
}
const kept = new Kept();
let speaker: AudioContext | null = null;

/** Open alarms: not acknowledged before acknowledged, urgent first, then the newest. */
export function alarms(): readonly Alarm[] {
  return [...kept.open.values()].sort(
    (a, b) =>
      Number(a.acknowledged !== null) - Number(b.acknowledged !== null) ||
      a.priority - b.priority ||
      b.number - a.number,
  );
}

export function unacknowledged(): readonly Alarm[] {
  return alarms().filter((alarm) => alarm.acknowledged === null);
}

export function alarmsRead(): boolean {
  return kept.read;
}

/** At most three objects blink: unacknowledged alarms of the first priority. */
export function blinking(): ReadonlySet<string> {
  const urgent = unacknowledged().filter((alarm) => alarm.priority === 1);
  return new Set(urgent.slice(0, BLINKING).map((alarm) => alarm.id));
}

/** Reads every open alarm anew; a site without devices has none. */
export async function readAlarms(): Promise<void> {
  const found: Alarm[] = [];
  let after: string | number | null = null;
  do {
    const query: string = after === null ? "" : `&after=${encodeURIComponent(after)}`;
    const page: Page<Alarm> = await service.get<Page<Alarm>>(`/alarms?limit=500${query}`);
    found.push(...page.items);
    after = page.next;
  } while (after !== null && found.length < 20_000);
  kept.open = new Map(found.map((alarm) => [alarm.id, alarm]));
  kept.read = true;
}

export function takeAlarms(told: readonly Alarm[]): void {
  const next = new Map(kept.open);
  let urgent = false;
  for (const alarm of told) {
    const known = next.get(alarm.id);
    if (!alarm.active && alarm.acknowledged !== null) next.delete(alarm.id);
    else next.set(alarm.id, alarm);
    const isNew = known === undefined || (alarm.active && !known.active);
    urgent ||= isNew && alarm.priority === 1 && alarm.acknowledged === null;
  }
  kept.open = next;
  if (urgent && kept.sound) beep();
}

export function forgetAlarms(): void {
  kept.open = new Map();
  kept.read = false;
}

export async function acknowledge(alarm: Alarm, reason: string): Promise<void> {
  const done = await service.post<Alarm>(`/alarms/${alarm.id}/acknowledge`, { reason });
  takeAlarms([done]);
}

export function soundOn(): boolean {
  return kept.sound;
}

export function switchSound(on: boolean): void {
  kept.sound = on;
  localStorage.setItem(KEPT, on ? "on" : "off");
  // The switch is the gesture that a browser wants before it makes a sound.
  if (on) beep();
}

/** Two short tones, made here: nothing is fetched. */
function beep(): void {
  speaker ??= new AudioContext();
  const from = speaker.currentTime;
  for (const [at, pitch] of [
    [0, 880],
    [0.22, 660],
  ] as const) {
    const tone = speaker.createOscillator();
    const volume = speaker.createGain();
    tone.frequency.value = pitch;
    volume.gain.value = 0.15;
    tone.connect(volume).connect(speaker.destination);
    tone.start(from + at);
    tone.stop(from + at + 0.16);
  }
}

export function kindText(alarm: Alarm): string {
  return sayIfKnown(`alarm.kind.${alarm.kind}`) ?? alarm.kind;
}

/** The alarm in a sentence of the page's language; the service's own where it has no words. */
export function alarmText(alarm: Alarm): string {
  const mode = alarm.values["mode"];
  const values = mode === undefined ? alarm.values : { ...alarm.values, mode: modeText(mode) };
  if (alarm.kind === "conflict" && values["fault"] === "monitor") return say("alarm.monitor");
  const changed = alarm.kind === "plan" && values["slot"] === values["expected"];
  if (changed) return say("alarm.changed", values);
  return sayIfKnown(`alarm.say.${alarm.kind}`, values) ?? alarm.message;
}

/** Whether it is still so; what a device only noted was never anything but past. */
export function stateText(alarm: Alarm, now_ms: number): string {
  if (alarm.active) return say("alarm.active");
  const time = momentText(alarm.cleared_at ?? alarm.last_at, now_ms);
  const isNoted = alarm.cleared_at === alarm.first_at;
  return say(isNoted ? "alarm.noted" : "alarm.cleared", { time });
}

/** What a screen reader and the status line call it. */
export function alarmName(alarm: Alarm): string {
  return say("alarm.ack.of", { device: alarm.device, what: kindText(alarm) });
}
