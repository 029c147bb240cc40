"""The second of a cycle, as the lamps alone tell it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from crossing import crossing, plan_am

from signalctl.controllers.device.device import Lamps
from signalctl.domain.aspect import GREENS, Aspect
from signalctl.domain.expand import expand
from signalctl.domain.frozen import FrozenMap
from signalctl.workflow.service.cycle_clock import CycleClock

START = datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC)
JUNCTION, PLAN = crossing(), plan_am()
PROGRAM = expand(PLAN, JUNCTION)


def reading(second: int, at: datetime) -> Lamps:
    """The lamps in a second, as a wire shows them: green, or not."""
    shown = {}
    for group in PROGRAM.group_ids:
        is_green = PROGRAM.aspect(group, second) in GREENS
        shown[group] = Aspect.PROTECTED if is_green else Aspect.RED
    return Lamps(read_at=at, slot=1, aspects=FrozenMap(shown))


def follow(
    clock: CycleClock, seconds: range, *, phase_s: float = 0.4, every_s: int = 1
) -> dict[int, int | None]:
    """What the clock says in each second, asked so long after each began."""
    return {
        n: clock.see(reading(n % PROGRAM.cycle_s, START + timedelta(seconds=n + phase_s)), PLAN)
        for n in seconds[::every_s]
    }


@pytest.mark.parametrize("phase_s", [0.0, 0.1, 0.5, 0.99])
@pytest.mark.parametrize("begin", [0, 17, 30])
def test_the_second_is_known_after_a_change_and_right_to_one(phase_s: float, begin: int) -> None:
    said = follow(CycleClock(JUNCTION), range(begin, begin + 3 * PROGRAM.cycle_s), phase_s=phase_s)
    known = {n: second for n, second in said.items() if second is not None}
    assert min(known) < begin + PROGRAM.cycle_s, "within the first cycle"
    assert set(known) == set(range(min(known), begin + 3 * PROGRAM.cycle_s))
    for n, second in known.items():
        wrong = (second - n) % PROGRAM.cycle_s
        assert wrong in (0, 1, PROGRAM.cycle_s - 1), (n, second)


def test_nothing_is_said_before_a_change_or_without_a_plan() -> None:
    clock = CycleClock(JUNCTION)
    assert clock.see(reading(3, START), None) is None
    assert clock.cycle_s is None
    assert clock.see(reading(3, START), PLAN) is None
    assert clock.see(None, PLAN) is None
    assert clock.cycle_s == PROGRAM.cycle_s


def test_readings_too_far_apart_tell_nothing() -> None:
    said = follow(CycleClock(JUNCTION), range(3 * PROGRAM.cycle_s), every_s=4)
    assert set(said.values()) == {None}


def test_a_jump_is_not_counted_on_and_found_again() -> None:
    clock = CycleClock(JUNCTION)
    cycle_s = PROGRAM.cycle_s
    follow(clock, range(2 * cycle_s))
    said = {}
    for n in range(2 * cycle_s, 4 * cycle_s):
        at = START + timedelta(seconds=n + 0.4)
        said[n] = clock.see(reading((n + 20) % cycle_s, at), PLAN)
    wrong = [n for n, second in said.items() if second not in (None, (n + 20) % cycle_s)]
    assert len(wrong) < 20, "for as long as the lamps could be those of either"
    assert said[4 * cycle_s - 1] == (4 * cycle_s - 1 + 20) % cycle_s


def test_another_plan_begins_anew() -> None:
    clock = CycleClock(JUNCTION)
    follow(clock, range(2 * PROGRAM.cycle_s))
    other = replace(PLAN, name="another")
    at = START + timedelta(seconds=2 * PROGRAM.cycle_s + 0.4)
    assert clock.see(reading(0, at), other) is None
