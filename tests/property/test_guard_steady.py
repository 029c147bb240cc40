"""The guard's shortcut for steady seconds grants what it would grant without."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from timings import junctions

from signalctl.domain.aspect import Aspect
from signalctl.domain.frozen import FrozenMap
from signalctl.rules.guard import Guard
from signalctl.rules.registry import profile

WISHES = (Aspect.RED, Aspect.PROTECTED, Aspect.PERMISSIVE, Aspect.AMBER, Aspect.RED_AMBER)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_asking_by_the_same_object_changes_nothing(data: st.DataObject) -> None:
    junction = data.draw(junctions())
    rules = profile(data.draw(st.sampled_from(["as-surveyed", "rilsa"])))
    states = data.draw(
        st.lists(
            st.fixed_dictionaries({g: st.sampled_from(WISHES) for g in junction.group_ids}),
            min_size=1,
            max_size=4,
        )
    )
    frozen = [FrozenMap(state) for state in states]
    quick, slow = Guard(junction, rules), Guard(junction, rules)
    order = data.draw(
        st.lists(st.tuples(st.integers(0, len(states) - 1), st.integers(1, 15)), max_size=8)
    )
    for index, seconds in order:
        for _ in range(seconds):
            ours, theirs = quick.step(frozen[index]), slow.step(dict(states[index]))
            assert ours.aspects == theirs.aspects
            assert ours.withheld == theirs.withheld
