"""The cabinet side of emulated controllers: detectors, lamps, power, time in step."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from street_in_hand import START_S, answering, listed, mode_of

from signalctl.controllers.device.device import Mode
from signalctl.domain.errors import InputError, Unreachable
from signalctl.networks.network import Network, read_network
from signalctl.workflow.emulation import Street
from signalctl.workflow.emulation.cabinet import Cabinet
from signalctl.workflow.emulation.cabinet_client import CabinetClient
from signalctl.workflow.emulation.event_file import EventFile

pytestmark = pytest.mark.sumo


@pytest.fixture(scope="module")
def network(arterial: Path) -> Network:
    return read_network(arterial / "net.net.xml")


@pytest.fixture(autouse=True)
def _community(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THEM", "private")


def test_the_cabinet_steps_time_and_moves_detectors(network: Network, tmp_path: Path) -> None:
    devices = listed(network, "gbt20999", "J1", "J3")

    async def whole() -> None:
        async with Street(devices, network, start_s=START_S) as street:
            cabinet = Cabinet(street, stepped=True)
            port = await cabinet.open()
            try:
                with EventFile(tmp_path / "events.csv", street):
                    await use(street, port)
            finally:
                await cabinet.close()

    async def use(street: Street, port: int) -> None:
        async with CabinetClient("127.0.0.1", port) as wires:
            wired = await wires.about()
            assert wired["J3"].groups == street.controllers["J3"].junction.group_ids
            number, group = next(iter(wired["J3"].detectors.items()))
            assert group in wired["J3"].groups
            before = (await wires.lamps()).now_s
            shown = await wires.step(3, [("J3", number, True, 2)])
            assert shown.now_s == before + 3 == street.now_s
            controller = street.controllers["J3"]
            assert shown.lamps["J3"] == "".join(controller.lamps[g] for g in wired["J3"].groups)
            assert controller.detectors.by_group[group][0].occupied
            await wires.manual("J3", "flash")
            assert (await wires.step(30)).lamps["J3"] != shown.lamps["J3"]
            assert mode_of(controller) is Mode.FLASH
            await wires.manual("J3", None)
            await wires.preempt("J3", True)
            await wires.step(30)
            assert mode_of(controller) is Mode.PREEMPTED
            await wires.preempt("J3", False)
            await wires.fault("J1", "conflict", "Two greens.", flash=True)
            await wires.step(2)
            assert mode_of(street.controllers["J1"]) is Mode.FLASH
            await wires.fault("J1", "conflict", None)
            await wires.power("J1", "off")
            await wires.step(2)
            assert not answering(street.controllers["J1"])
            await wires.power("J1", "on")
            await wires.step(60)
            assert answering(street.controllers["J1"])
            for inputs in ([("J9", 1, True, 0)], [("J3", 999, True, 0)], [("J3", 1, True, -1)]):
                with pytest.raises(InputError):
                    await wires.detect(inputs)
            with pytest.raises(InputError, match="seconds"):
                await wires.step(0)
            with pytest.raises(InputError, match="state is"):
                await wires.power("J1", "half")
        for line, expected in (
            (b"nonsense\n", b"JSON"),
            (b"[1]\n", b"JSON"),
            (b'{"do":"x"}\n', b"not know"),
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(line)
            assert expected in await reader.readline()
            writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"x" * (3 * 1024 * 1024))
        assert b"at most" in await reader.readline()
        writer.close()

    asyncio.run(whole())
    lines = (tmp_path / "events.csv").read_text().splitlines()
    assert lines[0] == "TimeStamp,DeviceId,EventId,Parameter"
    assert all(len(line.split(",")) == 4 for line in lines)
    codes = {(line.split(",")[1], int(line.split(",")[2])) for line in lines[1:]}
    assert {("J1", 182), ("J1", 184), ("J3", 82), ("J3", 178), ("J3", 102)} <= codes
    assert ("J1", 1) in codes


def test_a_street_that_runs_by_itself_is_not_stepped(network: Network) -> None:
    devices = listed(network, "gbt20999", "J1")

    async def whole() -> None:
        async with Street(devices, network, speed=50) as street:
            cabinet = Cabinet(street)
            port = await cabinet.open()
            try:
                async with CabinetClient("127.0.0.1", port) as wires:
                    with pytest.raises(InputError, match="own clock"):
                        await wires.step()
                    before = street.now_s
                    await street.run(40)
                    assert (await wires.lamps()).now_s == before + 40
            finally:
                await cabinet.close()
        with pytest.raises(Unreachable):
            async with CabinetClient("127.0.0.1", port):
                pass

    asyncio.run(whole())
