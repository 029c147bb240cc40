/** A drag of a handle in whole seconds. It begins after 4 px: a click moves nothing. */

export const THRESHOLD_PX = 4;

export interface Drag {
  /** Called once the threshold is passed. */
  readonly begin: () => void;
  /** Whole seconds from where the pointer went down. */
  readonly move: (by_s: number) => void;
  readonly end: (cancelled: boolean, begun: boolean) => void;
}

/** Follows the pointer until it goes up, is lost, or Escape is pressed. */
export function followDrag(event: PointerEvent, perSecond_px: number, drag: Drag): void {
  const target = event.currentTarget as Element;
  const from_px = event.clientX;
  const pointer = event.pointerId;
  let begun = false;
  let last_s = 0;
  target.setPointerCapture(pointer);

  const onMove = (next: Event): void => {
    const by_px = (next as PointerEvent).clientX - from_px;
    if (!begun && Math.abs(by_px) < THRESHOLD_PX) return;
    if (!begun) {
      begun = true;
      drag.begin();
    }
    const by_s = Math.round(by_px / perSecond_px);
    if (by_s === last_s) return;
    last_s = by_s;
    drag.move(by_s);
  };
  const finish = (cancelled: boolean): void => {
    target.removeEventListener("pointermove", onMove);
    target.removeEventListener("pointerup", onUp);
    target.removeEventListener("pointercancel", onCancel);
    removeEventListener("keydown", onKey, true);
    if (target.hasPointerCapture(pointer)) target.releasePointerCapture(pointer);
    drag.end(cancelled, begun);
  };
  const onUp = (): void => finish(false);
  const onCancel = (): void => finish(true);
  const onKey = (key: KeyboardEvent): void => {
    if (key.key !== "Escape") return;
    key.preventDefault();
    key.stopPropagation();
    finish(true);
  };
  target.addEventListener("pointermove", onMove);
  target.addEventListener("pointerup", onUp);
  target.addEventListener("pointercancel", onCancel);
  addEventListener("keydown", onKey, true);
}
