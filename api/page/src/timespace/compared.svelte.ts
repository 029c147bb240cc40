/** The running plan beside the draft: what the devices of the corridor say they run. */

import { service } from "../service/client";
import type { Device, Diagram, Direction, Plan, PlanId } from "../service/contract";
import { widestBand, type Band } from "../timing/band";
import { handlesOf, lampsOf, passagesOf, planOf, type Lamps } from "../timing/edits";
import type { Editor, Selection } from "./editor.svelte";
import { zerosOf } from "./moved_picture";

export interface Compared {
  readonly id: PlanId;
  readonly name: string;
  readonly plan: Plan;
  readonly lamps: ReadonlyMap<string, Lamps>;
  readonly zeros: ReadonlyMap<string, number>;
  readonly bands: Readonly<Record<Direction, Band | null>>;
}

/** The value that a handle has in the other plan; null where it has none like it. */
export function valueIn(other: Compared, editor: Editor, of: Selection): number | null {
  const plan = planOf(other.plan.document, of.junction);
  const junction = editor.junction(of.junction);
  if (plan === undefined || junction === undefined) return null;
  const handles = handlesOf(plan, junction, other.zeros.get(of.junction) ?? null);
  const own = editor.handle(of);
  const like = own?.kind === "together" ? "offset" : of.handle;
  return handles.find((each) => each.id === like)?.value ?? null;
}

/** The plan that most devices of these junctions run; null when none says. */
export function runningPlan(
  devices: readonly Device[],
  junctions: ReadonlySet<string>,
): PlanId | null {
  const votes = new Map<PlanId, number>();
  for (const device of devices) {
    const id = device.running_plan?.id;
    if (id != null && junctions.has(device.junction)) votes.set(id, (votes.get(id) ?? 0) + 1);
  }
  return [...votes].sort((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}

export async function readCompared(id: PlanId): Promise<Compared> {
  const [plan, diagram] = await Promise.all([
    service.get<Plan>(`/plans/${id}`),
    service.get<Diagram>(`/plans/${id}/diagram`),
  ]);
  const lamps = lampsOf(diagram.rows);
  const band = (direction: Direction): Band | null => {
    const passages = passagesOf(plan.document, lamps, direction);
    const cycle_s = diagram.cycle_s;
    return passages === null || cycle_s === null ? null : widestBand(passages, cycle_s);
  };
  return {
    id,
    name: plan.name,
    plan,
    lamps,
    zeros: zerosOf(diagram),
    bands: { outbound: band("outbound"), inbound: band("inbound") },
  };
}
