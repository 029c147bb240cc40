"""Green splits from flows, in whole seconds from the start, and the sums shown.

The steps of the program keep their order; the lengths of the stretchable ones
are chosen. First the largest degree of saturation is made as small as it can be
(equisaturation, Webster 1958); then, with no group above that or `x_max`,
whichever is larger, total HCM control delay is made small. Minimum greens and
clearances hold throughout.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import GroupKind, Junction
from signalctl.domain.program import Program
from signalctl.optimiser.capacity import (
    Capacity,
    capacities,
    critical_chain,
    green_rows,
    permissive_share,
)
from signalctl.optimiser.delay import (
    SATURATION_FLOW_VPH,
    control_delay,
    cycle_notes,
    uniform_delay,
    webster_cycle,
)
from signalctl.optimiser.lengths import Floats, bound_rows, improve
from signalctl.optimiser.retime import retime, shortest_cycle, start_lengths, with_stretched
from signalctl.optimiser.steps import Step, steps

LARGEST_SATURATION: Final = 0.9
"""Degree of saturation that splits aim not to pass; above it queues last from
cycle to cycle by chance alone (Webster & Cobbe 1966: practical capacity 90 %)."""
ANALYSIS_PERIOD_H: Final = 0.25
"""Period over which flows hold (HCM 6th, 19: 15 min)."""

_LOOKS = 4
_EQUISATURATION_POWER = 48
"""Sums of x^48 rank splits by their largest x; exact ties fall to the next one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLine:
    """One group's line of the worksheet.

    `flow_ratio` is q / s of its critical lane, `green_s` the green shown in a
    cycle, `effective_green_s` what it is worth at full saturation flow,
    `saturation` q / c, `delay_s` HCM control delay per vehicle.
    """

    group_id: str
    flow_ratio: float
    volume_vph: float
    green_s: int
    effective_green_s: float
    saturation: float
    delay_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Worksheet:
    """The sums behind a split, for people to follow.

    `lost_time_s` and `critical_flow_ratio` (Y) are those of the critical groups,
    in the order in which they fill the cycle; None with an empty tuple where no
    groups follow each other once around. `webster_cycle_s` is None where the
    formula has no value. `delay_s` is the mean over all vehicles, `steps` the
    step lengths with the greens shown, and they sum to the cycle.
    """

    junction_id: str
    cycle_s: int
    shortest_cycle_s: int
    critical_groups: tuple[str, ...]
    lost_time_s: float | None
    critical_flow_ratio: float | None
    webster_cycle_s: float | None
    groups: tuple[GroupLine, ...]
    largest_saturation: float
    delay_s: float
    steps: tuple[Step, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDelay:
    """What a split leaves one group: HCM delay at random arrivals, s per vehicle.

    `green_ratio` is effective green over cycle; `uniform_s` is the part of
    `delay_s` that a green wave can take away.
    """

    volume_vph: float
    green_ratio: float
    saturation: float
    uniform_s: float
    delay_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedProgram:
    """A program at a cycle, and what its splits leave each group that has flow.

    `groups` is empty when no flows are known; `worksheet` shows the sums.
    """

    program: Program
    groups: FrozenMap[str, GroupDelay] = field(default_factory=FrozenMap)

    @property
    def largest_saturation(self) -> float:
        """The largest degree of saturation; 0 when no flows are known."""
        return max((group.saturation for group in self.groups.values()), default=0.0)


def timed_program(
    program: Program,
    junction: Junction,
    cycle_s: int,
    flows: Mapping[str, float] | None = None,
    *,
    volumes_vph: Mapping[str, float] | None = None,
    x_max: float = LARGEST_SATURATION,
) -> TimedProgram:
    """The program at a cycle with splits by flows; without flows retimed.

    `flows` maps vehicle groups to the flow ratio q / s of their critical lane;
    `volumes_vph` to their vehicles per hour, all lanes (weights of the delay;
    one lane of `SATURATION_FLOW_VPH` where missing). Without any flow above 0
    the splits keep their proportions (`retime`).
    Raises InputError for an unknown group or a bad number, SolveError, naming
    what binds, when the cycle is too short for the program's minimums.
    """
    flows = flows or {}
    volumes_vph = volumes_vph or {}
    _must_fit(junction, flows, volumes_vph, x_max)
    if not any(flows.values()):
        return TimedProgram(program=retime(program, junction, cycle_s))
    cut, bounds, start = start_lengths(program, junction, cycle_s)
    if not start:
        shares = _shares(program, junction, flows, volumes_vph)
        task = _Task.of(capacities(program, junction, cut, shares), cycle_s, flows, volumes_vph)
        return TimedProgram(program=program, groups=task.group_delays([]))
    rows, floors = bound_rows(len(start), bounds)
    base, lengths = program, start
    # A permissive green's worth depends on the splits themselves: look again until they agree.
    for _ in range(_LOOKS):
        before = lengths
        shares = _shares(base, junction, flows, volumes_vph)
        capacity = capacities(program, junction, cut, shares)
        if not capacity.group_ids:
            # Whoever has a flow is never shown green: splits cannot help them.
            return TimedProgram(program=retime(program, junction, cycle_s))
        task = _Task.of(capacity, cycle_s, flows, volumes_vph)
        lengths = improve(lengths, task.overload, rows, floors)
        limit = max(x_max, float(task.saturation(_column(lengths)).max())) * (1 + 1e-9)
        all_rows = np.vstack([rows, capacity.weights])
        all_floors = np.append(floors, task.ratios * cycle_s / limit - capacity.constants)
        lengths = improve(lengths, task.total_delay, all_rows, all_floors)
        base = with_stretched(program, cut, lengths)
        if lengths == before or all(share == 1.0 for share in shares.values()):
            break
    return TimedProgram(program=base, groups=task.group_delays(lengths))


def worksheet(
    program: Program,
    junction: Junction,
    flows: Mapping[str, float],
    *,
    volumes_vph: Mapping[str, float] | None = None,
) -> Worksheet:
    """The worksheet of a program as it stands; `flows` as in `timed_program`."""
    volumes_vph = volumes_vph or {}
    _must_fit(junction, flows, volumes_vph, LARGEST_SATURATION)
    cut = steps(program, junction)
    shares = _shares(program, junction, flows, volumes_vph)
    judged = tuple(shares)
    capacity = capacities(program, junction, cut, shares)
    task = _Task.of(capacity, program.cycle_s, flows, volumes_vph)
    lengths = [step.length_s for step in cut if step.stretchable]
    x = task.saturation(_column(lengths))[:, 0]
    seconds = capacity.seconds(_column(lengths))[:, 0]
    green_weights, green_constants = green_rows(program, cut, judged)
    greens = green_constants + green_weights @ np.array(lengths, dtype=float)
    delay = task.delays(_column(lengths))[:, 0]
    chain = critical_chain(program, junction, cut, flows, shares)
    notes = list(_flow_notes(program, junction, flows))
    webster_s: float | None = None
    if chain is None:
        notes.append("No groups follow each other once around the cycle: no critical sum.")
    else:
        notes += cycle_notes(program.cycle_s, chain.lost_time_s, chain.flow_ratio)
        if 0 < chain.flow_ratio < 1:
            webster_s = webster_cycle(chain.lost_time_s, chain.flow_ratio)
    notes += [
        f"Group {group} is oversaturated: degree of saturation {value:.2f}."
        for group, value in zip(judged, x, strict=True)
        if value > 1
    ]
    return Worksheet(
        junction_id=junction.id,
        cycle_s=program.cycle_s,
        shortest_cycle_s=shortest_cycle(program, junction),
        critical_groups=() if chain is None else chain.groups,
        lost_time_s=None if chain is None else chain.lost_time_s,
        critical_flow_ratio=None if chain is None else chain.flow_ratio,
        webster_cycle_s=webster_s,
        groups=tuple(
            GroupLine(
                group_id=group,
                flow_ratio=flows[group],
                volume_vph=float(task.volumes_vph[i]),
                green_s=round(float(greens[i])),
                effective_green_s=float(seconds[i]),
                saturation=float(x[i]),
                delay_s=float(delay[i]),
            )
            for i, group in enumerate(judged)
        ),
        largest_saturation=float(x.max(initial=0.0)),
        delay_s=float(delay @ task.volumes_vph / max(task.volumes_vph.sum(), 1e-9)),
        steps=cut,
        notes=tuple(notes),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """Costs of length vectors (steps, candidates) of one junction at one cycle."""

    capacity: Capacity
    cycle_s: int
    ratios: Floats
    volumes_vph: Floats

    @classmethod
    def of(
        cls,
        capacity: Capacity,
        cycle_s: int,
        flows: Mapping[str, float],
        volumes_vph: Mapping[str, float],
    ) -> _Task:
        groups = capacity.group_ids
        ratios = np.array([flows[group] for group in groups], dtype=float)
        volumes = [volumes_vph.get(group, flows[group] * SATURATION_FLOW_VPH) for group in groups]
        return cls(
            capacity=capacity,
            cycle_s=cycle_s,
            ratios=ratios,
            volumes_vph=np.array(volumes, dtype=float),
        )

    def saturation(self, lengths: Floats) -> Floats:
        found: Floats = self.ratios[:, None] * self.cycle_s / self.capacity.seconds(lengths)
        return found

    def delays(self, lengths: Floats) -> Floats:
        seconds = self.capacity.seconds(lengths)
        green_ratio = np.minimum(seconds / self.cycle_s, 1.0)
        return control_delay(
            self.cycle_s,
            green_ratio,
            self.saturation(lengths),
            green_ratio * self._saturation_flow_vph()[:, None],
            ANALYSIS_PERIOD_H,
        )

    def group_delays(self, lengths: Sequence[int]) -> FrozenMap[str, GroupDelay]:
        """What one length vector leaves each group."""
        column = _column(lengths)
        ratio = np.minimum(self.capacity.seconds(column) / self.cycle_s, 1.0)
        x = self.saturation(column)
        uniform = uniform_delay(self.cycle_s, ratio, x)
        delay = self.delays(column)
        return FrozenMap(
            {
                group: GroupDelay(
                    volume_vph=float(self.volumes_vph[i]),
                    green_ratio=float(ratio[i, 0]),
                    saturation=float(x[i, 0]),
                    uniform_s=float(uniform[i, 0]),
                    delay_s=float(delay[i, 0]),
                )
                for i, group in enumerate(self.capacity.group_ids)
            }
        )

    def overload(self, lengths: Floats) -> Floats:
        """Ranks by the largest degree of saturation."""
        found: Floats = np.log((self.saturation(lengths) ** _EQUISATURATION_POWER).sum(axis=0))
        return found

    def total_delay(self, lengths: Floats) -> Floats:
        found: Floats = self.volumes_vph @ self.delays(lengths)
        return found

    def _saturation_flow_vph(self) -> Floats:
        flow = np.where(self.ratios > 0, self.volumes_vph / np.maximum(self.ratios, 1e-9), 0.0)
        found: Floats = np.where(flow > 0, flow, SATURATION_FLOW_VPH)
        return found


def _column(lengths: Sequence[int]) -> Floats:
    return np.array(lengths, dtype=float)[:, None]


def _shares(
    program: Program,
    junction: Junction,
    flows: Mapping[str, float],
    volumes_vph: Mapping[str, float],
) -> dict[str, float]:
    """Permissive shares of the groups that are judged: with flow, and with green to lose."""
    return {
        group: permissive_share(group, program, junction, flows, volumes_vph)
        for group in junction.group_ids
        if flows.get(group, 0.0) > 0
        and any(end - start < program.cycle_s for start, end in program.green_spans(group))
    }


def _flow_notes(program: Program, junction: Junction, flows: Mapping[str, float]) -> list[str]:
    notes = []
    vehicles = [g.id for g in junction.groups if g.kind is GroupKind.VEHICLE]
    silent = [group for group in vehicles if not flows.get(group, 0.0)]
    if silent:
        notes.append(
            f"No flow on group{'s' if len(silent) > 1 else ''} {', '.join(silent)}: "
            "minimum green and what others leave."
        )
    never = [g for g in sorted(flows) if flows[g] > 0 and not program.green_spans(g)]
    notes += [f"Group {group} has flow but never green." for group in never]
    return notes


def _must_fit(
    junction: Junction,
    flows: Mapping[str, float],
    volumes_vph: Mapping[str, float],
    x_max: float,
) -> None:
    """Raises InputError for unknown groups and for numbers that cannot be flows."""
    where = f"junction {junction.id}"
    for group in (*flows, *volumes_vph):
        junction.group(group)
    for what, values in (("flow ratio", flows), ("volume", volumes_vph)):
        for group, value in values.items():
            if not (math.isfinite(value) and value >= 0):
                raise InputError(
                    f"Group {group} has a {what} of {value}.",
                    where=where,
                    remedy="Flows are finite and at least 0.",
                )
    if not 0 < x_max <= 1:
        raise InputError(f"x_max is {x_max}; it lies above 0 and at most at 1.", where=where)
