"""Vehicles' ways made small for the diagram, at the heights of its rows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from signalctl.domain.corridor import Corridor, Progression, StopLine
from signalctl.workflow.service.distances import Distances
from signalctl.workflow.service.trajectories import simplified

Way = list[tuple[float, float]]


@st.composite
def ways(draw: st.DrawFn) -> Way:
    """A vehicle seen once a second, which sometimes stands."""
    at_m, found = draw(st.floats(-300, 300)), []
    for second in range(draw(st.integers(2, 60))):
        found.append((float(second), at_m))
        at_m += draw(st.sampled_from([0.0, 0.0, 3.0, 9.0, 14.0]))
    return found


@given(ways(), st.sampled_from([0.5, 2.0, 10.0]))
def test_a_simplified_way_is_never_further_off_than_allowed(way: Way, tolerance_m: float) -> None:
    kept = simplified(way, tolerance_m)
    assert kept[0] == way[0]
    assert kept[-1] == way[-1]
    assert set(kept) <= set(way)
    for t_s, at_m in way:
        after = next(i for i, point in enumerate(kept) if point[0] >= t_s)
        (t0, x0), (t1, x1) = kept[max(after - 1, 0)], kept[after]
        told = x1 if t1 == t0 else x0 + (x1 - x0) * (t_s - t0) / (t1 - t0)
        assert abs(told - at_m) <= tolerance_m + 1e-6


def test_a_stop_stays_when_and_where_it_was() -> None:
    way = [(float(t), 10.0 * min(t, 10) + 10.0 * max(0, t - 40)) for t in range(60)]
    assert simplified(way, 2.0) == [(0.0, 0.0), (10.0, 100.0), (40.0, 100.0), (59.0, 290.0)]


def _way(*lines: tuple[str, float]) -> Progression:
    stop_lines = tuple(StopLine(junction_id=j, group_id="g", position_m=m) for j, m in lines)
    return Progression(stop_lines=stop_lines, speeds_mps=(10.0,) * (len(lines) - 1))


def test_both_directions_meet_at_the_rows() -> None:
    corridor = Corridor(
        name="c",
        junction_ids=("J1", "J2", "J3"),
        outbound=_way(("J1", 0.0), ("J2", 100.0), ("J2", 120.0), ("J3", 400.0)),
        inbound=_way(("J3", 0.0), ("J2", 290.0), ("J2", 305.0), ("J1", 420.0)),
    )
    distances = Distances.of(corridor)
    assert dict(distances.rows) == {"J1": 0.0, "J2": 100.0, "J3": 400.0}
    assert distances.at("outbound", 100.0) == distances.at("inbound", 305.0) == 100.0
    assert distances.at("inbound", 0.0) == 400.0
    assert distances.at("inbound", 420.0) == 0.0
    # Beyond the ends to scale, on either side.
    assert distances.at("outbound", -50.0) == distances.at("inbound", 470.0) == -50.0
    assert distances.at("inbound", -30.0) == 430.0
    assert distances.at("outbound", 450.0) == 450.0
