/** What the map colours its junctions by, and how each measure is drawn. Pure. */

import type { Device, Diagram, Finding, PlanSummary } from "../service/contract";
import { symbolOf, type Shape } from "../street/modes";

export const LAYERS = ["state", "plan", "findings", "band"] as const;
export type Layer = (typeof LAYERS)[number];
export type Tone = "plain" | "wrong" | "stale" | "draft" | "warning";

/** A junction's symbol: a letter in a shape; normal ones outlined, abnormal ones filled. */
export interface Mark {
  readonly letter: string;
  readonly shape: Shape;
  readonly tone: Tone;
}

export function layerOf(name: string | undefined): Layer {
  return LAYERS.find((each) => each === name) ?? "state";
}

/** The state of its device. */
export function stateMark(mode: string): Mark {
  const { letter, shape, abnormal } = symbolOf(mode);
  const tone = shape === "dotted" ? "stale" : abnormal ? "wrong" : "plain";
  return { letter, shape, tone };
}

export type PlanReading =
  | { readonly is: "none" }
  | { readonly is: "unknown" }
  | { readonly is: "approved"; readonly number: number }
  | { readonly is: "draft"; readonly number: number };

/** What a junction runs: an approved plan, one that the chosen draft would change, or something
 * that nobody approved here; nothing where its device was not read lately. */
export function planReading(
  device: Device | undefined,
  isStale: boolean,
  plans: readonly PlanSummary[],
  draft: PlanSummary | null,
  changes: ReadonlySet<string>,
): PlanReading {
  if (device === undefined || device.state === null || isStale) return { is: "none" };
  if (draft !== null && draft.state !== "approved" && changes.has(device.junction)) {
    return { is: "draft", number: draft.number };
  }
  const id = device.running_plan?.id;
  const running = plans.find((each) => id != null && String(each.id) === String(id));
  return running === undefined ? { is: "unknown" } : { is: "approved", number: running.number };
}

export function planMark(reading: PlanReading): Mark {
  switch (reading.is) {
    case "approved":
      return { letter: String(reading.number), shape: "ring", tone: "plain" };
    case "draft":
      return { letter: "~", shape: "diamond", tone: "draft" };
    case "unknown":
      return { letter: "≠", shape: "square", tone: "warning" };
    case "none":
      return { letter: "?", shape: "dotted", tone: "stale" };
  }
}

export interface Count {
  readonly errors: number;
  readonly warnings: number;
}

/** Findings by junction. */
export function findingCounts(findings: readonly Finding[]): Map<string, Count> {
  const counts = new Map<string, Count>();
  for (const { junction, severity } of findings) {
    const { errors, warnings } = counts.get(junction) ?? { errors: 0, warnings: 0 };
    const isError = severity === "error";
    counts.set(junction, {
      errors: errors + (isError ? 1 : 0),
      warnings: warnings + (isError ? 0 : 1),
    });
  }
  return counts;
}

export function findingMark({ errors, warnings }: Count): Mark {
  if (errors > 0) return { letter: `×${errors}`, shape: "octagon", tone: "wrong" };
  if (warnings > 0) return { letter: String(warnings), shape: "triangle", tone: "warning" };
  return { letter: "", shape: "dot", tone: "plain" };
}

/** The link bands of a plan's corridor: each pair of neighbours once, both ways, in seconds. */
export function linkWidths(
  diagram: Diagram,
): { readonly a: string; readonly b: string; readonly out: number; readonly back: number }[] {
  const widths = new Map<string, number>();
  for (const link of diagram.bands.links ?? []) {
    widths.set(`${link.direction} ${link.from} ${link.to}`, link.width_s);
  }
  return diagram.rows.slice(1).map((row, index) => {
    const a = diagram.rows[index]?.junction ?? "";
    const b = row.junction;
    return {
      a,
      b,
      out: widths.get(`outbound ${a} ${b}`) ?? 0,
      back: widths.get(`inbound ${b} ${a}`) ?? 0,
    };
  });
}

/** Whether two corridors pass the same junctions in the same order, either way round. */
export function sameCorridor(a: readonly string[], b: readonly string[]): boolean {
  const there = a.join("\n");
  return there === b.join("\n") || there === b.slice().reverse().join("\n");
}
