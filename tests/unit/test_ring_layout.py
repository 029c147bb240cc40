"""Rings made from programs: vehicles in one, walks beside them, longer greens longer walks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from crossing import crossing, lamps, plan_am, sequence

from signalctl.controllers.device.ntcip1202.plan_mapping import to_objects
from signalctl.controllers.device.ntcip1202.profile import OffsetReference
from signalctl.controllers.device.ntcip1202.site_map import canonical, site_map
from signalctl.domain.aspect import GreenKind
from signalctl.domain.errors import NotExpressible
from signalctl.domain.expand import expand, timed
from signalctl.domain.plan import TimingPlan
from signalctl.workflow.devices.ring_layout import ring_layout

P, Q = GreenKind.PROTECTED, GreenKind.PERMISSIVE
JUNCTION = crossing()


def walking(cycle_s: int, walk_s: int, rest_s: int) -> TimingPlan:
    """Main road and walk, main road alone, side road."""
    main = {"E": P, "W": P, "WL": Q}
    form = sequence(
        (walk_s, {**main, "F": P}), (rest_s, main), (cycle_s - walk_s - rest_s, {"N": P})
    )
    return plan_am(form, cycle_s)


def test_a_walk_that_ends_before_its_green_has_a_ring_of_its_own() -> None:
    plan = walking(60, 20, 10)
    layout = ring_layout(expand(plan, JUNCTION), JUNCTION)
    assert [len(section) for section in layout.form.sections] == [2, 2]
    greens = [set(ring[0].greens) for ring in layout.form.sections[0]]
    assert greens == [{"E", "W", "WL"}, {"F"}]
    assert layout.coordinated == tuple(ring[-1].number for ring in layout.form.sections[0])


@pytest.mark.parametrize(("cycle_s", "walk_s"), [(60, 20), (80, 35), (100, 45)])
def test_other_times_of_the_same_stages_run_on_the_same_phases(cycle_s: int, walk_s: int) -> None:
    layout = ring_layout(expand(walking(60, 20, 10), JUNCTION), JUNCTION)
    site = site_map(JUNCTION, layout.form, coordinated=layout.coordinated)
    other = walking(cycle_s, walk_s, 10)
    assert timed(canonical(other, site), JUNCTION) == timed(other, JUNCTION)
    for reference in OffsetReference:
        to_objects(other, site, reference, slot=1, sequence=1, phases=site.phases, rings=2)


def test_another_clearance_of_the_walk_is_not_expressible() -> None:
    layout = ring_layout(expand(walking(60, 20, 10), JUNCTION), JUNCTION)
    site = site_map(JUNCTION, layout.form, coordinated=layout.coordinated)
    with pytest.raises(NotExpressible):
        canonical(walking(60, 18, 12), site)


def test_a_group_that_ends_early_cuts_its_phase() -> None:
    both = {"E": P, "W": P, "WL": Q}
    plan = plan_am(sequence((20, both), (15, {"W": P}), (25, {"N": P})), 60)
    layout = ring_layout(expand(plan, JUNCTION), JUNCTION)
    whole = replace(plan, form=layout.form)
    assert expand(whole, JUNCTION) == expand(plan, JUNCTION)


def test_what_no_rings_show_says_why() -> None:
    red = "r" * 60
    dark = lamps(JUNCTION, E=red, W=red, WL=red, N=red, F=red)
    with pytest.raises(NotExpressible, match="No vehicle group"):
        ring_layout(dark, JUNCTION)
