"""What a shipped program shows on each link in each second, or why that cannot be said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from signalctl.domain.aspect import Aspect
from signalctl.networks.program_reader import RawProgram, Step

LETTERS: Final = frozenset(aspect.value for aspect in Aspect)
MAX_CYCLE_S: Final = 172_800
"""Two days, which SUMO's own railway demonstration uses for signals set by hand; a
longer cycle is a mistake, and unrolling it would only cost memory."""

MAX_CELLS: Final = 20_000_000
"""Letters of one program, links times seconds: 25 times the largest program at hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkProgram:
    """A shipped program by link index: one letter a second, or None and the reason.

    `links[i]` is the string of link index i, `cycle_s` letters long. `reason`
    says in plain sentences what was not read; it may stand beside a program.
    `offset_s` is None when the offset is no fixed whole second.
    """

    cycle_s: int | None
    offset_s: int | None
    links: tuple[str, ...] | None
    reason: str


def unroll(raw: RawProgram, n_links: int) -> LinkProgram:
    """The letters of every link in every second of the cycle.

    Second p of the program is shown at simulation second t with
    p = (t - offset) mod cycle (SUMO user documentation, "Traffic Lights", offset;
    held by the law-1 tests). `n_links` is how many link indices the roads use.
    """
    offset_s, offset_reason = _offset(raw)
    kind = raw.type.lower()
    refusal = _refusal(raw, kind, n_links)
    if refusal:
        return _unread(offset_s, refusal, offset_reason)
    order, jump_reason = _order(raw.steps)
    if order is None:
        return _unread(offset_s, jump_reason, offset_reason)
    total_ms = sum(_ms(step) for step in order)
    if total_ms % 1000:
        return _unread(
            offset_s, f"Its cycle of {total_ms / 1000:g} s is no whole second.", offset_reason
        )
    if total_ms > MAX_CYCLE_S * 1000:
        return _unread(offset_s, f"Its cycle of {total_ms / 1000:g} s is longer than two days.", "")
    if total_ms // 1000 * len(raw.steps[0].state) > MAX_CELLS:
        return _unread(offset_s, "It has too many links and seconds to be unrolled.")
    states, second_reason = _states(order)
    if states is None:
        return _unread(offset_s, second_reason, offset_reason)
    width = min(len(state) for state in states)
    if list(raw.steps) != order and offset_s is not None:
        # SUMO finds the step of the begin in the written order, whatever the jumps say.
        offset_s = None
        offset_reason = "With its jumps, where it stands depends on the simulation's begin."
    reasons = [_actuation(raw, kind), jump_reason, offset_reason]
    return LinkProgram(
        cycle_s=len(states),
        offset_s=offset_s,
        links=tuple("".join(column) for column in zip(*(s[:width] for s in states), strict=True)),
        reason=" ".join(reason for reason in reasons if reason),
    )


def _unread(offset_s: int | None, *reasons: str) -> LinkProgram:
    return LinkProgram(
        cycle_s=None,
        offset_s=offset_s,
        links=None,
        reason=" ".join(reason for reason in reasons if reason),
    )


def _offset(raw: RawProgram) -> tuple[int | None, str]:
    if isinstance(raw.offset_s, str):
        return None, "Its offset counts from the begin of the simulation, which no plan knows."
    if raw.offset_s != int(raw.offset_s):
        return None, f"Its offset of {raw.offset_s:g} s is no whole second."
    return int(raw.offset_s), ""


def _refusal(raw: RawProgram, kind: str, n_links: int) -> str:
    """Why the steps cannot be read as a fixed sequence at all; empty when they can."""
    if not raw.steps:
        return "It has no steps."
    if kind == "nema":
        return (
            "A NEMA program has no fixed order of seconds; read are its phases' states and "
            f"{_nema(raw)}; not read are its detectors and timers."
        )
    widths = {len(step.state) for step in raw.steps}
    if len(widths) > 1:
        return f"Its states have different lengths: {', '.join(map(str, sorted(widths)))}."
    if min(widths) < n_links:
        return f"Its states have {min(widths)} letters for {n_links} links; SUMO refuses it."
    unknown = sorted({letter for step in raw.steps for letter in step.state} - LETTERS)
    if unknown:
        return f"Its states hold unknown letters: {' '.join(unknown)}."
    if any(_ms(step) < 1 for step in raw.steps):
        return "It has a step of 0 s; SUMO refuses it."
    return ""


def _actuation(raw: RawProgram, kind: str) -> str:
    """What of a traffic-dependent program is not in the fixed one; empty for static."""
    if kind == "static":
        return ""
    spans = [
        f"{number}: {'?' if step.min_s is None else f'{step.min_s:g}'}-"
        f"{'?' if step.max_s is None else f'{step.max_s:g}'} s"
        for number, step in enumerate(raw.steps)
        if step.min_s is not None or step.max_s is not None
    ]
    ranges = f" Steps that vary: {', '.join(spans)}." if spans else ""
    return (
        f"The program is {raw.type}: read are its states in their order with the written "
        f"durations, as a fixed program; detectors and conditions are not read.{ranges}"
    )


def _nema(raw: RawProgram) -> str:
    named = [
        f"{key} {raw.params[key]}"
        for key in ("ring1", "ring2", "barrierPhases", "barrier2Phases", "coordinatePhases")
        if key in raw.params
    ]
    return f"its rings and barriers ({'; '.join(named)})" if named else "no rings (none are named)"


def _order(steps: tuple[Step, ...]) -> tuple[list[Step] | None, str]:
    """Steps in the order they run, jumps followed; None and why when that is open."""
    if any(len(step.next) > 1 for step in steps):
        return None, "A step names several next steps; which one follows depends on traffic."
    if any(not 0 <= index < len(steps) for step in steps for index in step.next):
        return None, "A step's next step does not exist."
    order: list[int] = []
    at = 0
    while at not in order:
        order.append(at)
        at = steps[at].next[0] if steps[at].next else (at + 1) % len(steps)
    if at != 0:
        return None, f"Its jumps never return to step 0 but to step {at}."
    skipped = sorted(set(range(len(steps))) - set(order))
    reason = f"Steps never reached: {', '.join(map(str, skipped))}." if skipped else ""
    return [steps[index] for index in order], reason


def _states(order: list[Step]) -> tuple[list[str] | None, str]:
    """The state of each second; None and why when one changes within a second."""
    states: list[str] = []
    end_ms = 0
    for step in order:
        end_ms += _ms(step)
        if len(states) * 1000 > end_ms - _ms(step) and states[-1] != step.state:
            at = (end_ms - _ms(step)) / 1000
            return None, f"Its state changes within a second, at {at:g} s."
        states.extend([step.state] * (-(-end_ms // 1000) - len(states)))
    return states, ""


def _ms(step: Step) -> int:
    """SUMO's time has milliseconds."""
    return round(step.duration_s * 1000)
