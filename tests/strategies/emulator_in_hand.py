"""The crossroads' controller in one's hand, with a good plan in slot 1."""

from __future__ import annotations

from four_arms import crossroads

from signalctl.controllers.device.emulator.controller import Controller
from signalctl.controllers.device.emulator.faults import Faults
from signalctl.controllers.device.emulator.settings import Settings
from signalctl.domain.aspect import GreenKind
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.plan import Offset, Stage, StageSequence, TimingPlan
from signalctl.rules.registry import profile

JUNCTION = crossroads()
RUNNING_S = 40
"""Seconds after which a controller with the usual settings has left its start-up behind."""


def stage(name: str, split_s: int, *groups: str) -> Stage:
    """A stage with these groups protected."""
    greens = FrozenMap(dict.fromkeys(groups, GreenKind.PROTECTED))
    return Stage(id=name, split_s=split_s, greens=greens)


PLAN = TimingPlan(
    junction_id="J",
    name="peak",
    cycle_s=90,
    offset=Offset(seconds=37),
    form=StageSequence(
        stages=(
            stage("a", 30, "N", "S"),
            stage("b", 15, "Nl", "Sl"),
            stage("c", 30, "E", "W"),
            stage("d", 15, "El", "Wl"),
        )
    ),
)


def controller_of(settings: Settings | None = None, faults: Faults | None = None) -> Controller:
    """A controller that holds PLAN, or nothing yet where it has faults."""
    controller = Controller(JUNCTION, profile("gb"), settings, faults)
    if faults is None:
        controller.memory.write_slot(1, PLAN)
    return controller
