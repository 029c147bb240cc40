"""From a scenario to what is searched: the traffic model, and the designs of each junction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from signalctl.domain.errors import InputError, SolveError
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.traffic import DueVehicle, Traffic
from signalctl.networks.corridor import rank_corridors
from signalctl.networks.flows import TurningFlows
from signalctl.networks.network import Network
from signalctl.networks.signalled_lanes import require_signalled
from signalctl.optimiser.search.demand import perturbed
from signalctl.optimiser.search.point import NetworkPoint
from signalctl.optimiser.stage_design.permission import Permission, permission_from
from signalctl.sim.due_vehicles import due_vehicles, on_routes_under
from signalctl.sim.variants import shipped
from signalctl.workflow.optimise.junctions import PlannedJunction, planned_junctions
from signalctl.workflow.optimise.request import AUTO, OptimiseRequest
from signalctl.workflow.optimise.starts import made_starts
from signalctl.workflow.optimise.tools_start import with_tools_plan
from signalctl.workflow.optimise.wave_start import with_wave
from signalctl.workflow.source import Source
from signalctl.workflow.traffic_model import queue_models, traffic_of
from signalctl.workflow.wave.search import demand_flows

if TYPE_CHECKING:
    from signalctl.optimiser.queue_model.model import QueueModel

OTHER_DEMANDS: Final = (-0.1, 0.1)
"""Shares by which demand is changed to see whether a plan works for this one only."""

IDLE: Final = "No vehicle of the demand passes it."
CHOOSING: Final = (
    "{} of {} vehicles choose their way as they depart, by what the roads take then: the "
    "traffic model has them where they drive under the shipped plan, then under the best found."
)

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Everything the search works on.

    `other_models` have a little more and less traffic; `shipped_value` is the
    objective of the shipped programs on the model. `kept` junctions keep their
    program, with the reason. Vehicles that choose their way as they depart choose in
    `due` as under the shipped programs, until `on_routes` says otherwise.
    """

    source: Source
    request: OptimiseRequest
    model: QueueModel
    other_models: tuple[QueueModel, ...]
    shipped_value: float
    due: tuple[DueVehicle, ...]
    planned: FrozenMap[str, PlannedJunction]
    kept: FrozenMap[str, str]
    starts: tuple[tuple[str, NetworkPoint], ...]
    notes: tuple[str, ...]

    def widens(self, point: NetworkPoint) -> bool:
        """Whether a plan shows a turn permissive that no shipped program shows so."""
        return any(self.planned[j].widens(each.skeleton) for j, each in point.items())


def open_problem(
    source: Source, request: OptimiseRequest, folder: Path, told: Told | None = None
) -> Problem:
    """Read the demand, find what can be planned, and make starts.

    `folder` takes temporary files. Raises SolveError when no junction can be
    planned, InputError for ids the network does not have.
    """
    say = told or (lambda _what: None)
    network, scenario = source.network, source.scenario
    assert scenario is not None
    permission = permission_from(
        network.junctions,
        default=request.turns,
        may_yield=request.may_yield,
        protected_only=request.protected_only,
    )
    _check_limits(network, request)
    require_signalled(network, request.capacities, "--saturation")
    say("flows")
    flows = demand_flows(source)
    chosen, notes = _chosen(network, request, flows)
    say("demand")
    vehicles = due_vehicles(scenario, folder / "demand")
    traffic = traffic_of(network, scenario, vehicles, request.capacities)
    say("stage designs")
    chooses = any(vehicle.picks_route for vehicle in vehicles)
    with ThreadPoolExecutor(1) as beside:
        # A run of SUMO in a process of its own, while the stages are designed.
        driven = beside.submit(
            lambda: (
                on_routes_under(scenario, vehicles, shipped(), folder / "routes")
                if chooses
                else vehicles
            )
        )
        planned, kept = _planned(source, request, permission, flows, chosen, traffic)
        planned, tools_start, tool_notes = with_tools_plan(
            source, request, planned, vehicles, folder
        )
        due = driven.result()
    say("traffic model")
    model, *others = _models(source, request, due)
    say("starts")
    starts = made_starts(source, request, {j: each.start for j, each in planned.items()}, flows)
    planned, wave_start, wave_notes = with_wave(source, request, planned, flows)
    starts = (*starts, *wave_start, *tools_start)
    return Problem(
        source=source,
        request=request,
        model=model,
        other_models=tuple(others),
        shipped_value=request.objective.value(model.run({})),
        due=due,
        planned=planned,
        kept=kept,
        starts=starts,
        notes=(
            *notes,
            *(note for each in planned.values() for note in each.notes),
            *wave_notes,
            *tool_notes,
            *(f"Traffic model: {count} vehicles {why}." for why, count in traffic.lost.items()),
            *_told_of(request),
            *([CHOOSING.format(sum(v.picks_route for v in due), len(due))] if chooses else []),
        ),
    )


def _told_of(request: OptimiseRequest) -> list[str]:
    """What is to be said of lanes whose capacity is given."""
    if not request.capacities:
        return []
    return [
        f"Traffic model: saturation flow and lost time given for {len(request.capacities)} lanes."
    ]


def on_routes(problem: Problem, due: tuple[DueVehicle, ...]) -> Problem:
    """The problem with its models' vehicles on other ways."""
    model, *others = _models(problem.source, problem.request, due)
    return replace(
        problem,
        due=due,
        model=model,
        other_models=tuple(others),
        shipped_value=problem.request.objective.value(model.run({})),
    )


def _models(
    source: Source, request: OptimiseRequest, due: Sequence[DueVehicle]
) -> tuple[QueueModel, ...]:
    """A model of the traffic as it is, and those of `OTHER_DEMANDS`."""
    assert source.scenario is not None
    traffic = traffic_of(source.network, source.scenario, due, request.capacities)
    changed = (perturbed(traffic, 1, share) for share in OTHER_DEMANDS)
    return queue_models(source.network, source.scenario, (traffic, *changed))


def _planned(
    source: Source,
    request: OptimiseRequest,
    permission: Permission,
    flows: TurningFlows | None,
    chosen: Sequence[str],
    traffic: Traffic,
) -> tuple[FrozenMap[str, PlannedJunction], FrozenMap[str, str]]:
    """The junctions that get new plans, and why others do not. Raises SolveError for none."""
    reached = {link.junction_id for link in traffic.links}
    planned, kept = planned_junctions(
        source.network, request, permission, flows, [j for j in chosen if j in reached]
    )
    kept = FrozenMap({**kept, **{j: IDLE for j in chosen if j not in reached}})
    if not planned:
        reasons = "; ".join(f"{j}: {why}" for j, why in list(kept.items())[:3])
        raise SolveError(
            f"No junction can get a new plan. {reasons}",
            where=str(source.network.path),
            remedy="signalctl inspect lists what is wrong with the shipped programs.",
        )
    return planned, kept


def _check_limits(network: Network, request: OptimiseRequest) -> None:
    for edge in request.objective.queue_limits_m:
        if edge not in network.roads.edges:
            raise InputError(
                f"The network has no edge {edge!r}.",
                where="--limit",
                remedy="signalctl inspect lists the edges that feed signals.",
            )


def _chosen(
    network: Network, request: OptimiseRequest, flows: TurningFlows | None
) -> tuple[tuple[str, ...], list[str]]:
    """The junctions that may get new plans, sorted."""
    if request.corridor is None:
        return tuple(sorted(network.junctions)), []
    if request.corridor == AUTO:
        ranked = rank_corridors(network, flows)
        if not ranked:
            raise SolveError(
                "No two signals of the network lie in a row.",
                where="--corridor",
                remedy="Leave --corridor out: all junctions are then planned.",
            )
        corridor = ranked[0].corridor
        return tuple(sorted(corridor.junction_ids)), [f"The corridor is {corridor.name}."]
    for junction_id in request.corridor:
        network.junction(junction_id)
    return tuple(sorted(request.corridor)), []
