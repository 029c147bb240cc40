"""A network as a whole: programs of several files, the default, remarks, JSON, writing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from small_nets import crossroads

from signalctl.domain.aspect import GreenKind
from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.plan import GreenWindows, Offset, ReferencePoint, TimingPlan
from signalctl.domain.program import GreenWindow, Program
from signalctl.networks.inspect import inspect_network
from signalctl.networks.network import Network, read_network
from signalctl.networks.program_reader import read_additional
from signalctl.networks.sumo_program import (
    SumoLogic,
    phases,
    sumo_logic,
    sumo_logics,
    tl_logic_xml,
    write_tls,
)

pytestmark = pytest.mark.sumo

ALL_RED = "r" * 16


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return crossroads(tmp_path_factory.mktemp("cross"))


@pytest.fixture(scope="module")
def network(net: Path) -> Network:
    return read_network(net)


def additional(folder: Path, name: str, *logics: str) -> Path:
    path = folder / name
    path.write_text(f"<additional>{''.join(logics)}</additional>")
    return path


def logic(program_id: str, state: str = ALL_RED, light: str = "c", offset: str = "0") -> str:
    return (
        f'<tlLogic id="{light}" programID="{program_id}" type="static" offset="{offset}">'
        f'<phase duration="30" state="{state}"/></tlLogic>'
    )


def test_the_program_loaded_last_is_the_default(net: Path, tmp_path: Path) -> None:
    first = additional(tmp_path, "1.add.xml", logic("b"), logic("a"))
    second = additional(tmp_path, "2.add.xml", logic("z"), logic("m"))
    network = read_network(net, [first, second])
    assert [p.id for p in network.programs["c"]] == ["0", "b", "a", "z", "m"]
    assert [p.id for p in network.programs["c"] if p.is_default] == ["m"]
    default = network.default_program("c")
    assert default is not None
    assert default.path == second
    assert any("Of 5 programs SUMO runs 'm'" in note for note in network.junction("c").notes)


def test_time_switching_decides_the_default(net: Path, tmp_path: Path) -> None:
    waut = (
        '<WAUT id="w" refTime="0" startProg="0"><wautSwitch time="9" to="a"/></WAUT>'
        '<wautJunction wautID="w" junctionID="c"/>'
    )
    network = read_network(net, [additional(tmp_path, "w.add.xml", logic("a"), waut)])
    default = network.default_program("c")
    assert default is not None
    assert default.id == "0"
    assert any("switch times are not read" in note for note in network.junction("c").notes)


def test_an_element_without_steps_changes_the_offset(net: Path, tmp_path: Path) -> None:
    change = '<tlLogic id="c" programID="0" type="static" offset="21"/>'
    network = read_network(net, [additional(tmp_path, "o.add.xml", change)])
    (program,) = network.programs["c"]
    assert (program.offset_s, program.cycle_s) == (21, 90)
    assert program.written.steps[0].duration_s > 0


def test_doubled_and_homeless_programs_are_noted(net: Path, tmp_path: Path) -> None:
    extra = additional(tmp_path, "d.add.xml", logic("0"), logic("x", light="elsewhere"))
    network = read_network(net, [extra])
    assert any("defined again" in note for note in network.notes)
    assert any("elsewhere has programs but controls no" in note for note in network.notes)


def test_unreadable_programs_do_not_stop_the_import(net: Path, tmp_path: Path) -> None:
    extra = additional(tmp_path, "u.add.xml", logic("short", "r"), logic("odd", "X" * 16))
    network = read_network(net, [extra])
    reasons = {p.id: p.reason for p in network.programs["c"] if p.program is None}
    assert set(reasons) == {"short", "odd"}
    notes = network.junction("c").notes
    assert any("'short' is not read. Its states have 1 letters" in note for note in notes)
    assert network.programs["c"][-1].plan("c") is None


def test_a_junction_without_program_is_read_and_noted(net: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.net.xml"
    bare.write_text(re.sub(r"<tlLogic.*?</tlLogic>", "", net.read_text(), flags=re.DOTALL))
    network = read_network(bare)
    junction = network.junction("c")
    assert len(junction.groups) == 12
    assert network.programs["c"] == ()
    assert network.default_program("c") is None
    assert any("no program" in note for note in junction.notes)
    assert len(junction.intergreens.seconds) > 0


def test_rail_signals_are_left_to_sumo(net: Path, tmp_path: Path) -> None:
    rail = tmp_path / "rail.net.xml"
    rail.write_text(net.read_text().replace('type="traffic_light"', 'type="rail_signal"'))
    network = read_network(rail)
    assert len(network.junctions) == 0
    assert any(
        "Rail signals and rail crossings, left to SUMO: c." in note for note in network.notes
    )
    assert any("no signal-controlled junction" in note for note in network.notes)


def test_an_unknown_junction_is_said_with_the_known_ones(network: Network) -> None:
    with pytest.raises(InputError, match="no signal-controlled junction 'x'") as caught:
        network.junction("x")
    assert "Known ones: c" in caught.value.remedy


def test_inspect_is_json_and_says_where_intergreens_come_from(network: Network) -> None:
    told = json.loads(json.dumps(inspect_network(network, "c")))
    (junction,) = told["junctions"]
    assert junction["id"] == "c"
    assert {"id", "kind", "approach", "movement", "links"} <= set(junction["groups"][0])
    assert {pair["kind"] for pair in junction["conflicts"]} == {"hard", "yields"}
    assert {entry["source"] for entry in junction["intergreens"]} == {"surveyed", "geometric"}
    for entry in junction["intergreens"]:
        if entry["source"] == "surveyed":
            assert entry["seconds"] == entry["surveyed_s"]
    (program,) = junction["programs"]
    assert (program["id"], program["cycle_s"], program["offset_s"]) == ("0", 90, 0)
    assert inspect_network(network)["junctions"] == told["junctions"]
    with pytest.raises(InputError):
        inspect_network(network, "x")


def test_shipped_plans_keep_their_letters_and_offset(network: Network) -> None:
    (shipped,) = network.programs["c"]
    plan = shipped.plan("c")
    assert plan is not None
    assert plan.form == shipped.program
    assert (plan.cycle_s, plan.offset.seconds) == (90, 0)


def test_phases_are_run_lengths_over_all_links(network: Network) -> None:
    junction = network.junction("c")
    seconds = {g.id: "GGGrrr" if g.id == "N-through" else "rrrrGG" for g in junction.groups}
    found = phases(Program.of(seconds), junction)
    others = ["r" if link in (1, 2) else "G" for link in range(16)]
    north = ["G" if link in (1, 2) else "r" for link in range(16)]
    assert found == ((3, "".join(north)), (1, ALL_RED), (2, "".join(others)))
    with pytest.raises(InputError, match="groups are not the junction's"):
        phases(Program.of({"N-through": "G"}), junction)


def test_the_sumo_offset_is_the_system_second_of_the_programs_zero(network: Network) -> None:
    junction = network.junction("c")
    window = GreenWindow(10, 25, GreenKind.PROTECTED)
    windows: dict[str, tuple[GreenWindow, ...]] = {"N-through": (window,)}
    plan = TimingPlan(
        junction_id="c",
        name="wave",
        cycle_s=60,
        offset=Offset(seconds=4, point=ReferencePoint.GREEN_START, group="N-through"),
        form=GreenWindows(windows=FrozenMap(windows)),
    )
    logic = sumo_logic(plan, junction)
    assert (logic.program_id, logic.offset_s) == ("wave", 54)
    assert sum(duration_s for duration_s, _ in logic.phases) == 60
    assert sumo_logics([plan], network.junctions) == (logic,)
    with pytest.raises(InputError, match="the network does not have"):
        sumo_logics([plan], {})


def test_written_files_are_read_back(tmp_path: Path) -> None:
    entries = [
        SumoLogic(junction_id="c", program_id="a<&b", offset_s=-7, phases=((3, "Gr"), (2, "ry"))),
        SumoLogic(junction_id="d", program_id="p", offset_s=0, phases=((5, "O"),)),
    ]
    path = tmp_path / "tls.add.xml"
    write_tls(path, entries)
    found = read_additional(path).programs
    assert [(p.light_id, p.id, p.offset_s) for p in found] == [("c", "a<&b", -7), ("d", "p", 0)]
    assert [(s.duration_s, s.state) for s in found[0].steps] == [(3, "Gr"), (2, "ry")]
    with pytest.raises(InputError, match="Two programs of junction c"):
        tl_logic_xml([entries[0], entries[0]])
    nameless = SumoLogic(junction_id="c", program_id="a\0b", offset_s=0, phases=((1, "G"),))
    with pytest.raises(InputError, match="cannot be written as XML"):
        tl_logic_xml([nameless])
    with pytest.raises(InputError, match="Cannot write"):
        write_tls(tmp_path / "nowhere" / "x.add.xml", entries)
