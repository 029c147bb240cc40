"""Signal groups and conflicts of small networks whose right answer is plain."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from small_nets import crossroads, netconvert, twin_nodes

from signalctl.domain.aspect import Aspect
from signalctl.domain.junction import Conflict, GroupKind, Movement
from signalctl.networks.conflicts import group_conflicts
from signalctl.networks.groups import bearing, signal_groups
from signalctl.networks.network import read_network
from signalctl.networks.road_reader import read_roads
from signalctl.networks.roads import RoadGraph

pytestmark = pytest.mark.sumo


@pytest.fixture(scope="module")
def cross(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return crossroads(tmp_path_factory.mktemp("cross"))


@pytest.fixture(scope="module")
def walkable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    guess = ("--sidewalks.guess", "--sidewalks.guess.max-speed", "20", "--crossings.guess")
    return crossroads(tmp_path_factory.mktemp("walk"), *guess)


@pytest.fixture(scope="module")
def left_hand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return crossroads(tmp_path_factory.mktemp("left"), "--lefthand")


def links(roads: RoadGraph, **columns: str) -> list[list[str]]:
    """One program by link index: the letters of each group named, red elsewhere."""
    groups = signal_groups(roads, "c").groups
    length = len(next(iter(columns.values())))
    shown = {g.id.replace("-", "_"): g.links for g in groups}
    program = ["r" * length for g in groups for _ in g.links]
    for name, letters in columns.items():
        for link in shown[name]:
            program[link] = letters
    return [program]


def between(roads: RoadGraph, a: str, b: str, columns: Sequence[Sequence[str]] = ()) -> Conflict:
    groups = signal_groups(roads, "c", columns).groups
    return group_conflicts(roads, "c", groups, columns).matrix.between(a, b)


def test_a_crossroads_has_a_group_for_each_approach_and_direction(cross: Path) -> None:
    groups = {g.id: g for g in signal_groups(read_roads(cross), "c").groups}
    assert sorted(groups) == sorted(
        f"{side}-{movement}" for side in "NESW" for movement in ("right", "through", "left")
    )
    through = groups["N-through"]
    assert (through.approach, through.movements, len(through.links)) == (
        "nc",
        (Movement.THROUGH,),
        2,
    )
    assert all(g.kind is GroupKind.VEHICLE and g.amber_s == 3 for g in groups.values())
    assert sorted(link for g in groups.values() for link in g.links) == list(range(16))


@pytest.mark.parametrize(
    ("a", "b", "conflict"),
    [
        ("N-through", "S-through", Conflict.NONE),
        ("N-through", "N-left", Conflict.NONE),
        ("N-left", "S-left", Conflict.NONE),
        ("N-left", "S-through", Conflict.YIELDS),
        ("E-left", "W-through", Conflict.YIELDS),
        ("N-through", "E-through", Conflict.HARD),
        ("N-left", "E-left", Conflict.HARD),
        ("N-left", "W-through", Conflict.HARD),
    ],
)
def test_conflicts_of_a_crossroads(cross: Path, a: str, b: str, conflict: Conflict) -> None:
    assert between(read_roads(cross), a, b) is conflict


def test_the_left_turn_gives_way_not_the_oncoming_traffic(cross: Path) -> None:
    roads = read_roads(cross)
    matrix = group_conflicts(roads, "c", signal_groups(roads, "c").groups).matrix
    assert matrix.gives_way("N-left", "S-through")
    assert not matrix.gives_way("S-through", "N-left")


@pytest.mark.parametrize(
    ("a", "b", "conflict"),
    [
        ("N-right", "S-through", Conflict.YIELDS),
        ("N-left", "S-through", Conflict.NONE),
        ("N-through", "E-through", Conflict.HARD),
        ("N-right", "S-right", Conflict.NONE),
    ],
)
def test_left_hand_traffic_mirrors_the_turns(
    left_hand: Path, a: str, b: str, conflict: Conflict
) -> None:
    roads = read_roads(left_hand)
    assert roads.left_hand
    assert between(roads, a, b) is conflict


@pytest.mark.parametrize(
    ("vehicle", "crossing", "conflict"),
    [
        ("N-right", "W-crossing", Conflict.YIELDS),
        ("N-left", "E-crossing", Conflict.YIELDS),
        ("N-through", "N-crossing", Conflict.HARD),
        ("N-through", "S-crossing", Conflict.HARD),
        ("N-left", "N-crossing", Conflict.HARD),
        ("N-through", "E-crossing", Conflict.NONE),
        ("E-crossing", "N-crossing", Conflict.NONE),
    ],
)
def test_turning_traffic_gives_way_to_people_on_the_road_it_enters(
    walkable: Path, vehicle: str, crossing: str, conflict: Conflict
) -> None:
    roads = read_roads(walkable)
    assert between(roads, vehicle, crossing) is conflict
    group = next(g for g in signal_groups(roads, "c").groups if g.id == crossing)
    assert group.kind is GroupKind.PEDESTRIAN
    assert group.crossing_m == pytest.approx(12.8)
    assert (group.amber_s, group.movements) == (0, (Movement.CROSSING,))


def test_programs_that_tell_links_apart_split_the_group(cross: Path) -> None:
    roads = read_roads(cross)
    first, second = next(g for g in signal_groups(roads, "c").groups if g.id == "N-through").links
    program = ["r"] * 16
    program[first], program[second] = "G", "g"
    same = ["r"] * 16
    names = [g.id for g in signal_groups(roads, "c", [program, same]).groups]
    assert "N-through-a" in names
    assert "N-through-b" in names
    assert "N-through" not in names
    assert len(names) == 13
    assert len(signal_groups(roads, "c", [same]).groups) == 12


def test_skewed_streets_cross_and_do_not_face_each_other(tmp_path: Path) -> None:
    # One street runs west to east, the other north-east to south-west: 135 degrees apart.
    arms = {"n": (140, 140), "e": (200, 0), "s": (-140, -140), "w": (-200, 0)}
    nodes = '<node id="c" x="0" y="0" type="traffic_light"/>' + "".join(
        f'<node id="{arm}" x="{x}" y="{y}"/>' for arm, (x, y) in arms.items()
    )
    edges = "".join(
        f'<edge id="{a}{b}" from="{a}" to="{b}" numLanes="1"/>'
        for arm in arms
        for a, b in ((arm, "c"), ("c", arm))
    )
    roads = read_roads(netconvert(tmp_path, nodes, edges))
    assert between(roads, "NE-through", "W-through") is Conflict.HARD
    assert between(roads, "NE-left", "W-through") is Conflict.HARD
    assert between(roads, "NE-left", "SW-through") is Conflict.YIELDS
    assert between(roads, "W-left", "E-through") is Conflict.YIELDS


def test_shipped_permissive_green_makes_a_hard_pair_yield(cross: Path) -> None:
    roads = read_roads(cross)
    pair = ("N-left", "E-through")
    assert between(roads, *pair) is Conflict.HARD
    assert between(roads, *pair, links(roads, N_left="g", E_through="G")) is Conflict.YIELDS
    assert between(roads, *pair, links(roads, N_left="s", E_through="G")) is Conflict.YIELDS
    assert between(roads, *pair, links(roads, N_left="gr", E_through="rG")) is Conflict.HARD


def test_a_hard_pair_shown_green_together_stays_hard_and_is_noted(cross: Path) -> None:
    roads = read_roads(cross)
    columns = links(roads, N_through="G", E_through="G")
    groups = signal_groups(roads, "c", columns).groups
    found = group_conflicts(roads, "c", groups, columns)
    assert found.matrix.between("N-through", "E-through") is Conflict.HARD
    assert any(
        "together by a shipped program" in note and "N-through / E-through" in note
        for note in found.notes
    )


def test_lamp_times_come_from_the_programs_where_they_agree(cross: Path) -> None:
    roads = read_roads(cross)
    columns = links(roads, N_left="rruGGGyyyy", S_left="srrGGGyyss", E_left="rrrrGGGGrr")
    groups = {g.id: g for g in signal_groups(roads, "c", columns).groups}
    assert (groups["N-left"].amber_s, groups["N-left"].red_amber_s) == (4, 1)
    assert groups["S-left"].amber_s == 2
    assert groups["E-left"].amber_s == 3
    assert any("no amber" in note for note in signal_groups(roads, "c", columns).notes)
    resting = links(roads, N_right="ssGGyyysss")
    rests = {g.id: g.rest for g in signal_groups(roads, "c", resting).groups}
    assert rests["N-right"] is Aspect.AFTER_STOP
    assert rests["S-right"] is Aspect.RED


def test_programs_that_disagree_leave_the_default_amber(cross: Path) -> None:
    roads = read_roads(cross)
    columns = [*links(roads, N_left="GGGyyyyrr"), *links(roads, N_left="GGGyyrrrr")]
    grouping = signal_groups(roads, "c", columns)
    assert next(g for g in grouping.groups if g.id == "N-left").amber_s == 3
    assert any("2, 4 s of amber" in note for note in grouping.notes)


def test_one_light_over_two_nodes_is_one_junction(tmp_path: Path) -> None:
    network = read_network(twin_nodes(tmp_path))
    (junction,) = network.junctions.values()
    assert junction.id == "twin"
    assert any("controls 2 nodes: a, b." in note for note in junction.notes)
    assert any("free of conflict with each other" in note for note in junction.notes)
    at_a = next(g.id for g in junction.groups if g.approach == "sa" and "left" in g.id)
    at_b = next(g.id for g in junction.groups if g.approach == "nb" and "left" in g.id)
    through_a = next(g.id for g in junction.groups if g.approach == "wa" and "through" in g.id)
    assert junction.conflicts.between(at_a, through_a) is Conflict.HARD
    assert junction.conflicts.between(at_a, at_b) is Conflict.NONE


def test_gaps_and_shared_indices_are_kept_and_noted(cross: Path, tmp_path: Path) -> None:
    text = cross.read_text()
    # Both through lanes of the northern approach on one index; the other one stays empty.
    text = text.replace('linkIndex="2"', 'linkIndex="1"')
    text = re.sub(r'state="([^"]{16})"', r'state="\1rG"', text)
    path = tmp_path / "gap.net.xml"
    path.write_text(text)
    network = read_network(path)
    junction = network.junction("c")
    unused = [g for g in junction.groups if g.kind is GroupKind.UNUSED]
    assert sorted(link for g in unused for link in g.links) == [2, 16, 17]
    assert sorted(link for g in junction.groups for link in g.links) == list(range(18))
    assert any("Link indices 2, 16, 17 control no road" in note for note in junction.notes)
    assert any("Link indices 1 each control several" in note for note in junction.notes)


def test_lanes_shared_by_directions_on_one_index_make_one_group(
    cross: Path, tmp_path: Path
) -> None:
    path = tmp_path / "shared.net.xml"
    path.write_text(cross.read_text().replace('linkIndex="0"', 'linkIndex="1"'))
    groups = read_network(path).junction("c").groups
    shared = next(g for g in groups if 1 in g.links)
    assert shared.movements == (Movement.THROUGH, Movement.RIGHT)
    assert shared.id == "N-through+right"


def test_reserved_lanes_give_the_kind(tmp_path: Path) -> None:
    nodes = (
        '<node id="c" x="0" y="0" type="traffic_light"/><node id="w" x="-200" y="0"/>'
        '<node id="e" x="200" y="0"/><node id="n" x="0" y="200"/><node id="s" x="0" y="-200"/>'
    )
    edges = (
        '<edge id="wc" from="w" to="c" numLanes="1" allow="bus"/>'
        '<edge id="ce" from="c" to="e" numLanes="1"/>'
        '<edge id="nc" from="n" to="c" numLanes="1" allow="bicycle"/>'
        '<edge id="sc" from="s" to="c" numLanes="1" allow="tram"/>'
        '<edge id="cn" from="c" to="n" numLanes="1"/><edge id="cs" from="c" to="s" numLanes="1"/>'
    )
    groups = read_network(netconvert(tmp_path, nodes, edges)).junction("c").groups
    kinds = {g.approach: g.kind for g in groups}
    assert kinds == {"wc": GroupKind.BUS, "nc": GroupKind.CYCLE, "sc": GroupKind.TRAM}
    assert {g.id for g in groups} >= {"W-through-bus", "N-through-cycle", "S-through-tram"}
    assert next(g for g in groups if g.approach == "nc").amber_s in (2, 3)


def test_approaches_from_one_side_are_numbered(tmp_path: Path) -> None:
    nodes = (
        '<node id="c" x="0" y="0" type="traffic_light"/><node id="n1" x="-30" y="200"/>'
        '<node id="n2" x="30" y="200"/><node id="s" x="0" y="-200"/>'
    )
    edges = "".join(
        f'<edge id="{a}{b}" from="{a}" to="{b}" numLanes="1"/>'
        for a, b in (("n1", "c"), ("n2", "c"), ("c", "s"))
    )
    groups = read_network(netconvert(tmp_path, nodes, edges)).junction("c").groups
    sides = {g.approach: g.id.split("-")[0] for g in groups}
    assert sides == {"n1c": "N1", "n2c": "N2"}


def test_group_ids_do_not_depend_on_the_order_of_programs(cross: Path) -> None:
    roads = read_roads(cross)
    a, b = links(roads, N_left="Gr"), links(roads, E_left="rG")
    one = signal_groups(roads, "c", [*a, *b]).groups
    other = signal_groups(roads, "c", [*b, *a]).groups
    assert [replace(g) for g in one] == list(other)


def test_bearings_count_clockwise_from_north() -> None:
    assert bearing((0, 0), (0, 5)) == 0
    assert bearing((0, 0), (5, 0)) == 90
    assert bearing((0, 0), (0, -5)) == 180
    assert bearing((0, 0), (-5, 0)) == 270
