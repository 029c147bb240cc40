"""Laws of a report's arithmetic, for any figures."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalctl.sim.edge_delays import ROUTES, FreeFlow, edge_delays
from signalctl.sim.outputs import TRIPS
from signalctl.workflow.report.lines import Finding, line

figures = st.floats(0, 1e4).map(lambda value: round(value, 2))
pairs = st.lists(st.tuples(figures, figures), min_size=1, max_size=30)


@given(pairs)
def test_turned_round_a_line_says_the_opposite(found: list[tuple[float, float]]) -> None:
    before, after = zip(*found, strict=True)
    there, back = line(before, after), line(after, before)
    assert there.difference == -back.difference
    opposite = {Finding.LESS: Finding.MORE, Finding.MORE: Finding.LESS}
    assert back.finding is opposite.get(there.finding, there.finding)
    if there.interval is not None and back.interval is not None:
        assert there.interval == pytest.approx((-back.interval[1], -back.interval[0]))
        slack = 1e-9 * max(1.0, abs(there.difference))
        assert there.interval[0] - slack <= there.difference <= there.interval[1] + slack


@given(pairs, st.floats(-1e3, 1e3))
def test_what_all_seeds_share_changes_no_finding(
    found: list[tuple[float, float]], shift: float
) -> None:
    before, after = zip(*found, strict=True)
    moved = line([b + shift for b in before], [a + shift for a in after])
    assert moved.difference == pytest.approx(line(before, after).difference, abs=1e-6)


@given(pairs, st.permutations(range(30)))
def test_the_order_of_seeds_does_not_matter(
    found: list[tuple[float, float]], order: list[int]
) -> None:
    mixed = [found[i] for i in order if i < len(found)]
    one, other = line(*zip(*found, strict=True)), line(*zip(*mixed, strict=True))
    assert one.difference == pytest.approx(other.difference, abs=1e-9)


trip = st.tuples(
    st.floats(0, 500),  # time loss
    st.floats(0, 100),  # departure delay
    st.lists(st.integers(0, 60), min_size=4, max_size=4),  # seconds on each edge
    st.integers(0, 4),  # edges passed, the next one being driven on
)


@settings(deadline=None)
@given(st.lists(trip, min_size=1, max_size=12))
def test_delay_by_edge_adds_up_to_every_trips(
    found: list[tuple[float, float, list[int], int]],
) -> None:
    edges = ["a", ":n_0", "b", "c"]
    free = FreeFlow(
        length_m=dict.fromkeys(edges, 100.0),
        limit_mps=dict.fromkeys(edges, 10.0),
        type_mps={"car": 9.0},
    )
    trips, routes = [], []
    for number, (lost, late, seconds, passed) in enumerate(found):
        left, now = [], 0
        for place, spent in enumerate(seconds):
            now += spent
            left.append(str(now) if place < passed else "-1")
        trips.append(
            f'<tripinfo id="v{number}" depart="0" departDelay="{late!r}" departPos="5" '
            f'timeLoss="{lost!r}" vType="car"/>'
        )
        routes.append(
            f'<vehicle id="v{number}" type="car" depart="0" speedFactor="1">'
            f'<route edges="{" ".join(edges)}" exitTimes="{" ".join(left)}"/></vehicle>'
        )
    with TemporaryDirectory() as folder:
        (Path(folder) / TRIPS).write_text(f"<t>{''.join(trips)}</t>")
        (Path(folder) / ROUTES).write_text(f"<r>{''.join(routes)}</r>")
        rows = edge_delays(Path(folder), 1_000.0, {"car": "passenger"}, free)
    assert sum(row.delay_s for row in rows) == pytest.approx(
        sum(lost + late for lost, late, _, _ in found), abs=1e-6
    )
    assert all(row.delay_s >= 0 and row.edge_id in {"a", "b", "c"} for row in rows)
