/** The running plan beside the draft: what the devices of the corridor say they run. */

import { service } from "../service/client";
import type { Device, Diagram, Direction, Plan, PlanId } from "../service/contract";
import { widestBand, type Band } from "../timing/band";
import { lampsOf, passagesOf, type Lamps } from "../timing/edits";

export interface Compared {
  readonly id: PlanId;
  readonly name: string;
  readonly plan: Plan;
  readonly lamps: ReadonlyMap<string, Lamps>;
  readonly bands: Readonly<Record<Direction, Band | null>>;
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
    bands: { outbound: band("outbound"), inbound: band("inbound") },
  };
}
