"""The band engine case by case: windows, fixed offsets, queues, weights, cycles, refusals."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from signalctl.domain.errors import InputError, SolveError
from signalctl.optimiser.arterial import (
    ArterialLink,
    ArterialProblem,
    ArterialSignal,
    Candidate,
    Objective,
    TravelTime,
    Windows,
)
from signalctl.optimiser.band_instances import RandomArterial, alternate, plain_arterial
from signalctl.optimiser.bandwidth import bands_at, best_bands, best_cycle, pareto_front


def signal(
    name: str, out: Windows | None, back: Windows | None, *, fixed: int | None = None
) -> ArterialSignal:
    candidate = Candidate(label="only", outbound=out, inbound=back)
    return ArterialSignal(id=name, candidates=(candidate,), fixed_offset_s=fixed)


def street(
    cycle_s: int, signals: list[ArterialSignal], there_s: list[float], back_s: list[float]
) -> ArterialProblem:
    links = tuple(
        ArterialLink(outbound=TravelTime.fixed(a), inbound=TravelTime.fixed(b))
        for a, b in zip(there_s, back_s, strict=True)
    )
    return ArterialProblem(cycle_s=cycle_s, signals=tuple(signals), links=links)


EQUAL = Objective()


def widths(problem: ArterialProblem, objective: Objective = EQUAL) -> tuple[float, float]:
    result = best_bands(problem, objective)
    assert result.outbound is not None
    assert result.inbound is not None
    return result.outbound.width_s, result.inbound.width_s


GREEN: Windows = ((0, 30),)


def test_one_signal_has_bands_as_wide_as_its_greens() -> None:
    problem = street(60, [signal("A", ((50, 75),), ((10, 30),))], [], [])
    assert widths(problem) == (25, 20)
    assert best_bands(problem).signals[0].binding == ("outbound", "inbound")


def test_one_way_street_is_limited_by_its_shortest_green_alone() -> None:
    greens = (((0, 30),), ((5, 27),), ((40, 65),))
    two_way = street(
        60, [signal(f"S{i}", g, ((0, 9),)) for i, g in enumerate(greens)], [7.3, 11.9], [7, 12]
    )
    result = best_bands(replace(two_way, directions=("outbound",)))
    assert result.inbound is None
    assert result.outbound is not None
    assert result.outbound.width_s == pytest.approx(22)
    assert result.value_s == pytest.approx(result.bound_s) == pytest.approx(22)
    assert result.explanation == (
        "Bottleneck green of 22 s at S1: nothing in offsets can widen the outbound band; "
        "only more green there can.",
    )


@pytest.mark.parametrize("objective", [EQUAL, Objective(mode="sum"), Objective(outbound=0)])
def test_objective_of_a_one_way_street_is_its_one_band(objective: Objective) -> None:
    problem = replace(alternate(4, 60, 17), directions=("outbound",))
    result = best_bands(problem, objective)
    assert result.value_s == result.bound_s == result.continuous_bound_s == 30
    assert bands_at(problem, 31, 0) is None


def test_signal_that_does_not_stop_a_direction_leaves_its_band_alone() -> None:
    signals = [signal("A", GREEN, GREEN), signal("B", None, ((0, 60),)), signal("C", GREEN, GREEN)]
    result = best_bands(street(60, signals, [15, 15], [15, 15]))
    assert widths(street(60, signals, [15, 15], [15, 15])) == (30, 30)
    assert result.signals[1].earlier_s == 30
    assert result.signals[1].binding == ()


def test_greens_that_touch_are_one_green() -> None:
    late: Windows = ((45, 60), (0, 15))
    split = [signal("A", ((0, 10), (10, 30)), GREEN), signal("B", late, late)]
    assert widths(street(60, split, [30], [30])) == (30, 30)


def test_half_cycle_signal_may_serve_each_direction_in_another_green() -> None:
    half: Windows = ((0, 18), (30, 48))
    middle = signal("B", half, half)
    ends = [signal("A", GREEN, GREEN), signal("C", GREEN, GREEN)]
    # 15 s of drive: a full-cycle signal in the middle would be caught between both bands.
    quarter = street(60, [ends[0], middle, ends[1]], [15, 15], [15, 15])
    single = street(60, [ends[0], signal("B", ((0, 18),), ((0, 18),)), ends[1]], [15, 15], [15, 15])
    assert widths(quarter) == (18, 18)
    assert widths(single)[0] < 18


def test_best_sequence_is_chosen_and_a_forbidden_one_is_not() -> None:
    lead = Candidate(label="lead", outbound=((0, 20),), inbound=((30, 50),))
    same = Candidate(label="same", outbound=((0, 20),), inbound=((0, 20),))
    a = ArterialSignal(id="A", candidates=(same,))
    b = ArterialSignal(id="B", candidates=(same, lead))
    problem = street(60, [a, b], [15], [15])
    free = best_bands(problem)
    assert free.value_s == 20
    assert (free.signals[1].candidate, free.signals[1].candidate_index) == ("lead", 1)
    forbidden = replace(b, candidates=(same, replace(lead, allowed=False)))
    kept = best_bands(replace(problem, signals=(a, forbidden)))
    assert kept.signals[1].candidate == "same"
    assert kept.value_s == 5


def test_one_fixed_offset_moves_everything_else() -> None:
    free = best_bands(alternate(5, 60, 20))
    problem = alternate(5, 60, 20)
    pinned = tuple(
        replace(s, fixed_offset_s=37) if i == 3 else s for i, s in enumerate(problem.signals)
    )
    result = best_bands(replace(problem, signals=pinned))
    assert result.signals[3].offset_s == 37
    assert result.value_s == pytest.approx(free.value_s)


@pytest.mark.parametrize("spread_s", [0, 2])
def test_two_fixed_offsets_are_kept_and_cost_what_they_cost(spread_s: float) -> None:
    time = TravelTime(lo_s=20, hi_s=20 + spread_s)
    links = (ArterialLink(outbound=time, inbound=time),) * 2
    signals = (
        signal("A", GREEN, GREEN, fixed=3),
        signal("B", GREEN, GREEN),
        signal("C", GREEN, GREEN, fixed=10),
    )
    problem = ArterialProblem(cycle_s=60, signals=signals, links=links)
    result = best_bands(problem)
    assert (result.signals[0].offset_s, result.signals[2].offset_s) == (3, 10)
    free = best_bands(
        replace(problem, signals=tuple(replace(s, fixed_offset_s=None) for s in signals))
    )
    assert result.value_s <= free.value_s
    brute = max(
        min(_fixed_widths(problem, middle, there, back))
        for middle in range(60)
        for there in range(40, 41 + 2 * int(spread_s))
        for back in range(40, 41 + 2 * int(spread_s))
    )
    assert result.value_s == pytest.approx(brute)


def _fixed_widths(problem: ArterialProblem, middle: int, there: int, back: int) -> tuple[int, int]:
    """Bands of three greens of 30 s with offsets 3, `middle`, 10, in whole seconds."""

    def green(offset: int, at: int) -> set[int]:
        return {(offset + k - at) % 60 for k in range(30)}

    half, rest = there // 2, back // 2
    out = green(3, 0) & green(middle, half) & green(10, there)
    home = green(10, 0) & green(middle, rest) & green(3, back)
    return _run(out), _run(home)


def _run(seconds: set[int]) -> int:
    """Length of the longest circular run of seconds."""
    longest = run = 0
    for second in range(120):
        run = run + 1 if second % 60 in seconds else 0
        longest = max(longest, run)
    return longest


def test_queue_advance_brings_the_band_forward_at_every_later_signal() -> None:
    plain = alternate(3, 60, 20)
    signals = (
        plain.signals[0],
        replace(plain.signals[1], outbound_queue_s=4),
        replace(plain.signals[2], outbound_queue_s=3),
    )
    result = best_bands(replace(plain, signals=signals), Objective(inbound=0))
    assert result.outbound is not None
    start = result.outbound.start_s
    assert (start[1] - start[0]) % 60 == pytest.approx(16)
    assert (start[2] - start[1]) % 60 == pytest.approx(17)
    assert result.outbound.link_times_s == (20, 20)


def test_ratio_gives_bands_in_ratio_and_the_rest_to_whom_it_helps() -> None:
    greens: Windows = ((0, 40),)
    problem = street(80, [signal("A", greens, greens), signal("B", ((0, 38),), greens)], [20], [20])
    out, back = widths(problem, Objective(outbound=2, inbound=1))
    # Both bands share 40 s: 26 and 13 in the ratio 2 : 1, the second left over to the heavier.
    assert (out, back) == (27, 13)
    assert bands_at(problem, out + 1, back) is None
    assert bands_at(problem, out, back + 1) is None


def test_sum_takes_the_lopsided_optimum_and_ratio_does_not() -> None:
    problem = plain_arterial(80, [0.5] * 4, [20, 20, 20], 1.0)
    equal = widths(problem)
    total = widths(problem, Objective(outbound=3, inbound=1, mode="sum"))
    assert equal[0] == equal[1]
    assert total[0] > equal[0]
    assert 3 * total[0] + total[1] >= 3 * equal[0] + equal[1]


def test_direction_without_weight_gets_what_is_left_over() -> None:
    problem = plain_arterial(80, [0.5] * 4, [20, 20, 20], 1.0)
    out, back = widths(problem, Objective(outbound=1, inbound=0))
    assert out == 40
    assert bands_at(problem, 40, back) is not None
    assert bands_at(problem, 40, back + 1) is None


def test_best_cycle_takes_the_best_share_and_the_shorter_of_equals() -> None:
    # Bands of half the cycle at 60 and at 20 s: a drive of 30 s is whole half cycles of both.
    problems = {c: alternate(4, c, 30) for c in range(20, 91, 10)}
    result = best_cycle(problems.get, problems)
    assert result.cycle_s == 20
    assert result.value_s == pytest.approx(10)
    assert best_cycle(problems.get, [90, 60, 50]).cycle_s == 60
    assert best_cycle(problems.get, problems, criterion="seconds").cycle_s == 60


def test_table_of_cycles_is_complete_and_cuts_are_proved() -> None:
    arterial = RandomArterial(6, 5, tenths=True)
    problems = {c: arterial.at(c) if c != 70 else None for c in range(60, 91)}
    cut = best_cycle(problems.get, problems)
    full = best_cycle(problems.get, problems, every_cycle=True)
    assert cut.cycle_s == full.cycle_s
    assert cut.value_s == full.value_s
    assert [row.cycle_s for row in cut.cycles] == list(range(60, 91))
    assert cut.cycles[10].status == "not admitted"
    for quick, solved in zip(cut.cycles, full.cycles, strict=True):
        if quick.status == "cut":
            assert solved.status in {"optimal", "cut"}
            assert quick.bound_s is not None
            assert (solved.bound_s or 0.0) <= quick.bound_s + 1e-6
    assert any(row.status == "cut" for row in cut.cycles)
    for row in full.cycles:
        if row.status == "optimal":
            single = arterial.at(row.cycle_s)
            assert best_bands(single).bound_s == pytest.approx(row.bound_s)


def test_best_cycle_at_the_end_of_the_range_is_said() -> None:
    problems = {c: alternate(4, c, 30) for c in (60, 61, 62)}
    said = best_cycle(problems.get, problems).explanation
    assert said[-1] == (
        "The best cycle, 60 s, is the shortest allowed: a wider range might do better still."
    )


def test_progress_is_told_for_every_cycle() -> None:
    seen: list[int] = []
    best_cycle(lambda c: alternate(3, c, 20), [62, 60, 61], on_cycle=seen.append)
    assert seen == [60, 61, 62]


def test_direction_that_is_never_green_is_named() -> None:
    problem = street(60, [signal("A", GREEN, GREEN), signal("B", GREEN, ())], [20], [20])
    with pytest.raises(SolveError, match="inbound direction is never green") as refusal:
        best_bands(problem)
    assert refusal.value.where == "signal B"
    with pytest.raises(SolveError, match="inbound direction is never green"):
        best_cycle({60: problem}.get, [60, 61])
    assert best_bands(replace(problem, directions=("outbound",))).value_s == 30


def test_signal_without_allowed_candidate_is_named() -> None:
    a = signal("A", GREEN, GREEN)
    none = replace(a, candidates=(replace(a.candidates[0], allowed=False),))
    with pytest.raises(SolveError, match="No candidate is allowed") as refusal:
        best_bands(replace(street(60, [a], [], []), signals=(none,)))
    assert refusal.value.where == "signal A"


def test_empty_or_inadmissible_range_of_cycles_is_refused() -> None:
    with pytest.raises(SolveError, match="range of cycles is empty"):
        best_cycle(lambda c: alternate(3, c, 20), [])
    with pytest.raises(SolveError, match="No cycle from 60 to 70 s is admitted"):
        best_cycle(lambda _: None, range(60, 71))


def test_arterial_without_room_for_two_bands_says_so() -> None:
    narrow: Windows = ((0, 3),)
    signals = [signal(f"S{i}", narrow, narrow) for i in range(3)]
    result = best_bands(street(60, signals, [17, 23], [17, 23]))
    assert result.value_s == 0
    assert result.bound_s == pytest.approx(result.value_s, abs=1e-3)
    assert any("no band passes all signals" in sentence for sentence in result.explanation)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: replace(p, cycle_s=0), "not a cycle"),
        (lambda p: replace(p, links=p.links[:-1]), "need 2 links"),
        (lambda p: replace(p, directions=()), "one or two"),
        (lambda p: replace(p, cycle_s=20), "does not fit a cycle"),
        (lambda p: replace(p, signals=(p.signals[0],) * 3), "stands twice"),
    ],
)
def test_parts_that_do_not_fit_are_refused(
    change: Callable[[ArterialProblem], ArterialProblem], message: str
) -> None:
    problem = alternate(3, 60, 20)
    with pytest.raises(InputError, match=message):
        change(problem)


@pytest.mark.parametrize(("out", "back"), [(0, 0), (-1, 1), (float("nan"), 1), (float("inf"), 1)])
def test_weights_that_say_nothing_are_refused(out: float, back: float) -> None:
    with pytest.raises(InputError, match="say nothing"):
        Objective(outbound=out, inbound=back)


def test_front_of_a_symmetric_street_is_symmetric() -> None:
    front = pareto_front(plain_arterial(80, [0.5] * 4, [20, 20, 20], 1.0))
    assert {(b, a) for a, b in front} == set(front)
    assert front[0][0] == 40
