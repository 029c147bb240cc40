/** What an experiment's result says (simulate, compare, try): its form belongs to the service. */

import { list, number, object, pair, text } from "./reading";

export interface Difference {
  readonly base: string;
  readonly other: string;
  readonly pairs: number;
  readonly mean_s: number;
  readonly interval_s: readonly [number, number] | null;
  readonly share: number | null;
}

export interface ApproachFigures {
  readonly edge: string;
  readonly queue_m: number;
  readonly full: boolean;
  readonly stops: number;
}

export interface VariantFigures {
  readonly name: string;
  readonly delay_s: number | null;
  readonly perSeed_s: readonly number[];
  readonly stops: number | null;
  readonly unfinished: number | null;
  readonly teleports: number | null;
  readonly brakings: number | null;
  readonly collisions: number | null;
  readonly approaches: readonly ApproachFigures[];
}

export interface Experiment {
  readonly scenario: string;
  readonly seeds: readonly number[];
  readonly sumo: string;
  readonly variants: readonly VariantFigures[];
  readonly differences: readonly Difference[];
}

export type Verdict = "better" | "worse" | "nodifference" | "few";

/** Fewer pairs than this get their interval and no word of better or worse. */
export const LEAST_PAIRS = 10;

/** An experiment; null for another form. */
export function experimentOf(result: unknown): Experiment | null {
  const all = object(result);
  const variants = list(all?.["variants"]);
  if (all === null || variants === null) return null;
  const several = list(all["comparisons"]) ?? [];
  const single = object(all["comparison"]);
  const comparisons = several.length > 0 ? several : single === null ? [] : [single];
  return {
    scenario: text(all["scenario"]),
    seeds: numbers(all["seeds"]),
    sumo: text(all["sumo_version"]),
    variants: variants.flatMap(variantOf),
    differences: comparisons.flatMap(differenceOf),
  };
}

function variantOf(each: unknown): VariantFigures[] {
  const variant = object(each);
  if (variant === null) return [];
  const delay = object(variant["total_delay_s"]);
  return [
    {
      name: text(variant["name"]),
      delay_s: number(delay?.["mean"]) ?? number(delay?.["median"]),
      perSeed_s: numbers(delay?.["per_seed"]),
      stops: number(variant["stops_per_vehicle"]),
      unfinished: number(variant["unfinished"]),
      teleports: number(variant["teleports"]),
      brakings: number(variant["emergency_brakings"]),
      collisions: number(variant["collisions"]),
      approaches: (list(variant["approaches"]) ?? []).flatMap((approach) => {
        const found = object(approach);
        const queue = number(object(found?.["max_queue_m"])?.["median"]);
        if (found === null || queue === null || found["signalled"] === false) return [];
        return [
          {
            edge: text(found["edge"]),
            queue_m: queue,
            full: found["full"] === true,
            stops: number(found["stops"]) ?? 0,
          },
        ];
      }),
    },
  ];
}

function differenceOf(each: unknown): Difference[] {
  const said = object(each);
  const mean = number(said?.["difference_s"]);
  if (said === null || mean === null) return [];
  return [
    {
      base: text(said["base"]),
      other: text(said["other"]),
      pairs: number(said["seeds"]) ?? 0,
      mean_s: mean,
      interval_s: pair(said["interval_s"]),
      share: number(said["difference_share"]),
    },
  ];
}

/** Negative differences are less delay; an interval with 0 in it shows no difference. */
export function verdictOf(difference: Difference): Verdict {
  if (difference.interval_s === null) return "few";
  const [low, high] = difference.interval_s;
  if (low <= 0 && high >= 0) return "nodifference";
  if (difference.pairs < LEAST_PAIRS) return "few";
  return high < 0 ? "better" : "worse";
}

export interface Compared {
  readonly edge: string;
  /** One value for each variant. */
  readonly values: readonly number[];
  readonly full: boolean;
}

/** Approaches of all variants side by side, those that differ most (else: are largest) first. */
export function sideBySide(
  variants: readonly VariantFigures[],
  value: (figures: ApproachFigures) => number,
): readonly Compared[] {
  const [first] = variants;
  if (first === undefined) return [];
  const rows = first.approaches.flatMap((each) => {
    const own = variants.map((variant) =>
      variant.approaches.find((approach) => approach.edge === each.edge),
    );
    if (own.some((found) => found === undefined)) return [];
    const known = own.flatMap((found) => (found === undefined ? [] : [found]));
    return [{ edge: each.edge, values: known.map(value), full: known.some((f) => f.full) }];
  });
  const weight = ({ values }: Compared): number =>
    values.length > 1 ? Math.max(...values) - Math.min(...values) : (values[0] ?? 0);
  return rows.sort((a, b) => weight(b) - weight(a) || a.edge.localeCompare(b.edge));
}

function numbers(value: unknown): readonly number[] {
  return (list(value) ?? []).flatMap((each) => {
    const found = number(each);
    return found === null ? [] : [found];
  });
}
