/** The one event stream of the page, and the devices as it last told them.
 *
 * Ageing is done here, from each reading's own time: a stream that dies must not leave anything
 * looking fresh. The difference of the clocks is taken when the stream connects.
 */

import { service } from "../service/client";
import type { Alarm, Device, Job, Push } from "../service/contract";
import { EventCutter, type StreamEvent } from "../service/event_stream";
import { forgetAlarms, readAlarms, takeAlarms } from "./alarms.svelte";

const SILENT_S = 5;
/** The service says something every second; what is silent this long tells nothing any more. */
const LOST_S = 5;
const RETRY_MS = 2000;

class Live {
  devices = $state.raw<ReadonlyMap<string, Device>>(new Map());
  /** Browser's clock, ms, once a second. */
  now_ms = $state(Date.now());
  /** When the stream last said anything (at first: when it was asked for), ms. */
  heard_ms = $state<number | null>(null);
  /** Service's clock minus the browser's, ms. */
  skew_ms = $state(0);
  jobs = $state.raw<ReadonlyMap<string, Job>>(new Map());
  pushes = $state.raw<ReadonlyMap<string, Push>>(new Map());
  /** Counts messages that plans changed. */
  planChanges = $state(0);
}
const live = new Live();

/** Follows the stream until the returned function is called. */
export function follow(): () => void {
  const stop = new AbortController();
  // A stream that never comes is as lost as one that ended.
  live.heard_ms = Date.now();
  const clock = setInterval(() => (live.now_ms = Date.now()), 1000);
  void keepReading(stop.signal);
  return () => {
    stop.abort();
    clearInterval(clock);
    live.heard_ms = null;
    live.devices = new Map();
    forgetAlarms();
  };
}

async function keepReading(signal: AbortSignal): Promise<void> {
  let lastId: string | null = null;
  await readAll();
  while (!signal.aborted) {
    try {
      const response = await service.stream("/events", lastId, signal);
      const date = response.headers.get("Date");
      if (date !== null) live.skew_ms = clockSkew(Date.parse(date), Date.now());
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      const cutter = new EventCutter();
      for (;;) {
        const piece = await reader?.read();
        if (piece === undefined || piece.done) break;
        for (const event of cutter.push(piece.value)) {
          lastId = event.id ?? lastId;
          live.heard_ms = Date.now();
          take(event);
        }
      }
    } catch {
      // The strip under the top bar says it; trying again is all there is to do.
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** The Date header has whole seconds: below two, clocks count as equal. */
export function clockSkew(service_ms: number, browser_ms: number): number {
  const skew = service_ms - browser_ms;
  return Number.isFinite(skew) && Math.abs(skew) > 2000 ? skew : 0;
}

/** What the stream tells changes of, as it stands now. */
async function readAll(): Promise<void> {
  await Promise.all([readDevices(), readAlarms().catch(() => undefined)]);
}

async function readDevices(): Promise<void> {
  try {
    const read = await service.get<readonly Device[] | { items: readonly Device[] }>("/devices");
    keep("items" in read ? read.items : read);
  } catch {
    // The stream brings them, or its strip says why not.
  }
}

function take(event: StreamEvent): void {
  if (event.data === "") return;
  let said: unknown;
  try {
    said = JSON.parse(event.data);
  } catch {
    return;
  }
  if (event.type === "device") {
    const told = said as readonly Device[] | { devices?: readonly Device[] } | Device;
    if (Array.isArray(told)) keep(told as readonly Device[]);
    else if ("devices" in told && told.devices !== undefined) keep(told.devices);
    else keep([told as Device]);
  } else if (event.type === "job") {
    live.jobs = new Map(live.jobs).set(String((said as Job).id), said as Job);
  } else if (event.type === "push") {
    live.pushes = new Map(live.pushes).set(String((said as Push).id), said as Push);
  } else if (event.type === "plan") {
    live.planChanges += 1;
  } else if (event.type === "alarm") {
    takeAlarms((said as { readonly alarms: readonly Alarm[] }).alarms);
  } else if (event.type === "resync") {
    // Something was missed: nothing that is shown may be trusted to be the last word.
    live.planChanges += 1;
    live.pushes = new Map(live.pushes);
    void readAll();
  }
}

function keep(devices: readonly Device[]): void {
  const next = new Map(live.devices);
  for (const device of devices) {
    const known = next.get(device.id);
    next.set(device.id, known === undefined ? device : { ...known, ...device });
  }
  live.devices = next;
}

export function liveJobs(): ReadonlyMap<string, Job> {
  return live.jobs;
}

export function livePushes(): ReadonlyMap<string, Push> {
  return live.pushes;
}

export function planChanges(): number {
  return live.planChanges;
}

/** The browser's clock, once a second. */
export function now_ms(): number {
  return live.now_ms;
}

export function devices(): readonly Device[] {
  return [...live.devices.values()];
}

/** Seconds since the stream last said anything; null before it did. */
export function silence_s(): number | null {
  return live.heard_ms === null ? null : Math.max(0, (live.now_ms - live.heard_ms) / 1000);
}

export function streamLost(): boolean {
  const silent = silence_s();
  return silent !== null && silent > LOST_S;
}

/** Age of a device's reading, s; null when it was never read. */
export function age_s(device: Device): number | null {
  const at = device.state?.read_at;
  if (at == null) return null;
  return Math.max(0, (live.now_ms + live.skew_ms - Date.parse(at)) / 1000);
}

export type Freshness = "fresh" | "late" | "stale";

/** How far a reading can be trusted: lamps are shown up to 5 s, and never without a stream. */
export function freshness(device: Device): Freshness {
  const age = age_s(device);
  if (age === null || age > SILENT_S || streamLost()) return "stale";
  return age <= 2 ? "fresh" : "late";
}
