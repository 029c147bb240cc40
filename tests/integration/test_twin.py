"""The twin: lamps read from emulated controllers show in SUMO what their plans say."""

from __future__ import annotations

import asyncio
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from signalctl.cli.main import run as command
from signalctl.controllers.device.device import Mode
from signalctl.domain.aspect import Aspect
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.plan import StageSequence
from signalctl.domain.push import PushState
from signalctl.files.devices_file import read_devices
from signalctl.files.plan_file import PlanSet, read_plans, write_plans
from signalctl.rules.registry import profile
from signalctl.sim.run import prepared, run
from signalctl.sim.variants import Variant, VariantKind, plans, shipped
from signalctl.workflow.devices.opening import open_devices
from signalctl.workflow.emulation.cabinet import Cabinet
from signalctl.workflow.emulation.street import Street
from signalctl.workflow.export import export_sumo
from signalctl.workflow.source import Source, open_scenario
from signalctl.workflow.twin.detector_wires import DetectorWires
from signalctl.workflow.twin.junction_wire import JunctionWire, Patience
from signalctl.workflow.twin.session import TwinOrder, Way, twin
from signalctl.workflow.twin.streetside import StreetHere
from signalctl.workflow.twin.twin import TwinRun, run_twin

pytestmark = pytest.mark.sumo

LIGHTS = ("J1", "J2", "J3")
PROTOCOLS = ("ntcip1202", "gbt20999", "ntcip1202")
SECRET = "TWIN_TEST_COMMUNITY"
MIDNIGHT_S = 1_704_067_200


@pytest.fixture(scope="module")
def source(short: Path) -> Source:
    """Five minutes of the arterial, cut off soon afterwards."""
    found = open_scenario(short)
    assert found.scenario is not None
    return replace(found, scenario=replace(found.scenario, end_s=150.0, drain_limit_s=100.0))


@pytest.fixture(scope="module")
def against(plans: Path) -> Path:
    """The plans of the wave, but their side roads green for a whole cycle longer."""
    good = read_plans(plans)
    longer = {}
    for junction, plan in good.plans.items():
        form = plan.form
        assert isinstance(form, StageSequence)
        # What the walkers need to clear is certified: the stage in which they start can grow.
        stages = tuple(
            replace(s, split_s=s.split_s + (plan.cycle_s if "W-crossing" in s.greens else 0))
            for s in form.stages
        )
        longer[junction] = replace(
            plan,
            name="against",
            cycle_s=2 * plan.cycle_s,
            form=replace(form, stages=stages),
        )
    path = plans.parent / "against.yaml"
    write_plans(path, replace(good, plans=FrozenMap(longer)))
    return path


@pytest.fixture(scope="module")
def devices(arterial: Path, plans: Path, against: Path) -> Path:
    """Three junctions of eight have a controller, of both kinds in turn."""
    lines = [
        "schema: signalctl/devices/1",
        "network: net.net.xml",
        f"commissioned: [{plans.name}, {against.name}]",
        "devices:",
    ]
    for number, (light, protocol) in enumerate(zip(LIGHTS, PROTOCOLS, strict=True), start=1):
        rest = (
            f"address: 127.0.0.1:0, credentials: 'env:{SECRET}'"
            if protocol == "ntcip1202"
            else f"address: 'udp://127.0.0.1:0', controller: {number}"
        )
        lines.append(f"  - {{id: D-{light}, junction: {light}, protocol: {protocol}, {rest}}}")
    path = arterial / "twin-devices.yaml"
    path.write_text("\n".join(lines) + "\n")
    return path


def witness(folder: Path, variant: Variant) -> tuple[Variant, Path]:
    """The variant, with SUMO noting every light's state in every second in a file."""
    output = folder / f"{variant.name}.states.xml"
    events = folder / f"{variant.name}.events.add.xml"
    every = [f"J{number}" for number in range(1, 9)]
    events.write_text(
        "<additional>"
        + "".join(
            f'<timedEvent type="SaveTLSStates" source="{light}" dest="{output}"/>'
            for light in every
        )
        + "</additional>"
    )
    return replace(variant, additionals=(*variant.additionals, events)), output


def states(path: Path) -> list[tuple[str, str, str]]:
    """(second, light, state) in SUMO's order."""
    found = ET.parse(path).getroot().iter("tlsState")
    return [(e.get("time", ""), e.get("id", ""), e.get("state", "")) for e in found]


def planned(source: Source, plan_set: PlanSet, folder: Path) -> Variant:
    """The plans as SUMO runs them by itself."""
    path = folder / f"{next(iter(plan_set.plans.values())).name}.add.xml"
    export_sumo(plan_set, source.network, path, profile("as-surveyed"))
    return plans_variant(path)


def plans_variant(path: Path) -> Variant:
    return plans("direct", path)


def order(source: Source, devices: Path, *pushes: tuple[Path, int], **more: object) -> TwinOrder:
    return TwinOrder(
        source=source,
        devices=read_devices(devices),
        pushes=tuple((read_plans(path), at_s) for path, at_s in pushes),
        issuer="tester",
        **more,  # type: ignore[arg-type]  # keywords of a test
    )


def test_pushed_plans_show_the_same_lamps_and_measures_as_simulated_directly(
    source: Source, devices: Path, plans: Path, tmp_path: Path
) -> None:
    assert source.scenario is not None
    own = Variant(name="twin", kind=VariantKind.DEVICES)
    twinned, told = witness(tmp_path, own)
    found = asyncio.run(twin(order(source, devices, (plans, 0), variant=twinned)))
    direct, meant = witness(tmp_path, planned(source, read_plans(plans), tmp_path))
    corridor = read_plans(plans).corridor
    assert corridor is not None
    edges = {edge for way in corridor.directions.values() for edge in way.edges}
    alone = run(source.scenario, direct, 1, corridor_edges=edges)
    assert states(told) == states(meant)
    assert found.run.measures == alone.measures
    assert found.run.measures.due > 100
    (push,) = found.pushes
    assert push.result is not None
    assert push.result.state is PushState.DONE
    for light in LIGHTS:
        tally = found.junctions[light]
        assert (tally.read, tally.held, tally.lost) == (found.seconds, 0, 0)
        assert tally.plan == found.seconds
    assert found.notes == ()


def test_a_plan_pushed_in_the_middle_changes_the_city(
    source: Source,
    devices: Path,
    plans: Path,
    against: Path,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    assert source.scenario is not None
    scenario = replace(source.scenario, end_s=300.0, drain_limit_s=100.0)
    longer = replace(source, scenario=scenario)

    def delay_s(*pushes: tuple[Path, int]) -> float:
        found = asyncio.run(twin(order(longer, devices, *pushes, warm_up_s=300)))
        for push in found.pushes:
            assert push.result is not None
            assert push.result.state is PushState.DONE
        return found.run.measures.total_delay_s

    wave, side = (
        run(scenario, planned(longer, read_plans(path), tmp_path), 1).measures.total_delay_s
        for path in (plans, against)
    )
    assert wave < side
    better, worse = delay_s((against, 0), (plans, 60)), delay_s((plans, 0), (against, 60))
    record_property(
        "delay s/veh of wave, wave then against it, against it then wave, against it",
        f"{wave:.1f}, {worse:.1f}, {better:.1f}, {side:.1f}",
    )
    assert wave < better < side
    assert wave < worse < side


def test_cabinets_of_another_process_are_driven_in_lockstep(
    source: Source, devices: Path, plans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET, "writing")
    monkeypatch.setenv("SIGNALCTL_DATABASE_URL", f"sqlite:///{tmp_path / 'twin.db'}")
    assert source.scenario is not None
    brief = replace(source.scenario, end_s=60.0, drain_limit_s=30.0)
    certified = tmp_path / "plans.yaml"
    certified.write_bytes(plans.read_bytes())
    network = str(devices.parent / "net.net.xml")
    assert command(["certify", str(certified), "--network", network]) == 0

    async def whole() -> TwinRun:
        async with AsyncExitStack() as stack:
            street = await stack.enter_async_context(
                Street(read_devices(devices), source.network, start_s=MIDNIGHT_S + 3600)
            )
            cabinet = Cabinet(street, stepped=True)
            port = await cabinet.open()
            stack.push_async_callback(cabinet.close)
            ordered = order(
                replace(source, scenario=brief),
                devices,
                (certified, 0),
                way=Way.CABINET,
                cabinet=("127.0.0.1", port),
            )
            found = await twin(replace(ordered, devices=street.devices))
            seen = [s for c in street.controllers.values() for s in c.detectors.all()]
            assert sum(each.volume for each in seen) > 0
            return found

    found = asyncio.run(whole())
    direct = run(brief, planned(source, read_plans(plans), tmp_path), 1)
    assert found.run.measures.total_delay_s == direct.measures.total_delay_s


def test_free_controllers_answer_to_the_vehicles_of_the_simulation(
    source: Source, devices: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET, "writing")
    assert source.scenario is not None
    brief = replace(source.scenario, end_s=100.0, drain_limit_s=0.0)

    async def lived(*, seeing: bool) -> list[str]:
        """What J1 showed in 100 s of free operation."""
        listed = read_devices(devices)
        shown: list[str] = []
        async with (
            Street(listed, source.network, start_s=MIDNIGHT_S + 3600) as street,
            open_devices(street.devices, source.network) as opened,
        ):
            wires = {
                entry.junction: JunctionWire(
                    opened[entry.id],
                    source.network.junction(entry.junction),
                    Patience(),
                    protocol=entry.protocol,
                )
                for entry in listed.devices
            }
            detectors = {
                entry.junction: (
                    entry.id,
                    {
                        seen.detector.number: seen.detector.group
                        for seen in street.controllers[entry.id].detectors.all()
                    },
                )
                for entry in listed.devices
                if seeing
            }
            for controller in street.controllers.values():
                controller.command_mode(Mode.FREE)
            street.on_second.append(
                lambda _: shown.append("".join(street.controllers["D-J1"].lamps.values()))
            )
            with prepared(brief) as ready:
                found = await run_twin(
                    ready,
                    source.network,
                    wires,
                    StreetHere(street, DetectorWires(detectors)),
                    shipped(),
                    1,
                    warm_up_s=60,
                )
            for tally in found.junctions.values():
                assert (tally.read, tally.lost) == (found.seconds, 0)
                assert tally.slots[-1][1] is None
        return shown

    blind, seeing = asyncio.run(lived(seeing=False)), asyncio.run(lived(seeing=True))
    assert len(blind) == len(seeing)
    assert blind != seeing


def test_devices_that_live_by_the_clock_are_followed(
    source: Source, devices: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET, "writing")
    assert source.scenario is not None
    brief = replace(source.scenario, end_s=3.0, drain_limit_s=0.0)

    async def whole() -> tuple[TwinRun, set[str]]:
        async with Street(read_devices(devices), source.network) as street:
            living = asyncio.create_task(street.run())
            ordered = order(replace(source, scenario=brief), devices, way=Way.REAL_TIME)
            found = await twin(replace(ordered, devices=street.devices))
            living.cancel()
            await asyncio.gather(living, return_exceptions=True)
            return found, set(street.controllers)

    found, ids = asyncio.run(whole())
    assert {tally.device_id for tally in found.junctions.values()} == ids
    for tally in found.junctions.values():
        # A busy machine may answer late; what is not answered is counted, never dropped.
        assert tally.read + tally.held + tally.lost == found.seconds
        assert tally.read > 0
    assert found.clock_ahead_s is None


def test_a_silent_device_keeps_its_lamps_for_a_while_then_is_out_of_order(
    source: Source, devices: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET, "writing")
    listed = read_devices(devices)
    impatient = listed.devices[1].model_copy(update={"waits_s": (0.2, 0.2)})
    only = listed.model_copy(update={"devices": (impatient,)})
    only._source = listed.source

    async def whole() -> None:
        async with (
            Street(only, source.network, start_s=MIDNIGHT_S + 3600) as street,
            open_devices(street.devices, source.network) as opened,
        ):
            junction = source.network.junction("J2")
            wire = JunctionWire(opened["D-J2"], junction, Patience(hold_s=3), protocol="gbt20999")

            async def second(number: int) -> set[Aspect]:
                street.step()
                return set((await wire.second(number)).values())

            last = await second(0)
            assert Aspect.FLASHING not in last
            street.controllers["D-J2"].power_off()
            assert [await second(n) for n in range(1, 4)] == [last] * 3
            assert await second(4) == {Aspect.FLASHING}
            tally = wire.tally
            assert (tally.read, tally.held, tally.lost) == (1, 3, 1)
            street.controllers["D-J2"].power_on()
            shown = [await second(n) for n in range(5, 80)]
            assert Aspect.FLASHING not in shown[-1]
            assert tally.read > 40
            assert len(tally.notes) == 1
            await wire.close()

    asyncio.run(whole())


def test_the_verb_writes_a_record_and_says_how_it_went(
    short: Path, devices: Path, plans: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = tmp_path / "twin.json"
    where = ["--devices", str(devices), "--end", "20", "--warm-up", "120"]
    code = command(
        ["twin", str(short), *where, "--push", f"{plans}@10", "-o", str(record), "--json"]
    )
    assert code == 0
    document = json.loads(capsys.readouterr().out)
    assert document == json.loads(record.read_text())
    assert document["schema"] == "signalctl/twin/1"
    assert [each["state"] for each in document["pushes"]] == ["done"]
    assert document["junctions"]["J1"]["slots"][-1]["slot"] == 10
    assert document["run"]["measures"]["due"] > 0
    assert command(["twin", str(short), *where, "--push", str(plans)]) == 2
    assert command(["twin", str(short), *where, "--cabinet", "nowhere"]) == 2
