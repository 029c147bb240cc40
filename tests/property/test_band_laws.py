"""Laws of the band engine, on arbitrary small arterials."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalctl.domain.band import widest_band
from signalctl.domain.corridor import Progression, StopLine
from signalctl.domain.errors import SolveError
from signalctl.domain.program import Program
from signalctl.optimiser.arterial import (
    ArterialLink,
    ArterialProblem,
    ArterialResult,
    ArterialSignal,
    Candidate,
    Direction,
    DirectionBand,
    Objective,
    TravelTime,
    Windows,
    windows_of,
)
from signalctl.optimiser.bandwidth import bands_at, best_bands, pareto_front
from signalctl.optimiser.link_bands import best_link_bands

TENTHS = st.integers(10, 400).map(lambda tenths: tenths / 10)


@st.composite
def travel(draw: st.DrawFn) -> TravelTime:
    low = draw(TENTHS)
    return TravelTime(lo_s=low, hi_s=low + draw(st.sampled_from([0.0, 0.0, 0.5, 3.0])))


@st.composite
def windows(draw: st.DrawFn, cycle_s: int) -> Windows:
    start = draw(st.integers(0, cycle_s - 1))
    if draw(st.integers(0, 4)) == 0:
        length = draw(st.integers(4, cycle_s // 2 - 2))
        return ((start, start + length), (start + cycle_s // 2, start + cycle_s // 2 + length))
    return ((start, start + draw(st.integers(6, cycle_s - 4))),)


@st.composite
def arterials(draw: st.DrawFn, kept: bool = False) -> ArterialProblem:
    """With `kept`, some offsets are fixed."""
    cycle_s = draw(st.sampled_from([24, 30, 40]))
    signals = []
    for i in range(draw(st.integers(2, 4))):
        candidates = tuple(
            Candidate(label=f"{k}", outbound=draw(windows(cycle_s)), inbound=draw(windows(cycle_s)))
            for k in range(draw(st.integers(1, 2)))
        )
        offset = draw(st.sampled_from([None, 5, 17])) if kept else None
        signals.append(ArterialSignal(id=f"J{i}", candidates=candidates, fixed_offset_s=offset))
    links = tuple(
        ArterialLink(
            outbound=draw(travel()),
            inbound=draw(travel()),
            outbound_weight=draw(st.integers(1, 5)),
            inbound_weight=draw(st.integers(1, 5)),
        )
        for _ in signals[1:]
    )
    return ArterialProblem(cycle_s=cycle_s, signals=tuple(signals), links=links)


objectives = st.sampled_from(
    [
        Objective(),
        Objective(outbound=2, inbound=1),
        Objective(outbound=1, inbound=0),
        Objective(mode="sum"),
        Objective(outbound=1, inbound=2, mode="sum"),
    ]
)


def band(result: ArterialResult, direction: Direction) -> DirectionBand:
    found = result.outbound if direction == "outbound" else result.inbound
    assert found is not None
    return found


def timed_program(problem: ArterialProblem, result: ArterialResult, i: int) -> Program:
    """The signal's greens in system time, as the domain writes them."""
    timing = result.signals[i]
    candidate = problem.signals[i].candidates[timing.candidate_index]
    texts: dict[str, str] = {}
    directions: tuple[Direction, Direction] = ("outbound", "inbound")
    for direction in directions:
        letters = ["r"] * problem.cycle_s
        for start, end in windows_of(candidate, direction) or ():
            for second in range(int(start), int(end)):
                letters[second % problem.cycle_s] = "G"
        texts[direction] = "".join(letters)
    return Program.of(texts).shifted(timing.offset_s)


def progression(
    problem: ArterialProblem, result: ArterialResult, direction: Direction
) -> Progression:
    """The drive the result proposes, one metre a link, so that speed is 1 / time."""
    ids = [signal.id for signal in problem.signals]
    times = list(band(result, direction).link_times_s)
    if direction == "inbound":
        ids.reverse()
        times.reverse()
    return Progression(
        stop_lines=tuple(
            StopLine(junction_id=junction, group_id=direction, position_m=float(i))
            for i, junction in enumerate(ids)
        ),
        speeds_mps=tuple(1 / t for t in times),
    )


@settings(max_examples=50, deadline=None)
@given(st.booleans().flatmap(arterials), objectives)
def test_the_domain_confirms_every_claimed_band(
    problem: ArterialProblem, objective: Objective
) -> None:
    result = best_bands(problem, objective)
    programs = {s.id: timed_program(problem, result, i) for i, s in enumerate(problem.signals)}
    for direction in problem.directions:
        confirmed = widest_band(progression(problem, result, direction), programs, problem.cycle_s)
        claimed = band(result, direction)
        assert confirmed.width_s == pytest.approx(claimed.width_s, abs=1e-6)
        assert set(claimed.binding) <= {s.id for s in problem.signals}
        for link, chosen in zip(problem.links, claimed.link_times_s, strict=True):
            time = link.outbound if direction == "outbound" else link.inbound
            assert time.lo_s - 1e-9 <= chosen <= time.hi_s + 1e-9
    for signal, timing in zip(problem.signals, result.signals, strict=True):
        assert timing.offset_s == (signal.fixed_offset_s or timing.offset_s)
    assert result.value_s <= result.bound_s + 1e-9
    assert result.bound_s <= result.continuous_bound_s + 1e-9
    assert result.gap_s <= result.tolerance_s + 1e-6


@settings(max_examples=40, deadline=None)
@given(arterials(), objectives, st.lists(st.integers(-50, 50), min_size=4, max_size=4))
def test_shifting_programs_shifts_offsets_and_changes_no_band(
    problem: ArterialProblem, objective: Objective, shifts: list[int]
) -> None:
    def moved(greens: Windows | None, by_s: int) -> Windows | None:
        return greens and tuple((start + by_s, end + by_s) for start, end in greens)

    signals = tuple(
        replace(
            signal,
            candidates=tuple(
                replace(c, outbound=moved(c.outbound, by_s), inbound=moved(c.inbound, by_s))
                for c in signal.candidates
            ),
        )
        for signal, by_s in zip(problem.signals, shifts, strict=False)
    )
    first = best_bands(problem, objective)
    second = best_bands(replace(problem, signals=signals), objective)
    assert second.value_s == pytest.approx(first.value_s, abs=1e-6)
    assert second.bound_s == pytest.approx(first.bound_s, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(arterials(), objectives)
def test_driving_the_street_from_the_other_end_changes_nothing(
    problem: ArterialProblem, objective: Objective
) -> None:
    turned = ArterialProblem(
        cycle_s=problem.cycle_s,
        signals=tuple(
            replace(
                signal,
                candidates=tuple(
                    replace(c, outbound=c.inbound, inbound=c.outbound) for c in signal.candidates
                ),
            )
            for signal in reversed(problem.signals)
        ),
        links=tuple(
            ArterialLink(
                outbound=link.inbound,
                inbound=link.outbound,
                outbound_weight=link.inbound_weight,
                inbound_weight=link.outbound_weight,
            )
            for link in reversed(problem.links)
        ),
    )
    swapped = replace(objective, outbound=objective.inbound, inbound=objective.outbound)
    there, back = best_bands(problem, objective), best_bands(turned, swapped)
    assert back.value_s == pytest.approx(there.value_s, abs=there.tolerance_s + 1e-6)
    assert [p[::-1] for p in reversed(pareto_front(turned))] == list(pareto_front(problem))


@settings(max_examples=40, deadline=None)
@given(arterials(), objectives, st.data())
def test_more_intergreen_never_widens_a_band(
    problem: ArterialProblem, objective: Objective, data: st.DataObject
) -> None:
    i = data.draw(st.integers(0, len(problem.signals) - 1))
    late, early = (data.draw(st.integers(0, 2)) for _ in range(2))

    def shrunk(greens: Windows | None) -> Windows:
        assert greens is not None
        # Two windows of four seconds may touch and be one: then they shrink as they stand.
        return tuple(
            (start + late, end - min(early, end - start - late - 1)) for start, end in greens
        )

    signal = problem.signals[i]
    shorter = replace(
        signal,
        candidates=tuple(
            replace(c, outbound=shrunk(c.outbound), inbound=shrunk(c.inbound))
            for c in signal.candidates
        ),
    )
    signals = (*problem.signals[:i], shorter, *problem.signals[i + 1 :])
    before = best_bands(problem, objective)
    after = best_bands(replace(problem, signals=signals), objective)
    assert after.value_s <= before.bound_s + 1e-6
    assert after.continuous_bound_s <= before.continuous_bound_s + 2e-4


@settings(max_examples=30, deadline=None)
@given(arterials())
def test_every_point_of_the_front_can_be_had_and_no_wider_one(problem: ArterialProblem) -> None:
    front = pareto_front(problem)
    assert all(a[0] > b[0] and a[1] < b[1] for a, b in pairwise(front))
    for out, back in front:
        result = bands_at(problem, out, back)
        assert result is not None
        assert band(result, "outbound").width_s >= out - result.tolerance_s - 1e-6
        assert band(result, "inbound").width_s >= back - result.tolerance_s - 1e-6
        assert bands_at(problem, out + 1, back) is None
        assert bands_at(problem, out, back + 1) is None


@settings(max_examples=40, deadline=None)
@given(arterials(), objectives)
def test_an_offset_may_move_within_its_slack(
    problem: ArterialProblem, objective: Objective
) -> None:
    result = best_bands(problem, objective)
    for i, timing in enumerate(result.signals):
        for by_s in (-timing.earlier_s, timing.later_s):
            moved = replace(timing, offset_s=(timing.offset_s + by_s) % problem.cycle_s)
            signals = (*result.signals[:i], moved, *result.signals[i + 1 :])
            other = replace(result, signals=signals)
            programs = {
                s.id: timed_program(problem, other, k) for k, s in enumerate(problem.signals)
            }
            for direction in problem.directions:
                width = widest_band(
                    progression(problem, result, direction), programs, problem.cycle_s
                ).width_s
                assert width >= band(result, direction).width_s - 1e-6


@settings(max_examples=40, deadline=None)
@given(arterials())
def test_link_bands_are_at_least_as_wide_as_claimed(problem: ArterialProblem) -> None:
    whole = replace(
        problem,
        links=tuple(
            replace(
                link,
                outbound=TravelTime(
                    lo_s=round(link.outbound.lo_s), hi_s=round(link.outbound.lo_s) + 2
                ),
                inbound=TravelTime.fixed(round(link.inbound.lo_s)),
            )
            for link in problem.links
        ),
    )
    try:
        result = best_link_bands(whole)
    except SolveError:
        # No line of progression passes all signals: then no two bands fit in any ratio.
        assert bands_at(whole, 1, 1) is None
        return
    total = sum(b.weight * b.width_s for b in (*result.outbound, *result.inbound))
    assert total == pytest.approx(result.value_s)
    assert all(b.clear_s >= b.width_s - 1e-6 for b in (*result.outbound, *result.inbound))
