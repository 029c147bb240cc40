"""The emulated device's objects: refusals, what becomes of bad patterns, and stage plans."""

from __future__ import annotations

from dataclasses import replace

import pytest
from four_arms import crossroads, four_stages
from ntcip_devices import Street, dual_ring

from signalctl.controllers.device.emulator.faults import Faults
from signalctl.controllers.device.ntcip1202.objects import Value, instance
from signalctl.controllers.device.ntcip1202.plan_mapping import to_objects
from signalctl.controllers.device.ntcip1202.profile import OffsetReference
from signalctl.controllers.device.ntcip1202.site_map import canonical, single_ring, site_map
from signalctl.controllers.device.ntcip1202.store import Behaviour, NoSuchInstance
from signalctl.controllers.device.ntcip1202.transaction import SetRefused, SetStatus
from signalctl.domain.aspect import GreenKind
from signalctl.domain.collapse import collapse_stages, collapse_windows
from signalctl.domain.errors import NotExpressible
from signalctl.domain.expand import expand, timed
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.plan import Offset, Stage, StageSequence, TimingPlan
from signalctl.domain.ring_barrier import RingBarrier


def written(street: Street, changes: dict[tuple[str, tuple[int, ...]], Value]) -> None:
    """Put the plan of 100 s into pattern 2, with changes, and command it."""
    site, plan = dual_ring()
    objects = to_objects(
        plan,
        site,
        OffsetReference.FIRST_GREEN,
        slot=2,
        sequence=1,
        phases=site.phases,
        rings=2,
    )
    values = dict((*objects.splits, *objects.pattern))
    for (name, index), value in changes.items():
        values[instance(name, *index)] = value
    street.store.set(list(values.items()), "writer")
    street.store.set([(instance("systemPatternControl"), 2)], "writer")
    street.live(5)


@pytest.mark.parametrize(
    ("changes", "pattern", "free"),
    [
        ({}, 2, 2),
        ({("patternCycleTime", (2,)): 99}, 254, 8),
        ({("patternCycleTime", (2,)): 20}, 254, 8),
        ({("splitTime", (2, 1)): 5, ("splitTime", (2, 2)): 50}, 254, 9),
        ({("patternOffsetTime", (2,)): 100}, 254, 10),
        ({("splitTime", (2, 1)): 25, ("splitTime", (2, 3)): 10}, 254, 7),
        ({("splitMode", (2, 1)): 2}, 254, 7),
    ],
)
def test_a_bad_pattern_is_taken_and_then_runs_free(
    changes: dict[tuple[str, tuple[int, ...]], Value], pattern: int, free: int
) -> None:
    street = Street(dual_ring()[0])
    written(street, changes)
    assert street.store.number("coordPatternStatus") == pattern
    assert street.store.number("localFreeStatus") == free


@pytest.mark.parametrize(
    ("pairs", "status", "index"),
    [
        ([(instance("phaseWalk", 1), 5), (instance("phaseWalk", 99), 5)], SetStatus.NO_CREATION, 2),
        ([((1, 3, 6, 1), 5)], SetStatus.NOT_WRITABLE, 1),
        ([(instance("maxPhases"), 5)], SetStatus.NOT_WRITABLE, 1),
        ([(instance("phaseWalk", 1), b"5")], SetStatus.WRONG_TYPE, 1),
        (
            [(instance("phaseWalk", 1), 5), (instance("phaseWalk", 2), 256)],
            SetStatus.WRONG_VALUE,
            2,
        ),
        ([(instance("phaseConcurrency", 1), b"x" * 256)], SetStatus.WRONG_LENGTH, 1),
        ([(instance("phaseRing", 1), 1)], SetStatus.GEN_ERR, 1),
        ([(instance("dayPlanActionNumberOID", 1, 1), (1, 3, 6))], SetStatus.GEN_ERR, 1),
    ],
)
def test_a_refusal_changes_nothing(
    pairs: list[tuple[tuple[int, ...], Value]], status: SetStatus, index: int
) -> None:
    store = Street(dual_ring()[0]).store
    before = store.parameters()
    with pytest.raises(SetRefused) as refused:
        store.set(pairs, "writer")
    assert (refused.value.status, refused.value.index) == (status, index)
    assert store.parameters() == before


def test_a_device_that_is_not_atomic_keeps_the_first_part() -> None:
    store = Street(dual_ring()[0], behaviour=Behaviour(atomic=False)).store
    with pytest.raises(SetRefused):
        store.set([(instance("phaseWalk", 1), 5), (instance("phaseWalk", 2), 256)], "writer")
    assert store.number("phaseWalk", 1) == 5


def test_a_full_memory_refuses_whole() -> None:
    street = Street(dual_ring()[0], faults=Faults(full_memory=True))
    before = street.store.parameters()
    with pytest.raises(SetRefused) as refused:
        written(street, {})
    assert (refused.value.status, refused.value.index) == (SetStatus.GEN_ERR, 0)
    assert street.store.parameters() == before


def test_the_set_id_changes_with_every_commit_only() -> None:
    store = Street(dual_ring()[0]).store
    command = instance("dbCreateTransaction")
    before = store.number("globalSetIDParameter")
    store.set([(command, 2)], "writer")
    store.set([(instance("phaseWalk", 1), 9)], "writer")
    store.set([(command, 3)], "writer")
    assert store.number("globalSetIDParameter") == before
    store.set([(command, 1)], "writer")
    assert store.number("globalSetIDParameter") != before


def test_without_transactions_there_is_no_such_object() -> None:
    store = Street(dual_ring()[0], behaviour=Behaviour(transactions=False)).store
    with pytest.raises(NoSuchInstance):
        store.value(instance("dbCreateTransaction"))


def test_windows_that_rings_show_are_converted_and_others_refused() -> None:
    site, plan = dual_ring()
    windows = collapse_windows(expand(plan, site.junction), site.junction)
    converted = canonical(replace(plan, form=windows), site)
    assert isinstance(converted.form, RingBarrier)
    assert timed(converted, site.junction) == timed(plan, site.junction)
    everything = {"E": GreenKind.PROTECTED, "W": GreenKind.PROTECTED}
    stages = (
        Stage(id="1", split_s=60, greens=FrozenMap(everything)),
        Stage(id="2", split_s=40, greens=FrozenMap({"N": GreenKind.PROTECTED})),
    )
    with pytest.raises(NotExpressible, match="phases of the controller do not show"):
        canonical(replace(plan, form=StageSequence(stages=stages)), site)


def test_a_stage_plan_is_a_single_ring_where_it_shows_the_same() -> None:
    junction = crossroads()
    form = collapse_stages(four_stages(), junction)
    plan = TimingPlan(junction_id="J", name="am", cycle_s=80, offset=Offset(seconds=7), form=form)
    ring = single_ring(plan, junction)
    assert len(ring.phases) == 4
    site = site_map(junction, ring)
    held = canonical(plan, site)
    assert timed(held, junction) == timed(plan, junction)
    assert site.min_greens_s == {1: 5, 2: 5, 3: 5, 4: 5}


def test_other_clearances_than_certified_are_refused() -> None:
    site, plan = dual_ring()
    form = plan.form
    assert isinstance(form, RingBarrier)
    (first, second), other = form.sections[0]
    longer = replace(first, red_clearance_s=3)
    changed = replace(form, sections=(((longer, second), other), form.sections[1]))
    with pytest.raises(NotExpressible, match="3 s of red clearance, the certified value is 2 s"):
        canonical(replace(plan, form=changed), site)
