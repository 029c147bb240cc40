"""Saturation flow and lost time from crossings, and an engineer's own figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from signalctl.domain.errors import InputError
from signalctl.sim.calibration_file import read_capacities
from signalctl.sim.calibration_sums import Green, discharge, greens_of


def fronts(count: int, *, first_s: float = 1.0, loss_s: float = 2.0) -> tuple[float, ...]:
    """The first front, then 2 s headways, the loss shared by the first three."""
    return tuple(first_s + 2.0 * k + loss_s * min(k, 3) / 3 for k in range(count))


def test_a_regular_queue_gives_its_headway_and_loss() -> None:
    green = Green(length_s=30.0, queued=20, left=6, fronts_s=fronts(14))
    found = discharge([green] * 5)
    assert found is not None
    assert found.headway_s == pytest.approx(2.0)
    # The 4th front comes at 1 + 6 + 2 s instead of 4 headways of 2 s.
    assert found.start_up_s == pytest.approx(1.0)
    # 14 vehicles x 2 s + 1 s of loss - 30 s.
    assert found.end_gain_s == pytest.approx(-1.0)
    assert (found.headways, found.greens) == (5 * 10, 5)


def test_vehicles_that_did_not_queue_do_not_count() -> None:
    late = (*fronts(6), 25.0, 29.0)
    found = discharge([Green(length_s=30.0, queued=6, left=0, fronts_s=late)])
    assert found is not None
    assert found.headway_s == pytest.approx(2.0)
    assert found.end_gain_s is None


def test_a_blocked_exit_is_no_headway() -> None:
    held_up = (*fronts(9), *(t + 15.0 for t in fronts(14)[9:]))
    found = discharge([Green(length_s=50.0, queued=20, left=6, fronts_s=held_up)] * 5)
    assert found is not None
    assert found.headway_s == pytest.approx(2.0)
    assert found.end_gain_s is None


def test_short_queues_say_nothing() -> None:
    assert discharge([Green(length_s=30.0, queued=4, left=0, fronts_s=fronts(4))]) is None


def test_crossings_go_to_their_green() -> None:
    raw = [
        {"begin_s": 10.0, "end_s": 20.0, "queued": 2, "left": 0},
        {"begin_s": 50.0, "end_s": 60.0, "queued": 1, "left": 0},
    ]
    first, second = greens_of(raw, [5.0, 11.0, 13.0, 30.0, 51.5])
    assert first.fronts_s == (1.0, 3.0)
    assert second.fronts_s == (1.5,)


def test_a_start_that_something_held_up_tells_no_loss() -> None:
    free = Green(length_s=30.0, queued=20, left=6, fronts_s=fronts(14))
    held = Green(length_s=30.0, queued=20, left=6, fronts_s=fronts(14, first_s=9.0))
    alone, both = discharge([free]), discharge([free, held, held])
    assert alone is not None
    assert both is not None
    assert both.start_up_s == alone.start_up_s
    assert discharge([held]) is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("lane,flow\n", 1),
        ("lane,saturation_vph,start_up_s,end_gain_s\na_0,fast,2,1\n", 2),
        ("lane,saturation_vph,start_up_s,end_gain_s\na_0,99999,2,1\n", 2),
        ("lane,saturation_vph,start_up_s,end_gain_s\na_0,nan,2,1\n", 2),
        ("lane,saturation_vph,start_up_s,end_gain_s\na_0,1800,2,1\na_0,1800,2,1\n", 3),
        ("lane,saturation_vph,start_up_s,end_gain_s\na_0,1800\n", 2),
    ],
)
def test_mistakes_are_named_with_their_line(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / "own.csv"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_capacities(path)
    assert caught.value.where == f"{path}:{line}"
