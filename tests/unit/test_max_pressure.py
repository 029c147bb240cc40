"""Max-pressure at one small junction: which state, when, and nobody waits for ever."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from crossing import GOOD, crossing, plan_am

from signalctl.controllers.adaptive.green_states import green_states
from signalctl.controllers.adaptive.max_pressure import MaxPressure, MaxPressureSettings
from signalctl.controllers.adaptive.registry import strategy
from signalctl.controllers.adaptive.strategy import LaneCount, Observation, Passage, Site
from signalctl.domain.aspect import Aspect
from signalctl.domain.errors import InputError
from signalctl.domain.expand import expand
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.program import Program

G, R = Aspect.PROTECTED, Aspect.RED
LANES = ("e", "w", "wl", "n", "out")


def site(*greens: str) -> Site:
    """The crossing with one state for each word of groups; every way leads to lane `out`."""
    junction = crossing()
    states = tuple(
        FrozenMap({g: G if g in words.split() else R for g in junction.group_ids})
        for words in greens
    )
    entries = {"E": "e", "W": "w", "WL": "wl", "N": "n"}
    passages = tuple(Passage(group=g, entry=lane, exit="out") for g, lane in entries.items())
    return Site(junction=junction, passages=passages, states=states)


class Street:
    """Lamps that follow every request at once, and counts that a test sets."""

    def __init__(self, control: MaxPressure, of: Site) -> None:
        self.control = control
        self.shown: Mapping[str, Aspect] = dict.fromkeys(of.junction.group_ids, R)
        self.counts = dict.fromkeys(LANES, LaneCount(0, 0))
        self.second = 0

    def run(self, seconds: int) -> list[str]:
        """Groups that are green in each of the next seconds."""
        greens = []
        for _ in range(seconds):
            seen = Observation(
                second=self.second, shown=self.shown, entries=self.counts, exits=self.counts
            )
            self.shown = self.control.step(seen).aspects
            self.second += 1
            greens.append(" ".join(g for g, aspect in self.shown.items() if aspect is G))
        return greens


def street(
    *greens: str, decision_s: int = 10, longest_wait_s: int = 120, cyclic: bool = False
) -> Street:
    of = site(*greens)
    settings = MaxPressureSettings(
        decision_s=decision_s, longest_wait_s=longest_wait_s, cyclic=cyclic
    )
    return Street(MaxPressure(of, settings), of)


def test_the_fullest_approach_is_served_after_the_least_time() -> None:
    one = street("E W", "N", decision_s=10)
    one.counts["n"] = LaneCount(3, 3)
    shown = one.run(14)
    assert shown[:10] == ["E W"] * 10
    assert shown[11:] == ["N"] * 3


def test_a_state_is_kept_while_it_has_most_pressure() -> None:
    one = street("E W", "N", decision_s=10)
    one.counts |= {"e": LaneCount(2, 0), "n": LaneCount(2, 0)}
    assert set(one.run(60)) == {"E W"}, "an equal pressure is no reason to change"


def test_vehicles_behind_the_junction_take_pressure_away() -> None:
    one = street("E W", "N", decision_s=5)
    # Two ways lead into the full lane from the present state, one from the other.
    one.counts |= {"e": LaneCount(4, 0), "w": LaneCount(4, 0), "n": LaneCount(5, 0)}
    assert one.run(20)[-1] == "E W"
    one.counts["out"] = LaneCount(6, 0)
    assert one.run(20)[-1] == "N"


def test_nobody_stands_at_red_for_ever() -> None:
    one = street("E W", "N", decision_s=10, longest_wait_s=60)
    one.counts |= {"e": LaneCount(20, 20), "n": LaneCount(1, 1)}
    shown = one.run(200)
    first = shown.index("N")
    assert 55 <= first <= 75
    assert shown[first : first + 10] == ["N"] * 10
    assert shown[first + 12] == "E W"


def test_whom_another_state_serves_is_not_waiting() -> None:
    one = street("E W WL", "N", "WL", decision_s=10, longest_wait_s=30)
    one.counts |= {"wl": LaneCount(5, 5), "e": LaneCount(5, 5)}
    assert set(one.run(200)) == {"E W WL"}, "the left turn has green already"


def test_cyclic_control_keeps_the_order_and_skips_whom_nobody_waits_for() -> None:
    order = ("E W", "WL", "N")
    cyclic, free = (street(*order, decision_s=5, cyclic=c) for c in (True, False))
    for one in (cyclic, free):
        one.counts |= {"wl": LaneCount(1, 1), "n": LaneCount(9, 9)}
    assert cyclic.run(8)[-1] == "WL"
    assert free.run(8)[-1] == "N"
    skipping = street(*order, decision_s=5, cyclic=True)
    skipping.counts["n"] = LaneCount(9, 9)
    assert skipping.run(8)[-1] == "N"


def test_a_state_the_guard_never_lets_through_does_not_stop_the_control() -> None:
    of = site("E W", "N")
    one = MaxPressure(of, MaxPressureSettings(decision_s=5))
    counts = dict.fromkeys(LANES, LaneCount(0, 0)) | {"n": LaneCount(3, 3)}
    dark = dict.fromkeys(of.junction.group_ids, R)
    asked = [
        one.step(Observation(second=s, shown=dark, entries=counts, exits=counts)) for s in range(60)
    ]
    assert asked[0].aspects == of.states[0]
    assert asked[-1].aspects == of.states[1]
    assert asked[-1].reason


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InputError, match="do not go together"):
        MaxPressureSettings(decision_s=0)
    with pytest.raises(InputError, match="no state"):
        MaxPressure(site(), MaxPressureSettings())
    with pytest.raises(InputError, match="no strategy 'coin'"):
        strategy("coin", site("N"), {})
    with pytest.raises(InputError, match="settings"):
        strategy("max-pressure", site("N"), {"colour": 1.0})


def test_green_states_are_what_a_program_shows_between_changes() -> None:
    junction = crossing()
    program = expand(plan_am(GOOD), junction)
    shown = [
        " ".join(g for g, a in state.items() if a in (G, Aspect.PERMISSIVE))
        for state in green_states(program)
    ]
    assert shown == ["E W WL F", "E W WL", "N"]


def test_short_states_are_parts_of_a_change_unless_there_are_no_others() -> None:
    long = Program.of({"a": "G" * 20 + "yyy" + "r" * 20, "b": "G" * 3 + "r" * 40})
    assert [dict(s) for s in green_states(long)] == [{"a": G, "b": R}]
    short = Program.of({"a": "GGyrrr", "b": "rrrGGr"})
    assert [dict(s) for s in green_states(short)] == [{"a": G, "b": R}, {"a": R, "b": G}]


def test_a_stage_that_becomes_protected_on_its_way_is_one_state() -> None:
    q = Aspect.PERMISSIVE
    left = Program.of({"a": "G" * 20 + "yyy" + "r" * 9, "b": "g" * 26 + "GGG" + "yyy"})
    assert [dict(s) for s in green_states(left)] == [{"a": G, "b": q}, {"a": R, "b": G}]


def test_a_group_out_of_control_for_good_is_part_of_a_state() -> None:
    program = Program.of({"a": "GGGGGyrrrrrr", "b": "o" * 12, "c": "rrrrrrrGGGGG"})
    assert [dict(s)["b"] for s in green_states(program)] == [Aspect.FLASHING] * 2
    assert green_states(Program.of({"a": "oooooo", "b": "OOOOOO"})) == ()
