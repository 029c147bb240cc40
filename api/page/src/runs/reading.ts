/** Reading what the service answers with care: anything may be absent. Pure. */

export type Json = Readonly<Record<string, unknown>>;

export function object(value: unknown): Json | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Json)
    : null;
}

export function list(value: unknown): readonly unknown[] | null {
  return Array.isArray(value) ? value : null;
}

export function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

export function text(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

/** Two numbers, as an interval has them. */
export function pair(value: unknown): readonly [number, number] | null {
  const found = list(value);
  const low = number(found?.[0]);
  const high = number(found?.[1]);
  return low === null || high === null ? null : [low, high];
}
