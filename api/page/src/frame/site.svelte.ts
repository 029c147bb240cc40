/** What several views need of the site: its network and its plans, read once and kept. */

import { service } from "../service/client";
import type { Network, NetworkSummary, Page, PlanSummary } from "../service/contract";

class Site {
  network = $state.raw<Network | null>(null);
  networks = $state.raw<readonly NetworkSummary[] | null>(null);
  plans = $state.raw<readonly PlanSummary[]>([]);
  plansRead = $state(false);
}
const site = new Site();

export function networkAtHand(): Network | null {
  return site.network;
}

/** The names of the networks; null before they were read. */
export function networksKnown(): readonly NetworkSummary[] | null {
  return site.networks;
}

export function plansAtHand(): readonly PlanSummary[] {
  return site.plans;
}

export function plansRead(): boolean {
  return site.plansRead;
}

/** Reads the network with this id (or the first), unless it is at hand. */
export async function readNetwork(id?: string): Promise<Network | null> {
  if (site.networks === null) {
    const read = await service.get<readonly NetworkSummary[] | Page<NetworkSummary>>("/networks");
    site.networks = "items" in read ? read.items : read;
  }
  const wanted = id ?? site.network?.id ?? site.networks[0]?.id;
  if (wanted === undefined) return null;
  if (site.network?.id !== wanted) {
    site.network = await service.get<Network>(`/networks/${encodeURIComponent(wanted)}`);
  }
  return site.network;
}

/** Reads the plans anew, newest first. */
export async function readPlans(): Promise<readonly PlanSummary[]> {
  const found: PlanSummary[] = [];
  let after: string | number | null = null;
  do {
    const query: string = after === null ? "" : `&after=${encodeURIComponent(after)}`;
    const page: Page<PlanSummary> = await service.get<Page<PlanSummary>>(
      `/plans?limit=100${query}`,
    );
    found.push(...page.items);
    after = page.next;
  } while (after !== null && found.length < 1000);
  site.plans = found.sort((a, b) => b.number - a.number);
  site.plansRead = true;
  return site.plans;
}

export function forgetSite(): void {
  site.network = null;
  site.networks = null;
  site.plans = [];
  site.plansRead = false;
}
