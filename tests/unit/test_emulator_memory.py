"""What an emulated controller keeps through a loss of power, and how keeping it fails."""

from __future__ import annotations

from dataclasses import replace

import pytest
from emulator_in_hand import PLAN, RUNNING_S, controller_of

from signalctl.controllers.device.device import Mode
from signalctl.controllers.device.emulator.events import Code
from signalctl.controllers.device.emulator.faults import Faults
from signalctl.controllers.device.emulator.memory import TORN
from signalctl.controllers.device.emulator.settings import PowerLost, Settings
from signalctl.domain.aspect import Aspect
from signalctl.domain.errors import Refused


def test_power_loss_forgets_commands_and_keeps_memory_and_clock() -> None:
    controller = controller_of()
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
    controller = controller_of()
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
    full = controller_of(faults=Faults(full_memory=True))
    with pytest.raises(Refused, match="full"):
        full.memory.write_slot(1, PLAN)
    liar = controller_of(faults=Faults(wrong_readback=True))
    liar.memory.write_slot(1, PLAN)
    assert liar.memory.held(1) == PLAN
    assert liar.memory.read_slot(1) not in (PLAN, None)
    liar.memory.keep("row", 7)
    assert liar.memory.recall("row") != 7
    crashes = controller_of(faults=Faults(reboot_in_write=True))
    with pytest.raises(PowerLost):
        crashes.memory.write_slot(1, PLAN)
    crashes.memory.write_slot(1, PLAN)
    with pytest.raises(Refused):
        crashes.memory.write_slot(500, PLAN)
    small = controller_of(Settings(memory_pieces=8))
    with pytest.raises(Refused, match="full"):
        small.memory.write_slot(2, PLAN)
    small.memory.write_slot(1, replace(PLAN, name="same size"))


def test_the_clock_drifts_and_can_be_set() -> None:
    controller = controller_of(faults=Faults(drift_ppm=1000.0))
    controller.step(0)
    controller.step(3000)
    assert controller.clock_s == 3003
    controller.set_clock(3000)
    assert controller.clock_s == 3000
    controller.step(4999)
    assert controller.clock_s == 5000
    with pytest.raises(Refused):
        controller.set_clock(-1)
