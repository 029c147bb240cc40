"""One group's green begun or ended earlier or later, everybody else's left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from signalctl.domain.aspect import GREENS, RESTS
from signalctl.domain.collapse import collapse_stages, collapse_windows
from signalctl.domain.errors import InputError, NotExpressible
from signalctl.domain.expand import expand
from signalctl.domain.junction import Junction
from signalctl.domain.plan import Form, StageSequence, TimingPlan
from signalctl.domain.program import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class GreenShift:
    """The green number `green` of a group gets `by_s` seconds more at its end or start.

    `green` counts from 1 by start second; None where the group has only one.
    """

    group_id: str
    by_s: int
    at_end: bool
    green: int | None = None


def shifted_greens(
    plan: TimingPlan, junction: Junction, shifts: Sequence[GreenShift]
) -> TimingPlan:
    """The plan with some greens longer or shorter, amber and red-amber moved along.

    The form stays stages, windows or lamps where it can say the result, and becomes
    green windows, then lamps, where it cannot. Raises InputError for a group without
    that green, NotExpressible where no rest is left to take seconds from.
    """
    program = expand(plan, junction)
    seconds = dict(program.seconds)
    for shift in shifts:
        junction.group(shift.group_id)
        start, end = _span(program, shift, junction)
        seconds[shift.group_id] = _moved(seconds[shift.group_id], shift, start, end, junction.id)
    return replace(plan, form=_form(Program.of(seconds), plan.form, junction))


def _span(program: Program, shift: GreenShift, junction: Junction) -> tuple[int, int]:
    spans = program.green_spans(shift.group_id)
    where = f"junction {junction.id}, group {shift.group_id}"
    told = ", ".join(f"{n} ({s}..{e} s)" for n, (s, e) in enumerate(spans, start=1)) or "none"
    if shift.green is None and len(spans) != 1:
        raise InputError(
            f"The group has {len(spans)} greens in a cycle.",
            where=where,
            remedy=f"Say which: `group {shift.group_id} green 1 +1 at its end`; there are {told}.",
        )
    number = 1 if shift.green is None else shift.green
    if not 1 <= number <= len(spans):
        raise InputError(
            f"The group has no green {number}.", where=where, remedy=f"Its greens are {told}."
        )
    start, end = spans[number - 1]
    if end - start >= program.cycle_s:
        raise InputError("The group is green all the time.", where=where)
    return start, end


def _moved(text: str, shift: GreenShift, start: int, end: int, junction_id: str) -> str:
    """The letters with one green's edge moved; the rest beyond it gives or takes the seconds."""
    cycle_s = len(text)
    where = f"junction {junction_id}, group {shift.group_id}"
    if end - start + shift.by_s < 1:
        raise NotExpressible(f"A green of {end - start} s would be gone.", where=where)
    turned = text[start:] + text[:start]  # the green begins at 0
    green, after = turned[: end - start], turned[end - start :]
    if not shift.at_end:
        green, after = green[::-1], after[::-1]  # seen from its end, a start is an end
    # A second more looks like the edge's own; the change of lamps moves along whole.
    longer = green + green[-1] * shift.by_s if shift.by_s > 0 else green[: shift.by_s]
    change = next((n for n, letter in enumerate(after) if letter in RESTS), len(after))
    rest = next((n for n in range(change, len(after)) if after[n] not in RESTS), len(after))
    if change + shift.by_s >= rest or any(letter in GREENS for letter in after[:change]):
        side = "after" if shift.at_end else "before"
        raise NotExpressible(
            f"There are {rest - change} s of red {side} the green, too few for {shift.by_s:+d} s.",
            where=where,
        )
    kept = rest - change - shift.by_s
    turned = longer + after[:change] + after[change] * kept + after[rest:]
    if not shift.at_end:
        # Back to front: the green's end stays where it was.
        turned = turned[: len(longer)][::-1] + turned[len(longer) :][::-1]
        start -= shift.by_s
    at = -start % cycle_s
    return turned[at:] + turned[:at]


def _form(program: Program, before: Form, junction: Junction) -> Form:
    if isinstance(before, Program):
        return program
    if isinstance(before, StageSequence):
        try:
            return collapse_stages(program, junction)
        except NotExpressible:
            pass
    try:
        return collapse_windows(program, junction)
    except NotExpressible:
        return program


def is_rewritten(before: Form, after: Form) -> bool:
    """Whether the form had to become another one to say the change."""
    return type(before) is not type(after) or (
        isinstance(before, StageSequence)
        and isinstance(after, StageSequence)
        and [stage.greens for stage in before.stages] != [stage.greens for stage in after.stages]
    )
