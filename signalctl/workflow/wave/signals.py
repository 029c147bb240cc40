"""A corridor's junctions as the band engine sees them, at any cycle.

For each cycle every junction offers *candidates*: its program with the splits of
that cycle, in each stage sequence that was asked for. A candidate that turns out
to break a safety rule is forbidden and the wave is sought again without it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from signalctl.domain.band import intersect_arcs
from signalctl.domain.collapse import collapse
from signalctl.domain.corridor import Corridor, Progression
from signalctl.domain.errors import SolveError
from signalctl.domain.finding import Severity
from signalctl.domain.junction import Junction
from signalctl.domain.plan import Offset, TimingPlan
from signalctl.domain.program import Program
from signalctl.optimiser.arterial import (
    ArterialLink,
    ArterialProblem,
    ArterialSignal,
    Candidate,
    TravelTime,
    Windows,
)
from signalctl.optimiser.retime import under_rules
from signalctl.optimiser.splits import GroupDelay, Worksheet, timed_program, worksheet
from signalctl.rules.registry import Profile
from signalctl.rules.validate import validate

PLAN_NAME = "greenwave"
"""Program id of our plans in SUMO."""

UNSAFE_AT_MOST = 3
"""A stage sequence is given up for good when it broke rules at so many cycles."""

SLOWEST_SHARE = 0.9
"""Without a given speed each link may be driven at 90 to 100 % of its limit: a platoon
moves a little below it, and the freedom widens the bands."""

SpeedRange = tuple[float, float]
"""Slowest and fastest progression speed, m/s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalFlows:
    """Demand at one junction: flow ratio and volume of each group that has any."""

    ratios: Mapping[str, float]
    volumes_vph: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedCandidate:
    """A junction's program at a cycle in one stage sequence, and what it leaves its groups."""

    label: str
    program: Program
    groups: Mapping[str, GroupDelay]

    @property
    def saturation(self) -> float:
        """The largest degree of saturation; 0 without demand."""
        return max((group.saturation for group in self.groups.values()), default=0.0)


class WaveSignal:
    """One junction of the corridor: its base programs and what they become at a cycle."""

    def __init__(
        self,
        junction: Junction,
        corridor: Corridor,
        bases: Sequence[tuple[str, Program]],
        flows: SignalFlows | None,
        profile: Profile | None,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.junction = junction
        self.notes = notes
        # Splits keep the minimums of the rules that will judge them.
        self._demanding = junction if profile is None else under_rules(junction, profile)
        self._bases = bases
        self._flows = flows
        self._profile = profile
        self._lines = {
            direction: [
                (line.group_id, travel_s)
                for line, travel_s in zip(
                    progression.stop_lines, progression.travel_times_s, strict=True
                )
                if line.junction_id == junction.id
            ]
            for direction, progression in corridor.directions.items()
        }
        self._timed: dict[int, tuple[TimedCandidate, ...]] = {}
        self._forbidden: set[tuple[int, str]] = set()
        self._unsafe: Counter[str] = Counter()
        self.refusals: dict[int, str] = {}

    def timed(self, cycle_s: int) -> tuple[TimedCandidate, ...]:
        """Candidates at a cycle, forbidden ones included; none when it is too short."""
        if cycle_s not in self._timed:
            self._timed[cycle_s] = tuple(self._make(cycle_s))
        return self._timed[cycle_s]

    def _make(self, cycle_s: int) -> list[TimedCandidate]:
        found: list[TimedCandidate] = []
        for label, base in self._bases:
            try:
                timed = timed_program(
                    base,
                    self._demanding,
                    cycle_s,
                    self._flows.ratios if self._flows else None,
                    volumes_vph=self._flows.volumes_vph if self._flows else None,
                )
            except SolveError as error:
                self.refusals[cycle_s] = str(error)
                continue
            if timed.program not in [other.program for other in found]:
                found.append(
                    TimedCandidate(label=label, program=timed.program, groups=timed.groups)
                )
        return found

    def allows(self, cycle_s: int, candidate: TimedCandidate) -> bool:
        """Whether the candidate has not been found unsafe."""
        return (cycle_s, candidate.label) not in self._forbidden and (
            self._unsafe[candidate.label] < UNSAFE_AT_MOST
        )

    def offers(self, cycle_s: int) -> tuple[TimedCandidate, ...]:
        """Candidates at a cycle that have not been found unsafe."""
        return tuple(c for c in self.timed(cycle_s) if self.allows(cycle_s, c))

    def forbid_if_unsafe(self, cycle_s: int, candidate: TimedCandidate) -> bool:
        """Judge a candidate by the rules; an unsafe one is not offered again.

        A sequence found unsafe at `UNSAFE_AT_MOST` cycles is given up at all.
        """
        if self._profile is None:
            return False
        report = validate(self.plan(candidate.program, 0), self.junction, self._profile)
        errors = [f for f in report.findings if f.severity is Severity.ERROR]
        if not errors:
            return False
        self._forbidden.add((cycle_s, candidate.label))
        self._unsafe[candidate.label] += 1
        self.refusals[cycle_s] = (
            f"junction {self.junction.id}: {errors[0].message} ({errors[0].rule})"
        )
        return True

    def why_unusable(self, cycles: Sequence[int]) -> str:
        """Why no candidate is safe at any of the cycles; empty when one is."""
        for cycle_s in cycles:
            for candidate in self.offers(cycle_s):
                if not self.forbid_if_unsafe(cycle_s, candidate):
                    return ""
        return next((self.refusals[c] for c in cycles if c in self.refusals), "no candidate")

    def worksheet(self, program: Program) -> Worksheet | None:
        """The sums behind a program's splits; None without demand."""
        if self._flows is None or not any(self._flows.ratios.values()):
            return None
        return worksheet(
            program, self.junction, self._flows.ratios, volumes_vph=self._flows.volumes_vph
        )

    def plan(self, program: Program, offset_s: int) -> TimingPlan:
        """A program of this junction as a plan people can edit."""
        return TimingPlan(
            junction_id=self.junction.id,
            name=PLAN_NAME,
            cycle_s=program.cycle_s,
            offset=Offset(seconds=offset_s % program.cycle_s),
            form=collapse(program, self.junction),
        )

    def arterial_signal(self, cycle_s: int) -> ArterialSignal | None:
        """The junction for the band engine; None when no candidate is left."""
        if not self.offers(cycle_s):
            return None
        return ArterialSignal(
            id=self.junction.id,
            candidates=tuple(
                Candidate(
                    label=each.label,
                    outbound=self._windows("outbound", each.program),
                    inbound=self._windows("inbound", each.program),
                    allowed=self.allows(cycle_s, each),
                )
                for each in self.timed(cycle_s)
            ),
        )

    def _windows(self, direction: str, program: Program) -> Windows | None:
        """Seconds at which the direction's first stop line here leads through all of them.

        A junction with several stop lines in a row is passed without stopping:
        their greens, each earlier by the drive to it, must coincide.
        """
        lines = self._lines.get(direction, [])
        if not lines:
            return None
        cycle_s = program.cycle_s
        first_s = lines[0][1]
        common: list[tuple[float, float]] | None = None
        for group, travel_s in lines:
            delay_s = travel_s - first_s
            arcs = [
                ((start - delay_s) % cycle_s, float(end - start))
                for start, end in program.green_spans(group)
            ]
            common = arcs if common is None else _both(common, arcs, cycle_s)
        return tuple((start, start + length) for start, length in common or [])


def _both(
    a: list[tuple[float, float]], b: list[tuple[float, float]], cycle_s: int
) -> list[tuple[float, float]]:
    if any(length >= cycle_s for _, length in a):
        return b
    if any(length >= cycle_s for _, length in b):
        return a
    return intersect_arcs(a, b, cycle_s)


def arterial_problem(
    signals: Sequence[WaveSignal],
    corridor: Corridor,
    speeds: SpeedRange | None,
    weights: Mapping[str, tuple[float, ...]] | None = None,
) -> Callable[[int], ArterialProblem | None]:
    """The band problem of a corridor as a function of the cycle.

    `speeds` is the range each link's speed may be chosen from; None: 90 to 100 % of
    the corridor's own.
    `weights` gives each direction's link weights (for per-link bands).
    """
    links = _links(corridor, speeds, weights or {})

    def problem(cycle_s: int) -> ArterialProblem | None:
        ready = [signal.arterial_signal(cycle_s) for signal in signals]
        offered = tuple(signal for signal in ready if signal is not None)
        if len(offered) < len(ready):
            return None
        return ArterialProblem(
            cycle_s=cycle_s,
            signals=offered,
            links=links,
            directions=("outbound", "inbound") if corridor.inbound else ("outbound",),
        )

    return problem


def _links(
    corridor: Corridor, speeds: SpeedRange | None, weights: Mapping[str, tuple[float, ...]]
) -> tuple[ArterialLink, ...]:
    ids = corridor.junction_ids
    outbound = _travel(corridor.outbound, ids, speeds)
    inbound = outbound
    if corridor.inbound is not None:
        inbound = _travel(corridor.inbound, ids[::-1], speeds)[::-1]
    ones = (1.0,) * len(outbound)
    return tuple(
        ArterialLink(outbound=out, inbound=back, outbound_weight=w_out, inbound_weight=w_back)
        for out, back, w_out, w_back in zip(
            outbound,
            inbound,
            weights.get("outbound", ones),
            weights.get("inbound", ones),
            strict=True,
        )
    )


def _travel(
    progression: Progression, ids: Sequence[str], speeds: SpeedRange | None
) -> list[TravelTime]:
    """Drive from each junction's first stop line to the next one's, in travel order.

    A junction without a stop line in this direction is passed on the way: the
    drive across it is shared out evenly, which no band notices.
    """
    at_m: dict[str, float] = {}
    at_s: dict[str, float] = {}
    for line, travel_s in zip(progression.stop_lines, progression.travel_times_s, strict=True):
        at_m.setdefault(line.junction_id, line.position_m)
        at_s.setdefault(line.junction_id, travel_s)
    found: list[TravelTime] = []
    met = [i for i, junction in enumerate(ids) if junction in at_m]
    found += [TravelTime.fixed(0.0)] * met[0]
    for a, b in pairwise(met):
        pieces = b - a
        if speeds is None:
            fastest_s = (at_s[ids[b]] - at_s[ids[a]]) / pieces
            piece = TravelTime(lo_s=fastest_s, hi_s=fastest_s / SLOWEST_SHARE)
        else:
            piece = TravelTime.at_speed((at_m[ids[b]] - at_m[ids[a]]) / pieces, *speeds)
        found += [piece] * pieces
    found += [TravelTime.fixed(0.0)] * (len(ids) - 1 - met[-1])
    return found
