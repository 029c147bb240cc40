"""The timing plan: the parameters a person edits, in one of four forms.

A plan says nothing twice: greens follow from its form, amber and red-amber from
the groups, waiting times between stages from the intergreen matrix. `expand`
unrolls it into a Program.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from signalctl.domain.aspect import GreenKind
from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.program import GreenWindow, Program
from signalctl.domain.ring_barrier import RingBarrier


class ReferencePoint(StrEnum):
    """The event of the cycle that an offset speaks of."""

    CYCLE_START = "cycle-start"
    GREEN_START = "green-start"
    GREEN_END = "green-end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """When the reference point happens: system seconds modulo the cycle.

    Positive offsets delay. System zero is simulation second 0 in SUMO and local
    midnight on the street. `group` names whose green, unless the point is the
    start of the cycle. (SUMO and NTCIP differ in sign and reference: their
    adapters convert, nobody else.)
    """

    seconds: int
    point: ReferencePoint = ReferencePoint.CYCLE_START
    group: str | None = None

    def __post_init__(self) -> None:
        if (self.group is None) != (self.point is ReferencePoint.CYCLE_START):
            raise InputError(
                f"Offset reference {self.point} and group {self.group!r} do not fit.",
                remedy="Name a group for green-start and green-end, none for cycle-start.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Groups that have right of way together, and for how long.

    `split_s` runs from this stage's change to the next one's; it contains the
    interstage that leads into the stage. `greens` says which groups are green
    and how; a stage without greens is an all-red.
    """

    id: str
    split_s: int
    greens: FrozenMap[str, GreenKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSequence:
    """Stages in order; the first one's change happens at second `start_s`.

    At a change the groups that lose right of way end green at once, and each
    group that gains it starts as soon as its intergreens from all conflicting
    groups have run off (UK: TAL 16/99; China: 相位阶段).
    """

    stages: tuple[Stage, ...]
    start_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GreenWindows:
    """Green windows of each group directly: expresses overlaps no stage list can."""

    windows: FrozenMap[str, tuple[GreenWindow, ...]]


Form: TypeAlias = StageSequence | RingBarrier | GreenWindows | Program
"""How a plan states its greens. A Program is taken letter by letter: the form for
shipped programs whose ambers follow no rule, which must still be coordinated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingPlan:
    """One junction's timing: cycle, offset and form.

    `name` is the program id it gets in SUMO and the label people see.
    """

    junction_id: str
    name: str
    cycle_s: int
    offset: Offset
    form: Form

    def __post_init__(self) -> None:
        if self.cycle_s < 1:
            raise InputError(
                f"A cycle of {self.cycle_s} s is not a cycle.",
                where=f"junction {self.junction_id}",
            )
