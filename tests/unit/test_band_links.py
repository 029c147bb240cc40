"""Per-link bands: against the MULTIBAND programme, by hand, and their refusals."""

from dataclasses import replace

import pytest

from signalctl.domain.errors import InputError, SolveError
from signalctl.optimiser.arterial import ArterialProblem, TravelTime
from signalctl.optimiser.band_instances import RandomArterial, alternate, plain_arterial
from signalctl.optimiser.band_milp import multiband_milp
from signalctl.optimiser.link_bands import best_cycle_link_bands, best_link_bands
from signalctl.optimiser.multiband import line_width


def whole_street(signals: int, seed: int, cycle_s: int, spread_s: int) -> ArterialProblem:
    """A random street whose travel times are whole seconds, so that nothing is rounded."""
    problem = RandomArterial(signals, seed).at(cycle_s)
    links = []
    for link in problem.links:
        there = round(link.outbound.lo_s)
        time = TravelTime(lo_s=there, hi_s=there + spread_s)
        links.append(replace(link, outbound=time, inbound=time))
    return replace(problem, links=tuple(links))


@pytest.mark.parametrize("spread_s", [0, 3])
@pytest.mark.parametrize("seed", range(8))
def test_equals_the_whole_second_programme(seed: int, spread_s: int) -> None:
    problem = whole_street(3 + seed % 2, seed, 40 + 5 * seed, spread_s)
    try:
        milp = multiband_milp(problem, whole_seconds=True)
    except SolveError:
        with pytest.raises(SolveError, match="no line of progression"):
            best_link_bands(problem)
        return
    assert milp.proved
    result = best_link_bands(problem)
    assert result.value_s == pytest.approx(milp.value_s, abs=1e-6)
    assert result.tolerance_s == 0
    total = sum(band.weight * band.width_s for band in (*result.outbound, *result.inbound))
    assert total == pytest.approx(result.value_s)
    for band in (*result.outbound, *result.inbound):
        assert band.clear_s >= band.width_s


@pytest.mark.parametrize("side", ["outbound", "inbound"])
def test_direction_that_does_not_stop_at_a_signal_is_free_there(side: str) -> None:
    problem = whole_street(4, 1, 60, 0)
    second = problem.signals[1]
    free = replace(second.candidates[0], outbound=None, inbound=((10, 40), (45, 50)))
    if side == "inbound":
        free = replace(free, outbound=((0, 60),), inbound=None)
    signals = (problem.signals[0], replace(second, candidates=(free,)), *problem.signals[2:])
    opened = replace(problem, signals=signals)
    milp = multiband_milp(opened, whole_seconds=True)
    assert milp.proved
    assert best_link_bands(opened).value_s == pytest.approx(milp.value_s, abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_published_programme_is_at_most_half_a_second_a_link_better(seed: int) -> None:
    problem = whole_street(4, seed, 60, 4)
    milp = multiband_milp(problem)
    assert milp.proved
    result = best_link_bands(problem)
    weights = sum(link.outbound_weight + link.inbound_weight for link in problem.links)
    # Its line need not pass at whole seconds, ours need not be centred to the last half second.
    assert abs(milp.value_s - result.value_s) <= 2 * weights
    assert result.value_s >= 0.9 * milp.value_s


def test_every_link_of_a_perfect_street_has_its_whole_green() -> None:
    result = best_link_bands(alternate(6, 60, 30))
    assert [band.width_s for band in (*result.outbound, *result.inbound)] == [30.0] * 10
    assert {signal.offset_s for signal in result.signals} == {0, 30}
    assert all((s.earlier_s, s.later_s) == (0, 0) for s in result.signals)


def test_heavy_links_get_the_band() -> None:
    problem = plain_arterial(60, [0.5] * 3, [20, 20], 1.0)
    links = (
        replace(problem.links[0], outbound_weight=9, inbound_weight=1),
        replace(problem.links[1], outbound_weight=1, inbound_weight=9),
    )
    result = best_link_bands(replace(problem, links=links))
    # A line that just passes the third green leaves 20 s around it at the first two.
    assert result.outbound[0].width_s + result.inbound[1].width_s == 40
    assert (result.outbound[1].width_s, result.inbound[0].width_s) == (1, 1)


def test_one_way_street_has_no_bands_in_the_other_direction() -> None:
    result = best_link_bands(replace(alternate(4, 60, 17), directions=("inbound",)))
    assert result.outbound == ()
    assert [band.width_s for band in result.inbound] == [30.0, 30.0, 30.0]


def test_widths_around_a_line_cover_every_whole_second() -> None:
    for green in range(1, 60):
        found = {line_width(w, green) for w in range(green + 1)}
        assert max(found) == green
        assert all(0 <= width <= green for width in found)


def test_one_fixed_offset_is_kept_and_two_are_refused() -> None:
    problem = alternate(4, 60, 30)
    pinned = [replace(s, fixed_offset_s=11) for s in problem.signals]
    one = replace(problem, signals=(*problem.signals[:2], pinned[2], problem.signals[3]))
    assert best_link_bands(one).signals[2].offset_s == 11
    with pytest.raises(InputError, match="one signal only"):
        best_link_bands(replace(problem, signals=tuple(pinned)))


def test_best_cycle_is_the_best_share() -> None:
    problems = {c: alternate(4, c, 30) for c in range(50, 71)}
    result = best_cycle_link_bands(problems.get, problems)
    assert result.cycle_s == 60
    assert [row.cycle_s for row in result.cycles] == list(range(50, 71))
    assert {row.status for row in result.cycles[11:]} == {"cut"}
    with pytest.raises(SolveError, match="range of cycles is empty"):
        best_cycle_link_bands(problems.get, [])
    with pytest.raises(SolveError, match="is admitted"):
        best_cycle_link_bands(lambda _: None, [60])
