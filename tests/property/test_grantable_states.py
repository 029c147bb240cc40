"""States for strategies: the guard lets every one of them through, and nobody is left out."""

from __future__ import annotations

from crossing import crossing
from hypothesis import given, settings
from hypothesis import strategies as st
from timings import junctions

from signalctl.controllers.adaptive.grantable_states import grantable_states
from signalctl.controllers.adaptive.strategy import State
from signalctl.domain.aspect import GREENS, Aspect
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.rules.guard import Guard
from signalctl.rules.registry import profile

KINDS = (Aspect.RED, Aspect.PROTECTED, Aspect.PERMISSIVE)
SURVEYED = profile("as-surveyed")


def granted(state: State, junction: Junction, seconds: int = 30) -> dict[str, Aspect]:
    """Greens shown after as many seconds of asking, from all red."""
    guard = Guard(junction, SURVEYED)
    for _ in range(seconds):
        shown = guard.step(state).aspects
    return {group: aspect for group, aspect in shown.items() if aspect in GREENS}


def greens(state: State) -> dict[str, Aspect]:
    return {group: aspect for group, aspect in state.items() if aspect in GREENS}


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_every_state_is_granted_whole_and_serves_all_who_can_be_served(
    data: st.DataObject,
) -> None:
    junction = data.draw(junctions())
    ask = st.fixed_dictionaries({g: st.sampled_from(KINDS) for g in junction.group_ids})
    asked = [FrozenMap(state) for state in data.draw(st.lists(ask, min_size=1, max_size=3))]
    found = grantable_states(asked, junction, SURVEYED)
    assert len(set(found)) == len(found)
    for state in found:
        assert granted(state, junction) == greens(state)
        assert any(greens(state).items() <= greens(whole).items() for whole in asked)
    for whole in asked:
        if granted(whole, junction) == greens(whole):
            assert whole in found
        for group, aspect in greens(whole).items():
            alone = FrozenMap(dict.fromkeys(junction.group_ids, Aspect.RED) | {group: aspect})
            if granted(alone, junction):
                assert any(greens(state).get(group) is aspect for state in found)


def test_a_state_with_everybody_green_is_parted_by_who_may_go_together() -> None:
    junction = crossing()
    everybody = FrozenMap(dict.fromkeys(junction.group_ids, Aspect.PROTECTED))
    shown = [set(greens(s)) for s in grantable_states([everybody], junction, SURVEYED)]
    # The left turn yields to oncoming traffic: protected it has a state without it.
    assert shown == [{"E", "W", "F"}, {"W", "WL", "F"}, {"N"}]
