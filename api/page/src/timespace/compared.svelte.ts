/** Another plan beside the draft: what the devices of the corridor say they run, any other plan,
 * or an earlier save. */

import { service } from "../service/client";
import type { Device, Diagram, Direction, Plan, PlanDocument, PlanId } from "../service/contract";
import { widestBand, type Band } from "../timing/band";
import { say } from "../words/words.svelte";
import { handlesOf, lampsOf, passagesOf, planOf, type Lamps } from "../timing/edits";
import type { Editor, Selection } from "./editor.svelte";
import { junctionsOf, zerosOf } from "./moved_picture";

export interface Compared {
  /** As the address names it. */
  readonly id: string;
  readonly name: string;
  readonly document: PlanDocument;
  readonly lamps: ReadonlyMap<string, Lamps>;
  readonly zeros: ReadonlyMap<string, number>;
  readonly bands: Readonly<Record<Direction, Band | null>>;
}

/** The value that a handle has in the other plan; null where it has none like it. */
export function valueIn(other: Compared, editor: Editor, of: Selection): number | null {
  const plan = planOf(other.document, of.junction);
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

/** In the address: the plan that runs. A plan's id means that plan, `save3` its third save. */
export const RUNNING = "on";

/** The number of an earlier save of the plan at hand; null for anything else. */
export function versionOf(compare: string): number | null {
  const found = /^save(\d+)$/.exec(compare);
  return found === null ? null : Number(found[1]);
}

/** What `compare` of the address names; null where nothing is named or known to run. */
export async function readCompared(
  compare: string,
  editor: Editor,
  running: PlanId | null,
): Promise<Compared | null> {
  const version = versionOf(compare);
  if (version !== null) {
    const path = `/plans/${editor.plan.id}/versions/${version}`;
    const { document } = await service.get<{ document: PlanDocument }>(path);
    const asked = { network: editor.plan.network, document };
    const diagram = await service.post<Diagram>("/drafts/diagram", asked);
    return compared(compare, say("ts.compare.save", { n: version }), document, diagram);
  }
  const id = compare === RUNNING ? running : compare;
  if (id === null || id === "") return null;
  const [plan, diagram] = await Promise.all([
    service.get<Plan>(`/plans/${id}`),
    service.get<Diagram>(`/plans/${id}/diagram`),
  ]);
  const own = `v${plan.number} ${plan.name}`;
  const name = compare === RUNNING ? `${say("ts.layer.running")}: ${own}` : own;
  return compared(compare, name, plan.document, diagram);
}

function compared(id: string, name: string, document: PlanDocument, diagram: Diagram): Compared {
  const lamps = lampsOf(junctionsOf(diagram));
  const band = (direction: Direction): Band | null => {
    const passages = passagesOf(document, lamps, direction);
    const cycle_s = diagram.cycle_s;
    return passages === null || cycle_s === null ? null : widestBand(passages, cycle_s);
  };
  return {
    id,
    name,
    document,
    lamps,
    zeros: zerosOf(diagram),
    bands: { outbound: band("outbound"), inbound: band("inbound") },
  };
}
