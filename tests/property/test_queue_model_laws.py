"""Laws of the queue model over random roads, lamps and demands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from lane_roads import crossing, due, model_of, road, table

from signalctl.domain.traffic import DueTrip, Dwell, Traffic
from signalctl.optimiser.queue_model.evaluation import Evaluation
from signalctl.optimiser.queue_model.model import QueueModel
from signalctl.optimiser.signal_table import SignalTable

FEW = settings(max_examples=60, deadline=None)


@st.composite
def demands(draw: st.DrawFn, routes: int = 2) -> list[DueTrip]:
    """Vehicles of several kinds, in bursts and alone, in order of departure."""
    many = draw(st.integers(0, 120))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    last_s = draw(st.sampled_from([30.0, 300.0, 1800.0]))
    return sorted(
        (
            replace(
                due(float(random.uniform(0, last_s)), int(random.integers(routes))),
                v_class="bus" if random.random() < 0.1 else "passenger",
                length_m=float(random.choice([5.8, 7.5, 14.5])),
                sigma=float(random.choice([0.0, 0.5])),
                departs_moving=bool(random.random() < 0.7),
                departs_close=bool(random.random() < 0.3),
                departs_on=0 if random.random() < 0.5 else None,
                dwells=(Dwell(leg=0, at_m=9.0, duration_s=40.0),) if random.random() < 0.1 else (),
            )
            for _ in range(many)
        ),
        key=lambda trip: trip.depart_s,
    )


@st.composite
def lamps(draw: st.DrawFn) -> SignalTable:
    """Two groups: straight G, left G or g, each green somewhere in the cycle or never."""
    cycle_s = draw(st.integers(10, 100))
    rows = []
    for green in ("G", draw(st.sampled_from("gG"))):
        green_s = draw(st.integers(0, cycle_s - 3))
        turned = draw(st.integers(0, cycle_s - 1))
        letters = green * green_s + "yyy" + "r" * (cycle_s - 3 - green_s)
        rows.append(letters[turned:] + letters[:turned])
    return table(*rows).with_offset(draw(st.integers(0, cycle_s - 1)))


@st.composite
def crossings(draw: st.DrawFn, teleports: bool = False) -> Traffic:
    """A straight stream and a left that gives way, on short or long roads."""
    base = crossing(straight_every_s=1e4, left_every_s=1e4, waits_inside=draw(st.booleans()))
    length_m = draw(st.sampled_from([4.0, 20.0, 90.0, 400.0]))
    return replace(
        base,
        lanes=tuple(replace(lane, length_m=length_m) for lane in base.lanes),
        trips=tuple(draw(demands())),
        time_to_teleport_s=draw(st.sampled_from([-1.0, 20.0, 120.0])) if teleports else -1.0,
    )


def figures(found: Evaluation) -> tuple[object, ...]:
    return (
        found.unfinished,
        found.never_inserted,
        found.total_delay_s,
        found.person_delay_s,
        found.stops_per_vehicle,
        found.link_delay_s.tobytes(),
        found.link_vehicles.tobytes(),
        found.edge_queue_m.tobytes(),
    )


@FEW
@given(crossings(teleports=True), lamps())
def test_everybody_arrives_or_is_counted(traffic: Traffic, shown: SignalTable) -> None:
    """Over a link goes each vehicle at most once; who has not arrived is counted."""
    model = model_of(traffic, {"J": shown}, drain_limit_s=900.0)
    found = model.run()
    per_route = np.bincount([trip.route for trip in traffic.trips], minlength=2)
    assert (found.link_vehicles <= per_route).all()
    assert 0 <= found.never_inserted <= found.unfinished <= found.due == len(traffic.trips)
    assert found.total_delay_s >= 0.0
    assert found.total_delay_s <= model.seconds
    if traffic.time_to_teleport_s <= 0.0:
        assert found.unfinished >= found.due - found.link_vehicles.sum()


@FEW
@given(crossings(), lamps(), st.integers(1, 5000))
def test_a_later_day_is_the_same_day(traffic: Traffic, shown: SignalTable, later: int) -> None:
    shifted = replace(
        traffic,
        begin_s=traffic.begin_s + later,
        end_s=traffic.end_s + later,
        trips=tuple(replace(trip, depart_s=trip.depart_s + later) for trip in traffic.trips),
    )
    # Departures on sixteenths of a second are shifted without rounding.
    whole = [
        replace(
            each,
            trips=tuple(replace(t, depart_s=np.floor(t.depart_s * 16) / 16) for t in each.trips),
        )
        for each in (traffic, shifted)
    ]
    a = model_of(whole[0], {"J": shown}, drain_limit_s=600.0).run()
    b = model_of(whole[1], {"J": shown.with_offset(shown.offset_s + later)}, drain_limit_s=600.0)
    assert figures(a) == figures(b.run())


@FEW
@given(crossings(teleports=True), st.lists(lamps(), min_size=2, max_size=6), st.integers(2, 4))
def test_threads_and_order_change_nothing(
    traffic: Traffic, shown: list[SignalTable], threads: int
) -> None:
    model = model_of(traffic, {"J": shown[0]}, drain_limit_s=600.0)
    plans = [{"J": each} for each in shown]
    alone = [figures(model.run(plan)) for plan in plans]
    assert [figures(found) for found in model.run_many(plans, threads=threads)] == alone
    assert [figures(model.run(plan)) for plan in plans[::-1]] == alone[::-1]


@FEW
@given(demands(routes=1), st.integers(0, 40), st.integers(1, 20))
def test_more_green_for_everybody_loses_nobody(
    trips: list[DueTrip], green_s: int, more_s: int
) -> None:
    """One stream alone: each second of red that turns green lets no fewer through."""

    def run(seconds: int) -> Evaluation:
        lamp = table("G" * seconds + "yyy" + "r" * (67 - seconds))
        return model_of(road(trips), {"J": lamp}, drain_limit_s=300.0).run()

    less, more = run(green_s), run(green_s + more_s)
    assert more.unfinished <= less.unfinished
    assert more.never_inserted <= less.never_inserted


@FEW
@given(crossings(teleports=True), lamps(), lamps(), st.floats(0.3, 1.2))
def test_a_run_given_up_would_have_passed_its_bound(
    traffic: Traffic, shown: SignalTable, other: SignalTable, share: float
) -> None:
    model = model_of(traffic, {"J": shown}, drain_limit_s=600.0)
    whole, bound = model.run({"J": other}), model.run()
    for part, name in (
        (model.run({"J": other}, stop_above_s=share * bound.total_delay_s), "total_delay_s"),
        (
            model.run({"J": other}, stop_above_person_s=share * bound.person_delay_s),
            "person_delay_s",
        ),
        (
            model.run({"J": other}, stop_above_stops=share * bound.stops_per_vehicle),
            "stops_per_vehicle",
        ),
    ):
        if part.stopped_early:
            assert getattr(whole, name) > share * getattr(bound, name)
            assert getattr(part, name) <= getattr(whole, name) + 1e-9
        else:
            assert figures(part) == figures(whole)


@FEW
@given(demands(routes=1), st.lists(st.sampled_from([0.1, 3.0, 8.0, 60.0]), min_size=1, max_size=5))
def test_roads_of_any_length_carry_whoever_comes(
    trips: list[DueTrip], lengths_m: list[float]
) -> None:
    """Lanes shorter than a car too: one vehicle always fits."""
    traffic = road(trips, lengths_m=lengths_m, lights=(None,) * (len(lengths_m) - 1))
    found = QueueModel(traffic, {}, {}).run()
    assert found.unfinished == found.never_inserted == 0


@FEW
@given(demands(routes=1))
def test_standing_vehicles_are_moved_on_only_where_the_scenario_says_so(
    trips: list[DueTrip],
) -> None:
    """At a light that never opens: nobody passes, or one after the other is taken over it."""
    stuck = model_of(road(trips), {"J": table("rrrr")}, drain_limit_s=600.0).run()
    moved_on = replace(road(trips), time_to_teleport_s=30.0)
    found = model_of(moved_on, {"J": table("rrrr")}, drain_limit_s=600.0).run()
    assert stuck.unfinished == len(trips)
    assert found.unfinished == 0 or found.due - found.unfinished >= 40
