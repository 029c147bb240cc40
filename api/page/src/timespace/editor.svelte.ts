/** The plan at hand: its values, what they show, and every way to change them.
 *
 * The page computes bands (golden cases hold them to the domain's); whether a second is legal and
 * what it costs in delay it only looks up in the service's move table; what no table speaks of,
 * such as the order of stages, the service judges as a whole draft before it is taken.
 */

import type {
  Diagram,
  Direction,
  Finding,
  JunctionOfNetwork,
  MoveCandidate,
  Network,
  Plan,
  PlanDocument,
} from "../service/contract";
import { problemText } from "../frame/problem_text";
import { service } from "../service/client";
import { modulo } from "../timing/aspects";
import { widestBand, type Band } from "../timing/band";
import {
  DOWNSTREAM,
  handlesOf,
  lampsOf,
  passagesOf,
  planOf,
  TOGETHER,
  type Handle,
} from "../timing/edits";
import { History } from "./history.svelte";
import { judgedDraft } from "./judged_draft";
import { MoveTables, type Table } from "./move_tables.svelte";
import { coordinated, junctionsOf, pictureWith, zerosOf } from "./moved_picture";
import { sameHandle } from "./picture";
import type { Broken, Change, Picture, Refusal, Selection } from "./picture";
import { Saving } from "./saving.svelte";
import { refusedText, stepSentence } from "./sentences";

export type { Broken, Change, Picture, Refusal, Selection };
export { sameHandle };

export class Editor {
  readonly plan: Plan;
  readonly network: Network;
  readonly opened: Picture;
  readonly history = new History<Picture>();
  readonly tables = new MoveTables();
  readonly saving: Saving;
  diagram = $state.raw<Diagram>() as Diagram;
  picture = $state.raw<Picture>() as Picture;
  findings = $state.raw<readonly Finding[]>([]);
  refusal = $state.raw<Refusal | null>(null);
  allowIllegal = $state(false);
  /** Said on the status line by the view. */
  notice = $state.raw<{ readonly text: string; readonly wrong: boolean } | null>(null);
  private waiting: { readonly of: Selection; readonly by_s: number } | null = null;
  private dragged: Picture | null = null;
  private judging: Promise<unknown> | null = null;
  /** Whether the service is judging a change. */
  awaited = $state(false);
  private readonly junctions: ReadonlyMap<string, JunctionOfNetwork>;

  constructor(plan: Plan, diagram: Diagram, network: Network) {
    this.plan = plan;
    this.network = network;
    this.diagram = diagram;
    this.findings = plan.findings;
    this.junctions = new Map(network.junctions.map((each) => [each.id, each]));
    this.opened = {
      document: plan.document,
      lamps: lampsOf(junctionsOf(diagram)),
      zeros: zerosOf(diagram),
      delay: diagram.delay_s_per_vehicle,
      broken: [],
      selected: null,
    };
    this.picture = this.opened;
    this.saving = new Saving(plan, (answer, saved) => this.taken(answer, saved));
  }

  private readonly cycles_s: readonly number[] = $derived.by(() => {
    const shown = coordinated(this.diagram);
    return this.picture.document.plans
      .filter((plan) => shown.has(plan.junction))
      .map((plan) => plan.cycle_s);
  });

  /** Kept as a number, so that what only depends on it is not made anew by every move. */
  readonly cycle_s: number = $derived.by(() => Math.max(1, ...this.cycles_s));

  /** Whether every cycle goes whole times into the longest: else no band repeats. */
  readonly common: boolean = $derived.by(() =>
    this.cycles_s.every((each) => this.cycle_s % each === 0),
  );

  readonly bands: Readonly<Record<Direction, Band | null>> = $derived.by(() => ({
    outbound: this.band("outbound"),
    inbound: this.band("inbound"),
  }));

  get selected(): Selection | null {
    return this.picture.selected;
  }

  get changed(): number {
    return this.history.length;
  }

  passages(direction: Direction): ReturnType<typeof passagesOf> {
    return passagesOf(this.picture.document, this.picture.lamps, direction);
  }

  private band(direction: Direction): Band | null {
    const passages = this.passages(direction);
    return passages === null || !this.common ? null : widestBand(passages, this.cycle_s);
  }

  junction(id: string): JunctionOfNetwork | undefined {
    return this.junctions.get(id);
  }

  handles(junction: string): Handle[] {
    const plan = planOf(this.picture.document, junction);
    const known = this.junctions.get(junction);
    if (plan === undefined || known === undefined) return [];
    return handlesOf(plan, known, this.picture.zeros.get(junction) ?? null);
  }

  /** The offset of a junction taking others along: all after it, or the whole corridor. */
  together(junction: string): Handle[] {
    const along = this.picture.document.corridor?.junctions ?? [];
    const own = this.handles(junction)[0];
    if (along.length < 2 || !along.includes(junction) || own === undefined) return [];
    return [DOWNSTREAM, TOGETHER].map((id) => ({ ...own, id, kind: "together" }));
  }

  handle(of: Selection): Handle | undefined {
    return this.handleIn(this.picture, of);
  }

  table(of: Selection): Table | null {
    return this.tables.of(of.junction, of.handle);
  }

  select(selected: Selection | null): void {
    this.picture = { ...this.picture, selected };
    this.waiting = null;
  }

  /** Asks for the handle's table, of the draft as it is now. */
  async prepare(of: Selection): Promise<void> {
    if (this.table(of) !== null) return;
    const asked = this.picture.document;
    try {
      await this.tables.ask(
        {
          network: this.plan.network,
          saved: this.saving.isSaved(asked) ? this.plan.id : null,
          document: asked,
        },
        of.junction,
        of.handle,
        () => this.picture.document === asked,
      );
    } catch (error) {
      this.waiting = null;
      this.notice = { text: problemText(error), wrong: true };
    }
    const waiting = this.waiting;
    if (waiting !== null && sameHandle(waiting.of, of) && this.table(of) !== null) {
      this.waiting = null;
      this.moveBy(of, waiting.by_s, false);
    }
  }

  /** Moves a handle by seconds; before its table is there the move waits for it. */
  moveBy(of: Selection, by_s: number, burst: boolean): void {
    const handle = this.handle(of);
    if (handle === undefined) return;
    if (this.table(of) === null) {
      this.waiting = { of, by_s: (this.waiting?.by_s ?? 0) + by_s };
      void this.prepare(of);
      return;
    }
    this.moveTo(of, handle.value + by_s, burst);
  }

  /** Moves a handle to a value if the table has it and the rules allow it. Says whether it did. */
  moveTo(of: Selection, wanted: number, burst: boolean): boolean {
    const handle = this.handle(of);
    const table = this.table(of);
    if (handle === undefined || table === null) return false;
    const offset = handle.kind === "offset" || handle.kind === "together";
    const value = offset ? modulo(wanted, this.cycleOf(of.junction)) : wanted;
    if (value === handle.value) {
      this.refusal = null;
      return false;
    }
    const candidate = table.bySecond.get(value);
    if (candidate === undefined || (!candidate.ok && !this.allowIllegal)) {
      this.refuse(of, handle, value, candidate);
      return false;
    }
    const junction = this.junctions.get(of.junction);
    if (junction === undefined) return false;
    const timed = pictureWith(this.picture, junction, handle, candidate);
    if (timed === null) {
      this.refuse(of, handle, value, candidate);
      return false;
    }
    const broken = this.picture.broken.filter((each) => !sameHandle(each, of));
    if (!candidate.ok) broken.push({ ...of, rules: candidate.rules });
    this.refusal = null;
    const after: Picture = {
      ...timed,
      delay: candidate.delay,
      broken,
      selected: of,
    };
    if (this.dragged === null) this.record(this.picture, after, of, handle, burst);
    this.show(after, of);
    const wrapped = offset && value !== wanted;
    this.notice = { text: stepSentence(of.junction, handle, value, wrapped), wrong: false };
    return true;
  }

  /** Between grab and drop a drag is one step of the history. */
  grab(): void {
    this.dragged = this.picture;
  }

  drop(of: Selection): void {
    const before = this.dragged;
    this.dragged = null;
    if (before === null || before.document === this.picture.document) return;
    const handle = this.handleIn(before, of);
    if (handle !== undefined) this.record(before, this.picture, of, handle, false);
    this.saving.later(this.picture.document, this.picture.broken.length > 0);
  }

  /** Takes a drag back as if it had never begun. */
  cancelDrag(): void {
    if (this.dragged === null) return;
    this.picture = this.dragged;
    this.dragged = null;
    this.refusal = null;
  }

  undo(): string | null {
    return this.restore(this.history.undo(), "before");
  }

  redo(): string | null {
    return this.restore(this.history.redo(), "after");
  }

  /** Saves at once; the answer is awaited by the caller for tests of the state afterwards. */
  save(): Promise<void> {
    return this.saving.flush(this.picture.document);
  }

  private restore(
    step: { before: Picture; after: Picture; sentence: () => string; of: string } | undefined,
    side: "before" | "after",
  ): string | null {
    if (step === undefined) return null;
    const selected = step.after.selected;
    this.refusal = null;
    this.picture = { ...step[side], selected };
    // The table of the handle that moved still holds; after any other change none does.
    if (selected !== null && step.of === `${selected.junction} ${selected.handle}`) {
      this.tables.keepOnly(selected.junction, selected.handle);
    } else this.tables.clear();
    this.saving.later(this.picture.document, this.picture.broken.length > 0);
    return step.sentence();
  }

  private record(
    before: Picture,
    after: Picture,
    of: Selection,
    handle: Handle,
    burst: boolean,
  ): void {
    const first = burst ? this.history.last : undefined;
    const same = first !== undefined && first.of === `${of.junction} ${of.handle}`;
    const from = same ? (this.handleIn(first.before, of)?.value ?? handle.value) : handle.value;
    const to = this.handleIn(after, of)?.value ?? handle.value;
    const sentence = (): string => stepSentence(of.junction, { ...handle, value: from }, to, false);
    this.history.add({ sentence, before, after, of: `${of.junction} ${of.handle}` }, burst);
  }

  private handleIn(picture: Picture, of: Selection): Handle | undefined {
    const plan = planOf(picture.document, of.junction);
    const junction = this.junctions.get(of.junction);
    if (plan === undefined || junction === undefined) return undefined;
    const handles = handlesOf(plan, junction, picture.zeros.get(of.junction) ?? null);
    const own = handles[0];
    if (own !== undefined && (of.handle === DOWNSTREAM || of.handle === TOGETHER)) {
      return { ...own, id: of.handle, kind: "together" };
    }
    return handles.find((each) => each.id === of.handle);
  }

  private show(after: Picture, of: Selection): void {
    this.picture = after;
    this.tables.keepOnly(of.junction, of.handle);
    if (this.dragged === null) this.saving.later(after.document, after.broken.length > 0);
  }

  private refuse(
    of: Selection,
    handle: Handle,
    second: number,
    candidate: MoveCandidate | undefined,
  ): void {
    const rules = candidate?.rules ?? [];
    const text = refusedText(of.junction, handle, second, candidate);
    this.refusal = { ...of, second, rules, text, findings: candidate?.findings ?? [] };
    this.notice = { text, wrong: true };
  }

  /** Changes the document if the service finds nothing against it. Says whether it did. */
  async change(wanted: Change): Promise<boolean> {
    if (wanted.burst === true && this.awaited) return false;
    while (this.judging !== null) await this.judging;
    const judged = this.judge(wanted);
    this.judging = judged;
    this.awaited = true;
    try {
      return await judged;
    } finally {
      this.judging = null;
      this.awaited = false;
    }
  }

  private async judge(wanted: Change): Promise<boolean> {
    const { junction, handle, sentence } = wanted;
    for (let turn = 0; turn < 3; turn++) {
      const before = this.picture;
      const document = wanted.make(before.document);
      if (document === null) return false;
      const of = { junction, handle };
      const judged = await judgedDraft(this.plan.network, document, of, sentence());
      const { told, rules } = judged;
      if (told !== null && (this.picture.document !== before.document || this.dragged !== null)) {
        continue;
      }
      if (told === null || (judged.refusal !== null && !this.allowIllegal)) {
        this.refusal = judged.refusal;
        this.notice = { text: judged.refusal?.text ?? "", wrong: true };
        return false;
      }
      this.refusal = null;
      this.findings = told.findings;
      this.diagram = told;
      const after: Picture = {
        document,
        lamps: lampsOf(junctionsOf(told)),
        zeros: zerosOf(told),
        delay: told.delay_s_per_vehicle,
        broken: rules.length > 0 ? [{ ...of, rules }] : [],
        selected: this.picture.selected,
      };
      const place = `${junction} ${handle}`;
      this.history.add({ sentence, before, after, of: place }, wanted.burst === true);
      this.picture = after;
      this.tables.clear();
      this.saving.later(document, after.broken.length > 0);
      this.notice = { text: sentence(), wrong: false };
      return true;
    }
    return false;
  }

  private cycleOf(junction: string): number {
    return planOf(this.picture.document, junction)?.cycle_s ?? this.cycle_s;
  }

  /** The service took the draft: its diagram replaces the page's where nothing moved since. */
  private async taken(answer: Plan, saved: PlanDocument): Promise<void> {
    // What was taken is not always what is shown by now: hands go on while a draft is saved.
    if (this.picture.document !== saved) return;
    this.findings = answer.findings ?? [];
    const hash = this.saving.hash;
    const diagram = await service.get<Diagram>(`/plans/${this.plan.id}/diagram`);
    if (this.picture.document !== saved || this.dragged !== null) return;
    if (this.saving.hash !== hash || this.saving.state !== "saved") return;
    this.saving.compare(diagram, this.bands);
    this.diagram = diagram;
    this.picture = {
      ...this.picture,
      lamps: lampsOf(junctionsOf(diagram)),
      zeros: zerosOf(diagram),
      delay: diagram.delay_s_per_vehicle ?? this.picture.delay,
    };
  }
}
