"""Other orders of stages: which ones appear, and that none is unsafe."""

from itertools import product

import pytest

from signalctl.domain.aspect import GREENS, GreenKind
from signalctl.domain.expand import expand
from signalctl.domain.finding import Severity
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import (
    Conflict,
    ConflictMatrix,
    GroupKind,
    IntergreenMatrix,
    Junction,
    Movement,
    SignalGroup,
)
from signalctl.domain.plan import Offset, Stage, StageSequence, TimingPlan
from signalctl.domain.program import Program
from signalctl.optimiser.sequence import AS_IT_IS, variants
from signalctl.optimiser.splits import timed_program
from signalctl.rules.registry import profile
from signalctl.rules.validate import validate_program

OPPOSITE = {"N": "S", "S": "N", "E": "W", "W": "E"}
ARMS = ("N", "E", "S", "W")


def crossroads(*, yields: bool = False, walks: bool = False) -> Junction:
    """Four arms with a through and a left each; crossings beside E and W throughs."""
    groups: list[SignalGroup] = []
    ids: list[str] = []
    for arm, movement in product(ARMS, (Movement.THROUGH, Movement.LEFT)):
        ids.append(f"{arm}-{movement}")
        groups.append(
            SignalGroup(
                id=ids[-1],
                kind=GroupKind.VEHICLE,
                approach=arm,
                movements=(movement,),
                links=(len(groups),),
            )
        )
    if walks:
        groups.append(
            SignalGroup(
                id="walk",
                kind=GroupKind.PEDESTRIAN,
                approach="crossing",
                movements=(Movement.CROSSING,),
                links=(len(groups),),
                amber_s=0,
                crossing_m=9.6,
            )
        )
    hard: set[tuple[str, str]] = set()
    gives_way: set[tuple[str, str]] = set()
    for a, b in product(ids, ids):
        same_street = a[0] in (b[0], OPPOSITE[b[0]])
        if a >= b:
            continue
        if not same_street:
            hard.add((a, b))
        elif a[0] != b[0] and a[2:] != b[2:]:
            left, through = sorted((a, b), key=lambda g: not g.endswith("left"))
            if yields:
                gives_way.add((left, through))
            else:
                hard.add((left, through))
    if walks:
        hard |= {("walk", g) for g in ids if g[0] in "NS" or g.endswith("left")}
    pairs = hard | {(b, a) for a, b in hard} | gives_way | {(b, a) for a, b in gives_way}
    seconds = {pair: 9 if pair[0] == "walk" else 4 for pair in pairs}
    return Junction(
        "J",
        tuple(groups),
        ConflictMatrix(hard=frozenset(hard), yields=frozenset(gives_way)),
        IntergreenMatrix.of(seconds),
    )


def stages(junction: Junction, *parts: tuple[int, str]) -> Program:
    """Parts like (20, "N-through S-through N-left?"): a question mark is permissive."""
    made = []
    for n, (split, names) in enumerate(parts):
        greens = {
            name.rstrip("?"): GreenKind.PERMISSIVE if name.endswith("?") else GreenKind.PROTECTED
            for name in names.split()
        }
        made.append(Stage(id=str(n), split_s=split, greens=FrozenMap(greens)))
    plan = TimingPlan(
        junction_id="J",
        name="p",
        cycle_s=sum(split for split, _ in parts),
        offset=Offset(seconds=0),
        form=StageSequence(stages=tuple(made)),
    )
    return expand(plan, junction)


def both_lead(junction: Junction) -> Program:
    return stages(
        junction,
        (12, "N-left S-left"),
        (28, "N-through S-through"),
        (12, "E-left W-left"),
        (38, "E-through W-through"),
    )


def starts(program: Program, *groups: str) -> list[int]:
    return [program.green_spans(group)[0][0] for group in groups]


def test_lead_lag_puts_the_lefts_at_either_end_of_the_throughs() -> None:
    found = {v.label: v.program for v in variants(both_lead(crossroads()), crossroads())}
    made = found["lead-lag (E-left, W-left)"]
    e_left, e, w, w_left = (made.green_spans(g)[0] for g in (
        "E-left", "E-through", "W-through", "W-left",
    ))  # fmt: skip
    c = made.cycle_s
    assert e_left[0] == e[0], "the leading left starts with its own through"
    assert (w_left[1] - w[1]) % c == 0, "the lagging left ends with its own through"
    assert (w[0] - e_left[1]) % c == 4, "the opposing through waits for the leading left"
    assert (w_left[0] - e[1]) % c == 4
    assert {"lag-lead (N-left, S-left)", "both lag (N-left, S-left)"} <= set(found)


def test_the_program_itself_comes_first_and_is_not_repeated() -> None:
    program = both_lead(crossroads())
    found = variants(program, crossroads())
    assert found[0].label == AS_IT_IS
    assert found[0].program == program
    assert "both lead (E-left, W-left)" not in {v.label for v in found}
    assert "1-2-3-4" not in {v.label for v in found}
    assert len({v.program for v in found}) == len(found) <= 24
    assert len(variants(program, crossroads(), limit=5)) == 5


@pytest.mark.parametrize("rules", ["as-surveyed", "fhwa", "gb", "rilsa"])
@pytest.mark.parametrize(("yields", "walks"), [(False, False), (True, False), (False, True)])
def test_no_variant_breaks_a_rule_the_program_keeps(rules: str, yields: bool, walks: bool) -> None:
    junction = crossroads(yields=yields, walks=walks)
    e = "E-through W-through" + (" walk" if walks else "")
    parts = [
        (12, "N-left S-left"),
        (28, "N-through S-through" + (" N-left? S-left?" if yields else "")),
        (12, "E-left W-left"),
        (38, e),
    ]
    if walks:
        parts.append((8, "E-through W-through"))
    program = stages(junction, *parts)
    judge = profile(rules)
    before = {
        (f.rule, frozenset(f.groups))
        for f in validate_program(program, junction, judge)
        if f.severity is Severity.ERROR
    }
    found = variants(program, junction, judge)
    assert len(found) > 4
    for variant in found:
        assert variant.program.cycle_s == program.cycle_s
        for finding in validate_program(variant.program, junction, judge):
            assert finding.rule != "yellow-trap"
            if finding.severity is Severity.ERROR:
                assert (finding.rule, frozenset(finding.groups)) in before, variant.label
        _no_conflict_in_any_second(variant.program, junction)


def _no_conflict_in_any_second(program: Program, junction: Junction) -> None:
    """Said again without the rules room: conflicting greens and minimum greens."""
    for second in range(program.cycle_s):
        green = [g for g in junction.group_ids if program.aspect(g, second) in GREENS]
        assert not any(
            junction.conflicts.between(a, b) is Conflict.HARD for a, b in product(green, green)
        )
    for group in junction.groups:
        for start, end in program.green_spans(group.id):
            assert end - start >= group.min_green_s


def test_every_variant_can_be_timed() -> None:
    program = both_lead(crossroads())
    flows = {f"{arm}-through": 0.2 for arm in ARMS} | {f"{arm}-left": 0.06 for arm in ARMS}
    for variant in variants(program, crossroads()):
        timed = timed_program(variant.program, crossroads(), 90, flows)
        assert timed.program.cycle_s == 90
        assert timed.groups
        assert timed.largest_saturation < 1


def test_crossings_stay_in_front_of_their_clearance() -> None:
    junction = crossroads(walks=True)
    program = stages(
        junction,
        (12, "N-left S-left"),
        (28, "N-through S-through"),
        (12, "E-left W-left"),
        (30, "E-through W-through walk"),
        (8, "E-through W-through"),
    )
    for variant in variants(program, junction):
        ((_, walk_end),) = variant.program.green_spans("walk")
        for foe in junction.conflicts.foes("walk"):
            for start, _ in variant.program.green_spans(foe):
                assert (start - walk_end) % variant.program.cycle_s >= 9, variant.label


def test_why_there_are_no_others_is_said() -> None:
    junction = crossroads()
    one = stages(junction, (20, "N-through S-through"))
    assert "1 stages" in variants(one, junction)[0].why_not
    odd = both_lead(junction)
    seconds = dict(odd.seconds)
    seconds["N-left"] = seconds["N-left"].replace("yyy", "yyr")
    (only,) = variants(Program.of(seconds), junction)
    assert "unusual amber" in only.why_not
