"""Alarms of emulated devices on real sockets: raised, cleared, acknowledged, told to the pages."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from service_place import Place, place_in, site_of
from service_server import wait_for
from street_beside import BesideStreet, beside
from street_in_hand import QUICK

from signalctl.controllers.device.device import Mode
from signalctl.controllers.device.emulator.controller import Controller
from signalctl.files.devices_schema import DeviceList
from signalctl.networks.network import Network
from signalctl.workflow.service.street_orders import StreetPlace

pytestmark = pytest.mark.sumo
LONGEST_S = 40.0


@dataclass
class Watched:
    """A service that watches two devices, one of each protocol."""

    place: Place
    street: BesideStreet
    ntcip: str
    gbt: str

    def alarms(self, state: str = "open") -> dict[tuple[str, str], dict[str, Any]]:
        answer = self.place.ask("vera", "GET", f"/alarms?state={state}")
        assert answer.status_code == 200, answer.text
        return {(a["device"], a["kind"]): a for a in answer.json()["items"]}

    def raised(self, device: str, kind: str) -> dict[str, Any]:
        found: dict[str, Any] = wait_for(lambda: self.alarms().get((device, kind)), LONGEST_S)
        return found

    def cleared(self, device: str, kind: str) -> None:
        wait_for(lambda: not self.alarms()[device, kind]["active"], LONGEST_S)

    def heard(self) -> list[dict[str, Any]]:
        events = self.place.service.hub.after(0)
        return [a for e in events if e.type == "alarm" for a in json.loads(e.data)["alarms"]]


@pytest.fixture(scope="module")
def network(arterial: Path) -> Network:
    return site_of(arterial).network("arterial").network


@pytest.fixture
def scene(
    tmp_path: Path, arterial: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Watched]:
    monkeypatch.setenv("THEM", "private")
    two = list(network.junctions)[:2]
    entries = [
        {
            "id": f"D{two[0]}",
            "junction": two[0],
            "protocol": "ntcip1202",
            "address": "127.0.0.1:0",
            "credentials": "env:THEM",
            **QUICK["ntcip1202"],
        },
        {
            "id": f"D{two[1]}",
            "junction": two[1],
            "protocol": "gbt20999",
            "address": "udp://127.0.0.1:0",
            **QUICK["gbt20999"],
        },
    ]
    document = {"network": str(network.path), "rules": "as-surveyed", "devices": entries}
    listed = DeviceList.model_validate(document)
    with beside(listed, network) as street:
        place = StreetPlace(network=site_of(arterial).network("arterial"), devices=street.devices)
        with place_in(tmp_path, arterial, street=place) as found:
            desk = found.service.street
            assert desk is not None
            desk.start()
            try:
                desk.wait(60)
                yield Watched(found, street, f"D{two[0]}", f"D{two[1]}")
            finally:
                desk.stop()


def test_a_device_that_is_lost_is_an_alarm_until_it_is_back_and_somebody_saw_it(
    scene: Watched,
) -> None:
    place, lost = scene.place, scene.ntcip
    wait_for(lambda: all(d["state"] for d in place.ask("vera", "GET", "/devices").json()))
    assert (lost, "lost") not in scene.alarms()
    scene.street.act(lost, Controller.power_off)
    alarm = scene.raised(lost, "lost")
    assert (alarm["active"], alarm["priority"], alarm["times"]) == (True, 2, 1)
    assert alarm["message"].startswith("It does not answer: ")
    path = f"/alarms/{alarm['id']}/acknowledge"
    assert place.ask("vera", "POST", path, {"reason": "seen"}).status_code == 403
    assert place.ask("otto", "POST", path, {"reason": "  "}).status_code == 422
    assert place.ask("otto", "POST", "/alarms/nix/acknowledge", {"reason": "x"}).status_code == 404
    done = place.ask("otto", "POST", path, {"reason": "technician sent"}).json()
    assert done["active"] is True
    assert done["acknowledged"]["by"] == "otto"
    twice = place.ask("otto", "POST", path, {"reason": "again"})
    assert (twice.status_code, twice.json()["code"]) == (409, "wrong-state")
    scene.street.act(lost, Controller.power_on)
    wait_for(lambda: (lost, "lost") not in scene.alarms(), LONGEST_S)
    kept = scene.alarms("all")[lost, "lost"]
    assert kept["acknowledged"]["reason"] == "technician sent"
    assert kept["cleared_at"] > kept["first_at"]
    states = [
        (a["active"], a["acknowledged"] is not None) for a in scene.heard() if a["id"] == kept["id"]
    ]
    assert states == [(True, False), (True, True), (False, True)]
    assert place.actions().count("alarm-acknowledged") == 1


def test_a_conflict_stays_on_the_list_after_it_is_over(scene: Watched) -> None:
    for device in (scene.ntcip, scene.gbt):
        scene.street.act(
            device, lambda c: c.raise_fault("conflict", "greens in conflict", flash=True)
        )
    for device in (scene.ntcip, scene.gbt):
        assert scene.raised(device, "conflict")["priority"] == 1
    assert scene.raised(scene.gbt, "flash")["active"] is True
    for device in (scene.ntcip, scene.gbt):
        scene.street.act(device, lambda c: c.clear_fault("conflict"))
    for device in (scene.ntcip, scene.gbt):
        scene.cleared(device, "conflict")
    still = scene.alarms()[scene.ntcip, "conflict"]
    assert (still["active"], still["acknowledged"]) == (False, None)


def test_the_switch_in_the_cabinet_is_seen(scene: Watched) -> None:
    for device in (scene.ntcip, scene.gbt):
        scene.street.act(device, lambda c: c.set_manual(Mode.FLASH))
        assert scene.raised(device, "flash")["priority"] == 1


def test_the_second_of_the_cycle_is_the_controllers_own(scene: Watched) -> None:
    """Asked for a whole cycle; the lamps' word is right to a second for both protocols."""

    def told(device: str) -> tuple[int, int] | None:
        found = {d["id"]: d for d in scene.place.ask("vera", "GET", "/devices").json()}
        state = found[device]["state"]
        if state is None or state["cycle_second"] is None:
            return None
        return state["cycle_second"], state["cycle_s"]

    devices = (scene.ntcip, scene.gbt)
    wait_for(lambda: all(told(device) for device in devices), 120)
    for _ in range(20):
        for device in devices:
            found = told(device)
            assert found is not None
            second, cycle_s = found
            own = scene.street.act(device, lambda c: c.state.cycle_second)
            # Right to a second, and up to another one old.
            assert (own - second) % cycle_s in (0, 1, 2, cycle_s - 1), device
        time.sleep(0.5)
