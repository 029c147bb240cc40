/** Move tables: asked once per grab, then looked up. A table speaks of one saved plan and one
 * handle; it stays good while only that handle moves. */

import { service } from "../service/client";
import type { MoveCandidate, MoveTable, PlanDocument, PlanId } from "../service/contract";

export interface Table {
  readonly bySecond: ReadonlyMap<number, MoveCandidate>;
  readonly candidates: readonly MoveCandidate[];
}

export function tableKey(junction: string, handle: string): string {
  return `${junction}\u0000${handle}`;
}

export class MoveTables {
  private tables = $state.raw<ReadonlyMap<string, Table>>(new Map());
  private asked = new Set<string>();

  of(junction: string, handle: string): Table | null {
    return this.tables.get(tableKey(junction, handle)) ?? null;
  }

  /** Forgets every table but the one of the handle that moved. */
  keepOnly(junction: string, handle: string): void {
    const key = tableKey(junction, handle);
    const own = this.tables.get(key);
    if (this.tables.size === (own === undefined ? 0 : 1)) return;
    this.tables = new Map(own === undefined ? [] : [[key, own]]);
  }

  clear(): void {
    this.tables = new Map();
  }

  /** Asks for a table unless it is there or on its way, also for a draft that is not saved yet.
   *
   * `saved` is the plan's id where the document is what is saved: everybody may ask that.
   *
   * `stillWanted` is asked when the answer comes: one for a plan that moved meanwhile is dropped.
   */
  async ask(
    of: {
      readonly network: string;
      readonly saved: PlanId | null;
      readonly document: PlanDocument;
    },
    junction: string,
    handle: string,
    stillWanted: () => boolean,
  ): Promise<void> {
    const key = tableKey(junction, handle);
    if (this.tables.has(key) || this.asked.has(key)) return;
    this.asked.add(key);
    try {
      const { network, saved, document } = of;
      const query = new URLSearchParams({ junction, handle }).toString();
      const read =
        saved === null
          ? await service.post<MoveTable>("/drafts/moves", { network, document, junction, handle })
          : await service.get<MoveTable>(`/plans/${saved}/moves?${query}`);
      if (stillWanted()) this.tables = new Map(this.tables).set(key, tableOf(read));
    } finally {
      this.asked.delete(key);
    }
  }
}

/** By the value that the page moves, which it calls the candidate's second. */
export function tableOf(read: MoveTable): Table {
  const candidates = read.candidates
    .map((each) => ({ ...each, second: each.value ?? each.second }))
    .sort((a, b) => a.second - b.second);
  return { bySecond: new Map(candidates.map((each) => [each.second, each])), candidates };
}
