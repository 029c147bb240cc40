"""When a second is accepted, given up or forbidden, and which one comes next."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from signalctl.domain.frozen import FrozenMap
from signalctl.optimiser.objective import Aim, Objective
from signalctl.sim.measures import ApproachMeasures, Measures
from signalctl.sim.statistics import paired_difference
from signalctl.workflow.tune.effects import approach_effects
from signalctl.workflow.tune.guard import chance_of_rise, harm_done
from signalctl.workflow.tune.learning import Observed, expected
from signalctl.workflow.tune.one_second import Change
from signalctl.workflow.tune.runs import usual_least_gain
from signalctl.workflow.tune.trial import Outcome, interval_95, judged, looks_up_to
from signalctl.workflow.tune.trying import seeds_to_tell


def drawn(seed: int, mean: float, sd: float, n: int = 30) -> list[float]:
    draw = random.Random(seed)
    return [draw.gauss(mean, sd) for _ in range(n)]


def outcome(differences: list[float], number: int = 1, least_gain: float = 0.1) -> tuple[str, int]:
    """How a test ends when it is asked at every look, and after how many pairs."""
    for look in (2, *looks_up_to(30)):
        found = judged(differences[:look], number, 30, least_gain, "s/veh")
        if found.outcome is not None:
            return found.outcome.value, look
    raise AssertionError("the last look decides nothing")


def test_a_clear_gain_is_accepted_soon_and_a_clear_harm_refused_sooner() -> None:
    assert outcome(drawn(1, -2.0, 0.3)) == (Outcome.ACCEPTED, 4)
    assert outcome(drawn(1, 2.0, 0.3))[1] == 2
    assert outcome([1.0, -0.1, *drawn(2, 2.0, 0.3)])[0] == Outcome.HARMS


def test_a_second_that_does_nothing_is_told_so() -> None:
    assert outcome(drawn(3, 0.0, 0.02))[0] == Outcome.DOES_NOTHING
    assert outcome([0.0] * 30) == (Outcome.DOES_NOTHING, 4)


def test_a_gain_below_the_noise_is_left_undecided_within_the_seeds() -> None:
    ends = [outcome(drawn(seed, -0.05, 3.0), number=20) for seed in range(40)]
    assert {end for end, _ in ends} <= {Outcome.UNDECIDED, Outcome.HARMS, Outcome.NO_GAIN}
    assert sum(pairs for _, pairs in ends) / len(ends) < 15


def test_noise_is_accepted_no_more_often_than_the_session_allows() -> None:
    accepted = 0
    for session in range(200):
        tests = (drawn(1000 * session + k, 0.0, 1.0) for k in range(1, 16))
        accepted += any(outcome(d, k)[0] == Outcome.ACCEPTED for k, d in enumerate(tests, start=1))
    # 200 sessions at 4 %: 8 expected at most, 17 is three standard deviations above.
    assert accepted <= 17


def test_what_is_accepted_has_an_interval_below_zero() -> None:
    accepted = 0
    for seed in range(60):
        differences = drawn(seed, -0.3, 0.4)
        ended, pairs = outcome(differences, number=1 + seed % 5)
        interval = interval_95(differences[:pairs], 30)
        if ended == Outcome.ACCEPTED:
            accepted += 1
            assert interval is not None
            assert interval[1] < 0
    assert accepted > 30
    assert interval_95([1.0, 2.0], 30) is None


def test_a_gain_worth_having_is_mostly_found() -> None:
    found = [outcome(drawn(seed, -0.2, 0.2), number=3)[0] for seed in range(100)]
    assert found.count(Outcome.ACCEPTED) >= 75


def run(**other: object) -> Measures:
    base = Measures(
        due=100, unfinished=0, never_inserted=0, unmeasured=0, total_delay_s=50.0,
        time_loss_s=50.0, depart_delay_s=0.0, total_delay_p90_s=90.0, person_delay_s=50.0,
        stops_per_vehicle=1.0, waiting_s=20.0, longest_waiting_s=80.0, throughput_vph=100.0,
        emptied_s=4000.0, teleports=0, collisions=0, emergency_stops=0, emergency_brakings=2,
        corridor_stops=None, classes=(), approaches=(), pedestrians=None,
    )  # fmt: skip
    return replace(base, **other)  # type: ignore[arg-type]  # fields of a test


def approach(queue_m: float, stops: int = 50, edge: str = "e") -> ApproachMeasures:
    return ApproachMeasures(
        edge_id=edge, signalled=True, max_queue_m=queue_m, max_queue_vehicles=5, full=False,
        longest_halt_s=30.0, stops=stops, vehicles=90,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (run(unfinished=1), "vehicles unfinished rise from 0 to 4"),
        (run(collisions=1), "collisions rise from 0 to 4"),
        (run(emergency_brakings=6), "emergency brakings rise from 8 to 24"),
        (run(approaches=(approach(81.0),)), "queue on e reaches 81 m"),
        (run(emergency_brakings=3, approaches=(approach(80.0),)), None),
        (run(total_delay_s=60.0), None),
    ],
)
def test_no_gain_is_paid_with_safety_or_queues(other: Measures, told: str | None) -> None:
    base = [run(approaches=(approach(60.0),))] * 4
    limits = FrozenMap({"e": 80.0})
    found = harm_done(base, [other] * 4, limits)
    assert (found is None) if told is None else (told in (found or ""))


def test_a_queue_that_was_too_long_already_may_not_grow() -> None:
    base, limits = [run(approaches=(approach(100.0),))] * 4, FrozenMap({"e": 80.0})
    assert harm_done(base, [run(approaches=(approach(95.0),))] * 4, limits) is None
    assert harm_done(base, [run(approaches=(approach(105.0),))] * 4, limits) is not None


def test_few_more_brakings_are_chance_many_are_not() -> None:
    assert chance_of_rise(5, 5) == 1.0
    assert chance_of_rise(0, 1) == pytest.approx(0.5)
    assert chance_of_rise(0, 5) == pytest.approx(1 / 32)
    assert chance_of_rise(8, 24) < 0.01


def test_approaches_that_gain_and_lose_are_named_and_noise_is_not() -> None:
    from signalctl.networks.network import Network

    draw = random.Random(5)
    base = [
        run(approaches=(approach(60 + draw.gauss(0, 5), 80), approach(40, 50, "f")))
        for _ in range(10)
    ]
    other = [
        run(approaches=(approach(a.approaches[0].max_queue_m + draw.gauss(30, 3), 80),
                        approach(40 + draw.gauss(0, 8), 51, "f")))
        for a in base
    ]  # fmt: skip
    network = Network.__new__(Network)
    object.__setattr__(network, "junctions", FrozenMap({}))
    (only,) = approach_effects(base, other, network)
    assert (only.edge_id, only.measure) == ("e", "queue")
    assert only.interval[0] < 30 < only.interval[1]


def move(given: str, taken: str) -> Change:
    return Change(junction_id="J", parts=FrozenMap({given: 1, taken: -1}))


def test_a_test_that_harmed_puts_its_opposite_first() -> None:
    candidates = [(move("1", "3"), -1.0), (move("2", "3"), -0.9), (move("3", "2"), -0.2)]
    assert expected(candidates, []) == [-1.0, -0.9, -0.2]
    seen = Observed(change=move("4", "3"), promise=-1.2, mean=4.0, error=0.3)
    hopes = expected(candidates, [seen])
    assert min(range(3), key=hopes.__getitem__) == 2
    assert hopes == expected(candidates, [seen])
    assert expected([], [seen]) == []


def test_seeds_that_would_tell_fall_with_the_size_of_the_difference() -> None:
    small = paired_difference([0.0] * 10, drawn(1, -0.1, 1.0, 10))
    large = paired_difference([0.0] * 10, drawn(1, -1.0, 1.0, 10))
    assert seeds_to_tell(small, 0.1) > seeds_to_tell(large, 0.1) >= 11


def test_stops_have_a_least_gain_of_their_own() -> None:
    assert usual_least_gain(Objective()) == 0.1
    assert usual_least_gain(Objective(aim=Aim.STOPS)) == pytest.approx(0.01)
