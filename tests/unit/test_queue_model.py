"""The queue model against textbook values and against itself, on roads of a few lanes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from lane_roads import SPEED_MPS, blocked_node, crossing, due, fork, model_of, road, table

from signalctl.domain.errors import InputError
from signalctl.domain.traffic import Dwell
from signalctl.optimiser.delay import uniform_delay
from signalctl.optimiser.objective import Objective
from signalctl.optimiser.queue_model.model import QueueModel


def test_saturation_flow_of_one_lane() -> None:
    """50 km/h, step 1 s: 1.94 s a vehicle, so 40 s of green in 60 let about 20 through."""
    traffic = road([due(second * 1.5) for second in range(2400)])
    model = model_of(traffic, {"J": table("GGGG" * 10 + "yyy" + "r" * 17)}, drain_limit_s=0.0)
    served = model.run().link_vehicles[0]
    assert served / 60 == pytest.approx(40 / 1.94, abs=1.0)


def test_uniform_delay_below_saturation() -> None:
    """Even arrivals at half the capacity: Webster's first term, stops and starts apart."""
    traffic = road([due(second * 6.0) for second in range(600)])
    green_s, cycle_s = 30, 60
    model = model_of(traffic, {"J": table("G" * green_s + "yyy" + "r" * (cycle_s - green_s - 3))})
    found = model.run()
    mean_s = float(found.link_delay_s[0] / found.link_vehicles[0])
    saturation = 1 / 1.94
    ratio = np.array([green_s / cycle_s])
    expected = float(uniform_delay(cycle_s, ratio, (1 / 6) / (saturation * ratio))[0])
    assert mean_s == pytest.approx(expected, rel=0.2)
    assert found.unfinished == 0


def test_nobody_is_lost() -> None:
    traffic = crossing(straight_every_s=4.0, left_every_s=7.0)
    red = {"J": table("rrrr", "rrrr")}
    stuck = model_of(traffic, red, drain_limit_s=100.0).run()
    assert stuck.unfinished == stuck.due == len(traffic.trips)
    assert 0 < stuck.never_inserted < stuck.due
    flowing = model_of(traffic, {"J": table("G" * 60, "G" * 60)}).run()
    assert flowing.unfinished == 0
    assert flowing.link_vehicles.sum() == len(traffic.trips)
    assert flowing.total_delay_s < stuck.total_delay_s


def test_permissive_left_starves_against_dense_oncoming() -> None:
    def served(straight_every_s: float) -> float:
        traffic = crossing(straight_every_s=straight_every_s, left_every_s=6.0)
        lamps = {"J": table("G" * 40 + "yyy" + "r" * 17, "g" * 40 + "yyy" + "r" * 17)}
        return float(model_of(traffic, lamps, drain_limit_s=0.0).run().link_vehicles[1])

    free, sparse, dense = served(3000.0), served(12.0), served(2.1)
    assert free > sparse > dense
    assert dense < 0.4 * free


def test_waiting_inside_lets_some_through_at_the_end_of_green() -> None:
    def served(inside: bool) -> float:
        traffic = crossing(straight_every_s=1.9, left_every_s=6.0, waits_inside=inside)
        lamps = {"J": table("G" * 40 + "yyy" + "r" * 17, "g" * 40 + "yyy" + "r" * 17)}
        return float(model_of(traffic, lamps, drain_limit_s=0.0).run().link_vehicles[1])

    assert served(inside=True) >= served(inside=False) + 30


def test_a_full_road_holds_up_the_one_before() -> None:
    vehicles = [due(second * 3.0) for second in range(300)]
    traffic = road(vehicles, lengths_m=(300.0, 60.0, 300.0), lights=(None, "J"))
    free = model_of(traffic, {"J": table("G" * 60)}).run()
    shut = model_of(traffic, {"J": table("G" * 10 + "r" * 50)}).run()
    assert free.link_delay_s[0] < 1.0 * len(vehicles)
    assert shut.link_delay_s[0] > 20.0 * len(vehicles)
    assert shut.edge_queue_m[1] <= 60.0 + 7.5


def test_who_stands_in_the_node_bars_what_crosses() -> None:
    """The third of a platoon has followed two into 12 m and stands behind them in the node."""
    # The platoon drives over the node from 22 s on, and red meets its first at 27 s.
    light = {"J": table("G" * 24 + "r" * 36)}
    free = model_of(blocked_node(crosses=False), light).run()
    barred = model_of(blocked_node(crosses=True), light).run()
    assert barred.unfinished == free.unfinished == 0
    assert free.link_delay_s[2] < 100.0
    assert barred.link_delay_s[2] > free.link_delay_s[2] + 1000.0
    # Nobody stands there when the light lets all of them through.
    green = model_of(blocked_node(crosses=True), {"J": table("G" * 60)}).run()
    assert green.link_delay_s[2] == pytest.approx(free.link_delay_s[2], abs=1.0)
    # That is told, one of each platoon, and counts only where it bars somebody.
    platoons = 50
    assert barred.blocking_per_vehicle * barred.due == pytest.approx(platoons)
    assert free.blocking_per_vehicle == green.blocking_per_vehicle == 0.0
    wary = Objective(blocking_s=10_000.0)
    assert wary.limited_value(barred, {}, barred.blocking_per_vehicle) == (
        pytest.approx(barred.total_delay_s + platoons * 10_000.0 / barred.due)
    )
    assert Objective().limited_value(barred, {}, 1.0) == barred.total_delay_s


def test_departures_wait_outside_a_full_road() -> None:
    traffic = road([due(float(second)) for second in range(100)], lengths_m=(75.0, 100.0))
    found = model_of(traffic, {"J": table("rrrr")}, drain_limit_s=50.0).run()
    assert found.never_inserted == 90
    assert found.total_delay_s == pytest.approx(3650.0 - 49.5, abs=10.0)


def test_shifting_everything_changes_nothing() -> None:
    lamps = table("G" * 40 + "yyy" + "r" * 17, "g" * 40 + "yyy" + "r" * 17)
    early = crossing(straight_every_s=3.75, left_every_s=8.25)
    late = crossing(straight_every_s=3.75, left_every_s=8.25, begin_s=1234.0)
    a = model_of(early, {"J": lamps.with_offset(7)}).run()
    b = model_of(late, {"J": lamps.with_offset(7 + 1234)}).run()
    assert a.total_delay_s == b.total_delay_s
    assert np.array_equal(a.link_delay_s, b.link_delay_s)


def test_threads_give_the_same_numbers() -> None:
    model = model_of(crossing(straight_every_s=3.0, left_every_s=9.0), {"J": table("GGGG", "rrrr")})
    plans = [
        {"J": table("G" * n + "yyy" + "r" * (57 - n), "r" * (n + 3) + "G" * (54 - n) + "yyy")}
        for n in range(10, 50)
    ]
    alone = [model.run(plan) for plan in plans]
    together = model.run_many(plans, threads=4)
    assert [e.total_delay_s for e in alone] == [e.total_delay_s for e in together]
    assert [e.stops_per_vehicle for e in alone] == [e.stops_per_vehicle for e in together]
    assert len({e.total_delay_s for e in alone}) > 10


def test_a_run_is_given_up_only_above_its_bound() -> None:
    traffic = crossing(straight_every_s=4.0, left_every_s=7.0)
    model = model_of(traffic, {"J": table("G" * 40 + "r" * 20, "g" * 40 + "r" * 20)})
    whole = model.run()
    assert not model.run(stop_above_s=whole.total_delay_s + 1e-6).stopped_early
    given_up = model.run({"J": table("rrrr", "rrrr")}, stop_above_s=whole.total_delay_s)
    assert given_up.stopped_early
    assert given_up.total_delay_s > whole.total_delay_s


def test_all_lanes_of_a_long_road_are_used() -> None:
    """Two lanes take what one cannot, also where freed room takes minutes to come up the road."""
    trips = [due(second * 1.6, 2) for second in range(2000)]
    found = model_of(fork(trips, length_m=1500.0), {"J": table("G", "G")}).run()
    assert found.unfinished == 0
    assert found.total_delay_s < 20.0
    assert found.link_vehicles[2] == pytest.approx(found.link_vehicles[3], rel=0.1)


def test_outside_only_those_wait_who_want_the_full_lane() -> None:
    """The left turn never gets green: whoever wants to turn right gets in all the same."""
    trips = [due(second * 4.0, second % 2) for second in range(400)]
    found = model_of(fork(trips), {"J": table("r", "G")}, drain_limit_s=600.0).run()
    assert found.link_vehicles[1] == 200
    assert 0 < found.never_inserted < 200


def test_who_must_enter_on_one_lane_waits_for_it() -> None:
    """With the first lane full of those who want left, the others cannot enter on it."""
    trips = [replace(due(second * 4.0, second % 2), departs_on=0) for second in range(400)]
    found = model_of(fork(trips), {"J": table("r", "G")}, drain_limit_s=600.0).run()
    assert 40 < found.link_vehicles[1] < 100
    assert found.never_inserted > 200


def test_who_is_put_close_behind_needs_no_whole_step() -> None:
    """1.54 s behind each other at 50 km/h, 2 s where steps are of 1 s; nobody waits later on."""

    def delay_s(is_close: bool) -> float:
        trips = [replace(due(second * 1.95), departs_close=is_close) for second in range(1200)]
        return model_of(road(trips, lights=(None,)), {}).run().total_delay_s

    assert delay_s(is_close=False) - delay_s(is_close=True) == pytest.approx(0.05 * 600, rel=0.2)


def test_a_stop_holds_up_those_behind_and_is_no_delay_itself() -> None:
    bus = replace(due(0.0, v_class="bus"), dwells=(Dwell(leg=0, at_m=200.0, duration_s=60.0),))
    alone = model_of(road([bus], lights=(None,)), {}).run()
    assert alone.total_delay_s < 3.0
    followed = model_of(road([bus, due(5.0)], lights=(None,)), {}).run()
    assert followed.link_delay_s[0] == pytest.approx(60.0, abs=5.0)


def test_a_stop_lasts_until_its_hour() -> None:
    late = Dwell(leg=0, at_m=0.0, duration_s=10.0, until_s=100.0)
    trips = [replace(due(0.0), dwells=(late,)), due(5.0)]
    held_s = model_of(road(trips, lights=(None,)), {}).run().link_delay_s[0]
    assert held_s == pytest.approx(100.0 - 5.0, abs=5.0)
    moved_on = replace(road(trips, lights=(None,)), time_to_teleport_s=4.0)
    assert model_of(moved_on, {}).run().link_delay_s[0] == pytest.approx(held_s)


def test_behind_a_stop_a_short_road_fills_up() -> None:
    """Room for three behind the bus: the next ones wait on the road before."""
    dwell = Dwell(leg=1, at_m=30.0, duration_s=120.0)
    trips = [replace(due(0.0), dwells=(dwell,)), *(due(3.0 + at) for at in range(1, 20))]
    traffic = road(trips, lengths_m=(400.0, 30.0, 200.0), lights=(None, None))
    found = model_of(traffic, {}).run()
    assert found.link_delay_s[0] > 10 * 60.0
    assert found.edge_queue_m[1] <= 30.0


def test_the_slow_hold_up_those_behind() -> None:
    slow = replace(due(0.0), max_speed_mps=5.0, sigma=0.0)
    found = model_of(road([slow, due(5.0)], lights=(None,)), {}).run()
    assert found.link_delay_s[0] == pytest.approx(400 / 5 - 5 - 400 / SPEED_MPS, abs=6.0)


def test_buses_weigh_more() -> None:
    traffic = road([due(10.0, v_class="bus"), due(85.0)])
    found = model_of(traffic, {"J": table("r" * 50 + "G" * 10)}).run()
    assert found.person_delay_s > found.total_delay_s


def test_no_signals_and_one_edge() -> None:
    alone = road([due(0.0), due(5.0)], lengths_m=(200.0,), lights=())
    found = QueueModel(alone, {}, {}).run()
    assert (found.due, found.unfinished, found.never_inserted) == (2, 0, 0)
    assert found.total_delay_s < 5.0
    nobody = QueueModel(road([]), {"J": ("g",)}, {"J": table("G")}).run()
    assert (nobody.due, nobody.total_delay_s) == (0, 0.0)


def test_lamps_that_do_not_fit_are_refused() -> None:
    traffic = road([due(0.0)])
    with pytest.raises(InputError, match="shows nothing"):
        QueueModel(traffic, {}, {})
    model = model_of(traffic, {"J": table("G")})
    with pytest.raises(InputError, match="2, 1"):
        model.run({"J": table("G", "r")})
    with pytest.raises(InputError, match="no junction"):
        model.run({"K": table("G")})
