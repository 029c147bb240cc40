/** What can be done with the draft at hand, alike in every view that edits it. */

import { showBadge } from "../frame/badge.svelte";
import { choose, go } from "../frame/place.svelte";
import { problemText } from "../frame/problem_text";
import { has, lacking } from "../frame/session.svelte";
import { tell } from "../frame/status.svelte";
import { service } from "../service/client";
import type { Plan } from "../service/contract";
import { say } from "../words/words.svelte";
import type { Editor } from "./editor.svelte";

/** What the top bar says of the draft. */
export function showDraft(editor: Editor): void {
  const errors = editor.findings.filter((finding) => finding.severity === "error").length;
  const state = say(`plan.${editor.plan.state}`);
  const chip = say("plan.chip", { state, changes: editor.changed });
  const wrong = errors + editor.picture.broken.length;
  showBadge(
    `${editor.plan.name} v${editor.plan.number}`,
    wrong > 0 ? `${chip} · ${say("plan.errors", { n: wrong })}` : chip,
    wrong > 0,
  );
}

/** Why nothing may be moved; empty when it may. */
export function lockedWhy(editor: Editor | null): string {
  if (editor === null) return "";
  if (!has("engineer")) return lacking("engineer");
  const state = editor.plan.state;
  return state === "draft" ? "" : say("ts.draft.why", { state: say(`plan.${state}`) });
}

/** Why the draft may not be saved or submitted; empty when it may. */
export function saveWhy(editor: Editor | null): string {
  const broken = editor?.picture.broken[0];
  if (broken === undefined) return lockedWhy(editor);
  return say("ts.illegal.blocked", { junction: broken.junction, rules: broken.rules.join(" ") });
}

export function undo(editor: Editor | null): void {
  const sentence = editor?.undo();
  if (sentence != null) tell(`${say("ts.undo")}: ${sentence}`);
}

export function redo(editor: Editor | null): void {
  const sentence = editor?.redo();
  if (sentence != null) tell(`${say("ts.redo")}: ${sentence}`);
}

export function saveNow(editor: Editor | null): void {
  const why = saveWhy(editor);
  if (why !== "") tell(why, true);
  else void editor?.save();
}

export async function submit(editor: Editor): Promise<void> {
  try {
    await editor.save();
    if (editor.saving.state !== "saved") return;
    const plan = await service.post<Plan>(`/plans/${editor.plan.id}/submit`);
    tell(say("plans.submitted", { number: plan.number }));
    go("plans", { plan: String(plan.id) });
  } catch (error) {
    tell(problemText(error), true);
  }
}

/** A new draft of what is on the screen; the plan it came from stays as it is. */
export async function copyToDraft(editor: Editor): Promise<void> {
  try {
    const made = await service.post<Plan>("/plans", {
      network: editor.plan.network,
      name: say("ts.draft.name", { name: editor.plan.name }),
      document: editor.picture.document,
      based_on: editor.plan.id,
    });
    tell(say("plans.drafted", { number: made.number }));
    choose({ plan: String(made.id) });
  } catch (error) {
    tell(problemText(error), true);
  }
}
