/** What the service finds against a whole draft, for changes that no move table speaks of. */

import { problemText } from "../frame/problem_text";
import { Problem, service } from "../service/client";
import type { DraftDiagram, Finding, PlanDocument } from "../service/contract";
import { say, sayRule } from "../words/words.svelte";
import type { Refusal, Selection } from "./picture";

/** The service's picture of a draft, or why it makes none. */
export interface Judged {
  readonly told: DraftDiagram | null;
  readonly rules: readonly string[];
  /** What refuses the change; null when nothing does. */
  readonly refusal: Refusal | null;
}

export async function judgedDraft(
  network: string,
  document: PlanDocument,
  of: Selection,
  what: string,
): Promise<Judged> {
  const refused = (
    why: string,
    rules: readonly string[],
    findings: readonly Finding[],
  ): Refusal => ({
    ...of,
    second: null,
    rules,
    text: say("ts.change.refused", { what, why }),
    findings,
  });
  try {
    const told = await service.post<DraftDiagram>("/drafts/diagram", { network, document });
    const errors = told.findings.filter((finding) => finding.severity === "error");
    const rules = [...new Set(errors.map((finding) => finding.rule))];
    if (errors.length === 0) return { told, rules, refusal: null };
    const why = [sayRule(errors[0]?.rule, errors[0]?.message ?? ""), ...rules].join(" ");
    return { told, rules, refusal: refused(why, rules, errors) };
  } catch (error) {
    const known = error instanceof Problem;
    const rules = known ? [error.code] : [];
    const refusal = refused(problemText(error), rules, known ? error.findings : []);
    return { told: null, rules, refusal };
  }
}
