/** What a trial in SUMO says of an edit, read with care: its form belongs to the service. Pure. */

type Json = Readonly<Record<string, unknown>>;

/** A measure with its change by the edit; less is better. */
export interface Effect {
  /** Mode (`car`, `pedestrian` ...), or the edge of an approach; empty for all vehicles. */
  readonly of: string;
  readonly change: number;
  readonly interval: readonly [number, number] | null;
  readonly pairs: number;
}

export interface ApproachEffect extends Effect {
  readonly junction: string;
  /** Compass letter or name where the vehicles come from. */
  readonly from: string;
}

export interface TrialResult {
  readonly all: Effect;
  readonly modes: readonly Effect[];
  readonly approaches: readonly ApproachEffect[];
  /** Fewer pairs than this make no verdict. */
  readonly least_pairs: number;
  readonly scenario: string;
  readonly sumo: string;
}

/** The effect of the draft, from a trial of the plan *without* the edit against the saved draft.
 *
 * The service's `try` compares the document it is given with the plan as saved; drafts are saved
 * as they are edited, so the saved one has the edit and the given one has not, and every
 * difference is turned round here. Null for another form of result.
 */
export function trialOf(result: unknown): TrialResult | null {
  const all = object(result);
  const comparison = object(all?.["comparison"]);
  const mean = number(comparison?.["difference_s"]);
  if (all === null || comparison === null || mean === null) return null;
  const effects = object(all["effects"]);
  return {
    all: {
      of: "",
      change: turned(mean),
      interval: interval(comparison["interval_s"]),
      pairs: number(comparison["seeds"]) ?? 0,
    },
    modes: list(effects?.["modes"]).flatMap((each) => {
      const found = effect(each, "mode");
      return found === null ? [] : [found];
    }),
    approaches: list(effects?.["approaches"]).flatMap((each) => {
      const found = effect(each, "edge");
      const said = object(each);
      if (found === null || said === null) return [];
      return [
        { ...found, junction: String(said["junction"] ?? ""), from: String(said["from"] ?? "") },
      ];
    }),
    least_pairs: number(effects?.["least_pairs"]) ?? 10,
    scenario: String(all["scenario"] ?? ""),
    sumo: String(all["sumo_version"] ?? ""),
  };
}

export type Finding = "faster" | "slower" | "none";

/** Whether the interval lies on one side of 0. */
export function findingOf(effect: Effect): Finding {
  if (effect.interval === null) return "none";
  if (effect.interval[1] < 0) return "faster";
  return effect.interval[0] > 0 ? "slower" : "none";
}

function effect(value: unknown, name: string): Effect | null {
  const said = object(value);
  const change = number(said?.["difference"]);
  if (said === null || change === null) return null;
  return {
    of: String(said[name] ?? ""),
    change: turned(change),
    interval: interval(said["interval"]),
    pairs: number(said["pairs"]) ?? 0,
  };
}

function interval(value: unknown): readonly [number, number] | null {
  const ends = list(value);
  const low = number(ends[0]);
  const high = number(ends[1]);
  return low === null || high === null ? null : [turned(high), turned(low)];
}

function turned(value: number): number {
  return value === 0 ? 0 : -value;
}

function object(value: unknown): Json | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Json)
    : null;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
