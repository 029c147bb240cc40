/** Vehicles of a simulated run in the diagram: ordered as a job, followed, kept with what drove
 * them. A draft that moved on leaves them standing, as old. */

import { problemText } from "../frame/problem_text";
import { service } from "../service/client";
import type { Job, Page, PlanId } from "../service/contract";
import { liveJobs } from "../street/live.svelte";
import { say } from "../words/words.svelte";
import type { Editor } from "./editor.svelte";

export const SEED = 1;
const ASK_MS = 3000;

/** What the job answers (docs/api.md). */
export interface Ways {
  readonly scenario: string;
  readonly seed: number;
  readonly cycle_s: number;
  readonly cycles: number;
  readonly every: number;
  readonly vehicles: Readonly<Record<string, number>>;
  readonly directions: Readonly<Record<string, readonly Way[]>>;
}
export type Way = readonly (readonly [t_s: number, distance_m: number])[];

export interface Driven {
  readonly plan: PlanId;
  /** Hash of the draft that drove them. */
  readonly hash: string;
  readonly ways: Ways;
}

export class Vehicles {
  driven = $state.raw<Driven | null>(null);
  /** The job on its way. */
  job = $state.raw<Job | null>(null);
  problem = $state("");
  /** Whether what there is already is being asked for; null before. */
  seeking = $state<boolean | null>(null);
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** Vehicles driven by just this plan, from an earlier job; nothing is simulated. */
  async seek(editor: Editor, cycles: number): Promise<void> {
    this.seeking = true;
    const hash = editor.saving.hash;
    try {
      const { items } = await service.get<Page<Job>>("/jobs?limit=200");
      const found = items.find(
        (job) =>
          job.kind === "trajectories" &&
          job.state === "done" &&
          job.plan_hash === hash &&
          job.network === editor.plan.network &&
          Number(job.options?.["cycles"]) >= cycles,
      );
      if (found !== undefined) await this.read(found);
    } catch (error) {
      this.problem = problemText(error);
    } finally {
      this.seeking = false;
    }
  }

  /** Orders a run of the draft as it is on the screen. */
  async order(editor: Editor, cycles: number): Promise<void> {
    const document = editor.picture.document;
    const saved = editor.saving.isSaved(document);
    this.problem = "";
    try {
      this.job = await service.post<Job>("/jobs", {
        kind: "trajectories",
        plan: editor.plan.id,
        options: { cycles, seed: SEED, ...(saved ? {} : { document }) },
      });
      this.watch(this.job);
    } catch (error) {
      this.problem = problemText(error);
    }
  }

  async cancel(): Promise<void> {
    const job = this.job;
    if (job === null) return;
    try {
      await service.post(`/jobs/${job.id}/cancel`);
      this.ended({ ...job, state: "cancelled" });
    } catch (error) {
      this.problem = problemText(error);
    }
  }

  /** Takes what the event stream says of the job. */
  hear(): void {
    const job = this.job;
    const told = job === null ? undefined : liveJobs().get(String(job.id));
    if (told !== undefined && told !== job) this.ended(told);
  }

  /** Stops asking; a run that is under way goes on in the service. */
  leave(): void {
    clearTimeout(this.timer);
  }

  /** The stream may be lost: asks by itself as well, slowly. */
  private watch(job: Job): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      void service.get<Job>(`/jobs/${job.id}`).then(
        (read) => this.ended(read),
        () => this.watch(job),
      );
    }, ASK_MS);
  }

  private ended(told: Job): void {
    if (this.job === null || told.id !== this.job.id) return;
    if (told.state === "queued" || told.state === "running") {
      this.job = told;
      this.watch(told);
      return;
    }
    clearTimeout(this.timer);
    this.job = null;
    if (told.state === "done") {
      void this.read(told).catch((error: unknown) => (this.problem = problemText(error)));
    } else if (told.state === "cancelled") this.problem = say("ts.vehicles.cancelled");
    else {
      const error = told.error;
      this.problem = error == null ? say("runs.state.failed") : `${error.message} ${error.remedy}`;
    }
  }

  private async read(job: Job): Promise<void> {
    const whole =
      job.result === undefined || job.result === null
        ? await service.get<Job>(`/jobs/${job.id}`)
        : job;
    if (whole.plan === null || whole.plan_hash == null) return;
    this.driven = { plan: whole.plan, hash: whole.plan_hash, ways: whole.result as Ways };
  }
}

/** Whether the vehicles were driven by what is on the screen. */
export function isOld(driven: Driven, editor: Editor): boolean {
  const saved = editor.saving.isSaved(editor.picture.document);
  return !saved || driven.hash !== editor.saving.hash;
}
