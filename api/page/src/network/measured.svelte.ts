/** What the map's layers need beside the devices: the chosen plan, its findings, its bands, and
 * what it changes against what runs. Read when a layer asks for it, kept by the plan's hash. */

import { service } from "../service/client";
import type { Diagram, Plan, PlanDiff, PlanSummary } from "../service/contract";
import type { Layer } from "./layers";

export interface Measured {
  readonly plan: Plan;
  readonly diagram: Diagram | null;
  readonly changes: ReadonlySet<string>;
}

class Kept {
  found = $state.raw<Measured | null>(null);
}
const kept = new Kept();
let turn = 0;
let key = "";

/** What was read last; null before, and for a layer that needs nothing. */
export function measured(): Measured | null {
  return kept.found;
}

/** Reads what a layer shows of a plan. Throws the service's refusal. */
export async function measure(layer: Layer, plan: PlanSummary | null): Promise<void> {
  if (layer === "state" || plan === null) return;
  const wanted = `${layer} ${plan.id} ${plan.hash}`;
  if (wanted === key && layer !== "plan") return;
  const own = ++turn;
  const path = `/plans/${plan.id}`;
  const [read, diagram, difference] = await Promise.all([
    service.get<Plan>(path),
    layer === "band" ? service.get<Diagram>(`${path}/diagram`) : null,
    layer === "plan" ? service.get<PlanDiff>(`${path}/diff?to=running`) : null,
  ]);
  if (own !== turn) return;
  key = wanted;
  kept.found = {
    plan: read,
    diagram,
    changes: new Set(Object.keys(difference?.shown ?? {})),
  };
}
