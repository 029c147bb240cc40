"""What of a plan's form a hand may take hold of, and the plans that moving it gives.

Handles by form, names as the service speaks of them:

- stages: `stage:A|B`, the change from stage A to stage B that follows it;
- rings: `phase:2|3`, where phase 3 follows phase 2 in a ring of one section;
  `barrier:1`, the end of section 1 for all rings;
- green windows: `start:1|G2`, `end:1|G2`, `green:1|G2`: the first window of group G2 as the
  plan lists them, its one end, its other end, or all of it.

Each move changes what it names and keeps the cycle, the offset and everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from signalctl.domain.errors import InputError, NotExpressible
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.plan import GreenWindows, StageSequence, TimingPlan
from signalctl.domain.program import GreenWindow
from signalctl.domain.ring_barrier import Phase, RingBarrier, Section, phase_starts

STAGE: Final = "stage"
PHASE: Final = "phase"
BARRIER: Final = "barrier"
START: Final = "start"
END: Final = "end"
GREEN: Final = "green"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The plan with a handle at another place.

    `own_s` is the handle's second in the plan's own time, `value` what is counted along
    it: the split before the boundary, the length of the section before the barrier, or
    the second of a window's end (its start, for the whole window), not wrapped. `written`
    is what changes in the plan document.
    """

    own_s: int
    value: int
    plan: TimingPlan
    written: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """Every place of a handle, in order of value, and the value it has now."""

    now: int
    moves: tuple[Move, ...]


def moves_of_form(plan: TimingPlan, handle: str) -> Moves:
    """Where a handle of the plan's form may go.

    Places leave every stage, phase and window at least one second; what the rules say of
    them is not asked here. Raises InputError for a handle the plan has not, NotExpressible
    for one of another form than the plan's.
    """
    kind, _, names = handle.partition(":")
    found = _KINDS.get(kind)
    if found is None:
        raise InputError(
            f"There is no handle {handle!r}.",
            remedy="Ask for offset, stage:A|B, phase:1|2, barrier:1, start:1|G, end:1|G or "
            "green:1|G.",
        )
    form, word, make = found
    if not isinstance(plan.form, form):
        raise NotExpressible(
            f"The plan of this junction has no {word} that could be moved.",
            where=f"junction {plan.junction_id}",
            remedy="Move its offset, or state the plan in another form.",
        )
    moves = tuple(make(plan, names))
    return Moves(now=moves[0].value, moves=tuple(sorted(moves, key=lambda each: each.value)))


def stage_starts(form: StageSequence) -> dict[str, int]:
    """Second of each stage's change in the plan's own time, not wrapped."""
    at, found = form.start_s, {}
    for stage in form.stages:
        found[stage.id] = at
        at += stage.split_s
    return found


def _stage(plan: TimingPlan, names: str) -> Iterator[Move]:
    form = plan.form
    assert isinstance(form, StageSequence)
    ids = [stage.id for stage in form.stages]
    before, after = _pair(names, ids, f"junction {plan.junction_id}")
    place, n = ids.index(before), len(ids)
    following = (place + 1) % n
    if ids[following] != after or n < 2:
        raise InputError(
            f"No boundary leads from stage {before!r} to stage {after!r}.",
            where=f"junction {plan.junction_id}",
            remedy=f"The stages are {', '.join(ids)}, in this order.",
        )
    first, second = form.stages[place], form.stages[following]
    own_s = stage_starts(form)[before] + first.split_s
    for later_s in _from_here(1 - first.split_s, second.split_s - 1):
        stages = list(form.stages)
        stages[place] = replace(first, split_s=first.split_s + later_s)
        stages[following] = replace(second, split_s=second.split_s - later_s)
        # The sequence starts with its first stage: its own boundary takes the start along.
        start_s = (form.start_s + (later_s if following == 0 else 0)) % plan.cycle_s
        moved = replace(form, stages=tuple(stages), start_s=start_s)
        splits = {each.id: each.split_s for each in (stages[place], stages[following])}
        yield Move(
            own_s=own_s + later_s,
            value=first.split_s + later_s,
            plan=replace(plan, form=moved),
            written={"splits_s": splits, "start_s": start_s},
        )


def _phase(plan: TimingPlan, names: str) -> Iterator[Move]:
    form = plan.form
    assert isinstance(form, RingBarrier)
    where = f"junction {plan.junction_id}"
    before, after = _pair(names, [str(phase.number) for phase in form.phases], where)
    starts = phase_starts(form)
    for number, section in enumerate(form.sections):
        for ring in section:
            numbers = [str(phase.number) for phase in ring]
            if before not in numbers[:-1] or numbers[numbers.index(before) + 1] != after:
                continue
            first, second = ring[numbers.index(before)], ring[numbers.index(before) + 1]
            own_s = starts[second.number]
            for later_s in _from_here(1 - first.split_s, second.split_s - 1):
                changed = {
                    first.number: first.split_s + later_s,
                    second.number: second.split_s - later_s,
                }
                sections = list(form.sections)
                sections[number] = _with_splits(section, changed)
                yield Move(
                    own_s=own_s + later_s,
                    value=first.split_s + later_s,
                    plan=replace(plan, form=replace(form, sections=tuple(sections))),
                    written=_splits(changed, form.start_s),
                )
            return
    raise InputError(
        f"Phase {after} does not follow phase {before} in a ring before the next barrier.",
        where=where,
        remedy=f"The rings are {_rings_in_words(form)}; move a barrier with barrier:1.",
    )


def _barrier(plan: TimingPlan, names: str) -> Iterator[Move]:
    form = plan.form
    assert isinstance(form, RingBarrier)
    count = len(form.sections)
    if names not in {str(number + 1) for number in range(count)} or count < 2:
        raise InputError(
            f"There is no barrier {names!r} between two sections.",
            where=f"junction {plan.junction_id}",
            remedy=f"The rings are {_rings_in_words(form)}; the end of the first section is "
            "barrier:1.",
        )
    place = int(names) - 1
    following = (place + 1) % count
    sums = form.ring_sums_s()
    phase_starts(form)
    own_s = form.start_s + sum(own[0] for own in sums[: place + 1])
    last = [ring[-1] for ring in form.sections[place]]
    first = [ring[0] for ring in form.sections[following]]
    least, most = 1 - min(p.split_s for p in last), min(p.split_s for p in first) - 1
    for later_s in _from_here(least, most):
        changed = {
            **{phase.number: phase.split_s + later_s for phase in last},
            **{phase.number: phase.split_s - later_s for phase in first},
        }
        start_s = (form.start_s + (later_s if following == 0 else 0)) % plan.cycle_s
        sections = tuple(_with_splits(section, changed) for section in form.sections)
        yield Move(
            own_s=own_s + later_s,
            value=sums[place][0] + later_s,
            plan=replace(plan, form=RingBarrier(sections=sections, start_s=start_s)),
            written=_splits(changed, start_s),
        )


def _window(plan: TimingPlan, names: str, part: str) -> Iterator[Move]:
    form = plan.form
    assert isinstance(form, GreenWindows)
    cycle_s = plan.cycle_s
    number, _, group = names.partition("|")
    windows = form.windows.get(group, ())
    if number not in {str(each + 1) for each in range(len(windows))}:
        raise InputError(
            f"There is no window {number!r} of group {group!r}.",
            where=f"junction {plan.junction_id}",
            remedy=f"Groups with windows: {', '.join(form.windows)}; the first is 1.",
        )
    place = int(number) - 1
    own = windows[place]
    # Seconds of red before and after it: up to the other windows of its group.
    others = [each for each in windows if each is not own]
    free_s = cycle_s - own.length_s
    before_s = min([(own.start_s - each.end_s) % cycle_s for each in others], default=free_s)
    after_s = min([(each.start_s - own.end_s) % cycle_s for each in others], default=free_s)
    shorter_s = own.length_s - 1
    if part == START:
        least, most, value = -before_s, shorter_s, own.start_s
    elif part == END:
        least, most, value = -shorter_s, after_s, own.end_s
    elif others:
        least, most, value = -before_s, after_s, own.start_s
    else:
        least, most, value = -own.start_s, cycle_s - 1 - own.start_s, own.start_s
    for later_s in _from_here(least, most):
        start_s = own.start_s + (0 if part == END else later_s)
        end_s = own.end_s + (0 if part == START else later_s)
        shift = start_s - start_s % cycle_s
        moved = GreenWindow(start_s - shift, end_s - shift, own.kind)
        changed = (*windows[:place], moved, *windows[place + 1 :])
        yield Move(
            own_s=value + later_s,
            value=value + later_s,
            plan=replace(
                plan, form=GreenWindows(windows=FrozenMap({**form.windows, group: changed}))
            ),
            written={"window_s": [moved.start_s, moved.end_s]},
        )


def _from_here(least: int, most: int) -> Iterator[int]:
    """0, which is where the handle lies, then every other step."""
    yield 0
    yield from (step for step in range(least, most + 1) if step)


def _pair(names: str, known: list[str], where: str) -> tuple[str, str]:
    """`A|B` as its two names, also where a name has a bar in it."""
    for at in (i for i, letter in enumerate(names) if letter == "|"):
        if names[:at] in known and names[at + 1 :] in known:
            return names[:at], names[at + 1 :]
    raise InputError(
        f"{names!r} does not name two that follow each other.",
        where=where,
        remedy=f"Write A|B, of {', '.join(known)}.",
    )


def _with_splits(section: Section, splits_s: dict[int, int]) -> Section:
    def changed(phase: Phase) -> Phase:
        return replace(phase, split_s=splits_s.get(phase.number, phase.split_s))

    return tuple(tuple(changed(phase) for phase in ring) for ring in section)


def _splits(splits_s: dict[int, int], start_s: int) -> dict[str, Any]:
    return {"splits_s": {str(n): s for n, s in splits_s.items()}, "start_s": start_s}


def _rings_in_words(form: RingBarrier) -> str:
    """`1 2 and 5 6 | 3 4 and 7 8`: rings of a section joined by and, barriers as |."""
    return " | ".join(
        " and ".join(" ".join(str(phase.number) for phase in ring) for ring in section)
        for section in form.sections
    )


_Make = Callable[[TimingPlan, str], Iterator[Move]]

_KINDS: Final[dict[str, tuple[type, str, _Make]]] = {
    STAGE: (StageSequence, "stages", _stage),
    PHASE: (RingBarrier, "phases in rings", _phase),
    BARRIER: (RingBarrier, "barriers", _barrier),
    START: (GreenWindows, "green windows", lambda plan, names: _window(plan, names, START)),
    END: (GreenWindows, "green windows", lambda plan, names: _window(plan, names, END)),
    GREEN: (GreenWindows, "green windows", lambda plan, names: _window(plan, names, GREEN)),
}
