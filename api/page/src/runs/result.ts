/** What a job's result says, read with care: its form belongs to the service. Pure. */

type Json = Readonly<Record<string, unknown>>;

export interface Difference {
  readonly base: string;
  readonly other: string;
  readonly pairs: number;
  readonly mean_s: number;
  readonly interval_s: readonly [number, number] | null;
  readonly share: number | null;
}

export interface VariantFigures {
  readonly name: string;
  readonly delay_s: number | null;
  readonly stops: number | null;
  readonly unfinished: number | null;
  readonly teleports: number | null;
}

export interface Experiment {
  readonly scenario: string;
  readonly seeds: number;
  readonly sumo: string;
  readonly variants: readonly VariantFigures[];
  readonly differences: readonly Difference[];
}

export type Verdict = "better" | "worse" | "nodifference" | "few";

/** Fewer pairs than this get their interval and no verdict word. */
export const LEAST_PAIRS = 10;

/** An experiment (simulate, compare, try); null for another form. */
export function experimentOf(result: unknown): Experiment | null {
  const all = object(result);
  const variants = list(all?.["variants"]);
  if (all === null || variants === null) return null;
  const several = list(all["comparisons"]) ?? [];
  const single = object(all["comparison"]);
  const comparisons = several.length > 0 ? several : single === null ? [] : [single];
  return {
    scenario: String(all["scenario"] ?? ""),
    seeds: list(all["seeds"])?.length ?? 0,
    sumo: String(all["sumo_version"] ?? ""),
    variants: variants.flatMap((each) => {
      const variant = object(each);
      if (variant === null) return [];
      const delay = object(variant["total_delay_s"]);
      return [
        {
          name: String(variant["name"] ?? ""),
          delay_s: number(delay?.["mean"]) ?? number(delay?.["median"]),
          stops: number(variant["stops_per_vehicle"]),
          unfinished: number(variant["unfinished"]),
          teleports: number(variant["teleports"]),
        },
      ];
    }),
    differences: comparisons.flatMap((each) => {
      const said = object(each);
      const mean = number(said?.["difference_s"]);
      if (said === null || mean === null) return [];
      const interval = list(said["interval_s"]);
      const low = number(interval?.[0]);
      const high = number(interval?.[1]);
      return [
        {
          base: String(said["base"] ?? ""),
          other: String(said["other"] ?? ""),
          pairs: number(said["seeds"]) ?? 0,
          mean_s: mean,
          interval_s: low === null || high === null ? null : ([low, high] as const),
          share: number(said["difference_share"]),
        },
      ];
    }),
  };
}

/** Negative differences are less delay. */
export function verdictOf(difference: Difference): Verdict {
  if (difference.pairs < LEAST_PAIRS || difference.interval_s === null) return "few";
  const [low, high] = difference.interval_s;
  if (high < 0) return "better";
  return low > 0 ? "worse" : "nodifference";
}

/** The plan that an optimisation found; null for other jobs and where it found none. */
export function documentOf(result: unknown): unknown {
  return object(result)?.["document"] ?? null;
}

/** An optimisation's own verdict in a sentence, if it gave one. */
export function sentenceOf(result: unknown): string {
  const verdict = object(object(result)?.["report"])?.["verdict"];
  if (typeof verdict === "string") return verdict;
  return Array.isArray(verdict) ? verdict.map(String).join(" ") : "";
}

function object(value: unknown): Json | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Json)
    : null;
}

function list(value: unknown): readonly unknown[] | null {
  return Array.isArray(value) ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
