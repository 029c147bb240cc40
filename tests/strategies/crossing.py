"""One small crossing and its good plan, to be broken in one way by each test."""

from __future__ import annotations

from signalctl.domain.aspect import GreenKind
from signalctl.domain.finding import Finding
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import (
    ConflictMatrix,
    GroupKind,
    IntergreenMatrix,
    Junction,
    Movement,
    SignalGroup,
)
from signalctl.domain.plan import (
    Offset,
    Stage,
    StageSequence,
    TimingPlan,
)
from signalctl.domain.program import Program
from signalctl.rules.registry import profile
from signalctl.rules.validate import (
    validated,
)

P, Q = GreenKind.PROTECTED, GreenKind.PERMISSIVE


def vehicle(name: str, approach: str, movement: Movement, link: int) -> SignalGroup:
    """A vehicle group with a minimum green of 7 s."""
    return SignalGroup(
        id=name,
        kind=GroupKind.VEHICLE,
        approach=approach,
        movements=(movement,),
        links=(link,),
        min_green_s=7,
    )


def crossing() -> Junction:
    """East-west with a permissive left, north-south, people over the north arm."""
    groups = (
        vehicle("E", "east", Movement.THROUGH, 0),
        vehicle("W", "west", Movement.THROUGH, 1),
        vehicle("WL", "west", Movement.LEFT, 2),
        vehicle("N", "north", Movement.THROUGH, 3),
        SignalGroup(
            id="F",
            kind=GroupKind.PEDESTRIAN,
            approach="north",
            movements=(Movement.CROSSING,),
            links=(4,),
            amber_s=0,
            crossing_m=8.0,
        ),
    )
    hard = frozenset({("E", "N"), ("W", "N"), ("WL", "N"), ("F", "N")})
    matrix = dict.fromkeys(hard, 5) | {(b, a): 5 for a, b in hard}
    matrix |= {("F", "N"): 8, ("E", "WL"): 5, ("WL", "E"): 5}
    return Junction(
        id="J",
        groups=groups,
        conflicts=ConflictMatrix(hard=hard, yields=frozenset({("WL", "E")})),
        intergreens=IntergreenMatrix.of(matrix),
    )


def sequence(*stages: tuple[int, dict[str, GreenKind]]) -> StageSequence:
    """Stages 1, 2, ... from (split, greens)."""
    return StageSequence(
        stages=tuple(
            Stage(id=str(i), split_s=split, greens=FrozenMap(greens))
            for i, (split, greens) in enumerate(stages, start=1)
        )
    )


GOOD = sequence(
    (30, {"E": P, "W": P, "WL": Q, "F": P}), (5, {"E": P, "W": P, "WL": Q}), (25, {"N": P})
)


def plan_am(form: object = GOOD, cycle_s: int = 60, **offset: object) -> TimingPlan:
    """A plan of the crossing, the good one unless another form is given."""
    return TimingPlan(
        junction_id="J",
        name="am",
        cycle_s=cycle_s,
        offset=Offset(**({"seconds": 0} | offset)),  # type: ignore[arg-type]  # keywords of a test
        form=form,  # type: ignore[arg-type]  # any form
    )


def by_rule(findings: tuple[Finding, ...], rule_id: str) -> list[Finding]:
    """The findings of one rule."""
    return [finding for finding in findings if finding.rule == rule_id]


def lamps(junction: Junction, **changed: str) -> Program:
    """The good program with the letters of some groups changed."""
    base = validated(plan_am(), junction, profile("fhwa")).program
    return Program.of({**base.seconds, **changed})
