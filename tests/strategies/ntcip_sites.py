"""Random controllers with plans they can run: layouts of rings with timings of their own."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st
from timings import offsets, ring_barriers

from signalctl.controllers.device.ntcip1202.site_map import SiteMap
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.plan import TimingPlan
from signalctl.domain.ring_barrier import Phase, RingBarrier


@st.composite
def sites(draw: st.DrawFn) -> tuple[SiteMap, TimingPlan]:
    """A site and a plan for it: other splits, orders, sections joined or left out."""
    site, plans = draw(sites_with(1))
    return site, plans[0]


@st.composite
def sites_with(draw: st.DrawFn, count: int) -> tuple[SiteMap, list[TimingPlan]]:
    """A site and so many plans for it."""
    junction, plan = draw(ring_barriers())
    form = plan.form
    assert isinstance(form, RingBarrier)
    section = draw(st.sampled_from(form.sections))
    wanted = draw(st.booleans())
    coordinated = tuple(draw(st.sampled_from(ring)).number for ring in section) if wanted else ()
    site = SiteMap(
        junction=junction,
        layout=form,
        coordinated=coordinated,
        min_greens_s=FrozenMap({p.number: draw(st.integers(0, 4)) for p in form.phases}),
        ped_clears_s=FrozenMap({p.number: draw(st.integers(0, 2)) for p in form.phases}),
    )
    return site, [draw(_plans(site, plan)) for _ in range(count)]


@st.composite
def _plans(draw: st.DrawFn, site: SiteMap, plan: TimingPlan) -> TimingPlan:
    form = site.layout
    sections = [
        tuple(draw(_retimed(ring, site.coordinated)) for ring in part) for part in form.sections
    ]
    group = draw(st.sampled_from([g.id for g in site.junction.groups]))
    timing = RingBarrier(
        sections=tuple(draw(st.permutations(sections))),
        start_s=draw(st.integers(0, plan.cycle_s - 1)),
    )
    served = [g for p in timing.phases for g in p.greens]
    whole = all(p.split_s < plan.cycle_s for p in timing.phases)
    once = served.count(group) == 1 and whole
    offset = draw(offsets(plan.cycle_s, group if once else None))
    return replace(plan, form=timing, offset=offset)


@st.composite
def _retimed(
    draw: st.DrawFn, ring: tuple[Phase, ...], coordinated: tuple[int, ...]
) -> tuple[Phase, ...]:
    """The ring with other splits of the same sum, in any order, or without one phase."""
    total_s = sum(phase.split_s for phase in ring)
    if len(ring) == 1:
        return ring
    keep = [p for p in ring if p.number in coordinated]
    if draw(st.integers(0, 4)) == 0 and len(keep) <= 1:
        only = keep[0] if keep else draw(st.sampled_from(ring))
        return (replace(only, split_s=total_s),)
    first, second = draw(st.permutations(ring))
    split_s = draw(st.integers(12, total_s - 12))
    walk = draw(st.booleans())
    return (
        replace(first, split_s=split_s, walk_s=first.walk_s if walk else 0),
        replace(second, split_s=total_s - split_s),
    )
