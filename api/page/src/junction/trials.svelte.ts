/** Trials asked of SUMO from the junction view, kept beside the edit they belong to. */

import { service } from "../service/client";
import type { Job, PlanDocument, PlanId } from "../service/contract";
import { say } from "../words/words.svelte";
import type { Editor } from "../timespace/editor.svelte";
import { trialOf, type TrialResult } from "./trial";

/** What the draft is compared with. */
export type Against = "step" | "opened";

export interface Trial {
  readonly id: PlanId;
  readonly number: number;
  readonly plan: PlanId;
  /** The draft it speaks of. */
  readonly document: PlanDocument;
  /** The edit in words, in the language of the moment. */
  readonly sentence: () => string;
  readonly seeds: number;
  /** Estimated change of delay, s per vehicle and junction; null where nothing is estimated. */
  readonly estimate_s: number | null;
  readonly job: Job;
  readonly result: TrialResult | null;
}

class Kept {
  all = $state.raw<readonly Trial[]>([]);
}
const kept = new Kept();

/** Trials of a plan, the newest first. */
export function trialsOf(plan: PlanId): readonly Trial[] {
  return kept.all.filter((trial) => trial.plan === plan);
}

/** Whether the draft is still the one that was tried, also when it came back to it. */
export function stillHolds(trial: Trial, editor: Editor): boolean {
  const now = editor.picture.document;
  const saved = editor.saving.hash;
  return trial.document === now || (editor.saving.isSaved(now) && saved === trial.job.plan_hash);
}

/** The document without the edit, and the edit in words; null where there is nothing to ask. */
export function question(
  editor: Editor,
  against: Against,
): { readonly without: PlanDocument; readonly sentence: () => string } | null {
  const last = editor.history.last;
  if (last === undefined) return null;
  if (against === "step") return { without: last.before.document, sentence: last.sentence };
  const n = editor.changed;
  return { without: editor.opened.document, sentence: () => say("jn.ask.all", { n }) };
}

/** Orders a trial of the saved draft against the plan without the edit; `scenario` empty: the
 * network's first. Raises Problem. */
export async function ask(
  editor: Editor,
  against: Against,
  seeds: number,
  scenario: string,
): Promise<Trial | null> {
  const asked = question(editor, against);
  const document = editor.picture.document;
  if (asked === null) return null;
  const was = against === "step" ? editor.history.last?.before.delay : editor.opened.delay;
  const now = editor.picture.delay?.all ?? null;
  const estimate_s = now === null || was?.all == null ? null : now - was.all;
  await editor.save();
  if (editor.saving.state !== "saved" || !editor.saving.isSaved(document)) return null;
  const job = await service.post<Job>("/jobs", {
    kind: "try",
    plan: editor.plan.id,
    ...(scenario === "" ? {} : { scenario }),
    options: { document: asked.without, seeds },
  });
  const trial: Trial = {
    id: job.id,
    number: job.number ?? 0,
    plan: editor.plan.id,
    document,
    sentence: asked.sentence,
    seeds,
    estimate_s,
    job,
    result: null,
  };
  kept.all = [trial, ...kept.all].slice(0, 20);
  return trial;
}

export async function cancel(trial: Trial): Promise<void> {
  await service.post(`/jobs/${trial.id}/cancel`);
  await refresh(trial.id);
}

/** What the stream told of a job; its result is read when it is over. */
export function follow(told: Job): void {
  const trial = kept.all.find((each) => String(each.id) === String(told.id));
  if (trial === undefined || isOver(trial.job) || sameProgress(trial.job, told)) return;
  keep({ ...trial, job: { ...trial.job, ...told } });
  if (isOver(told)) void refresh(trial.id).catch(() => undefined);
}

function sameProgress(a: Job, b: Job): boolean {
  return (
    a.state === b.state &&
    a.progress.done === b.progress.done &&
    a.progress.text === b.progress.text
  );
}

/** Reads a job anew. Raises Problem. */
export async function refresh(id: PlanId): Promise<void> {
  const job = await service.get<Job>(`/jobs/${encodeURIComponent(id)}`);
  const trial = kept.all.find((each) => each.id === id);
  if (trial !== undefined) keep({ ...trial, job, result: trialOf(job.result) });
}

export function isOver(job: Job): boolean {
  return job.state !== "queued" && job.state !== "running";
}

/** Why a trial has no result, in a sentence; empty when it has one or may still get one. */
export function failureOf(trial: Trial): string {
  const error = trial.job.error;
  if (error == null) return "";
  return [error.message, error.remedy, error.code].filter((part) => part !== "").join(" ");
}

function keep(trial: Trial): void {
  kept.all = kept.all.map((each) => (each.id === trial.id ? trial : each));
}
