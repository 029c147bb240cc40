/** Saving a draft: one request at a time, the last state wins, nothing of others is overwritten. */

import { Problem, service } from "../service/client";
import { DIRECTIONS } from "../service/contract";
import type { Diagram, Direction, Finding, Plan, PlanDocument } from "../service/contract";
import type { Band } from "../timing/band";
import { problemText } from "../frame/problem_text";

const AUTOSAVE_MS = 400;

export type SaveState = "saved" | "unsaved" | "saving" | "blocked" | "conflict" | "failed";

export class Saving {
  state = $state<SaveState>("saved");
  hash = $state("");
  problem = $state("");
  /** Findings for which the service refused the draft. */
  refused = $state.raw<readonly Finding[]>([]);
  /** A figure on which service and page part: that must never happen, so it is said. */
  differs = $state.raw<{
    readonly direction: Direction;
    readonly service: number;
    readonly page: number;
  } | null>(null);
  private saved: PlanDocument;
  private wanted: PlanDocument;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | null = null;

  constructor(
    private readonly plan: Plan,
    private readonly taken: (answer: Plan, saved: PlanDocument) => Promise<void>,
  ) {
    this.hash = plan.hash;
    this.saved = plan.document;
    this.wanted = plan.document;
  }

  /** Whether the service has exactly this. */
  isSaved(document: PlanDocument): boolean {
    return document === this.saved;
  }

  /** Saves soon; `blocked` when the draft breaks a rule and must not be saved. */
  later(document: PlanDocument, blocked: boolean): void {
    this.wanted = document;
    clearTimeout(this.timer);
    if (this.state === "conflict") return;
    if (blocked) {
      this.state = "blocked";
      return;
    }
    this.state = this.running === null && document === this.saved ? "saved" : "unsaved";
    this.timer = setTimeout(() => void this.flush(document), AUTOSAVE_MS);
  }

  /** Saves now what is not saved; resolves when nothing is on its way any more. */
  async flush(document: PlanDocument): Promise<void> {
    clearTimeout(this.timer);
    this.wanted = document;
    if (this.state === "blocked" || this.state === "conflict") return;
    while (this.running !== null) await this.running;
    if (this.wanted === this.saved) {
      this.state = "saved";
      return;
    }
    this.running = this.put(this.wanted);
    await this.running;
    this.running = null;
    if (this.state === "saved" && this.wanted !== this.saved) await this.flush(this.wanted);
  }

  /** Notes where the service's bands are not the page's. */
  compare(told: Diagram, own: Readonly<Record<Direction, Band | null>>): void {
    this.differs = null;
    for (const direction of DIRECTIONS) {
      const service = told.bands[direction]?.width_s ?? 0;
      const page = own[direction]?.width_s ?? 0;
      if (Math.abs(service - page) > 0.05) this.differs = { direction, service, page };
    }
  }

  private async put(document: PlanDocument): Promise<void> {
    this.state = "saving";
    this.problem = "";
    try {
      const { body, etag } = await service.put<Plan>(
        `/plans/${this.plan.id}`,
        { document },
        this.hash,
      );
      this.hash = etag ?? body.hash;
      this.saved = document;
      this.refused = [];
      this.state = this.wanted === document ? "saved" : "unsaved";
      void this.taken(body, document).catch(() => undefined);
    } catch (error) {
      const stale = error instanceof Problem && (error.status === 409 || error.status === 412);
      this.state = stale ? "conflict" : "failed";
      this.problem = problemText(error);
      if (error instanceof Problem) this.refused = error.findings;
    }
  }
}
