/** What the junction view does to the draft: seconds, order, cycle. Edges go by the service's move
 * tables; everything else the service judges as a whole draft. */

import { tell } from "../frame/status.svelte";
import type { JunctionPlanDocument, PlanDocument } from "../service/contract";
import type { Editor } from "../timespace/editor.svelte";
import { planOf } from "../timing/edits";
import {
  FROM_CYCLE,
  withCycle,
  withPhaseMoved,
  withSecondsGiven,
  withStageMoved,
  withWalk,
} from "../timing/reshape";
import { say } from "../words/words.svelte";

/** In place of a giving stage: the one that follows the stage that takes. */
export const NEXT = "next";

/** The stage that gives to `stage`; FROM_CYCLE where the cycle does. */
export function giverOf(plan: JunctionPlanDocument, stage: string, giver: string): string {
  const ids = plan.stages?.sequence.map((each) => each.id) ?? [];
  const following = ids[(ids.indexOf(stage) + 1) % ids.length] ?? FROM_CYCLE;
  return giver === NEXT || giver === stage || (giver !== FROM_CYCLE && !ids.includes(giver))
    ? following
    : giver;
}

/** The next choice of who gives. */
export function giverAfter(plan: JunctionPlanDocument, giver: string): string {
  const ids = plan.stages?.sequence.map((each) => each.id) ?? [];
  const options = [NEXT, ...ids, FROM_CYCLE];
  return options[(options.indexOf(giver) + 1) % options.length] ?? NEXT;
}

export function giverSentence(
  plan: JunctionPlanDocument,
  stage: string | undefined,
  giver: string,
): string {
  const from = stage === undefined ? giver : giverOf(plan, stage, giver);
  const name =
    giver === FROM_CYCLE
      ? say("jn.giver.cycle")
      : from === NEXT
        ? say("jn.giver.next")
        : say("jn.stage", { id: from });
  return say("jn.giver.now", { giver: name });
}

/** A stage longer by seconds that another one gives. */
export function lengthenStage(
  editor: Editor,
  junction: string,
  stage: string,
  giver: string,
  by_s: number,
  burst: boolean,
): void {
  const plan = planOf(editor.picture.document, junction);
  const ids = plan?.stages?.sequence.map((each) => each.id) ?? [];
  if (plan === undefined || ids.length < 2) return;
  const from = giverOf(plan, stage, giver);
  const at = ids.indexOf(stage);
  if (from === ids[(at + 1) % ids.length]) {
    editor.moveBy({ junction, handle: `stage:${stage}|${from}` }, by_s, burst);
    return;
  }
  if (from === ids[(at + ids.length - 1) % ids.length]) {
    editor.moveBy({ junction, handle: `stage:${from}|${stage}` }, -by_s, burst);
    return;
  }
  const was = splitOf(plan, stage);
  if (withSecondsGiven(plan, stage, from, by_s) === null) {
    const short = by_s > 0 ? from : stage;
    tell(say("jn.nothing.left", { b: short, s: splitOf(plan, short) }), true);
    return;
  }
  let now = was + by_s;
  const sentence = (): string =>
    from === FROM_CYCLE
      ? say("jn.cycle.own", { junction, a: stage, was, now, cycle: plan.cycle_s + now - was })
      : say("jn.given", { junction, a: stage, b: from, was, now });
  void editor.change({
    junction,
    handle: `split:${stage}|${from}`,
    make: (document) =>
      withPlan(document, junction, (own) => {
        now = splitOf(own, stage) + by_s;
        return withSecondsGiven(own, stage, from, by_s);
      }),
    sentence,
    burst,
  });
}

/** A stage at another place of the order. */
export function moveStage(editor: Editor, junction: string, from: number, to: number): void {
  const plan = planOf(editor.picture.document, junction);
  const after = plan === undefined ? null : withStageMoved(plan, from, to);
  if (after === null) return;
  const order = after.stages?.sequence.map((stage) => stage.id).join(" ") ?? "";
  void editor.change({
    junction,
    handle: "order",
    make: (document) => withPlan(document, junction, (own) => withStageMoved(own, from, to)),
    sentence: () => say("jn.ordered", { junction, order }),
  });
}

/** A phase longer; the one that follows it in the ring gives, else the one before it, else what
 * lies past the barrier. */
export function lengthenPhase(
  editor: Editor,
  junction: string,
  number: number,
  by_s: number,
  burst: boolean,
): void {
  const form = planOf(editor.picture.document, junction)?.ring_barrier;
  for (const [index, section] of (form?.sections ?? []).entries()) {
    for (const ring of section) {
      const at = ring.findIndex((phase) => phase.number === number);
      if (at < 0) continue;
      const next = ring[at + 1]?.number;
      const before = ring[at - 1]?.number;
      const [handle, by] =
        next !== undefined
          ? [`phase:${number}|${next}`, by_s]
          : before !== undefined
            ? [`phase:${before}|${number}`, -by_s]
            : [`barrier:${index + 1}`, by_s];
      editor.moveBy({ junction, handle }, by, burst);
      return;
    }
  }
}

/** A phase earlier or later in its ring. */
export function leadPhase(editor: Editor, junction: string, number: number, by: number): void {
  const plan = planOf(editor.picture.document, junction);
  const after = plan === undefined ? null : withPhaseMoved(plan, number, by);
  if (after === null) {
    tell(say("jn.phase.end", { n: number }), true);
    return;
  }
  const order = (after.ring_barrier?.sections ?? [])
    .map((section) => section.map((ring) => ring.map((each) => each.number).join(" ")).join(" / "))
    .join(" ‖ ");
  void editor.change({
    junction,
    handle: "order",
    make: (document) => withPlan(document, junction, (own) => withPhaseMoved(own, number, by)),
    sentence: () => say("jn.phase.ordered", { junction, order }),
  });
}

/** A phase's walk with another length. */
export function walkPhase(editor: Editor, junction: string, number: number, now: number): void {
  const plan = planOf(editor.picture.document, junction);
  const phases = plan?.ring_barrier?.sections.flat(2) ?? [];
  const was = phases.find((phase) => phase.number === number)?.walk_s ?? 0;
  void editor.change({
    junction,
    handle: `walk:${number}`,
    make: (document) => withPlan(document, junction, (own) => withWalk(own, number, now)),
    sentence: () => say("jn.walked", { junction, n: number, was, now }),
  });
}

/** The cycle of every junction that has this junction's cycle. */
export function stretchAll(editor: Editor, junction: string, by_s: number): void {
  const was = planOf(editor.picture.document, junction)?.cycle_s;
  if (was === undefined || by_s === 0) return;
  const now = was + by_s;
  const fixed = editor.picture.document.plans.find(
    (plan) => plan.cycle_s === was && withCycle(plan, now) === null,
  );
  if (fixed !== undefined) {
    tell(say("jn.cycle.form", { junction: fixed.junction }), true);
    return;
  }
  void editor.change({
    junction,
    handle: "cycle",
    make: (document) => ({
      ...document,
      plans: document.plans.map((plan) =>
        plan.cycle_s === was ? (withCycle(plan, now) ?? plan) : plan,
      ),
    }),
    sentence: () => say("jn.cycle.all", { was, now }),
  });
}

function splitOf(plan: JunctionPlanDocument, stage: string): number {
  return plan.stages?.sequence.find((each) => each.id === stage)?.split_s ?? 0;
}

/** The document with one junction's plan changed; null where the change is none. */
function withPlan(
  document: PlanDocument,
  junction: string,
  change: (plan: JunctionPlanDocument) => JunctionPlanDocument | null,
): PlanDocument | null {
  const plan = planOf(document, junction);
  const after = plan === undefined ? null : change(plan);
  if (plan === undefined || after === null) return null;
  return { ...document, plans: document.plans.map((each) => (each === plan ? after : each)) };
}
