"""Laws of the search's points, on small crossings and on real junctions."""

import random
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from closed_form import designs, street
from corpus import ABSENT, CORPUS
from hypothesis import given, settings
from hypothesis import strategies as st

from signalctl.domain.errors import SolveError
from signalctl.domain.expand import expand, zero_s
from signalctl.domain.frozen import FrozenMap
from signalctl.networks.network import read_network
from signalctl.optimiser.lengths import feasible_lengths
from signalctl.optimiser.mend import mended
from signalctl.optimiser.search.cycles import common_cycle_s, retimed
from signalctl.optimiser.search.demand import group_loads, neighbours, perturbed
from signalctl.optimiser.search.flow_lengths import flow_lengths
from signalctl.optimiser.search.moves import Moves
from signalctl.optimiser.search.plan_of import plan_of
from signalctl.optimiser.search.point import JunctionPoint, as_based, at_cycle
from signalctl.optimiser.search.space import Choice, Keep, Space, raised
from signalctl.optimiser.signal_table import codes_of
from signalctl.optimiser.skeleton import Skeleton

NETWORKS = ("cologne8", "hangzhou_4x4", "grid4x4", "ingolstadt21", "berlin_doerpfeld")


@lru_cache(maxsize=1)
def shipped_skeletons(name: str) -> tuple[Skeleton, ...]:
    """Skeletons of the default programs of a corpus network."""
    folder = CORPUS / name
    if not folder.is_dir():
        pytest.skip(ABSENT)
    network = read_network(Path(folder / "net.net.xml.gz"))
    found = []
    for junction_id, junction in network.junctions.items():
        default = network.default_program(junction_id)
        if default is not None and default.program is not None:
            found.append(Skeleton(junction, mended(default.program, junction).program))
    return tuple(found)


def assert_plan_shows_the_table(point: JunctionPoint) -> None:
    plan = plan_of(point, "opt")
    junction = point.skeleton.junction
    program = expand(plan, junction)
    table = point.table()
    assert plan.cycle_s == table.cycle_s == point.cycle_s
    assert zero_s(plan.offset, program) == table.offset_s
    assert np.array_equal(codes_of(program, junction.group_ids), table.codes)


@pytest.mark.parametrize("name", NETWORKS)
def test_plans_of_real_junctions_show_what_the_tables_showed(name: str) -> None:
    rng = random.Random(7)
    for skeleton in shipped_skeletons(name):
        assert_plan_shows_the_table(as_based(skeleton, rng.randrange(500)))
        for _ in range(2):
            cycle_s = rng.randint(skeleton.shortest_cycle_s, skeleton.shortest_cycle_s + 60)
            try:
                point = at_cycle(skeleton, cycle_s, rng.randrange(500))
            except SolveError:
                assert not skeleton.stretchable
                continue
            assert_plan_shows_the_table(point)


@pytest.mark.parametrize("name", NETWORKS)
def test_what_fits_the_shortest_cycle_is_found_there(name: str) -> None:
    for skeleton in shipped_skeletons(name):
        if not skeleton.stretchable:
            continue
        shortest_s = skeleton.shortest_cycle_s
        for cycle_s in (shortest_s, shortest_s + 1, 2 * shortest_s):
            for lengths in (
                raised(skeleton, skeleton.base_lengths, cycle_s),
                flow_lengths(skeleton, cycle_s, {}),
            ):
                assert lengths is not None
                assert sum(lengths) + skeleton.fixed_s == cycle_s
                assert skeleton.is_feasible(lengths)
        assert raised(skeleton, skeleton.base_lengths, shortest_s - 1) is None
        assert flow_lengths(skeleton, shortest_s - 1, {}) is None


def space_of(n: int, keep: frozenset[Keep] = frozenset()) -> Space:
    return Space(
        street(n),
        {f"J{k}": designs(f"J{k}") for k in range(n)},
        keep=keep,
        only=None,
        cycles=range(30, 121),
    )


@st.composite
def choices(draw: st.DrawFn) -> Choice:
    """Any choice of a crossing that keeps its minimums."""
    design = draw(st.integers(0, 1))
    skeleton = designs("J0")[design]
    cycle_s = draw(st.integers(max(30, skeleton.shortest_cycle_s), 120))
    shares = draw(st.tuples(*[st.integers(1, 40)] * len(skeleton.stretchable)))
    lengths = raised(skeleton, shares, cycle_s)
    assert lengths is not None
    return Choice(design, lengths, draw(st.integers(0, cycle_s - 1)))


@settings(max_examples=40, deadline=None)
@given(choices(), choices())
def test_every_move_keeps_minimums_and_changes_one_thing(one: Choice, other: Choice) -> None:
    space = space_of(2)
    moves = Moves(space, half_cycles=True)
    for j, choice in enumerate((one, other)):
        cycle_s = space.cycle_s(j, choice)
        for move in moves.of(j, choice):
            new = move.choice
            skeleton = space.skeleton(j, new)
            assert move.j == j
            assert new != choice
            assert min(new.lengths) >= 1
            assert skeleton.is_feasible(new.lengths)
            assert 0 <= new.offset_s < space.cycle_s(j, new)
            if move.kind == "half":
                assert space.cycle_s(j, new) in {2 * cycle_s, cycle_s // 2}
            else:
                assert space.cycle_s(j, new) == cycle_s
            if move.kind.startswith("split"):
                assert sum(abs(a - b) for a, b in zip(new.lengths, choice.lengths, strict=True)) > 0
            if move.kind.startswith("offset"):
                assert new.lengths == choice.lengths


@settings(max_examples=40, deadline=None)
@given(choices(), choices(), st.integers(30, 120))
def test_another_common_cycle_keeps_minimums_and_differences(
    one: Choice, other: Choice, cycle_s: int
) -> None:
    space = space_of(2)
    first = space.scaled(1, other, space.cycle_s(0, one))
    if first is None:
        return
    state = (one, Choice(other.design, first, other.offset_s % space.cycle_s(0, one)))
    new = retimed(space, state, cycle_s)
    if new is None:
        return
    old_s = space.cycle_s(0, one)
    assert common_cycle_s(space, state) == old_s
    for j, choice in enumerate(new):
        assert space.skeleton(j, choice).is_feasible(choice.lengths)
        assert space.cycle_s(j, choice) in {cycle_s, 2 * cycle_s}
    if all(space.cycle_s(j, choice) == cycle_s for j, choice in enumerate(new)):
        before = (state[1].offset_s - state[0].offset_s) % old_s
        before -= old_s if 2 * before > old_s else 0
        assert (new[1].offset_s - new[0].offset_s - before) % cycle_s == 0


@settings(max_examples=30, deadline=None)
@given(choices(), st.integers(0, 200))
def test_plans_of_small_crossings_show_what_the_tables_showed(
    choice: Choice, offset_s: int
) -> None:
    skeleton = designs("J0")[choice.design]
    assert_plan_shows_the_table(
        JunctionPoint(skeleton=skeleton, lengths=choice.lengths, offset_s=offset_s)
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 5), st.sampled_from([-0.5, -0.1, 0.0, 0.1, 0.5]))
def test_perturbed_demand_is_in_order_in_the_period_and_repeatable(seed: int, share: float) -> None:
    traffic = street(2)
    found = perturbed(traffic, seed, share)
    n = len(traffic.trips)
    assert len(found.trips) == n + round(share * n)
    departures = [trip.depart_s for trip in found.trips]
    assert departures == sorted(departures)
    assert all(traffic.begin_s <= at < traffic.end_s for at in departures)
    assert found == perturbed(traffic, seed, share)
    assert (found == traffic) == (share == 0.0)


def test_loads_and_neighbours_of_a_street() -> None:
    traffic = street(3, east_vph=700, north_vph=350)
    loads = group_loads(traffic)
    assert loads["J0", "E"].total_vps == pytest.approx(700 / 3600)
    assert loads["J2", "N"].busiest_lane_vps == pytest.approx(350 / 3600)
    assert ("J0", "WL") not in loads
    found = neighbours(traffic, ("J0", "J1", "J2"))
    assert [other for other, _ in found["J1"]] == ["J0", "J2"]
    assert [other for other, _ in found["J0"]] == ["J1"]
    assert found == FrozenMap(found)


def test_lengths_by_flow_follow_the_flows() -> None:
    skeleton = designs("J0")[1]
    loads = {group: load for (j, group), load in group_loads(street(1)).items() if j == "J0"}
    turned = {"E": loads["N"], "N": loads["E"]}
    east = flow_lengths(skeleton, 80, loads)
    north = flow_lengths(skeleton, 80, turned)
    assert east is not None
    assert north is not None
    assert sum(east) == sum(north)
    assert east[-1] < north[-1]
    assert feasible_lengths(len(east), sum(east), skeleton.bounds)[0] is not None
