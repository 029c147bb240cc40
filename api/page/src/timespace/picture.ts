/** What the editor holds of a plan, and what it says about a change. */

import type { DelayFigures, Finding, PlanDocument } from "../service/contract";
import type { HandleId } from "../timing/edits";
import type { Timed } from "./moved_picture";

export interface Selection {
  readonly junction: string;
  readonly handle: HandleId;
}

/** A value that the rules refuse, kept only where an illegal draft is allowed. */
export interface Broken extends Selection {
  readonly rules: readonly string[];
}

/** Everything that undo restores. */
export interface Picture extends Timed {
  readonly delay: DelayFigures | null;
  readonly broken: readonly Broken[];
  readonly selected: Selection | null;
}

export interface Refusal extends Selection {
  /** The value that was wanted; null where it is no second. */
  readonly second: number | null;
  readonly rules: readonly string[];
  readonly text: string;
  /** What the rules say against it, with the seconds and groups they mean. */
  readonly findings: readonly Finding[];
}

/** A change of the document that no move table speaks of. */
export interface Change extends Selection {
  /** The changed document; null where there is nothing to change. */
  readonly make: (document: PlanDocument) => PlanDocument | null;
  readonly sentence: () => string;
  /** A key held down: joined with the last change of the same handle, dropped while one is judged. */
  readonly burst?: boolean;
}

export function sameHandle(a: Selection, b: Selection): boolean {
  return a.junction === b.junction && a.handle === b.handle;
}
