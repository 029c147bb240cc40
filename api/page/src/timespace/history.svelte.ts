/** Undo and redo of everything that changes the plan: whole states, each with its sentence. */

export interface Step<S> {
  readonly sentence: () => string;
  readonly before: S;
  readonly after: S;
  /** Which handle moved; a burst of the same one is one step. */
  readonly of: string;
}

export class History<S> {
  private past = $state.raw<readonly Step<S>[]>([]);
  private future = $state.raw<readonly Step<S>[]>([]);

  get last(): Step<S> | undefined {
    return this.past.at(-1);
  }

  get next(): Step<S> | undefined {
    return this.future[0];
  }

  get length(): number {
    return this.past.length;
  }

  clear(): void {
    this.past = [];
    this.future = [];
  }

  /** Adds a step; `merge` joins it with the last one of the same handle (key held down). */
  add(step: Step<S>, merge: boolean): void {
    const last = this.past.at(-1);
    this.future = [];
    if (merge && last !== undefined && last.of === step.of) {
      this.past = [...this.past.slice(0, -1), { ...step, before: last.before }];
    } else {
      this.past = [...this.past, step];
    }
  }

  undo(): Step<S> | undefined {
    const step = this.past.at(-1);
    if (step === undefined) return undefined;
    this.past = this.past.slice(0, -1);
    this.future = [step, ...this.future];
    return step;
  }

  redo(): Step<S> | undefined {
    const step = this.future[0];
    if (step === undefined) return undefined;
    this.future = this.future.slice(1);
    this.past = [...this.past, step];
    return step;
  }
}
