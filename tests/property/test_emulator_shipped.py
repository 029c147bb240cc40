"""Shipped programs of real networks in emulated controllers: in step, or refused with reason."""

from __future__ import annotations

from pathlib import Path

import pytest
import sumo
from corpus import ABSENT, CORPUS
from single_seconds import errors_of_a_second

from signalctl.controllers.device.emulator.controller import Controller
from signalctl.controllers.device.emulator.settings import FreeReason, Settings
from signalctl.domain.expand import timed
from signalctl.domain.junction import GroupKind, Junction
from signalctl.domain.plan import Offset, TimingPlan
from signalctl.networks.network import read_network
from signalctl.rules.registry import profile
from signalctl.rules.validate import validate_program

GAMES = Path(sumo.__file__).parent / "tools" / "game"
AS_SURVEYED = profile("as-surveyed")
NETWORKS = [
    *(next(iter(sorted((GAMES / game).glob("*.net.xml*")))) for game in ("cross", "kuehne")),
    *(CORPUS / name / "net.net.xml.gz" for name in ("arterial4x4", "atlanta_1x5", "cologne8")),
]
MOST_JUNCTIONS = 8


@pytest.mark.parametrize("network", NETWORKS, ids=lambda f: f.parent.name)
def test_a_shipped_program_runs_in_step_or_is_refused_for_a_broken_rule(network: Path) -> None:
    if not network.exists():
        pytest.skip(ABSENT)
    read = read_network(network)
    told = 0
    for junction_id, shipped in sorted(read.programs.items())[:MOST_JUNCTIONS]:
        program = shipped[0].program
        if program is None:
            continue
        plan = TimingPlan(
            junction_id=junction_id,
            name="shipped",
            cycle_s=program.cycle_s,
            offset=Offset(seconds=program.cycle_s // 3),
            form=program,
        )
        junction = read.junctions[junction_id]
        broken = errors_of_a_second(validate_program(program, junction, AS_SURVEYED))
        _runs(plan, junction, broken=bool(broken))
        told += 1
    assert told


def _runs(plan: TimingPlan, junction: Junction, *, broken: bool) -> None:
    controller = Controller(junction, AS_SURVEYED, Settings(boot_s=1, flash_s=2))
    controller.memory.write_slot(1, plan)
    served: set[str] = set()
    for now in range(400):
        controller.step(now)
        served |= controller.state.greens
    assert served == {g.id for g in junction.groups if g.kind is not GroupKind.UNUSED}
    controller.command_slot(1)
    controller.step(400)
    now = 400 + 10 * plan.cycle_s
    controller.step(now)
    if broken:
        assert controller.state.free_reason in (FreeReason.BAD_PLAN, FreeReason.SPLIT_OVERRUN)
        return
    assert controller.state.slot == 1
    program = timed(plan, junction)
    for second in range(now + 1, now + 1 + plan.cycle_s):
        shown = controller.step(second)
        assert shown == {g: program.aspect(g, second) for g in program.group_ids}
        assert not controller.state.in_transition
