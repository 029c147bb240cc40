/** A plan in NEMA rings: phases in rings, rings that meet at barriers (`domain.ring_barrier`). */

export interface PhaseDocument {
  readonly number: number;
  /** Green, amber and red clearance together. */
  readonly split_s: number;
  readonly protected?: readonly string[];
  readonly permissive?: readonly string[];
  readonly amber_s?: number;
  readonly red_clearance_s?: number;
  readonly walks?: readonly string[];
  readonly walk_s?: number;
}

/** `sections[i][ring]`: the phase order of a ring between two barriers. */
export interface RingsDocument {
  readonly start_s?: number;
  readonly sections: readonly (readonly (readonly PhaseDocument[])[])[];
}

/** What a plan file means where it says nothing. */
export const AMBER_S = 3;
export const RED_CLEARANCE_S = 1;

/** A phase where it lies: second in the plan's own time, not wrapped. */
export interface PlacedPhase {
  readonly phase: PhaseDocument;
  readonly section: number;
  readonly ring: number;
  readonly start_s: number;
}

/** Sum of the splits of each ring of each section, s. */
export function ringSums(form: RingsDocument): number[][] {
  return form.sections.map((section) =>
    section.map((ring) => ring.reduce((sum, phase) => sum + phase.split_s, 0)),
  );
}

/** Ends of the sections in the plan's own time: where the barriers stand, by the longest ring. */
export function barriersOf(form: RingsDocument): number[] {
  let at = form.start_s ?? 0;
  return ringSums(form).map((sums) => (at += Math.max(0, ...sums)));
}

/** Every phase with its second, section by section, ring by ring. */
export function placedPhases(form: RingsDocument): PlacedPhase[] {
  const ends = barriersOf(form);
  return form.sections.flatMap((section, number) =>
    section.flatMap((ring, row) => {
      let at = number === 0 ? (form.start_s ?? 0) : (ends[number - 1] ?? 0);
      return ring.map((phase) => {
        const start_s = at;
        at += phase.split_s;
        return { phase, section: number, ring: row, start_s };
      });
    }),
  );
}

/** Green time: split less amber and red clearance, s. */
export function greenOf(phase: PhaseDocument): number {
  return phase.split_s - (phase.amber_s ?? AMBER_S) - (phase.red_clearance_s ?? RED_CLEARANCE_S);
}
