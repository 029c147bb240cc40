/** What the service answers about a plan's saved versions, papers and files. Pure. */

import type { PlanDocument } from "../service/contract";

export interface SavedVersion {
  readonly version: number;
  readonly hash: string;
  readonly author: string;
  readonly at: string;
}

export interface SavedDocument extends SavedVersion {
  readonly document: PlanDocument;
}

export interface Evidence {
  readonly scenario: string;
  readonly seeds: readonly number[];
  readonly measures: Readonly<
    Record<string, { readonly median: number; readonly low: number; readonly high: number }>
  >;
}

export interface Certificate {
  readonly hash: string;
  readonly rules: string;
  readonly rules_version: string;
  /** Issued under the rules of today. */
  readonly current: boolean;
  readonly issued_at: string;
  readonly issued_by: string;
  readonly evidence: Evidence | null;
}

export interface Papers {
  readonly junction: string;
  readonly plan_hash: string;
  readonly certificates: readonly Certificate[];
  readonly approvals: readonly { readonly by: string; readonly at: string }[];
}

/** The certificate that counts: under today's rules before others, with evidence before bare. */
export function bestOf(papers: Papers): Certificate | null {
  const rank = (each: Certificate): number =>
    (each.current ? 2 : 0) + (each.evidence === null ? 0 : 1);
  return papers.certificates.reduce<Certificate | null>(
    (best, each) => (best === null || rank(each) > rank(best) ? each : best),
    null,
  );
}

/** The first hexadecimal digits of a hash, without the name of its method. */
export function short(hash: string): string {
  return hash.replace(/^\w+:/, "").slice(0, 10);
}

/** The line that a refusal names (`plans.yaml:12: ...`), null when it names none. */
export function lineOf(where: string): number | null {
  const found = /:(\d+)(?::|$)/.exec(where);
  return found === null ? null : Number(found[1]);
}

/** The lines of a text around one of them, counted from 1. */
export function linesAround(
  text: string,
  line: number,
  reach = 2,
): { readonly number: number; readonly text: string }[] {
  const lines = text.split(/\r\n|\r|\n/);
  const from = Math.max(1, line - reach);
  return lines
    .slice(from - 1, line + reach)
    .map((each, index) => ({ number: from + index, text: each }));
}
