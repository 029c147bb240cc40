"""From a program back to a plan's form: the inverse of `expand`.

A form that cannot say what the program shows raises NotExpressible with the
reason; nothing is approximated. Each result is checked by expanding it again.
"""

from __future__ import annotations

from signalctl.domain.aspect import AMBERS, GREEN_KIND, GREENS, Aspect, GreenKind
from signalctl.domain.errors import InputError, NotExpressible
from signalctl.domain.expand import check_groups, earliest_start, expand
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.domain.plan import (
    Form,
    GreenWindows,
    Offset,
    Stage,
    StageSequence,
    TimingPlan,
)
from signalctl.domain.program import GreenWindow, Program


def collapse(program: Program, junction: Junction) -> Form:
    """The most telling form of a program: stages, else windows, else itself."""
    for form in (collapse_stages, collapse_windows):
        try:
            return form(program, junction)
        except NotExpressible:
            continue
    return program


def collapse_windows(program: Program, junction: Junction) -> GreenWindows:
    """Green windows of a program.

    Raises NotExpressible when ambers or red-ambers differ from the groups' own,
    InputError when program and junction do not name the same groups.
    """
    check_groups(program.group_ids, junction)
    windows: dict[str, tuple[GreenWindow, ...]] = {}
    for group in junction.group_ids:
        greens = program.greens(group)
        if greens:
            windows[group] = greens
    form = GreenWindows(windows=FrozenMap(windows))
    _must_equal(form, program, junction)
    return form


def collapse_stages(program: Program, junction: Junction) -> StageSequence:
    """Stage sequence of a program, in its one canonical reading.

    A stage change is every second in which a green ends or changes kind, and
    every second in which a green starts that the intergreens do not explain as
    a late starter of the stage before. Stages are named 1, 2, ... from the
    first change at or after second 0.
    Raises NotExpressible when no stage sequence shows this program, InputError
    when program and junction do not name the same groups.
    """
    check_groups(program.group_ids, junction)
    c = program.cycle_s
    green = [_greens_at(program, second) for second in range(c)]
    moves = [t for t in range(c) if green[t] != green[t - 1]]
    where = f"junction {junction.id}"
    if not moves:
        stage = Stage(id="1", split_s=c, greens=FrozenMap(green[0]))
        form = StageSequence(stages=(stage,))
        _must_equal(form, program, junction)
        return form
    sure = [t for t in moves if any(green[t].get(g) != kind for g, kind in green[t - 1].items())]
    changes = sure or moves[:1]
    while True:
        form = _sequence(changes, green, c)
        missing = _unexplained_starts(form, changes, moves, green, c, junction)
        if not missing:
            break
        # All at once: one by one would depend on where second 0 lies.
        changes = sorted({*changes, *missing})
    try:
        _must_equal(form, program, junction)
    except InputError as error:
        raise NotExpressible(
            f"The program is no stage sequence under this intergreen matrix: {error.message}",
            where=where,
        ) from error
    return form


def _greens_at(program: Program, second: int) -> dict[str, GreenKind]:
    return {
        group: GREEN_KIND[Aspect(text[second])]
        for group, text in program.seconds.items()
        if text[second] in GREENS
    }


def _sequence(changes: list[int], green: list[dict[str, GreenKind]], cycle_s: int) -> StageSequence:
    """Stages between the given changes; each has the greens of its last second."""
    stages = []
    for number, change in enumerate(changes):
        end = changes[(number + 1) % len(changes)]
        stages.append(
            Stage(
                id=str(number + 1),
                split_s=(end - change - 1) % cycle_s + 1,
                greens=FrozenMap(green[end - 1]),
            )
        )
    return StageSequence(stages=tuple(stages), start_s=changes[0])


def _unexplained_starts(
    form: StageSequence,
    changes: list[int],
    moves: list[int],
    green: list[dict[str, GreenKind]],
    cycle_s: int,
    junction: Junction,
) -> set[int]:
    """Seconds in which a green starts at another time than its stage would start it."""
    found = set()
    unwrapped = [*changes, changes[0] + cycle_s]
    for second in moves:
        if second in changes:
            continue
        stage = max((k for k, t in enumerate(changes) if t <= second), default=len(changes) - 1)
        for group in sorted(set(green[second]) - set(green[second - 1])):
            start = earliest_start(group, stage, form, unwrapped, cycle_s, junction)
            # A group of the stage before would not end at the change, so it cannot start late.
            if group in form.stages[stage - 1].greens or start % cycle_s != second:
                found.add(second)
    return found


def _must_equal(form: GreenWindows | StageSequence, program: Program, junction: Junction) -> None:
    """Raises NotExpressible, naming group and second, unless form shows program."""
    plan = TimingPlan(
        junction_id=junction.id,
        name="check",
        cycle_s=program.cycle_s,
        offset=Offset(seconds=0),
        form=form,
    )
    again = expand(plan, junction)
    for group in junction.group_ids:
        if program.seconds[group] == again.seconds[group]:
            continue
        for second in range(program.cycle_s):
            want, have = program.aspect(group, second), again.aspect(group, second)
            if want is not have:
                unusual = "an unusual amber" if {want, have} & AMBERS else "another aspect"
                raise NotExpressible(
                    f"In second {second} the program shows {want.name.lower()} where the form "
                    f"shows {have.name.lower()}: {unusual} than the group's own.",
                    where=f"junction {junction.id}, group {group}",
                )
