"""From a plan to its program: `expand`, and the same in system time: `timed`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from signalctl.domain.aspect import GREEN_ASPECT, Aspect, GreenKind
from signalctl.domain.errors import InputError, NotExpressible
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction, SignalGroup
from signalctl.domain.plan import (
    GreenWindows,
    Offset,
    ReferencePoint,
    StageSequence,
    TimingPlan,
)
from signalctl.domain.program import GreenWindow, Program
from signalctl.domain.ring_barrier import RingBarrier, ring_barrier_windows


def expand(plan: TimingPlan, junction: Junction) -> Program:
    """The program of a plan, second 0 being the plan's own zero.

    Raises InputError when the plan does not fit the junction or its own cycle,
    NotExpressible when greens leave no room for amber.
    """
    if plan.junction_id != junction.id:
        raise InputError(
            f"A plan for junction {plan.junction_id!r} cannot run at junction {junction.id!r}."
        )
    match plan.form:
        case Program() as program:
            if program.cycle_s != plan.cycle_s:
                raise InputError(
                    f"The program's cycle is {program.cycle_s} s, the plan's {plan.cycle_s} s.",
                    where=f"junction {junction.id}",
                )
            check_groups(program.group_ids, junction)
            return program
        case GreenWindows() as form:
            windows: Mapping[str, Sequence[GreenWindow]] = form.windows
        case StageSequence() as form:
            windows = stage_windows(form, plan.cycle_s, junction)
        case RingBarrier() as form:
            windows = ring_barrier_windows(form, plan.cycle_s, junction)
    check_groups(tuple(windows), junction, all_named=False)
    return Program(
        plan.cycle_s,
        FrozenMap(_letters(windows, plan.cycle_s, junction)),
    )


def zero_s(offset: Offset, program: Program) -> int:
    """System second, modulo the cycle, at which the program's second 0 happens.

    Raises InputError when the reference group has no single green to refer to.
    """
    if offset.point is ReferencePoint.CYCLE_START or offset.group is None:
        return offset.seconds % program.cycle_s
    if offset.group not in program.seconds:
        raise InputError(
            f"The offset refers to group {offset.group!r}, which the program does not have.",
            remedy=f"Known groups: {', '.join(program.group_ids)}.",
        )
    spans = program.green_spans(offset.group)
    if len(spans) != 1 or spans[0][1] - spans[0][0] >= program.cycle_s:
        raise InputError(
            f"Group {offset.group} has {len(spans)} greens, so its green cannot be the "
            "offset's reference point.",
            remedy="Refer the offset to cycle-start.",
        )
    start, end = spans[0]
    at = start if offset.point is ReferencePoint.GREEN_START else end
    return (offset.seconds - at) % program.cycle_s


def timed(plan: TimingPlan, junction: Junction) -> Program:
    """The plan's program in system time: second 0 is the system zero."""
    program = expand(plan, junction)
    return program.shifted(zero_s(plan.offset, program))


def stage_windows(
    form: StageSequence, cycle_s: int, junction: Junction
) -> dict[str, list[GreenWindow]]:
    """Green windows of every group named in a stage sequence.

    A gaining group waits for every conflicting group that has lost right of way,
    by the junction's intergreen matrix; a pair without intergreen waits 0 s.
    Raises InputError when splits do not sum to the cycle, a stage names an
    unknown group, or a gaining group would start after its green must end.
    """
    where = f"junction {junction.id}"
    stages = form.stages
    total = sum(stage.split_s for stage in stages)
    if not stages or total != cycle_s or any(stage.split_s < 1 for stage in stages):
        raise InputError(
            f"Stage splits {' + '.join(str(s.split_s) for s in stages)} sum to {total} s, "
            f"the cycle is {cycle_s} s.",
            where=where,
            remedy="Give every stage at least 1 s and make the sum the cycle.",
        )
    changes = [form.start_s % cycle_s]
    for stage in stages:
        changes.append(changes[-1] + stage.split_s)
    named = {group for stage in stages for group in stage.greens}
    windows: dict[str, list[GreenWindow]] = {}
    for group in (g for g in junction.group_ids if g in named):
        windows[group] = _group_windows(group, form, changes, cycle_s, junction)
    for group in sorted(named - set(windows)):
        junction.group(group)
    return windows


def _group_windows(
    group: str,
    form: StageSequence,
    changes: Sequence[int],
    cycle_s: int,
    junction: Junction,
) -> list[GreenWindow]:
    stages = form.stages
    n = len(stages)
    kinds = [stage.greens.get(group) for stage in stages]
    if all(kind is not None and kind == kinds[0] for kind in kinds):
        return [GreenWindow(0, cycle_s, kinds[0] or GreenKind.PROTECTED)]
    windows: list[GreenWindow] = []
    for k in range(n):
        kind = kinds[k]
        if kind is None or kinds[k - 1] == kind:
            continue
        last = k
        while kinds[(last + 1) % n] == kind:
            last += 1
        laps, stage = divmod(last + 1, n)
        end = changes[stage] + laps * cycle_s
        start = changes[k]
        if kinds[k - 1] is None:
            # A start so late that it falls into a following stage also waits for the groups
            # that lose right of way there.
            for entered in range(k, last + 1):
                laps, stage = divmod(entered, n)
                if start < changes[stage] + laps * cycle_s:
                    break
                start = max(start, earliest_start(group, entered, form, changes, cycle_s, junction))
        if start >= end:
            raise InputError(
                f"Stage {stages[k].id} leaves group {group} no green: it could start at second "
                f"{start % cycle_s} and must end at {end % cycle_s}.",
                where=f"junction {junction.id}",
                remedy="Lengthen the stage or take the group out of it.",
            )
        shift = start - start % cycle_s
        windows.append(GreenWindow(start - shift, end - shift, kind))
    return sorted(windows, key=lambda window: window.start_s)


def earliest_start(
    group: str,
    stage: int,
    form: StageSequence,
    changes: Sequence[int],
    cycle_s: int,
    junction: Junction,
) -> int:
    """First second at which `group` may start in stage number `stage`.

    The change itself, or later: every conflicting group that is not green in
    the stage has last lost right of way at some change, and its intergreen must
    have run off. Unwrapped like `changes` (s); never before the change. A stage
    number past the last one means the next cycle.
    """
    stages = form.stages
    n = len(stages)
    start = changes[stage % n] + stage // n * cycle_s
    for foe in junction.conflicts.foes(group):
        wait = junction.intergreens.get(foe, group)
        if wait is None or foe in stages[stage % n].greens:
            continue
        for back in range(1, n + 1):
            laps, before = divmod(stage - back, n)
            if foe in stages[before].greens:
                lost = changes[before + 1] + laps * cycle_s
                start = max(start, lost + wait)
                break
    return start


def _letters(
    windows: Mapping[str, Sequence[GreenWindow]], cycle_s: int, junction: Junction
) -> dict[str, str]:
    return {
        group.id: _group_letters(group, windows.get(group.id, ()), cycle_s, junction.id)
        for group in junction.groups
    }


def _group_letters(
    group: SignalGroup, windows: Sequence[GreenWindow], cycle_s: int, junction_id: str
) -> str:
    """One letter a second: greens as given, amber after, red-amber before, else rest."""
    letters = [group.rest.value] * cycle_s
    green = [False] * cycle_s
    where = f"junction {junction_id}, group {group.id}"
    for window in windows:
        if not (0 <= window.start_s < cycle_s and 0 < window.length_s <= cycle_s):
            raise InputError(
                f"Green from {window.start_s} to {window.end_s} s does not lie in a cycle of "
                f"{cycle_s} s.",
                where=where,
            )
        for second in range(window.start_s, window.end_s):
            at = second % cycle_s
            if green[at]:
                raise InputError(f"Two greens overlap in second {at}.", where=where)
            green[at] = True
            letters[at] = GREEN_ASPECT[window.kind].value
    for window in windows:
        if not green[window.end_s % cycle_s]:
            _paint(letters, green, window.end_s, group.amber_s, Aspect.AMBER, where)
        if not green[window.start_s - 1]:
            first = window.start_s - group.red_amber_s
            _paint(letters, green, first, group.red_amber_s, Aspect.RED_AMBER, where)
    return "".join(letters)


def _paint(
    letters: list[str], green: list[bool], start: int, length: int, aspect: Aspect, where: str
) -> None:
    cycle_s = len(letters)
    for second in range(start, start + length):
        at = second % cycle_s
        if green[at] or letters[at] in (Aspect.AMBER, Aspect.RED_AMBER):
            raise NotExpressible(
                f"There is no room for {length} s of {aspect.name.lower()} at second {at}.",
                where=where,
                remedy="Leave more red between the greens.",
            )
        letters[at] = aspect.value


def check_groups(named: Sequence[str], junction: Junction, *, all_named: bool = True) -> None:
    """Raises InputError for groups the junction has not, or says nothing of."""
    for group in named:
        junction.group(group)
    missing = set(junction.group_ids) - set(named)
    if all_named and missing:
        raise InputError(
            f"The program says nothing of groups {', '.join(sorted(missing))}.",
            where=f"junction {junction.id}",
        )
