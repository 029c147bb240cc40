/** What can be ordered, and the options of an order as the service wants them. Pure. */

export const ORDERED = ["optimise", "tune", "simulate", "compare", "certify"] as const;
export type Ordered = (typeof ORDERED)[number];
export const OBJECTIVES = ["delay", "person-delay", "stops", "balanced"] as const;
export const KEPT = ["cycle", "stages", "offsets"] as const;
export const TURNS = ["shipped", "yielding"] as const;
export const PEERS = ["shipped", "sumo-tools", "actuated", "delay-based", "max-pressure"] as const;

/** Everything a person can choose; each kind takes its own part. */
export interface Choice {
  readonly seeds: number;
  readonly budget_s: number;
  readonly evaluations: number | null;
  readonly objective: (typeof OBJECTIVES)[number];
  readonly keep: readonly (typeof KEPT)[number][];
  readonly turns: (typeof TURNS)[number];
  readonly cycles: readonly [number, number];
  /** Empty: all; `auto`: the most important arterial. */
  readonly junctions: readonly string[];
  readonly step_s: number;
  readonly against: string;
  /** One line each: `edge<=80`. */
  readonly limits: string;
}

export const FIRST: Choice = {
  seeds: 10,
  budget_s: 120,
  evaluations: null,
  objective: "delay",
  keep: [],
  turns: "shipped",
  cycles: [30, 120],
  junctions: [],
  step_s: 1,
  against: "shipped",
  limits: "",
};

export type Options = Readonly<Record<string, unknown>>;

/** The options of an order; `wrong` is the line of the limits that cannot be read. */
export function optionsOf(
  kind: Ordered,
  choice: Choice,
): { readonly options: Options } | { readonly wrong: string } {
  const seeds = Math.round(choice.seeds);
  if (kind === "simulate") return { options: { seeds: within(seeds, 1, 100) } };
  if (kind === "certify") return { options: { seeds: within(seeds, 2, 100) } };
  if (kind === "compare") {
    return { options: { seeds: within(seeds, 2, 100), against: choice.against } };
  }
  const limits = limitsOf(choice.limits);
  if (typeof limits === "string") return { wrong: limits };
  const aim = {
    objective: choice.objective,
    limits,
    budget_s: within(Math.round(choice.budget_s), 10, 3600),
  };
  const junctions = choice.junctions.length === 0 ? null : [...choice.junctions];
  if (kind === "tune") {
    return {
      options: { ...aim, junctions, step_s: within(Math.round(choice.step_s), 1, 60) },
    };
  }
  return {
    options: {
      ...aim,
      ...(choice.evaluations === null
        ? {}
        : { evaluations: Math.max(1, Math.round(choice.evaluations)) }),
      keep: [...choice.keep],
      turns: choice.turns,
      corridor: junctions,
      cycles: [...choice.cycles],
    },
  };
}

/** Queue limits in m by edge, or the first line that is none. */
export function limitsOf(text: string): Readonly<Record<string, number>> | string {
  const found: Record<string, number> = {};
  for (const line of text.split("\n").map((each) => each.trim())) {
    if (line === "") continue;
    const [, edge = "", metres = ""] =
      /^(.+?)\s*<=\s*(\d{1,5}(?:\.\d{1,2})?)\s*m?$/.exec(line) ?? [];
    if (edge === "" || Number(metres) <= 0) return line;
    found[edge] = Number(metres);
  }
  return found;
}

function within(value: number, least: number, most: number): number {
  return Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : least;
}
