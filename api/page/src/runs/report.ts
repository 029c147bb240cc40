/** The report of a change as the service tells it, and how its lines are put in order. Pure. */

export interface Line {
  readonly before: number;
  readonly after: number;
  readonly difference: number;
  readonly interval: readonly [number, number] | null;
  readonly pairs: number;
  readonly finding: "less" | "more" | "none" | "few";
}

export interface Total extends Line {
  readonly measure: string;
  readonly unit: string;
}

export interface Mode extends Total {
  readonly mode: string;
  readonly due: number;
}

export interface Approach extends Line {
  readonly junction: string;
  readonly edge: string;
  readonly name: string;
  readonly from: string;
  readonly vehicles: number;
  readonly sum: Line;
}

export interface Effects {
  readonly pairs: number;
  readonly least_pairs: number;
  readonly due: number;
  readonly is_lower_bound: boolean;
  readonly totals: readonly Total[];
  readonly modes: readonly Mode[];
  readonly approaches: readonly Approach[];
  readonly elsewhere: Line | null;
  readonly outside: Line | null;
}

export interface Report {
  readonly job: {
    readonly id: string;
    readonly number: number;
    readonly kind: string;
    readonly ordered_by: string;
    readonly ordered_at: string;
    readonly ended_at: string | null;
  };
  readonly network: { readonly id: string; readonly sha256: string };
  readonly junctions: readonly string[];
  readonly scenario: Readonly<Record<string, unknown>>;
  readonly seeds: readonly number[];
  readonly sumo_version: string;
  readonly signalctl_version: string;
  readonly rules: { readonly profile: string; readonly version: string };
  readonly before: {
    readonly kind: "plan" | "peer";
    readonly name: string;
    readonly number: number | null;
    readonly hash: string | null;
  };
  readonly after: {
    readonly plan: string | null;
    readonly number: number | null;
    readonly version: number | null;
    readonly name: string;
    readonly hash: string;
    readonly authors: readonly string[];
    readonly state: string | null;
    readonly is_current: boolean;
  };
  readonly difference: {
    readonly words: Readonly<Record<"en" | "zh", readonly string[]>>;
    readonly seconds: number;
    readonly unread: readonly string[];
  };
  readonly effects: Effects;
  readonly certificates: {
    readonly junctions: number;
    readonly certified: number;
    readonly issued_by: readonly string[];
    readonly approved_by: readonly string[];
  };
}

/** Approaches as a page has room for them: those that gain and lose, and those that show nothing. */
export interface Places {
  readonly gains: readonly Approach[];
  readonly losses: readonly Approach[];
  readonly gainsLeftOut: readonly Approach[];
  readonly lossesLeftOut: readonly Approach[];
  readonly unchanged: readonly Approach[];
}

/** An interval that contains 0 shows no difference, whatever its mean; without one nothing does. */
export function isShown(line: Line): boolean {
  return line.interval !== null && line.finding !== "none";
}

/** The approaches come with the largest change first; `most` fit on each side. */
export function placed(approaches: readonly Approach[], most: number): Places {
  const clear = approaches.filter((each) => isShown(each) || each.interval === null);
  const gains = clear.filter((each) => each.difference < 0);
  const losses = clear.filter((each) => each.difference > 0);
  return {
    gains: gains.slice(0, most),
    losses: losses.slice(0, most),
    gainsLeftOut: gains.slice(most),
    lossesLeftOut: losses.slice(most),
    unchanged: approaches.filter((each) => !gains.includes(each) && !losses.includes(each)),
  };
}

/** How many lines of this report would look different by chance if nothing had changed. */
export function byChance(effects: Effects): { readonly lines: number; readonly chance: number } {
  const lines = effects.totals.length + effects.modes.length + effects.approaches.length;
  return { lines, chance: Math.max(1, Math.round(lines * 0.05)) };
}

/** The scale of interval bars: the largest bound among the lines. */
export function reachOf(lines: readonly Line[]): number {
  return Math.max(
    0.01,
    ...lines.flatMap((each) => [each.difference, ...(each.interval ?? [])].map(Math.abs)),
  );
}

/** A number with its sign, `−` for less; small ones keep two figures. */
export function signed(value: number): string {
  const shown = plain(Math.abs(value));
  return Number(shown) === 0 ? shown : `${value < 0 ? "−" : "+"}${shown}`;
}

export function plain(value: number): string {
  if (Number.isInteger(value)) return String(value);
  const digits = Math.abs(value) < 1 ? 2 : Math.abs(value) < 1000 ? 1 : 0;
  return value.toFixed(digits);
}

/** `−2.1 … −0.9`, empty for none. */
export function between(interval: readonly [number, number] | null): string {
  return interval === null ? "" : `${signed(interval[0])} … ${signed(interval[1])}`;
}

/** `1.28.0`, whether or not the program's name stands before it. */
export function releaseOf(version: string): string {
  return version.replace(/^SUMO\s+/, "");
}

const TAIL = 8;

/** A sentence no longer than a page has room for: its end, where the verb may stand, stays. */
export function cut(sentence: string, most: number): string {
  if (sentence.length <= most) return sentence;
  return `${sentence.slice(0, most - TAIL - 1).trimEnd()}…${sentence.slice(-TAIL)}`;
}

/** A hash short enough to compare by eye. */
export function shortHash(hash: string | null): string {
  return hash === null ? "–" : hash.replace(/^sha256:/, "").slice(0, 12);
}
