"""Which program SUMO starts with, and SUMO's actuated control made from it."""

from __future__ import annotations

from pathlib import Path

from signalctl.domain.frozen import FrozenMap
from signalctl.sim.actuated import actuated
from signalctl.sim.programs import active_programs
from signalctl.sim.scenario import Scenario

PHASES = (
    '<phase duration="60" state="GGrr"/><phase duration="3" state="yyrr"/>'
    '<phase duration="4" state="rrGg"/><phase duration="2" state="rrrr"/>'
)


def logic(light: str, program: str, phases: str = PHASES, more: str = "") -> str:
    return f'<tlLogic id="{light}" type="static" programID="{program}" {more}>{phases}</tlLogic>'


def test_the_program_loaded_last_is_active(tmp_path: Path) -> None:
    net, add, offsets = (tmp_path / name for name in ("n.net.xml", "a.add.xml", "o.add.xml"))
    net.write_text(f"<net>{logic('j', '0')}{logic('j', '1')}{logic('k', '0')}</net>")
    add.write_text(f"<additional>{logic('k', 'new')}</additional>")
    offsets.write_text('<additional><tlLogic id="j" programID="1" offset="17"/></additional>')
    found = active_programs(net, ())
    assert {light: p.id for light, p in found.items()} == {"j": "1", "k": "0"}
    found = active_programs(net, (add, offsets))
    assert {light: (p.id, p.offset_s) for light, p in found.items()} == {
        "j": ("1", 17.0),
        "k": ("new", 0.0),
    }


def test_actuated_greens_may_end_early_and_last_longer(tmp_path: Path) -> None:
    net = tmp_path / "n.net.xml"
    nema = logic("m", "0").replace("static", "NEMA")
    net.write_text(
        f"<net>{logic('j&amp;k', '0', more='offset=' + chr(34) + '5' + chr(34))}{nema}</net>"
    )
    scenario = Scenario(
        name="s",
        source=net,
        net=net,
        routes=(),
        begin_s=0,
        end_s=1,
        options=FrozenMap(),
        inputs=FrozenMap({str(net): "x"}),
    )
    variant = actuated(scenario, tmp_path)
    assert any("m" in note for note in variant.notes)
    ((light, program),) = active_programs(variant.additionals[0], ()).items()
    assert light == "j&k"
    assert (program.type, program.offset_s) == ("actuated", 5.0)
    assert [(s.min_s, s.max_s) for s in program.steps] == [
        (5.0, 60.0),
        (None, None),
        (4.0, 50.0),
        (None, None),
    ]
