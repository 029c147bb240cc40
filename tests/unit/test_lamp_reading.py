"""Colours out of what a device answers, what detectors are told, and the clock on the wall."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from ntcip_devices import dual_ring

from signalctl.controllers.device.gbt20999.enumerations import LampState
from signalctl.controllers.device.gbt20999.lamps import aspects, greens
from signalctl.controllers.device.ntcip1202.lamps import Wiring, lamps
from signalctl.controllers.device.ntcip1202.objects import Oid, Value, instance
from signalctl.domain.aspect import Aspect
from signalctl.domain.frozen import FrozenMap
from signalctl.sim.driven_run import Seen, Sighting
from signalctl.workflow.twin.detector_wires import DetectorWires
from signalctl.workflow.twin.streetside import WallClock

SITE, _ = dual_ring()
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def answer(wiring: Wiring, **said: int) -> dict[Oid, Value | None]:
    """What a controller answers that runs pattern 3; masks not said are empty."""
    state = {"unitFlashStatus": 2, "coordPatternStatus": 3, "localFreeStatus": 2}
    found: dict[Oid, Value | None] = dict.fromkeys(wiring.oids, 0)
    for name, value in (state | said).items():
        found[instance(name) if name in state else instance(name, 1)] = value
    return found


def test_channels_tell_every_colour() -> None:
    wiring = Wiring.of(SITE, by_channel=True)
    read = answer(
        wiring,
        channelStatusGroupReds=0b0000_1110,
        channelStatusGroupYellows=0b0001_1000,
        channelStatusGroupGreens=0b0010_0001,
    )
    found = lamps(read, wiring, NOW)
    assert found.slot == 3
    assert list(found.aspects.values()) == [
        Aspect.PROTECTED,
        Aspect.RED,
        Aspect.RED,
        Aspect.RED_AMBER,
        Aspect.AMBER,
        Aspect.PROTECTED,
        Aspect.OFF,
        Aspect.OFF,
    ]


def test_a_flashing_controller_is_out_of_order_and_runs_no_plan() -> None:
    wiring = Wiring.of(SITE, by_channel=True)
    read = answer(wiring, unitFlashStatus=5, coordPatternStatus=255, localFreeStatus=3)
    found = lamps(read, wiring, NOW)
    assert set(found.aspects.values()) == {Aspect.FLASHING}
    assert found.slot is None


def test_phases_stand_in_for_channels_that_are_not_told() -> None:
    channels = Wiring.of(SITE, by_channel=True)
    read = answer(channels)
    read[instance("channelStatusGroupGreens", 1)] = None
    assert not channels.is_told(read)
    phases = Wiring.of(SITE, by_channel=False)
    read = answer(phases, phaseStatusGroupGreens=0b0000_0010, phaseStatusGroupYellows=0b0010_0000)
    found = lamps(read, phases, NOW).aspects
    assert found["E"] is Aspect.PROTECTED
    assert found["W"] is Aspect.AMBER
    assert {found[g] for g in ("Wl", "Sl", "N", "El", "Nl", "S")} == {Aspect.RED}
    read[instance("phaseStatusGroupWalks", 1)] = None
    assert set(lamps(read, phases, NOW).aspects.values()) == {None}


def test_lamp_groups_tell_their_colours_and_nothing_else() -> None:
    told = {
        "a": LampState.GREEN_FLASH,
        "b": LampState.RED_YELLOW,
        "c": LampState.YELLOW_FAST_FLASH,
        "d": 0x77,
    }
    assert aspects(told, "abcde") == {
        "a": Aspect.PROTECTED,
        "b": Aspect.RED_AMBER,
        "c": Aspect.FLASHING,
        "d": None,
        "e": None,
    }
    assert greens(told) == {"a"}
    assert set(aspects(None, "ab").values()) == {None}


def test_detectors_are_told_what_changes_and_what_comes() -> None:
    wires = DetectorWires({"J": ("D", {1: "E", 2: "N"})})

    def sight(**seen: Seen) -> Sighting:
        return Sighting(second=0, seen=FrozenMap({"J": FrozenMap(seen)}))

    assert wires.inputs(sight()) == []
    assert wires.inputs(sight(E=Seen(2, 1))) == [("D", 1, True, 1)]
    assert wires.inputs(sight(E=Seen(2, 0), N=Seen(1, 1))) == [
        ("D", 1, True, 0),
        ("D", 2, True, 1),
    ]
    assert wires.inputs(sight()) == [("D", 1, False, 0), ("D", 2, False, 0)]
    assert wires.inputs(sight()) == []


def test_the_wall_clock_is_met_once_a_second_and_lateness_is_counted() -> None:
    now_s = 100.6
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        nonlocal now_s
        slept.append(round(seconds, 6))
        now_s += seconds

    async def whole() -> WallClock:
        nonlocal now_s
        clock = WallClock(clock=lambda: now_s, sleep=sleep)
        for work_s in (0.1, 0.9, 2.5, 0.0):
            await clock.live(None)
            now_s += work_s
        await clock.live(None)
        return clock

    found = asyncio.run(whole())
    assert slept == [0.65, 0.9, 0.1, 0.0, 0.5]
    assert found.late == 1
