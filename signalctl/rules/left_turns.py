"""The yellow trap: a permissive turn sees amber while oncoming traffic keeps its green.

A driver waiting in the junction to turn through gaps takes his amber for
everybody's, believes that oncoming traffic is stopping, and turns in front of
it. It appears when a permissive turn ends before the opposing through does,
typically with a lagging protected turn on the other side.
Source: FHWA Signal Timing Manual 2nd ed., left-turn phasing; MUTCD 2009, 4D.05 and 4D.20.
"""

from __future__ import annotations

from collections.abc import Iterator

from signalctl.domain.aspect import GREENS, Aspect
from signalctl.domain.junction import Conflict, Movement, SignalGroup
from signalctl.rules.rule import Context, Remark

_TURNS = frozenset({Movement.LEFT, Movement.RIGHT, Movement.U_TURN})


def yellow_trap(context: Context) -> Iterator[Remark]:
    """A permissive turn that loses green while the through it yields to keeps its own."""
    cycle_s = context.program.cycle_s
    for turn in context.groups:
        letters = context.letters(turn.id)
        ends = [
            second
            for second in range(cycle_s)
            if letters[second - 1] == Aspect.PERMISSIVE and letters[second] not in GREENS
        ]
        if not ends or not _TURNS & set(turn.movements):
            continue
        for through in context.groups:
            if not _opposes(through, turn, context):
                continue
            green = context.green[through.id]
            for second in ends:
                if green[second] and green[second - 1]:
                    still_s = next(
                        (k for k in range(cycle_s) if not green[(second + k) % cycle_s]), cycle_s
                    )
                    yield Remark(
                        message=(
                            f"Yellow trap: group {turn.id} loses its permissive green in second "
                            f"{second} while {through.id}, to which it yields, stays green for "
                            f"{still_s} s more{_lagging(through, second, still_s, context)}."
                        ),
                        groups=(turn.id, through.id),
                        second=second,
                        remedy=(
                            f"End both greens together, let the turn of {turn.id} lag as well, or "
                            "protect it."
                        ),
                    )


def _lagging(through: SignalGroup, second: int, still_s: int, context: Context) -> str:
    """Names the turns beside the through movement that lag it there under protection."""
    lagging = [
        group.id
        for group in context.groups
        if group.approach == through.approach
        and _TURNS & set(group.movements)
        and group.id != through.id
        and any(
            context.protected[group.id][(second + k) % context.program.cycle_s]
            for k in range(still_s + 1)
        )
    ]
    return f", because {' and '.join(lagging)} lags beside it" if lagging else ""


def _opposes(through: SignalGroup, turn: SignalGroup, context: Context) -> bool:
    """Whether `through` is oncoming traffic that `turn` crosses through gaps.

    Oncoming is another approach's through movement that does not exclude the
    turning approach's own through movement; so it holds in left-hand traffic too.
    """
    conflicts = context.junction.conflicts
    if (
        Movement.THROUGH not in through.movements
        or through.approach == turn.approach
        or not conflicts.gives_way(turn.id, through.id)
    ):
        return False
    own = [
        group.id
        for group in context.groups
        if group.approach == turn.approach and Movement.THROUGH in group.movements
    ]
    if not own:
        return bool({Movement.LEFT, Movement.U_TURN} & set(turn.movements))
    return any(conflicts.between(group, through.id) is not Conflict.HARD for group in own)
