/** Keys of a handle of the time-space diagram. */

import { nameOf, singleLetters } from "../frame/keys.svelte";
import { tell } from "../frame/status.svelte";
import { say } from "../words/words.svelte";
import { bestSecond } from "./best";
import { DOWNSTREAM, TOGETHER, type Handle, type HandleId } from "../timing/edits";
import type { Editor, Selection } from "./editor.svelte";
import { handleName } from "./sentences";

const STEPS: Readonly<Record<string, number>> = {
  arrowleft: -1,
  arrowright: 1,
  "shift+arrowleft": -5,
  "shift+arrowright": 5,
  pagedown: -10,
  pageup: 10,
};

/** Acts on a key; `order` are the rows from the lowest to the highest. */
export function handleKey(
  event: KeyboardEvent,
  editor: Editor,
  of: Selection,
  order: readonly string[],
  why: string,
  choose: (next: Selection) => void,
): void {
  if (event.isComposing) return;
  const name = nameOf(event);
  const step = STEPS[name];
  if (step !== undefined) {
    event.preventDefault();
    if (why !== "") tell(why, true);
    else editor.moveBy(of, step, event.repeat);
    return;
  }
  const at = order.indexOf(of.junction);
  if (name === "arrowup" || name === "arrowdown") {
    event.preventDefault();
    const next = order[at + (name === "arrowup" ? 1 : -1)];
    if (next !== undefined) choose({ junction: next, handle: linkOf(of.handle) });
    return;
  }
  if (name === "[" || name === "]") {
    event.preventDefault();
    const handles = [...editor.handles(of.junction)].sort((a, b) => a.second - b.second);
    const own = handles.findIndex((each) => each.id === of.handle);
    const next = handles[(own + (name === "]" ? 1 : -1) + handles.length) % handles.length];
    if (next !== undefined) choose({ junction: of.junction, handle: next.id });
    return;
  }
  if (name === "l" && singleLetters()) {
    event.preventDefault();
    event.stopPropagation();
    const next = linkedNext(editor, of);
    if (next === null) return;
    choose({ junction: of.junction, handle: next.id });
    tell(say("ts.linked", { junction: of.junction, handle: handleName(next) }));
    return;
  }
  if (name === "home" || name === "end") {
    event.preventDefault();
    toEnd(editor, of, name === "end", why);
    return;
  }
  if (name === "b" && singleLetters()) {
    event.preventDefault();
    event.stopPropagation();
    if (why !== "") tell(why, true);
    else toBest(editor, of);
  }
}

/** Alone, with all after it, with the whole corridor, and alone again. */
function linkedNext(editor: Editor, of: Selection): Handle | null {
  const along = [...editor.handles(of.junction).slice(0, 1), ...editor.together(of.junction)];
  const at = along.findIndex((each) => each.id === of.handle);
  return along[(at + 1) % along.length] ?? null;
}

/** How an offset moves, kept from junction to junction; of any other handle, alone. */
export function linkOf(handle: HandleId | undefined): HandleId {
  return handle === DOWNSTREAM || handle === TOGETHER ? handle : "offset";
}

function toEnd(editor: Editor, of: Selection, last: boolean, why: string): void {
  if (why !== "") {
    tell(why, true);
    return;
  }
  const legal = (editor.table(of)?.candidates ?? []).filter((each) => each.ok);
  const end = legal[last ? legal.length - 1 : 0];
  if (end === undefined) void editor.prepare(of);
  else editor.moveTo(of, end.second, false);
}

/** Moves to the legal second with the widest bands. */
export function toBest(editor: Editor, of: Selection): void {
  const table = editor.table(of);
  if (table === null) {
    void editor.prepare(of);
    return;
  }
  const best = bestSecond(table.candidates, editor.handle(of)?.value ?? -1);
  if (best === null) tell(say("ts.nobest"));
  else editor.moveTo(of, best, false);
}
