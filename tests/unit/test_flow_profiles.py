"""Cyclic flow profiles: Webster's uniform term, flow conserved, platoons that disperse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from signalctl.domain.errors import InputError
from signalctl.optimiser.flow_profiles import Feeder, FlowProfiles, ProfileLink

ALONE = ProfileLink(
    id="a", junction_id="A", flow_vph=720.0, saturation_vph=3600.0, greens=((0.0, 40.0),)
)


def corridor(signals: int, seed: int = 0, cycle_s: int = 90) -> FlowProfiles:
    """Two ways along a street, a side street at every junction."""
    rng = np.random.default_rng(seed)
    travel = rng.uniform(10.0, 60.0, signals - 1)
    links = []
    for way, order in (("east", range(signals)), ("west", range(signals - 1, -1, -1))):
        before: int | None = None
        for at in order:
            start_s = float(rng.integers(0, cycle_s))
            feeders: tuple[Feeder, ...] = ()
            if before is not None:
                time_s = float(travel[min(at, before)])
                feeders = (
                    Feeder(stop_line=f"{way}{before}", flow_vph=600.0, travel_s=time_s),
                    Feeder(stop_line=f"side{before}", flow_vph=60.0, travel_s=time_s),
                )
            links.append(
                ProfileLink(
                    id=f"{way}{at}",
                    junction_id=f"J{at:02}",
                    flow_vph=700.0,
                    saturation_vph=1800.0,
                    greens=((start_s, start_s + 45.5),),
                    feeders=feeders,
                )
            )
            before = at
    sides = [
        ProfileLink(
            id=f"side{at}",
            junction_id=f"J{at:02}",
            flow_vph=300.0,
            saturation_vph=1800.0,
            greens=((50.0, 80.0),),
        )
        for at in range(signals)
    ]
    return FlowProfiles(cycle_s, [*sides, *links])


@pytest.mark.parametrize("offset_s", [0, 1, 37, 99])
def test_even_arrivals_give_websters_uniform_term(offset_s: int) -> None:
    found = FlowProfiles(100, [ALONE]).estimate({"A": offset_s})
    # C (1 - g/C)^2 / (2 (1 - q/s)) = 100 * 0.36 / 1.6; stopped while red or queue: 75 s.
    assert found.uniform_s[0] == pytest.approx(22.5, abs=1e-12)
    assert found.stops[0] == pytest.approx(0.75, abs=1e-12)


@pytest.mark.parametrize(("flow_vph", "green_s"), [(300.0, 23.0), (431.0, 31.7), (900.0, 51.3)])
def test_websters_term_where_the_queue_ends_within_a_second(
    flow_vph: float, green_s: float
) -> None:
    link = replace(ALONE, flow_vph=flow_vph, saturation_vph=1900.0, greens=((0.0, green_s),))
    red_share, y = 1.0 - green_s / 100.0, flow_vph / 1900.0
    expected = 100.0 * red_share**2 / (2.0 * (1.0 - y))
    assert FlowProfiles(100, [link]).estimate().uniform_s[0] == pytest.approx(expected, rel=1e-9)


def test_flow_is_conserved_along_a_corridor() -> None:
    found = corridor(6).estimate({"J01": 13, "J04": 70})
    came = found.arrivals.sum(axis=1) * 3600.0 / 90.0
    flows = np.array([link.flow_vph for link in corridor(6).links])
    assert came == pytest.approx(flows, rel=1e-9)
    assert found.departures.sum(axis=1) == pytest.approx(found.arrivals.sum(axis=1), rel=1e-9)


def test_shifting_everything_changes_nothing() -> None:
    profiles = corridor(5)
    at = {junction: 7 * k for k, junction in enumerate(profiles.junction_ids)}
    before = profiles.estimate(at)
    after = profiles.estimate({junction: offset + 33 for junction, offset in at.items()})
    assert after.uniform_s == pytest.approx(before.uniform_s, rel=1e-9)
    assert after.stops == pytest.approx(before.stops, rel=1e-9)


def test_a_moved_offset_gives_what_a_new_evaluation_gives() -> None:
    rng = np.random.default_rng(3)
    profiles = corridor(8)
    for _ in range(20):
        junction = str(rng.choice(profiles.junction_ids))
        moved = profiles.estimate({junction: int(rng.integers(90))})
        offsets = np.array([profiles.offsets_s[j] for j in profiles.junction_ids])
        afresh = corridor(8).estimate(profiles.offsets_s)
        assert moved.arrivals == pytest.approx(afresh.arrivals, rel=1e-12)
        assert moved.delay_s == pytest.approx(afresh.delay_s, rel=1e-12)
        assert profiles.delays_s(offsets[None, :])[0] == pytest.approx(moved.delay_s, rel=1e-12)


def test_a_wave_is_better_than_its_opposite() -> None:
    first = replace(ALONE, flow_vph=600.0, saturation_vph=1800.0)
    feeder = Feeder(stop_line="a", flow_vph=600.0, travel_s=30.0)
    second = replace(first, id="b", junction_id="B", feeders=(feeder,))
    profiles = FlowProfiles(100, [first, second])
    delays = [profiles.estimate({"B": offset}).uniform_s[1] for offset in range(100)]
    assert 20 <= int(np.argmin(delays)) <= 35
    assert min(delays) < 0.35 * max(delays)


def test_platoons_arrive_late_and_spread() -> None:
    first = replace(ALONE, flow_vph=600.0, saturation_vph=1800.0, greens=((0.0, 34.0),))
    feeder = Feeder(stop_line="a", flow_vph=600.0, travel_s=25.0)
    second = replace(first, id="b", junction_id="B", feeders=(feeder,))
    found = FlowProfiles(100, [first, second]).estimate()
    assert found.arrivals[1].max() < found.departures[0].max()
    assert np.all(found.arrivals[1] > 0.0)
    # F = 1 / (1 + 0.28 x 25) = 1/8 of a departing second arrives 20 s later.
    assert found.arrivals[1][20] - 7 / 8 * found.arrivals[1][19] == pytest.approx(
        found.departures[0][0] / 8
    )


def test_oversaturation_is_delay_not_departures() -> None:
    link = replace(ALONE, flow_vph=1800.0, saturation_vph=3600.0)
    found = FlowProfiles(100, [link]).estimate()
    assert found.saturation[0] == pytest.approx(1.25)
    assert found.departures.sum() == pytest.approx(40.0)
    # HCM d2 at x = 1.25 in a quarter of an hour: a queue that grows.
    assert found.random_s[0] > 900.0 * 0.25 * 2 * 0.25


def test_a_loop_is_closed_by_an_even_flow() -> None:
    back = Feeder(stop_line="b", flow_vph=300.0, travel_s=20.0)
    on = Feeder(stop_line="a", flow_vph=300.0, travel_s=20.0)
    first = replace(ALONE, feeders=(back,))
    second = replace(ALONE, id="b", junction_id="B", feeders=(on,))
    found = FlowProfiles(100, [first, second]).estimate()
    assert np.ptp(found.arrivals[0]) == pytest.approx(0.0)
    assert np.ptp(found.arrivals[1]) > 0.0


@pytest.mark.parametrize(
    "links",
    [
        [],
        [ALONE, ALONE],
        [replace(ALONE, greens=((10.0, 5.0),))],
        [replace(ALONE, saturation_vph=0.0)],
        [replace(ALONE, feeders=(Feeder(stop_line="x", flow_vph=1.0, travel_s=1.0),))],
        [replace(ALONE, feeders=(Feeder(stop_line="a", flow_vph=800.0, travel_s=1.0),))],
    ],
)
def test_links_that_do_not_fit_are_refused(links: list[ProfileLink]) -> None:
    with pytest.raises(InputError):
        FlowProfiles(100, links)
    with pytest.raises(InputError):
        FlowProfiles(100, [ALONE]).estimate({"unknown": 3})
