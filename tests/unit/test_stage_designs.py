"""Stage designs at a crossroads small enough to know the answers by heart."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from four_arms import LEFTS, THROUGHS, WALK, crossroads, four_stages

from signalctl.domain.aspect import GreenKind
from signalctl.domain.finding import Severity
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import (
    Conflict,
    ConflictMatrix,
    IntergreenMatrix,
    Junction,
)
from signalctl.domain.program import Program
from signalctl.optimiser.retime import under_rules
from signalctl.optimiser.skeleton import Skeleton
from signalctl.optimiser.stage_design.compatible import maximal_cliques
from signalctl.optimiser.stage_design.designs import StageDesign, stage_designs
from signalctl.optimiser.stage_design.permission import Permission, TurnRule, permission_from
from signalctl.rules.registry import profile
from signalctl.rules.validate import validate_program

FLOWS = {name: 0.2 if name in THROUGHS else 0.04 for name in (*THROUGHS, *LEFTS)}
VOLUMES = {name: 1800 * ratio for name, ratio in FLOWS.items()}


def designs(
    rule: Permission | TurnRule = TurnRule.AS_SHIPPED, rules: str = "as-surveyed", at_most: int = 24
) -> tuple[StageDesign, ...]:
    permission = rule if isinstance(rule, Permission) else Permission(default=rule)
    return stage_designs(
        crossroads(),
        [four_stages()],
        permission,
        FLOWS,
        VOLUMES,
        rules=profile(rules),
        at_most=at_most,
    )


def permissive(design: StageDesign) -> set[str]:
    return {
        group
        for stage in design.stages
        for group, kind in stage.items()
        if kind is GreenKind.PERMISSIVE
    }


def test_the_shipped_stages_come_first_and_stay() -> None:
    found = designs(TurnRule.MAY_YIELD, at_most=1)
    assert [design.label for design in found] == ["shipped"]
    assert found[0].program == four_stages()
    assert found[0].dropped == ()
    assert len(found[0].stages) == 4


def test_as_shipped_makes_nobody_permissive() -> None:
    found = designs(TurnRule.AS_SHIPPED)
    assert len(found) > 3
    assert all(not permissive(design) and not design.made_permissive for design in found)


def test_may_yield_finds_the_two_stages_everybody_knows() -> None:
    best = designs(TurnRule.MAY_YIELD)[1]
    assert {frozenset(stage) for stage in best.stages} == {
        frozenset({"N", "S", "Nl", "Sl"}),
        frozenset({"E", "W", "El", "Wl"}),
    }
    assert set(best.made_permissive) == set(LEFTS)
    assert best.dropped == (
        "The stage with Nl, Sl protected is no longer there.",
        "The stage with El, Wl protected is no longer there.",
    )


def test_who_is_protected_only_is_protected_in_every_design() -> None:
    rule = permission_from(
        {"J": crossroads()}, default=TurnRule.MAY_YIELD, protected_only=["J:Nl,J:Sl"]
    )
    found = designs(rule)
    assert all(permissive(design) <= {"El", "Wl"} for design in found)
    assert any(permissive(design) for design in found)


def test_one_design_makes_nobody_newly_permissive_however_much_may_yield() -> None:
    assert any(not d.made_permissive for d in designs(TurnRule.MAY_YIELD, at_most=6)[1:])


@pytest.mark.parametrize("rules", ["as-surveyed", "fhwa", "gb"])
def test_every_design_serves_everybody_safely(rules: str) -> None:
    found = designs(TurnRule.MAY_YIELD, rules)
    assert len(found) > 10
    for design in found:
        assert all(design.program.green_spans(group) for group in crossroads().group_ids)
        findings = validate_program(design.program, crossroads(), profile(rules))
        assert not [f for f in findings if f.severity is Severity.ERROR]


def test_designs_are_no_copies_of_each_other() -> None:
    found = designs(TurnRule.MAY_YIELD)
    tables = {
        tuple(
            Skeleton(crossroads(), design.program).table((9,) * n).codes.tobytes()
            for n in [len(Skeleton(crossroads(), design.program).stretchable)]
        )
        for design in found
    }
    assert len(tables) == len(found)


@pytest.mark.parametrize(
    ("rules", "after"), [("as-surveyed", "yyy"), ("fhwa", "yyy"), ("gb", "yyyr")]
)
def test_a_turn_that_falls_from_protected_to_permissive_shows_amber(rules: str, after: str) -> None:
    falls = 0
    for design in designs(TurnRule.MAY_YIELD, rules):
        for letters in design.program.seconds.values():
            assert "Gg" not in letters + letters[0]
            twice = letters * 2
            for start in range(len(letters)):
                if twice[start] == "G" and twice[start + 1] == "y":
                    end = start + 1 + len(twice[start + 1 :]) - len(twice[start + 1 :].lstrip("yr"))
                    if end < len(twice) and twice[end] == "g" and end - start < 9:
                        falls += 1
                        assert twice[start + 1 : end].startswith(after)
    assert falls


def test_stages_are_what_stretches() -> None:
    for design in designs(TurnRule.MAY_YIELD):
        skeleton = Skeleton(crossroads(), design.program)
        assert len(skeleton.stretchable) == len(design.stages)


def test_a_crossing_clears_while_the_others_stay_green() -> None:
    junction = crossroads(walk=True)
    letters = dict(four_stages().seconds)
    # People walk with east and west; E and W do not cross their way.
    letters[WALK] = "r" * 40 + "G" * 8 + "r" * 32
    found = stage_designs(
        junction,
        [Program.of(letters)],
        Permission(),
        FLOWS,
        VOLUMES,
        rules=profile("gb"),
    )
    assert len(found) > 1
    for design in found[1:]:
        strict = under_rules(junction, profile("gb"))
        assert Skeleton(strict, design.program).shortest_cycle_s < 80
        for start, end in design.program.green_spans(WALK):
            assert end - start >= 7
            after = [
                (begin - end) % design.program.cycle_s
                for foe in ("N", "S", "Nl", "El")
                for begin, _ in design.program.green_spans(foe)
            ]
            assert min(after) >= 12


def test_groups_that_share_a_lane_are_served_together() -> None:
    found = stage_designs(
        crossroads(),
        [four_stages()],
        Permission(default=TurnRule.MAY_YIELD),
        FLOWS,
        VOLUMES,
        rules=profile("as-surveyed"),
        lanes=[("N", "Nl")],
    )
    for design in found[1:]:
        assert any({"N", "Nl"} <= set(stage) for stage in design.stages)


def test_dark_groups_stay_dark() -> None:
    letters = dict(four_stages().seconds)
    letters["Nl"] = "O" * 80
    found = stage_designs(
        crossroads(),
        [Program.of(letters)],
        Permission(),
        FLOWS,
        VOLUMES,
        rules=profile("as-surveyed"),
    )
    assert len(found) > 1
    assert all(set(design.program.seconds["Nl"]) == {"O"} for design in found)


def test_without_flows_the_shortest_cycle_is_the_best() -> None:
    found = stage_designs(
        crossroads(),
        [four_stages()],
        Permission(default=TurnRule.MAY_YIELD),
        FrozenMap(),
        FrozenMap(),
        rules=profile("as-surveyed"),
    )
    assert len(found[1].stages) == 2


def several_nodes(number: int) -> tuple[Junction, Program]:
    """A light of several crossroads that do not conflict with each other, and its program."""
    one = crossroads()
    groups, hard, yields = [], set(), set()
    seconds: dict[tuple[str, str], int] = {}
    letters: dict[str, str] = {}
    for k in range(number):
        groups += [
            replace(g, id=f"{k}{g.id}", approach=f"{k}{g.approach}", links=(8 * k + g.links[0],))
            for g in one.groups
        ]
        hard |= {(f"{k}{a}", f"{k}{b}") for a, b in one.conflicts.hard}
        yields |= {(f"{k}{a}", f"{k}{b}") for a, b in one.conflicts.yields}
        seconds |= {(f"{k}{a}", f"{k}{b}"): s for (a, b), s in one.intergreens.seconds.items()}
        letters |= {f"{k}{g}": text for g, text in four_stages().shifted(7 * k).seconds.items()}
    junction = Junction(
        id="J",
        groups=tuple(groups),
        conflicts=ConflictMatrix(hard=frozenset(hard), yields=frozenset(yields)),
        intergreens=IntergreenMatrix.of(seconds),
    )
    return junction, Program.of(letters)


@pytest.mark.parametrize("rule", [TurnRule.AS_SHIPPED, TurnRule.MAY_YIELD])
def test_a_light_of_forty_groups_at_five_nodes_gets_designs(rule: TurnRule) -> None:
    junction, program = several_nodes(5)
    ratios = {group: FLOWS[group[1:]] for group in junction.group_ids}
    found = stage_designs(
        junction,
        [program],
        Permission(default=rule),
        ratios,
        {group: 1800 * ratio for group, ratio in ratios.items()},
        rules=profile("as-surveyed"),
    )
    assert len(found) > 2
    for design in found[1:]:
        assert all(design.program.green_spans(group) for group in junction.group_ids)


def test_cliques_are_all_and_maximal() -> None:
    graph = np.array(
        [[junction_free(a, b) for b in (*THROUGHS, *LEFTS)] for a in (*THROUGHS, *LEFTS)]
    )
    found = set(maximal_cliques(graph))
    everybody = range(len(graph))
    wanted = {
        frozenset(some)
        for size in everybody
        for some in combinations(everybody, size + 1)
        if all(graph[a, b] for a, b in combinations(some, 2))
        and not any(all(graph[a, more] for a in some) for more in everybody if more not in some)
    }
    assert found == wanted


def junction_free(a: str, b: str) -> bool:
    return a == b or crossroads().conflicts.between(a, b) is Conflict.NONE
