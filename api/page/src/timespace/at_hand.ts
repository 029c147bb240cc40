/** The plan at hand: one editor for every view that edits it, so that a draft has one history and
 * one hand that saves it. */

import { user } from "../frame/session.svelte";
import { readNetwork, readPlans } from "../frame/site.svelte";
import { service } from "../service/client";
import type { Diagram, Plan, PlanSummary } from "../service/contract";
import { Editor } from "./editor.svelte";

let kept: { readonly editor: Editor; readonly by: string } | null = null;

/** The editor of a plan: the one that is open, if nothing changed under it; null without plans.
 *
 * `id` undefined means the newest draft, else the newest plan. `anew` drops what is not saved.
 * Raises Problem.
 */
export async function openPlan(id: string | undefined, anew = false): Promise<Editor | null> {
  const plans = await readPlans();
  const wanted = plans.find((plan) => String(plan.id) === id) ?? firstOf(plans);
  if (wanted === undefined) return null;
  const by = user()?.name ?? "";
  if (!anew && kept?.by === by && holds(kept.editor, wanted)) {
    await readNetwork(wanted.network);
    return kept.editor;
  }
  const [{ body: plan, etag }, diagram, network] = await Promise.all([
    service.getTagged<Plan>(`/plans/${wanted.id}`),
    service.get<Diagram>(`/plans/${wanted.id}/diagram`),
    readNetwork(wanted.network),
  ]);
  if (network === null) return null;
  const editor = new Editor({ ...plan, hash: etag ?? plan.hash }, diagram, network);
  kept = { editor, by };
  return editor;
}

/** Whether the service's plan is still what the editor holds, or the editor holds more. */
function holds(editor: Editor, told: PlanSummary): boolean {
  if (editor.plan.id !== told.id || editor.plan.state !== told.state) return false;
  return editor.saving.state !== "saved" || editor.saving.hash === told.hash;
}

function firstOf(plans: readonly PlanSummary[]): PlanSummary | undefined {
  return plans.find((plan) => plan.state === "draft") ?? plans[0];
}
