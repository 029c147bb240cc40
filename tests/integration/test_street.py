"""A street of emulated controllers on real sockets, as a devices file describes it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from street_in_hand import PROTOCOLS, START_S, listed, on_street

from signalctl.controllers.device.device import Device, Mode
from signalctl.controllers.device.emulator.faults import Faults
from signalctl.controllers.device.emulator.settings import Settings
from signalctl.controllers.device.ntcip1202.profile import Credentials
from signalctl.domain.errors import DeviceError, InputError, Refused, Unreachable
from signalctl.domain.expand import timed
from signalctl.files.devices_file import DeviceList
from signalctl.files.plan_file import read_plans
from signalctl.networks.network import Network, read_network
from signalctl.workflow.devices import open_devices
from signalctl.workflow.devices.asking import read_statuses
from signalctl.workflow.emulation import Street

pytestmark = pytest.mark.sumo


@pytest.fixture(scope="module")
def network(arterial: Path) -> Network:
    return read_network(arterial / "net.net.xml")


@pytest.fixture(autouse=True)
def _community(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THEM", "private")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_junction_runs_its_own_program_second_by_second(
    protocol: str, network: Network
) -> None:
    devices = listed(network, protocol, *network.junctions)

    async def whole() -> None:
        async with (
            Street(devices, network, start_s=START_S) as street,
            open_devices(street.devices, network) as found,
        ):
            assert set(found) == set(network.junctions)
            street.live(400)
            for device_id, device in found.items():
                status = await device.status()
                assert (status.mode, status.slot, status.in_transition) == (
                    Mode.COORDINATED,
                    1,
                    False,
                ), device_id
                assert await device.scheduled_slots() == {1}
                assert await device.read_plan(10) is None
            shipped = {}
            for device_id, junction in network.junctions.items():
                program = network.default_program(device_id)
                plan = program.plan(device_id) if program is not None else None
                assert plan is not None
                shipped[device_id] = timed(plan, junction)
            # Offsets count from the local midnight, here UTC's.
            for _ in range(100):
                second = street.step() % 86_400
                for device_id, controller in street.controllers.items():
                    want = shipped[device_id]
                    assert controller.lamps == {
                        g: want.aspect(g, second) for g in controller.junction.group_ids
                    }

    asyncio.run(whole())


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_green_wave_is_written_read_back_and_runs(
    protocol: str, network: Network, plans: Path
) -> None:
    wave = read_plans(plans).plans
    devices = listed(network, protocol, *wave)

    async def whole() -> None:
        async with (
            Street(devices, network, start_s=START_S) as street,
            open_devices(street.devices, network) as found,
        ):
            for device_id, device in found.items():
                await device.write_plan(10, wave[device_id])
                assert await device.read_plan(10) == device.as_held(10, wave[device_id])
                await device.activate(10)
            street.live(600)
            readings = await read_statuses(street.devices, network)
            assert [r.status.slot for r in readings if r.status] == [10] * len(wave)

    asyncio.run(whole())


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_kept_memory_makes_the_same_controller_again(
    protocol: str, network: Network, plans: Path, tmp_path: Path
) -> None:
    wave = read_plans(plans).plans["J3"]
    state = tmp_path / "memory.json"

    async def write(street: Street, device: Device) -> None:
        await device.write_plan(12, wave)
        await device.write_day_plan(1, tuple(await device.read_day_plan(1)))
        entry = (await device.read_day_plan(1))[0]
        await device.write_day_plan(1, (replace(entry, slot=12),))
        await device.activate(12)
        street.live(2)

    async def look(street: Street, device: Device) -> None:
        assert "goes on" in street.runs["J3"]
        assert await device.read_plan(12) == device.as_held(12, wave)
        status = await device.status()
        # What was commanded is gone with the power; what is scheduled runs.
        assert (status.slot, status.commanded_slot) == (12, None)
        assert await device.scheduled_slots() == {12}

    devices = listed(network, protocol, "J3")
    on_street(network, devices, write, state=state)
    on_street(network, devices, look, state=state)
    state.write_text("{}")
    with pytest.raises(InputError, match="no kept memory"):
        Street(devices, network, state=state)
    other = listed(network, PROTOCOLS[1 - PROTOCOLS.index(protocol)], "J3")
    state.unlink()
    on_street(network, devices, write, state=state)
    with pytest.raises(InputError, match="another protocol"):
        on_street(network, other, look, state=state)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_write_that_was_cut_stays_cut_after_a_restart(
    protocol: str, network: Network, plans: Path, tmp_path: Path
) -> None:
    wave = read_plans(plans).plans["J1"]
    state = tmp_path / "memory.json"

    async def write(street: Street, device: Device) -> None:
        street.controllers["J1"].memory.crash_after = 4
        with pytest.raises(DeviceError):
            await device.write_plan(12, wave)
        street.live(60)
        assert (await device.status()).slot == 1

    async def look(_: Street, device: Device) -> None:
        assert (await device.status()).slot == 1
        await device.write_plan(12, wave)
        assert await device.read_plan(12) == device.as_held(12, wave)

    devices = listed(network, protocol, "J1")
    on_street(network, devices, write, state=state)
    on_street(network, devices, look, state=state)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_bad_line_is_lived_with_and_a_full_memory_refuses(
    protocol: str, network: Network, plans: Path
) -> None:
    wave = read_plans(plans).plans["J2"]
    more: dict[str, object] = {"timeout_s": 0.1, "attempts": 15}
    if protocol == "gbt20999":
        more = {"waits_s": [0.1] * 15}
    devices = listed(network, protocol, "J2", **more)

    async def lossy(_: Street, device: Device) -> None:
        for _again in range(5):
            assert (await device.status()).slot == 1

    on_street(network, devices, lossy, faults={"J2": Faults(drop=0.2, duplicate=0.1)})

    async def full(_: Street, device: Device) -> None:
        assert (await device.status()).slot == 1
        with pytest.raises(Refused):
            await device.write_plan(12, wave)

    on_street(network, devices, full, faults={"J2": Faults(full_memory=True)})


def test_controllers_that_dial_their_host_share_one_port(network: Network) -> None:
    # A port that is free now: the host listens at it later, the controllers dial it before.
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    devices = listed(network, "gbt20999", "J1", "J2", waits_s=[3.0, 3.0])
    dialling = devices.model_copy(
        update={
            "devices": tuple(
                e.model_copy(update={"address": f"dial-in://127.0.0.1:{port}"})
                for e in devices.devices
            )
        }
    )

    async def whole() -> None:
        async with (
            Street(dialling, network, start_s=START_S) as street,
            open_devices(street.devices, network) as found,
        ):
            for device_id, device in found.items():
                assert (await device.status()).slot == 1
                assert device.id == device_id

    asyncio.run(whole())


def test_silence_is_a_reading(network: Network) -> None:
    devices = listed(network, "ntcip1202", "J1", "J2", timeout_s=1.5, attempts=1)

    async def whole() -> None:
        async with Street(devices, network, start_s=START_S) as street:
            street.controllers["J2"].power_off()
            first, second = await read_statuses(street.devices, network)
            assert first.status is not None
            assert first.problem is None
            assert second.status is None
            assert isinstance(second.problem, Unreachable)
            (only,) = await read_statuses(street.devices, network, ["J1"])
            assert only.entry.id == "J1"

    asyncio.run(whole())


def test_stages_can_be_read_from_the_device(network: Network) -> None:
    devices = listed(network, "gbt20999", "J1")

    async def whole() -> None:
        async with (
            Street(devices, network, start_s=START_S) as street,
            open_devices(street.devices, network) as found,
        ):
            plan = await found["J1"].read_plan(1)
            junction = network.junction("J1")
            form = street.controllers["J1"].stages
            kinds = sorted({pair for stage in form for pair in stage.greens.items()})
            assert plan is not None
            from signalctl.controllers.device.gbt20999.site_map import site_map_for
            from signalctl.domain.plan import StageSequence

            assert isinstance(plan.form, StageSequence)
            site = site_map_for(junction, [plan.form])
            assert len(site.phases) == len(kinds)
            phases = [
                {
                    "number": p.number,
                    "protected": [g for g, k in p.greens.items() if k.value == "protected"],
                    "permissive": [g for g, k in p.greens.items() if k.value == "permissive"],
                }
                for p in site.phases
            ]
            written = street.devices.model_dump(mode="json", by_alias=True)
            written["devices"][0]["site"] = {
                "phases": phases,
                "lamp_groups": dict(site.lamp_groups),
            }
            again = DeviceList.model_validate(written)
            async with open_devices(again, network) as reading:
                assert await reading["J1"].read_plan(1) == plan
                assert (await reading["J1"].status()).greens is not None

    asyncio.run(whole())


def test_mistakes_of_a_list_are_told(network: Network) -> None:
    devices = listed(network, "gbt20999", "J1", "J2")
    with pytest.raises(InputError, match="no signal-controlled junction 'J77'"):
        Street(listed(network, "gbt20999", "J77"), network)
    with pytest.raises(InputError, match="no device J9 to have faults"):
        Street(devices, network, faults={"J9": Faults()})
    same = devices.model_copy(
        update={
            "devices": tuple(
                e.model_copy(update={"address": "udp://127.0.0.1:7999"}) for e in devices.devices
            )
        }
    )
    with pytest.raises(InputError, match="serves one junction"):
        Street(same, network)

    async def busy() -> None:
        async with Street(devices, network, start_s=START_S) as street:
            with pytest.raises(Unreachable, match="cannot be opened"):
                async with Street(street.devices, network):
                    pass

    asyncio.run(busy())


def test_a_program_the_phases_cannot_show_runs_free_and_says_so(network: Network) -> None:
    layout = {
        "sections": [
            [[{"number": 1, "split_s": 40, "protected": ["N-through", "S-through"]}]],
            [[{"number": 2, "split_s": 40, "protected": ["E-through", "W-through"]}]],
        ]
    }
    devices = listed(network, "ntcip1202", "J1", ring_barrier=layout)

    async def look(street: Street, device: Device) -> None:
        assert "runs free, for its phases cannot show" in street.runs["J1"]
        status = await device.status()
        assert (status.mode, status.slot) == (Mode.FREE, None)

    on_street(
        network,
        devices,
        look,
        settings=Settings(boot_s=0, flash_s=0),
        credentials=Credentials(community="private"),
    )
