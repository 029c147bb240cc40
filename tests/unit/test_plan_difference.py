"""Differences between plans, second by second and in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signalctl.domain.aspect import GreenKind
from signalctl.domain.expand import timed
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import (
    ConflictMatrix,
    GroupKind,
    IntergreenMatrix,
    Junction,
    Movement,
    SignalGroup,
)
from signalctl.domain.plan import Offset, Stage, StageSequence, TimingPlan
from signalctl.domain.program import Program
from signalctl.workflow.service.difference import difference


def _group(name: str, link: int) -> SignalGroup:
    return SignalGroup(
        id=name,
        kind=GroupKind.VEHICLE,
        approach=f"from {name}",
        movements=(Movement.THROUGH,),
        links=(link,),
    )


JUNCTION = Junction(
    id="J1",
    groups=(_group("A", 0), _group("B", 1), _group("C", 2)),
    conflicts=ConflictMatrix(hard=frozenset({("A", "B"), ("A", "C"), ("B", "C")})),
    intergreens=IntergreenMatrix.of(
        {(a, b): 4 for a in "ABC" for b in "ABC" if a != b},
    ),
)


def _plan(splits_s: dict[str, int], offset_s: int = 0) -> TimingPlan:
    stages = tuple(
        Stage(id=name, split_s=split_s, greens=FrozenMap({name: GreenKind.PROTECTED}))
        for name, split_s in splits_s.items()
    )
    return TimingPlan(
        junction_id="J1",
        name="p",
        cycle_s=sum(splits_s.values()),
        offset=Offset(seconds=offset_s),
        form=StageSequence(stages=stages),
    )


def _shown(plan: TimingPlan) -> dict[str, tuple[TimingPlan, Program]]:
    return {"J1": (plan, timed(plan, JUNCTION))}


BASE = _plan({"A": 30, "B": 30, "C": 30})


@pytest.mark.parametrize(
    ("now", "en", "zh"),
    [
        (replace(BASE, offset=Offset(seconds=1)), "J1 starts 1 s later", "J1 起始推迟 1 秒"),
        (replace(BASE, offset=Offset(seconds=88)), "J1 starts 2 s earlier", "J1 起始提前 2 秒"),
        (
            _plan({"A": 30, "B": 32, "C": 28}),
            "J1: stage B +2 s, taken from stage C",
            "J1：阶段 B 增加 2 秒，取自阶段 C",
        ),
        (
            _plan({"A": 30, "B": 32, "C": 30}),
            "J1: cycle 90 s becomes 92 s",
            "J1：周期由 90 秒改为 92 秒",
        ),
        (
            _plan({"B": 30, "A": 30, "C": 30}),
            "J1: the stages are now B, A, C",
            "J1：阶段顺序改为 B, A, C",
        ),
    ],
)
def test_a_change_is_said_in_one_sentence(now: TimingPlan, en: str, zh: str) -> None:
    words = difference(_shown(BASE), _shown(now))["words"]
    assert words["en"][0] == en
    assert words["zh"][0] == zh
    assert len(words["en"]) == len(words["zh"])


@given(offset_s=st.integers(0, 89), gained_s=st.integers(-20, 20))
def test_the_seconds_lead_from_one_plan_to_the_other(offset_s: int, gained_s: int) -> None:
    now = _plan({"A": 30 + gained_s, "B": 30 - gained_s, "C": 30}, offset_s)
    found = difference(_shown(BASE), _shown(now))
    lamps = {g: list(text) for g, text in timed(BASE, JUNCTION).seconds.items()}
    for each in found["seconds"]:
        assert lamps[each["group"]][each["second"]] == each["was"] != each["now"]
        lamps[each["group"]][each["second"]] = each["now"]
    assert {g: "".join(text) for g, text in lamps.items()} == timed(now, JUNCTION).seconds
    assert bool(found["words"]["en"]) == (now != BASE)


def test_junctions_that_come_and_go_are_named() -> None:
    assert difference({}, _shown(BASE))["words"]["en"] == ["J1 gets a plan"]
    assert difference(_shown(BASE), {})["words"]["en"] == ["J1 has no plan any more"]


def test_what_differs_is_shown_whole_on_both_sides() -> None:
    was, now = _plan({"A": 20, "B": 20, "C": 20}), _plan({"A": 21, "B": 19, "C": 20})
    programs = timed(was, JUNCTION), timed(now, JUNCTION)
    found = difference({"J1": (was, programs[0])}, {"J1": (now, programs[1])})
    shown = found["shown"]["J1"]
    assert set(shown["groups"]) == {each["group"] for each in found["seconds"]} == {"A", "B"}
    for group, both in shown["groups"].items():
        for side, program in zip(("was", "now"), programs, strict=True):
            letters = "".join(letter * (end - start) for start, end, letter in both[side])
            assert letters == program.seconds[group]
    assert difference({"J1": (was, programs[0])}, {"J1": (was, programs[0])})["shown"] == {}
