"""What an emulated controller keeps through a loss of power, and how keeping it fails."""

from __future__ import annotations

from dataclasses import replace

import pytest
from four_arms import crossroads

from signalctl.controllers.device.device import Mode
from signalctl.controllers.device.emulator.controller import Controller
from signalctl.controllers.device.emulator.events import Code
from signalctl.controllers.device.emulator.faults import Faults
from signalctl.controllers.device.emulator.memory import TORN
from signalctl.controllers.device.emulator.settings import PowerLost, Settings
from signalctl.domain.aspect import Aspect, GreenKind
from signalctl.domain.errors import Refused
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.plan import Offset, Stage, StageSequence, TimingPlan
from signalctl.rules.registry import profile

JUNCTION = crossroads()
RUNNING_S = 40


def _stage(name: str, split_s: int, *groups: str) -> Stage:
    greens = FrozenMap(dict.fromkeys(groups, GreenKind.PROTECTED))
    return Stage(id=name, split_s=split_s, greens=greens)


PLAN = TimingPlan(
    junction_id="J",
    name="peak",
    cycle_s=90,
    offset=Offset(seconds=37),
    form=StageSequence(
        stages=(
            _stage("a", 30, "N", "S"),
            _stage("b", 15, "Nl", "Sl"),
            _stage("c", 30, "E", "W"),
            _stage("d", 15, "El", "Wl"),
        )
    ),
)


def _controller(settings: Settings | None = None, faults: Faults | None = None) -> Controller:
    controller = Controller(JUNCTION, profile("gb"), settings, faults)
    if faults is None:
        controller.memory.write_slot(1, PLAN)
    return controller


def test_power_loss_forgets_commands_and_keeps_memory_and_clock() -> None:
    controller = _controller()
    controller.command_slot(1)
    controller.step(0)
    controller.step(RUNNING_S)
    controller.set_clock(10_040)
    controller.power_off()
    assert set(controller.step(60).values()) == {Aspect.OFF}
    answers = [controller.answers]
    controller.power_on()
    controller.step(63)
    answers.append(controller.answers)
    assert answers == [False, True]
    controller.step(110)
    assert controller.state.commanded_slot is None
    assert controller.memory.held(1) == PLAN
    assert controller.clock_s == 10_110
    codes = [event.code for event in controller.log.since()]
    assert codes.index(Code.POWER_FAILURE) < len(codes) - codes[::-1].index(Code.POWER_RESTORED)


@pytest.mark.parametrize("pieces", range(6))
def test_power_lost_in_the_midst_of_a_write_leaves_no_half_plan(pieces: int) -> None:
    controller = _controller()
    controller.step(0)
    controller.step(RUNNING_S)
    controller.memory.crash_after = pieces
    with pytest.raises(PowerLost):
        controller.memory.write_slot(2, PLAN)
    assert controller.memory.held(2) == (TORN if pieces else None)
    assert controller.memory.held(1) == PLAN
    controller.step(41)
    assert not controller.answers
    controller.command_slot(2)
    controller.step(120)
    assert controller.state.mode is Mode.FREE
    controller.memory.write_slot(2, PLAN)
    controller.step(240)
    assert controller.state.slot == 2


def test_faults_of_memory_show() -> None:
    full = _controller(faults=Faults(full_memory=True))
    with pytest.raises(Refused, match="full"):
        full.memory.write_slot(1, PLAN)
    liar = _controller(faults=Faults(wrong_readback=True))
    liar.memory.write_slot(1, PLAN)
    assert liar.memory.held(1) == PLAN
    assert liar.memory.read_slot(1) not in (PLAN, None)
    liar.memory.keep("row", 7)
    assert liar.memory.recall("row") != 7
    crashes = _controller(faults=Faults(reboot_in_write=True))
    with pytest.raises(PowerLost):
        crashes.memory.write_slot(1, PLAN)
    crashes.memory.write_slot(1, PLAN)
    with pytest.raises(Refused):
        crashes.memory.write_slot(500, PLAN)
    small = _controller(Settings(memory_pieces=8))
    with pytest.raises(Refused, match="full"):
        small.memory.write_slot(2, PLAN)
    small.memory.write_slot(1, replace(PLAN, name="same size"))


def test_the_clock_drifts_and_can_be_set() -> None:
    controller = _controller(faults=Faults(drift_ppm=1000.0))
    controller.step(0)
    controller.step(3000)
    assert controller.clock_s == 3003
    controller.set_clock(3000)
    assert controller.clock_s == 3000
    controller.step(4999)
    assert controller.clock_s == 5000
    with pytest.raises(Refused):
        controller.set_clock(-1)
