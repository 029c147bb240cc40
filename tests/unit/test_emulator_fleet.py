"""A fleet's clock."""

from __future__ import annotations

import asyncio

import pytest
from four_arms import crossroads

from signalctl.controllers.device.emulator.controller import Controller
from signalctl.controllers.device.emulator.fleet import Fleet
from signalctl.domain.errors import InputError
from signalctl.rules.registry import profile


class Wall:
    """A real time that passes only in sleep, and a little in every look at it."""

    def __init__(self, lag_s: float = 0.0) -> None:
        self.now = 50.0
        self.lag_s = lag_s

    def monotonic(self) -> float:
        self.now += self.lag_s
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


def _fleet(speed: float, number: int = 3) -> Fleet:
    rules = profile("gb")
    controllers = {str(n): Controller(crossroads(), rules) for n in range(number)}
    return Fleet(controllers, start_s=1000, speed=speed)


@pytest.mark.parametrize("speed", [0.5, 1.0, 10.0])
def test_seconds_pass_at_the_speed_of_the_fleet(speed: float) -> None:
    fleet, wall, lived = _fleet(speed), Wall(), list[tuple[int, float]]()
    asyncio.run(
        fleet.run(
            20,
            each_second=lambda second: lived.append((second, wall.now)),
            monotonic=wall.monotonic,
            sleep=wall.sleep,
        )
    )
    assert [second for second, _ in lived] == list(range(1000, 1020))
    assert [at for _, at in lived] == pytest.approx([50.0 + n / speed for n in range(20)])
    assert {c.clock_s for c in fleet.controllers.values()} == {1019}
    assert fleet.now_s == 1019


def test_a_fleet_that_is_late_catches_up_and_leaves_no_second_out() -> None:
    fleet, wall, lived = _fleet(10.0), Wall(lag_s=0.5), list[int]()
    asyncio.run(fleet.run(30, each_second=lived.append, monotonic=wall.monotonic, sleep=wall.sleep))
    assert lived == list(range(1000, 1030))


def test_all_controllers_of_a_fleet_live_the_same_second() -> None:
    fleet = _fleet(1.0)
    for _ in range(60):
        second = fleet.step()
    assert second == 1059
    assert len({tuple(c.lamps.items()) for c in fleet.controllers.values()}) == 1


@pytest.mark.parametrize("speed", [0.0, -1.0, 1e6])
def test_no_speed_and_too_much_speed_are_refused(speed: float) -> None:
    with pytest.raises(InputError, match="--speed"):
        _fleet(speed)
