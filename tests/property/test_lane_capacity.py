"""Capacities of lanes that are known: the model serves by them, the file keeps them."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lane_roads import due, model_of, road, table

from signalctl.domain.lane_capacity import LaneCapacity, Origin
from signalctl.sim.calibration_file import read_capacities, write_capacities

GREEN_S, CYCLE_S = 40, 60


def capacity(
    saturation_vph: float, start_up_s: float, end_gain_s: float, origin: Origin = Origin.GIVEN
) -> LaneCapacity:
    return LaneCapacity(
        lane_id="lane0",
        saturation_vph=saturation_vph,
        start_up_s=start_up_s,
        end_gain_s=end_gain_s,
        samples=0,
        origin=origin,
    )


@settings(max_examples=40, deadline=None)
@given(
    saturation_vph=st.floats(900, 2400),
    start_up_s=st.floats(0.0, 4.0),
    end_gain_s=st.floats(-0.5, 2.0),
)
def test_a_saturated_lane_serves_its_effective_green(
    saturation_vph: float, start_up_s: float, end_gain_s: float
) -> None:
    own = capacity(saturation_vph, start_up_s, end_gain_s)
    traffic = road([due(second * 1.0) for second in range(3600)])
    lanes = (replace(traffic.lanes[0], capacity=own), *traffic.lanes[1:])
    letters = "G" * GREEN_S + "yyy" + "r" * (CYCLE_S - GREEN_S - 3)
    model = model_of(replace(traffic, lanes=lanes), {"J": table(letters)}, drain_limit_s=0.0)
    served = model.run().link_vehicles[0] / (3600 / CYCLE_S)
    # Whole vehicles: every green may end a vehicle early or late, the same one each time.
    assert served == pytest.approx((GREEN_S - own.lost_s) / own.headway_s, abs=1.0)


def test_vehicles_keep_their_ratio_within_the_mean() -> None:
    """Long vehicles stay slower than short ones; the mean of both is the lane's."""
    own = capacity(1500.0, 0.7, -0.4)
    trips = [replace(due(second * 1.0), length_m=(7.5, 14.5)[second % 2]) for second in range(3600)]
    traffic = road(trips)
    known = replace(traffic, lanes=(replace(traffic.lanes[0], capacity=own), *traffic.lanes[1:]))
    green = {"J": table("G" * CYCLE_S)}
    assert model_of(known, green, drain_limit_s=0.0).run().link_vehicles[0] == pytest.approx(
        1500, rel=0.15
    )


names = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=12
).filter(lambda text: text.strip() == text)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.dictionaries(
        names,
        st.tuples(
            st.integers(100, 4000),
            st.integers(-100, 200),
            st.integers(-100, 100),
            st.sampled_from(Origin),
        ),
        max_size=6,
    )
)
def test_the_file_keeps_what_was_measured(rows: dict[str, tuple[int, int, int, Origin]]) -> None:
    lanes = [
        replace(capacity(float(vph), start / 10, gain / 10, origin), lane_id=lane)
        for lane, (vph, start, gain, origin) in rows.items()
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lanes.csv"
        write_capacities(path, lanes)
        found = read_capacities(path)
    known = {
        each.lane_id: replace(each, origin=Origin.GIVEN)
        for each in lanes
        if each.origin in (Origin.MEASURED, Origin.GIVEN)
    }
    assert dict(found) == known
