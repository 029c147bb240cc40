"""From a point of the search to a plan that a person can read and edit."""

from __future__ import annotations

from collections.abc import Mapping

from signalctl.domain.collapse import collapse
from signalctl.domain.plan import Offset, TimingPlan
from signalctl.optimiser.search.point import JunctionPoint


def plan_of(point: JunctionPoint, name: str) -> TimingPlan:
    """The point as a plan: stages where they say it all, else green windows, else letters.

    Law: the plan's program shows, second by second, what the point's table shows.
    Raises SolveError for a length below 1 s.
    """
    skeleton = point.skeleton
    program = skeleton.program(point.lengths)
    return TimingPlan(
        junction_id=skeleton.junction.id,
        name=name,
        cycle_s=program.cycle_s,
        offset=Offset(seconds=point.offset_s % program.cycle_s),
        form=collapse(program, skeleton.junction),
    )


def plans_of(point: Mapping[str, JunctionPoint], name: str) -> dict[str, TimingPlan]:
    """A plan for each junction of a point, all with one name, in order of junction id."""
    return {junction_id: plan_of(point[junction_id], name) for junction_id in sorted(point)}
