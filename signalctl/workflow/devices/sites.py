"""What is certified at a device: from its entry, else from the network's own program.

A program of the network that a controller cannot be set up for leaves a site without
phases to run it: the reason is kept and told, nothing is approximated.
"""

from __future__ import annotations

from dataclasses import dataclass

from signalctl.controllers.device.gbt20999.site_map import (
    SiteMap as GbtSite,
)
from signalctl.controllers.device.gbt20999.site_map import (
    SitePhase,
    SiteStage,
    site_map_for,
)
from signalctl.controllers.device.ntcip1202.site_map import SiteMap as NtcipSite
from signalctl.controllers.device.ntcip1202.site_map import canonical, site_map
from signalctl.domain.collapse import collapse_stages
from signalctl.domain.errors import InputError, NotExpressible
from signalctl.domain.expand import expand
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.domain.plan import StageSequence, TimingPlan
from signalctl.files.devices_schema import (
    DeviceEntry,
    DeviceList,
    GbtEntry,
    GbtSiteModel,
    NtcipEntry,
    parse_range,
)
from signalctl.files.plan_file import greens_of, read_plans, ring_barrier_of
from signalctl.networks.network import Network
from signalctl.workflow.devices.ring_layout import ring_layout
from signalctl.workflow.source import open_source


@dataclass(frozen=True, slots=True, kw_only=True)
class Commissioning:
    """What a junction's controller was set up for: plans, the network's own one first.

    `shipped` is the network's program as a plan, None without one; `reason` then
    says why, in one sentence.
    """

    junction: Junction
    shipped: TimingPlan | None
    others: tuple[TimingPlan, ...]
    reason: str

    @property
    def plans(self) -> tuple[TimingPlan, ...]:
        """All of them."""
        return self.others if self.shipped is None else (self.shipped, *self.others)


def open_network(devices: DeviceList) -> Network:
    """The network that a devices file speaks of."""
    return open_source(devices.network_path).network


def commissionings(devices: DeviceList, network: Network) -> dict[str, Commissioning]:
    """What each device's controller was set up for, by device id.

    Raises InputError for a junction that the network has not, and for commissioned
    plan files that cannot be read.
    """
    sets = [read_plans(devices.folder / name).plans for name in devices.commissioned]
    found = {}
    for entry in devices.devices:
        try:
            junction = network.junction(entry.junction)
        except InputError as error:
            raise InputError(
                f"device {entry.id}: {error.message}",
                where=_where(devices, entry),
                remedy=error.remedy,
            ) from error
        program = network.default_program(entry.junction)
        shipped = program.plan(entry.junction) if program is not None else None
        reason = ""
        if shipped is None:
            reason = "The network has no program for it."
            if program is not None:
                reason = program.reason or f"Its program {program.id} has no fixed offset."
        others = tuple(plans[entry.junction] for plans in sets if entry.junction in plans)
        found[entry.id] = Commissioning(
            junction=junction, shipped=shipped, others=others, reason=reason
        )
    return found


def ntcip_site(entry: NtcipEntry, made_for: Commissioning) -> NtcipSite:
    """The phases of an NTCIP controller: its entry's, else those of the first plan that has any.

    Raises InputError, with what to write, where neither gives phases.
    """
    junction = made_for.junction
    if entry.ring_barrier is not None:
        layout = ring_barrier_of(entry.ring_barrier)
        found = site_map(junction, layout, coordinated=entry.coordinated)
        return NtcipSite(
            junction=junction,
            layout=layout,
            coordinated=entry.coordinated,
            min_greens_s=found.min_greens_s
            if entry.min_greens_s is None
            else FrozenMap(entry.min_greens_s),
            ped_clears_s=FrozenMap(entry.ped_clears_s),
        )
    reasons = []
    candidates = []
    for plan in made_for.plans:
        try:
            layout_ = ring_layout(expand(plan, junction), junction)
            candidates.append(site_map(junction, layout_.form, coordinated=layout_.coordinated))
        except (NotExpressible, InputError) as error:
            reasons.append(error.message)
    if not candidates:
        raise InputError(
            f"No phases can be made for junction {junction.id}: "
            f"{' '.join(reasons) or made_for.reason}",
            where=f"device {entry.id}",
            remedy="Write the controller's phases into the devices file (ring_barrier).",
        )
    # The phases that can run most of the plans; the network's own where they are equal.
    return max(candidates, key=lambda site: sum(_runs(plan, site) for plan in made_for.plans))


def _runs(plan: TimingPlan, site: NtcipSite) -> bool:
    try:
        canonical(plan, site)
    except (NotExpressible, InputError):
        return False
    return True


def gbt_site(entry: GbtEntry, made_for: Commissioning) -> GbtSite:
    """The phases and stages of a GB/T controller: its entry's, else those of the plans.

    Raises InputError where there are neither.
    """
    junction, cycles_s = made_for.junction, parse_range(entry.cycles_s, "cycles_s")
    if entry.site is not None:
        return _written_site(entry.site, entry, junction, cycles_s)
    sequences: list[StageSequence] = []
    reasons = []
    for plan in made_for.plans:
        try:
            form = plan.form
            if not isinstance(form, StageSequence):
                form = collapse_stages(expand(plan, junction), junction)
            sequences.append(form)
        except (NotExpressible, InputError) as error:
            reasons.append(error.message)
    if not sequences:
        raise InputError(
            f"No stages can be made for junction {junction.id}: "
            f"{' '.join(reasons) or made_for.reason}",
            where=f"device {entry.id}",
            remedy="Write the controller's phases and stages into the devices file (site).",
        )
    return site_map_for(junction, sequences, number=entry.junction_number, cycles_s=cycles_s)


def gbt_phases(site: GbtSiteModel) -> tuple[SitePhase, ...]:
    """The phases of a written site."""
    return tuple(
        SitePhase(number=p.number, greens=greens_of(p.protected, p.permissive)) for p in site.phases
    )


def _written_site(
    site: GbtSiteModel, entry: GbtEntry, junction: Junction, cycles_s: range
) -> GbtSite:
    return GbtSite(
        junction=junction,
        phases=gbt_phases(site),
        stages=tuple(
            SiteStage(
                number=stage.number,
                phases=frozenset(stage.phases),
                late_start_s=FrozenMap(stage.late_start_s),
                early_end_s=FrozenMap(stage.early_end_s),
            )
            for stage in site.stages or ()
        ),
        lamp_groups=FrozenMap(site.lamp_groups),
        number=entry.junction_number,
        cycles_s=cycles_s,
    )


def _where(devices: DeviceList, entry: DeviceEntry) -> str:
    return f"{devices.source}:{entry.line}" if devices.source is not None else "devices"
