"""A ring-barrier plan as NTCIP objects and back: the identity, for random valid plans."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ntcip_sites import sites

from signalctl.controllers.device.ntcip1202.consistency import faults
from signalctl.controllers.device.ntcip1202.plan_mapping import (
    from_pattern,
    read_pattern,
    required,
    to_objects,
)
from signalctl.controllers.device.ntcip1202.profile import OffsetReference
from signalctl.controllers.device.ntcip1202.site_map import SiteMap, canonical
from signalctl.controllers.device.ntcip1202.verification import verify
from signalctl.domain.expand import timed
from signalctl.domain.plan import TimingPlan
from signalctl.domain.ring_barrier import RingBarrier

LAWS = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def rings_of(site: SiteMap) -> int:
    return len(site.layout.sections[0])


@LAWS
@given(sites(), st.sampled_from(list(OffsetReference)), st.integers(1, 32), st.integers(1, 16))
def test_there_and_back_is_the_identity(
    case: tuple[SiteMap, TimingPlan], reference: OffsetReference, slot: int, sequence: int
) -> None:
    site, plan = case
    objects = to_objects(
        plan,
        site,
        reference,
        slot=slot,
        sequence=sequence,
        phases=site.phases,
        rings=rings_of(site),
    )
    held = {**required(site), **dict(objects.written)}
    pattern = read_pattern(held, slot, site.phases, rings_of(site))
    assert faults(pattern) == ()
    back = from_pattern(pattern, site, reference, name=plan.name)
    assert back == canonical(plan, site)
    assert back is not None
    assert timed(back, site.junction) == timed(plan, site.junction)
    assert canonical(back, site) == back


@LAWS
@given(sites(), st.sampled_from(list(OffsetReference)))
def test_a_written_plan_passes_the_transaction_s_check(
    case: tuple[SiteMap, TimingPlan], reference: OffsetReference
) -> None:
    site, plan = case
    objects = to_objects(
        plan, site, reference, slot=1, sequence=1, phases=site.phases, rings=rings_of(site)
    )
    held = {**required(site), **dict(objects.written)}
    sizes = {"phase": max(site.phases), "sequence": 1, "ring": rings_of(site)}
    assert verify(held, sizes) == "NO VERIFICATION ERROR"


@LAWS
@given(sites(), st.data())
def test_a_change_of_one_split_makes_the_controller_run_free(
    case: tuple[SiteMap, TimingPlan], data: st.DataObject
) -> None:
    site, plan = case
    assert isinstance(plan.form, RingBarrier)
    objects = to_objects(
        plan,
        site,
        OffsetReference.BARRIER,
        slot=1,
        sequence=1,
        phases=site.phases,
        rings=rings_of(site),
    )
    held = {**required(site), **dict(objects.written)}
    oid, value = data.draw(st.sampled_from([s for s in objects.splits if s[0][-3] == 3 and s[1]]))
    assert isinstance(value, int)
    held[oid] = value + data.draw(st.sampled_from([-1, 1]))
    assert faults(read_pattern(held, 1, site.phases, rings_of(site)))


@LAWS
@given(sites())
def test_what_the_plan_shifts_the_offset_shifts(case: tuple[SiteMap, TimingPlan]) -> None:
    site, plan = case
    later = replace(
        plan, offset=replace(plan.offset, seconds=(plan.offset.seconds + 7) % plan.cycle_s)
    )
    moved = canonical(later, site).offset.seconds - canonical(plan, site).offset.seconds
    assert moved % plan.cycle_s == 7 % plan.cycle_s
