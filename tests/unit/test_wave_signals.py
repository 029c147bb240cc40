"""A corridor's junctions as the band engine sees them: wide junctions, one-sided lights."""

from __future__ import annotations

import pytest

from signalctl.domain.corridor import Corridor, Progression, StopLine
from signalctl.domain.junction import GroupKind, Junction, Movement, SignalGroup
from signalctl.domain.program import Program
from signalctl.workflow.wave.signals import SLOWEST_SHARE, WaveSignal, arterial_problem

CYCLE_S = 60


def junction(name: str) -> Junction:
    groups = tuple(
        SignalGroup(
            id=group,
            kind=GroupKind.VEHICLE,
            approach=group,
            movements=(Movement.THROUGH,),
            links=(link,),
        )
        for link, group in enumerate(("first", "second", "back"))
    )
    return Junction(id=name, groups=groups)


def line(name: str, group: str, position_m: float) -> StopLine:
    return StopLine(junction_id=name, group_id=group, position_m=position_m)


# B is wide: outbound traffic meets two stop lines 30 m apart. Inbound passes B without a stop.
CORRIDOR = Corridor(
    name="A - C",
    junction_ids=("A", "B", "C"),
    outbound=Progression(
        stop_lines=(
            line("A", "first", 0.0),
            line("B", "first", 300.0),
            line("B", "second", 330.0),
            line("C", "first", 600.0),
        ),
        speeds_mps=(10.0, 10.0, 10.0),
    ),
    inbound=Progression(
        stop_lines=(line("C", "back", 0.0), line("A", "back", 640.0)), speeds_mps=(10.0,)
    ),
)


def green(start: int, length: int) -> str:
    text = "G" * length + "yyy" + "r" * (CYCLE_S - length - 3)
    return text[-start:] + text[:-start] if start else text


def signal(name: str, **greens: tuple[int, int]) -> WaveSignal:
    seconds = {"first": (0, 20), "second": (0, 20), "back": (0, 20)} | greens
    program = Program.of({group: green(*when) for group, when in seconds.items()})
    return WaveSignal(junction(name), CORRIDOR, [("as shipped", program)], None, None)


def test_stop_lines_in_a_row_are_passed_without_stopping() -> None:
    wide = signal("B", first=(0, 20), second=(8, 20)).arterial_signal(CYCLE_S)
    assert wide is not None
    (candidate,) = wide.candidates
    # The second line lies 3 s on: its green from 8 to 28 must be met from 5 on, the first's to 20.
    assert candidate.outbound == ((5.0, 20.0),)
    assert candidate.inbound is None


def test_stop_lines_that_never_agree_leave_no_way() -> None:
    wide = signal("B", first=(0, 20), second=(40, 15)).arterial_signal(CYCLE_S)
    assert wide is not None
    assert wide.candidates[0].outbound == ()


def test_links_run_from_first_stop_line_to_first_stop_line() -> None:
    signals = [signal(name) for name in CORRIDOR.junction_ids]
    problem = arterial_problem(signals, CORRIDOR, (10.0, 10.0))(CYCLE_S)
    assert problem is not None
    assert [link.outbound.lo_s for link in problem.links] == pytest.approx([30.0, 30.0])
    # 64 s back past B, where nobody stops: shared out evenly.
    assert [link.inbound.lo_s for link in problem.links] == pytest.approx([32.0, 32.0])
    assert all(link.inbound.lo_s == link.inbound.hi_s for link in problem.links)


def test_without_a_given_speed_a_link_may_be_driven_a_little_slower() -> None:
    signals = [signal(name) for name in CORRIDOR.junction_ids]
    problem = arterial_problem(signals, CORRIDOR, None)(CYCLE_S)
    assert problem is not None
    first = problem.links[0].outbound
    assert (first.lo_s, first.hi_s) == pytest.approx((30.0, 30.0 / SLOWEST_SHARE))


def test_a_cycle_that_is_too_short_says_why() -> None:
    short = signal("A")
    assert short.arterial_signal(5) is None
    assert "too short" in short.refusals[5]
