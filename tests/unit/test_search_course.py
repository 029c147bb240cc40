"""The search on a model whose optimum is known."""

from collections.abc import Callable
from itertools import product

import pytest
from closed_form import ClosedForm, designs, model_of, street

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.optimiser.objective import Aim, Objective
from signalctl.optimiser.search.demand import perturbed
from signalctl.optimiser.search.point import JunctionPoint, NetworkPoint, as_based, tables
from signalctl.optimiser.search.search import SearchResult, SearchSettings, search
from signalctl.optimiser.search.several_demands import SeveralDemands
from signalctl.optimiser.search.space import Keep

DELAY = Objective()
CYCLES = range(30, 91)


def shipped(n: int) -> dict[str, NetworkPoint]:
    return {"as shipped": FrozenMap({f"J{k}": as_based(designs(f"J{k}")[0]) for k in range(n)})}


def searched(n: int = 1, most: int | None = None, **changed: object) -> SearchResult:
    settings = SearchSettings(**({"cycles": CYCLES, "max_evaluations": most} | changed))  # type: ignore[arg-type]  # keywords of a test
    return search(
        model_of(street(n), n),
        {f"J{k}": designs(f"J{k}") for k in range(n)},
        shipped(n),
        DELAY,
        settings,
    )


def value(model: ClosedForm, point: NetworkPoint) -> float:
    return model.run(tables(point)).total_delay_s


def best_by_trying_all() -> float:
    """The least delay of one crossing over all designs, cycles and lengths."""
    model = model_of(street(1), 1)
    found = []
    for skeleton in designs("J0"):
        n = len(skeleton.stretchable)
        for lengths in product(range(1, 40), repeat=n):
            cycle_s = sum(lengths) + skeleton.fixed_s
            if cycle_s in range(30, 61) and skeleton.is_feasible(lengths):
                found.append(model.run({"J0": skeleton.table(lengths)}).total_delay_s)
    return min(found)


def test_one_junction_gets_the_best_of_all_points() -> None:
    result = searched(cycles=range(30, 61))
    assert result.converged
    assert result.best.value == pytest.approx(best_by_trying_all())
    assert result.best.point["J0"].skeleton.label == "two stages"


def test_a_street_gets_its_progression() -> None:
    result = searched(3)
    assert result.best.value < 0.7 * result.starts["as shipped"]
    point = result.best.point
    assert len({each.cycle_s for each in point.values()}) == 1
    for a, b in (("J0", "J1"), ("J1", "J2")):
        apart = (point[b].offset_s - point[a].offset_s - 24) % point[a].cycle_s
        assert min(apart, point[a].cycle_s - apart) <= 1


def test_every_finalist_keeps_its_minimums_and_is_what_the_model_ran() -> None:
    result = searched(2, most=1500)
    model = model_of(street(2), 2)
    for finalist in result.pool:
        assert value(model, finalist.point) == pytest.approx(finalist.value)
        for each in finalist.point.values():
            assert each.skeleton.is_feasible(each.lengths)
            assert each.cycle_s in CYCLES or each.cycle_s == 60
    assert [f.robust_value for f in result.pool] == sorted(f.robust_value for f in result.pool)
    assert len(result.pool) <= 30
    assert {"as shipped", "shipped stages retimed"} <= {f.family for f in result.pool}


def noted(values: list[float]) -> Callable[[NetworkPoint, float], None]:
    def note(_: NetworkPoint, value: float) -> None:
        values.append(value)

    return note


def test_a_budget_cuts_the_sequence_and_changes_nothing_before() -> None:
    met: dict[int, list[float]] = {}
    for most in (300, 900):
        met[most] = []
        search(
            model_of(street(2), 2),
            {f"J{k}": designs(f"J{k}") for k in range(2)},
            shipped(2),
            DELAY,
            SearchSettings(cycles=CYCLES, max_evaluations=most),
            on_better=noted(met[most]),
        )
    assert met[900][: len(met[300])] == met[300]
    assert met[300] == sorted(met[300], reverse=True)


def test_an_exhausted_deadline_still_answers_with_the_starts() -> None:
    n = 2
    result = search(
        model_of(street(n), n),
        {f"J{k}": designs(f"J{k}") for k in range(n)},
        shipped(n),
        DELAY,
        SearchSettings(),
        deadline=lambda: True,
    )
    assert not result.converged
    assert result.best.family == "as shipped"
    assert len(result.pool) == 1


@pytest.mark.parametrize("kept", list(Keep))
def test_what_is_to_be_kept_is_kept(kept: Keep) -> None:
    first = shipped(2)["as shipped"]
    for finalist in searched(2, most=1200, keep=frozenset({kept})).pool:
        for junction_id, each in finalist.point.items():
            old = first[junction_id]
            if kept is Keep.CYCLE:
                assert each.cycle_s == old.cycle_s
            elif kept is Keep.STAGES:
                assert each.skeleton.base == old.skeleton.base
            else:
                assert each.offset_s == old.offset_s % each.cycle_s


def test_other_junctions_stay_as_they_are() -> None:
    first = shipped(3)["as shipped"]
    result = searched(3, most=1200, only=frozenset({"J1"}), keep=frozenset({Keep.CYCLE}))
    for finalist in result.pool:
        assert finalist.point["J0"] == first["J0"]
        assert finalist.point["J2"] == first["J2"]
    assert result.best.point["J1"] != first["J1"]


def test_a_queue_limit_rules() -> None:
    n = 1
    unlimited = searched()
    model = model_of(street(n), n)
    free = model.run(tables(unlimited.best.point))
    limit = 0.8 * float(free.edge_queue_m[model.traffic.edges.index("n0")])
    result = search(
        model,
        {"J0": designs("J0")},
        shipped(n),
        Objective(aim=Aim.DELAY, queue_limits_m=FrozenMap({"n0": limit})),
        SearchSettings(cycles=CYCLES),
    )
    held = model.run(tables(result.best.point))
    assert held.edge_queue_m[model.traffic.edges.index("n0")] <= limit
    assert held.total_delay_s > free.total_delay_s


def test_an_earlier_pool_is_a_start() -> None:
    n = 2
    earlier = searched(n, most=1500)
    result = search(
        model_of(street(n), n),
        {f"J{k}": designs(f"J{k}") for k in range(n)},
        shipped(n) | {"earlier": earlier.best.point},
        DELAY,
        SearchSettings(cycles=CYCLES, max_evaluations=100),
    )
    assert result.best.value <= earlier.best.value


def test_mistakes_are_named() -> None:
    with pytest.raises(InputError, match="start says nothing"):
        search(
            model_of(street(2), 2),
            {f"J{k}": designs(f"J{k}") for k in range(2)},
            shipped(1),
            DELAY,
            SearchSettings(),
        )
    with pytest.raises(InputError, match="no junction 'X'"):
        searched(only=frozenset({"X"}))
    with pytest.raises(InputError, match="range of cycles is empty"):
        SearchSettings(cycles=range(0))
    with pytest.raises(InputError, match="whose queue is limited"):
        search(
            model_of(street(1), 1),
            {"J0": designs("J0")},
            shipped(1),
            Objective(queue_limits_m=FrozenMap({"nowhere": 10.0})),
            SearchSettings(),
        )


def test_a_point_of_other_lengths_is_refused() -> None:
    wrong = JunctionPoint(skeleton=designs("J0")[0], lengths=(1,), offset_s=0)
    with pytest.raises(InputError, match="do not fit"):
        search(
            model_of(street(1), 1),
            {"J0": designs("J0")},
            {"wrong": FrozenMap({"J0": wrong})},
            DELAY,
            SearchSettings(),
        )


def test_a_search_on_more_traffic_leaves_room() -> None:
    model = model_of(street(1), 1)
    more = model_of(perturbed(street(1), 1, 0.3), 1)
    result = search(
        model,
        {"J0": designs("J0")},
        shipped(1),
        DELAY,
        SearchSettings(cycles=CYCLES),
        other_demands=[more],
    )
    alone = searched()
    assert value(more, result.best.point) <= value(more, alone.best.point)
    assert result.best.value == pytest.approx(value(model, result.best.point))
    mean = (result.best.value + value(more, result.best.point)) / 2
    both = SeveralDemands([model, more]).run_many([tables(result.best.point)])[0]
    assert both.total_delay_s == pytest.approx(mean)


def test_a_warm_search_only_climbs_from_its_starts() -> None:
    warm = searched(2, most=600, is_warm=True)
    assert warm.is_built
    assert not any(finalist.family == "shipped stages retimed" for finalist in warm.pool)
    assert warm.best.value <= min(warm.starts.values())
    assert not searched(2, most=5).is_built
