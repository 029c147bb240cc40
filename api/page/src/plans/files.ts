/** Plan files between the service and the disk of whoever looks at the page. */

import { service } from "../service/client";
import type { Plan, PlanId } from "../service/contract";

/** What the service takes, in thousands of characters. */
export const MOST_KB = 500;

/** Hands a plan, or one of its saves, to the browser as a file; its name. */
export async function download(plan: Plan, version: number): Promise<string> {
  const text = await service.text(`/plans/${plan.id}/file?version=${version}`);
  const name = `plan-${plan.number}-v${version}.yaml`;
  const address = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
  return name;
}

/** Keeps a plan file's text as a new draft. Throws the service's refusal. */
export function upload(
  text: string,
  file: string,
  network: string,
  basedOn: PlanId | null,
): Promise<Plan> {
  return service.post<Plan>("/plans/files", { network, text, file, based_on: basedOn });
}
