"""Two signals with traffic, as an optimisation opens them, its session and its track."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from small_nets import signal_row
from two_signals import two_signals

from signalctl.optimiser.objective import Objective
from signalctl.optimiser.stage_design.permission import TurnRule
from signalctl.rules.registry import profile
from signalctl.sim.measures import Measures
from signalctl.workflow.optimise.problem import Problem, open_problem
from signalctl.workflow.optimise.request import OptimiseRequest
from signalctl.workflow.optimise.session import Clock, Session
from signalctl.workflow.optimise.state import StateFolder
from signalctl.workflow.race.race import SHIPPED, Conditions, Track
from signalctl.workflow.source import open_scenario


def opened_problem(
    folder: Path,
    apart_m: int = 250,
    options: tuple[str, ...] = (),
    turns: TurnRule = TurnRule.AS_SHIPPED,
) -> Problem:
    """The problem of signals A0 and B0, so far apart from node to node; netconvert's options."""
    path = two_signals(folder, 300, east_vph=700, west_vph=300, north_vph=200)
    signal_row(folder / "two.net.xml", "A0,B0", apart_m, *options)
    request = OptimiseRequest(
        objective=Objective(),
        profile=profile("as-surveyed"),
        output=folder / "plans.yaml",
        budget_s=60,
        cycles=range(20, 121),
        turns=turns,
    )
    return open_problem(open_scenario(path), request, folder / "work")


def session_of(problem: Problem, folder: Path) -> Session:
    """A session of the problem that has just begun."""
    files = StateFolder(folder / "plans.yaml")
    state, _ = files.open("test", fresh=True)
    return Session(problem, files, state, Clock(60.0), lambda done, total, what: None)


def track_of(problem: Problem, folder: Path, shipped: Mapping[int, Measures]) -> Track:
    """A track on which the shipped plan has run so."""
    scenario = problem.source.scenario
    assert scenario is not None
    found = Track(
        Conditions(
            scenario=scenario,
            network=problem.source.network,
            profile=problem.request.profile,
            objective=problem.request.objective,
            folder=folder,
            jobs=1,
        )
    )
    found.measures[SHIPPED] = dict(shipped)
    return found
