"""The traffic model follows the race: its vehicles drive where they do under the leader.

Vehicles that choose their way as they depart avoid what jams, so every plan has a demand
of its own. What is searched on the ways taken under the shipped plan is searched again
on those under a better one (assignment and signal setting by turns: Allsop 1974).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from signalctl.optimiser.search.point import tables
from signalctl.sim.due_vehicles import on_routes_under
from signalctl.workflow.optimise.problem import on_routes
from signalctl.workflow.optimise.session import Session
from signalctl.workflow.race.race import SHIPPED, RaceResult, Track

TOLERANCE: Final = 0.2
"""Error of the model in the leader, as a part of SUMO's figure, that is no reason not to."""


def follow_leader(
    session: Session, track: Track, result: RaceResult, seen: dict[str, tuple[float, float]]
) -> bool:
    """Put the model's vehicles on the ways they take under the race's leader.

    Does nothing where nobody chooses, or while the leader stays the same, or where the model
    would then read the leader further from what SUMO does: on ways that queues elsewhere
    made them take it may lock up. What has raced gets its value on the new model, in `seen`
    too. Whether the model changed.
    """
    problem = session.problem
    leader = session.finalists.get(result.standings[0].entrant) if result.standings else None
    if (
        leader is None
        or leader.entrant.name == session.followed
        or not any(vehicle.picks_route for vehicle in problem.due)
    ):
        return False
    session.followed = leader.entrant.name
    session.phase = "ways under the leader"
    session.tell()
    scenario = problem.source.scenario
    assert scenario is not None
    due = on_routes_under(
        scenario, problem.due, track.variant(leader.entrant), session.folder.path / "routes"
    )
    if due == problem.due:
        return False
    followed = on_routes(problem, due)
    objective, runs = problem.request.objective, track.measures[leader.entrant.name]
    driven = objective.value(runs[min(runs)])
    before, after = (
        objective.value(each.model.run(tables(leader.point))) for each in (problem, followed)
    )
    if not reads_right(before, after, driven):
        return False
    session.problem = problem = followed
    raced = [each for each in session.finalists.values() if each.entrant.name in seen]
    ends = problem.model.run_many(
        [tables(each.point) for each in raced], threads=problem.request.jobs
    )
    values = {SHIPPED: problem.shipped_value}
    for each, end in zip(raced, ends, strict=True):
        name = each.entrant.name
        values[name] = problem.request.objective.value(end)
        session.finalists[name] = replace(
            each, entrant=replace(each.entrant, model_value=values[name])
        )
    for name in seen.keys() & values.keys():
        seen[name] = (values[name], seen[name][1])
    return True


def reads_right(before: float, after: float, driven: float) -> bool:
    """Whether a model that read a plan as `before` may be changed so that it reads `after`.

    `driven` is what SUMO makes of the plan.
    """
    return abs(after - driven) <= max(abs(before - driven), TOLERANCE * driven)
