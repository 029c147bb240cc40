"""From a point of the search to a plan that a person can read and edit."""

from __future__ import annotations

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
