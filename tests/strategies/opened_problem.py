"""Two signals with traffic, as an optimisation opens them."""

from __future__ import annotations

from pathlib import Path

from small_nets import signal_row
from two_signals import two_signals

from signalctl.optimiser.objective import Objective
from signalctl.rules.registry import profile
from signalctl.workflow.optimise.problem import Problem, open_problem
from signalctl.workflow.optimise.request import OptimiseRequest
from signalctl.workflow.source import open_scenario


def opened_problem(folder: Path, apart_m: int = 250) -> Problem:
    """The problem of signals A0 and B0, so far apart from node to node."""
    path = two_signals(folder, 300, east_vph=700, west_vph=300, north_vph=200)
    signal_row(folder / "two.net.xml", "A0,B0", apart_m)
    request = OptimiseRequest(
        objective=Objective(),
        profile=profile("as-surveyed"),
        output=folder / "plans.yaml",
        budget_s=60,
        cycles=range(20, 121),
    )
    return open_problem(open_scenario(path), request, folder / "work")
