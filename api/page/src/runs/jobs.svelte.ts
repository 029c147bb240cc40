/** The jobs that are listed: read page by page, narrowed, and kept up to date by the stream. */

import { problemText } from "../frame/problem_text";
import { service } from "../service/client";
import type { Job, Page } from "../service/contract";
import { liveJobs } from "../street/live.svelte";

const PAGE = 20;

export interface Filter {
  readonly state: string;
  readonly kind: string;
  readonly plan: string;
  readonly actor: string;
}
export const ALL: Filter = { state: "", kind: "", plan: "", actor: "" };

export class JobList {
  filter = $state.raw<Filter>(ALL);
  loading = $state(false);
  problem = $state("");
  read = $state.raw<readonly Job[] | null>(null);
  next = $state.raw<string | null>(null);
  #turn = 0;

  /** The jobs read, with what the stream told since; new ones that fit come first. */
  readonly jobs = $derived.by<readonly Job[]>(() => {
    const live = liveJobs();
    const known = (this.read ?? []).map((job) => ({ ...job, ...live.get(String(job.id)) }));
    const ids = new Set(known.map((job) => String(job.id)));
    const last = known.reduce((most, job) => Math.max(most, job.number ?? 0), 0);
    const fresh = [...live.values()].filter(
      (job) => !ids.has(String(job.id)) && (job.number ?? 0) > last,
    );
    return [...fresh, ...known]
      .filter((job) => fits(job, this.filter))
      .sort((a, b) => (b.number ?? 0) - (a.number ?? 0));
  });

  narrow(changes: Partial<Filter>): void {
    this.filter = { ...this.filter, ...changes };
    void this.load();
  }

  /** Reads the first page anew. */
  async load(): Promise<void> {
    const own = ++this.#turn;
    this.loading = true;
    this.problem = "";
    try {
      const page = await this.#page(null);
      if (own !== this.#turn) return;
      this.read = page.items;
      this.next = page.next === null ? null : String(page.next);
    } catch (error) {
      if (own === this.#turn) this.problem = problemText(error);
    } finally {
      if (own === this.#turn) this.loading = false;
    }
  }

  async more(): Promise<void> {
    const own = this.#turn;
    const page = await this.#page(this.next);
    if (own !== this.#turn) return;
    this.read = [...(this.read ?? []), ...page.items];
    this.next = page.next === null ? null : String(page.next);
  }

  add(job: Job): void {
    this.read = [job, ...(this.read ?? [])];
  }

  #page(after: string | null): Promise<Page<Job>> {
    const query = new URLSearchParams({ limit: String(PAGE) });
    for (const [name, value] of Object.entries(this.filter)) {
      if (value !== "") query.set(name, String(value));
    }
    if (after !== null) query.set("after", after);
    return service.get<Page<Job>>(`/jobs?${query}`);
  }
}

function fits(job: Job, filter: Filter): boolean {
  return (
    (filter.state === "" || job.state === filter.state) &&
    (filter.kind === "" || job.kind === filter.kind) &&
    (filter.plan === "" || String(job.plan) === filter.plan) &&
    (filter.actor === "" || job.actor === undefined || job.actor === filter.actor)
  );
}
