"""What a rule is: an id, an authority, and a pure function from a plan to remarks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from signalctl.domain.aspect import AMBERS, GREENS, UNSIGNALISED, Aspect
from signalctl.domain.finding import Finding, Severity
from signalctl.domain.junction import GroupKind, Junction, SignalGroup
from signalctl.domain.plan import TimingPlan
from signalctl.domain.program import Program
from signalctl.rules.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing a check saw; the rule that ran it adds id, severity and source.

    `source` is set where the number that was broken has its own authority.
    """

    message: str
    groups: tuple[str, ...] = ()
    second: int | None = None
    remedy: str = ""
    source: str = ""


@dataclass(frozen=True)
class PlanContext:
    """A plan as it is written, before it is unrolled."""

    junction: Junction
    limits: Limits
    plan: TimingPlan


@dataclass(frozen=True)
class Context:
    """A program at rest, the junction it is for, and the numbers that hold."""

    junction: Junction
    limits: Limits
    program: Program

    @cached_property
    def groups(self) -> tuple[SignalGroup, ...]:
        """The groups that are judged: used, and signalled at some second."""
        return tuple(
            group
            for group in self.junction.groups
            if group.kind is not GroupKind.UNUSED and not set(self.letters(group.id)) <= _UNLIT
        )

    def letters(self, group: str) -> str:
        """Aspect letters of a group, one a second."""
        return self.program.seconds[group]

    @cached_property
    def green(self) -> dict[str, tuple[bool, ...]]:
        """Whether each judged group is green in each second."""
        return {g.id: tuple(x in GREENS for x in self.letters(g.id)) for g in self.groups}

    @cached_property
    def protected(self) -> dict[str, tuple[bool, ...]]:
        """Whether each judged group is green without giving way in each second."""
        return {g.id: tuple(x == Aspect.PROTECTED for x in self.letters(g.id)) for g in self.groups}

    @cached_property
    def amber(self) -> dict[str, tuple[bool, ...]]:
        """Whether each judged group shows amber in each second."""
        return {g.id: tuple(x in AMBERS for x in self.letters(g.id)) for g in self.groups}


_UNLIT = frozenset(aspect.value for aspect in UNSIGNALISED)

ProgramCheck = Callable[[Context], Iterable[Remark]]
PlanCheck = Callable[[PlanContext], Iterable[Remark]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: what it is called, how it binds, on whose authority, and its check.

    `of_program` judges what lamps show, `of_plan` how the plan is written; a
    rule has one of them. `source` stands where a remark cites none of its own.
    `limits` names the fields of Limits the rule reads, for the documentation.
    """

    id: str
    title: str
    severity: Severity
    source: str
    of_program: ProgramCheck | None = None
    of_plan: PlanCheck | None = None
    limits: tuple[str, ...] = ()

    def finding(self, remark: Remark, junction_id: str, severity: Severity) -> Finding:
        """A remark of this rule as a finding."""
        return Finding(
            rule=self.id,
            severity=severity,
            junction_id=junction_id,
            groups=remark.groups,
            second=remark.second,
            message=remark.message,
            source=remark.source or self.source,
            remedy=remark.remedy,
        )


def stretches(flags: Sequence[bool]) -> list[tuple[int, int]]:
    """(start, length) of each stretch of true seconds on the cycle, by start.

    A stretch over second 0 is one stretch; true throughout is (0, cycle).
    """
    cycle_s = len(flags)
    starts = [t for t in range(cycle_s) if flags[t] and not flags[t - 1]]
    if not starts:
        return [(0, cycle_s)] if flags and flags[0] else []
    found = []
    for start in starts:
        length = 1
        while flags[(start + length) % cycle_s]:
            length += 1
        found.append((start, length))
    return found


def seconds_since(flags: Sequence[bool]) -> list[int | None]:
    """For each second, how many seconds ago (cyclically) the flag was last true.

    0 where it is true now, None throughout where it never is.
    """
    cycle_s = len(flags)
    if not any(flags):
        return [None] * cycle_s
    since: list[int | None] = [None] * cycle_s
    ago = next(back for back in range(cycle_s) if flags[-1 - back])
    for second in range(cycle_s):
        ago = 0 if flags[second] else ago + 1
        since[second] = ago
    return since
