/** A problem in one sentence with its code: what, where, what to do. */

import { Problem } from "../service/client";
import { say } from "../words/words.svelte";

export function problemText(error: unknown): string {
  if (!(error instanceof Problem)) return error instanceof Error ? error.message : String(error);
  if (error.status === 0) return `${say("problem.lost")} ${error.code}`;
  return [error.message, error.where, error.remedy, error.code].filter((part) => part).join(" ");
}
