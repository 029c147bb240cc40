"""Law 1: a program read from any network and written back drives SUMO with the same states."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from corpus import ABSENT, CORPUS

from signalctl.domain.errors import SimulationError
from signalctl.networks.network import read_network
from signalctl.networks.program_reader import read_additional
from signalctl.networks.road_reader import read_net_file
from signalctl.networks.round_trip import Case, RoundTrip, check, check_all

pytestmark = pytest.mark.sumo


def wheel_tools() -> Path:
    import sumo

    return Path(sumo.__file__).parent / "tools"


def networks_in(folder: Path) -> list[Path]:
    return sorted([*folder.rglob("*.net.xml"), *folder.rglob("*.net.xml.gz")])


def fitting_additionals(net: Path) -> Iterator[Path]:
    """Additional files beside a network whose programs SUMO would load together with it."""
    programs = read_net_file(net).programs
    lights = {program.light_id for program in programs}
    taken = {(program.light_id, program.id) for program in programs}
    for path in sorted(net.parent.glob("*.add.xml")):
        own = {(p.light_id, p.id) for p in read_additional(path).programs}
        if own and not own & taken and {light for light, _ in own} <= lights:
            taken |= own
            yield path


def cases(nets: list[Path]) -> list[Case]:
    found = [Case(net=net, additionals=tuple(fitting_additionals(net))) for net in nets]
    # The longest cycle first (two days, railway), so that it does not end alone.
    return sorted(found, key=lambda case: case.net.parent.name != "rail")


def must_hold(trips: Iterator[RoundTrip]) -> list[RoundTrip]:
    held = []
    for trip in trips:
        assert not trip.differences, f"{trip.net}: {trip.differences}"
        assert not trip.unread, f"{trip.net}: {trip.unread}"
        assert trip.seconds > 0 or trip.programs == 0
        held.append(trip)
    return held


def figures(trips: list[RoundTrip]) -> str:
    return (
        f"{len(trips)} networks, {sum(t.lights for t in trips)} lights, "
        f"{sum(t.programs for t in trips)} programs "
        f"({sum(t.originals for t in trips)} beside SUMO's own), "
        f"{sum(t.seconds for t in trips)} states compared"
    )


def test_every_network_of_sumos_wheel(record_property: Callable[[str, object], None]) -> None:
    trips = must_hold(check_all(cases(networks_in(wheel_tools()))))
    assert len(trips) >= 25
    assert max(trip.programs for trip in trips) >= 18
    record_property("law 1, SUMO's wheel", figures(trips))


def test_every_network_of_the_corpus(record_property: Callable[[str, object], None]) -> None:
    if not CORPUS.is_dir():
        pytest.skip(ABSENT)
    trips = must_hold(check_all(cases(networks_in(CORPUS))))
    assert sum(trip.programs for trip in trips) >= 120
    record_property("law 1, corpus", figures(trips))


def test_other_offsets_and_begins() -> None:
    tools = wheel_tools()
    shifted = [
        Case(net=tools / "game/grid6/grid6.net.xml", begin_s=3607, shift_s=17),
        Case(net=tools / "game/cross/cross.net.xml", begin_s=86_399, shift_s=-41),
    ]
    assert len(must_hold(check_all(shifted))) == 2


def running(net: Path, additionals: tuple[Path, ...]) -> dict[str, str]:
    """Which program SUMO runs at each light by itself."""
    import libsumo

    files = ["-a", ",".join(map(str, additionals))] if additionals else []
    libsumo.start(["sumo", "-n", str(net), *files, "--no-warnings", "true"])
    lights = libsumo.trafficlight
    found = {light: lights.getProgram(light) for light in lights.getIDList()}
    libsumo.close()
    return found


def test_the_default_program_is_the_one_sumo_runs() -> None:
    game = wheel_tools() / "game"
    fresh = multiprocessing.get_context("spawn")
    for net, names in (
        (game / "fkk_in/ingolstadt.net.xml.gz", ["fkk_in.tls.add.xml"]),
        (game / "bs3d/bs.net.xml", []),
        (game / "cross/cross.net.xml", ["cross.tls_opt.add.xml", "cross.tls.add.xml"]),
    ):
        additionals = tuple(net.parent / name for name in names)
        with ProcessPoolExecutor(max_workers=1, mp_context=fresh) as pool:
            sumo = pool.submit(running, net, additionals).result()
        network = read_network(net, additionals)
        ours = {light: network.default_program(light) for light in network.junctions}
        assert {light: p.id for light, p in ours.items() if p is not None} == sumo


def shown(net: Path, additional: Path, light: str, seconds: int) -> list[str]:
    """What SUMO shows at a light in its first seconds."""
    import libsumo

    libsumo.start(["sumo", "-n", str(net), "-a", str(additional), "--no-warnings", "true"])
    states = []
    for _ in range(seconds):
        libsumo.simulationStep()
        states.append(libsumo.trafficlight.getRedYellowGreenState(light))
    libsumo.close()
    return states


def test_jumps_fractions_and_offsets_are_shown_as_read(tmp_path: Path) -> None:
    net = wheel_tools() / "game/cross/cross.net.xml"
    steps: dict[str, tuple[str, str, list[tuple[float, str, str]]]] = {
        "jump": ("static", "0", [(5, "G", ""), (4, "y", "3"), (9, "g", ""), (2, "r", "")]),
        "fraction": ("static", "0", [(2.5, "G", ""), (2.5, "G", ""), (3, "r", "")]),
        "late": ("static", "-3", [(4, "G", ""), (3, "y", ""), (5, "r", "")]),
        "begin": ("static", "begin", [(4, "G", ""), (5, "r", "")]),
        "fixed": ("actuated", "0", [(4, "G", ""), (3, "y", ""), (5, "r", "")]),
    }
    for name, (kind, offset, written) in steps.items():
        path = tmp_path / f"{name}.add.xml"
        phases = "".join(
            f'<phase duration="{duration}" state="{letter * 12}"'
            + (f' next="{after}"/>' if after else "/>")
            for duration, letter, after in written
        )
        path.write_text(
            f'<additional><tlLogic id="0" programID="{name}" type="{kind}" offset="{offset}">'
            f"{phases}</tlLogic></additional>"
        )
        network = read_network(net, [path])
        read = network.default_program("0")
        assert read is not None
        assert read.id == name
        assert read.program is not None
        fresh = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(max_workers=1, mp_context=fresh) as pool:
            states = pool.submit(shown, net, path, "0", 30).result()
        group = network.junction("0").group_ids[0]
        ours = [read.program.aspect(group, second - (read.offset_s or 0)) for second in range(30)]
        assert "".join(ours) == "".join(state[0] for state in states), name


def test_a_network_sumo_refuses_is_said_in_one_sentence(tmp_path: Path) -> None:
    net = tmp_path / "half.net.xml"
    net.write_text(
        '<net version="1.20"><edge id="a" from="x" to="y" priority="1"><lane id="a_0" index="0" '
        'speed="10" length="10" shape="0,0 10,0"/></edge></net>'
    )
    with pytest.raises(SimulationError, match="SUMO refuses"):
        check(Case(net=net))
