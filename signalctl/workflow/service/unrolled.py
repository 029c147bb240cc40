"""A plan set met with its network: programs in system time, bands, delay, what the rules say.

Everything that is asked of a plan comes from here, so that one truth stands behind the
diagram, the moves, the differences and the checks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from signalctl.domain.band import Band, widest_band
from signalctl.domain.corridor import Corridor
from signalctl.domain.errors import InputError, NotExpressible
from signalctl.domain.expand import expand, zero_s
from signalctl.domain.finding import Finding, Severity
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.program import Program
from signalctl.files.plan_file import PlanSet
from signalctl.rules.registry import Profile
from signalctl.workflow.delay_estimate import CorridorDelay, CorridorTraffic, Delay
from signalctl.workflow.fitting import FittedPlan, findings, fit
from signalctl.workflow.service.site import SiteNetwork


@dataclass(frozen=True, kw_only=True)
class Unrolled:
    """A plan set at its junctions, under a rule profile."""

    plans: PlanSet
    site_network: SiteNetwork
    profile: Profile
    fitted: FrozenMap[str, FittedPlan]

    @classmethod
    def of(cls, plans: PlanSet, site_network: SiteNetwork, profile: Profile) -> Unrolled:
        """Raises InputError when plans and network do not belong together."""
        fitted = {each.junction.id: each for each in fit(plans, site_network.network)}
        return cls(
            plans=plans, site_network=site_network, profile=profile, fitted=FrozenMap(fitted)
        )

    @property
    def corridor(self) -> Corridor | None:
        """The corridor the plans serve, where each of its junctions has a plan."""
        corridor = self.plans.corridor
        if corridor is None or not set(corridor.junction_ids) <= set(self.fitted):
            return None
        return corridor

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Everything the rules say; a plan that cannot be unrolled is a finding too."""
        corridor = self.plans.corridor
        return findings(
            tuple(self.fitted.values()),
            self.profile,
            () if corridor is None else corridor.junction_ids,
        )

    @property
    def ok(self) -> bool:
        """Whether no rule forbids it."""
        return not any(each.severity is Severity.ERROR for each in self.findings)

    @cached_property
    def programs(self) -> Mapping[str, Program]:
        """Programs in system time. Raises InputError or NotExpressible for a broken plan."""
        return {junction_id: each.program for junction_id, each in self.fitted.items()}

    @cached_property
    def legible(self) -> Mapping[str, Program]:
        """The programs that can be unrolled, whatever stands against the other plans."""
        found = {}
        for junction_id, each in self.fitted.items():
            with contextlib.suppress(InputError, NotExpressible):
                found[junction_id] = each.program
        return found

    def zero_s(self, junction_id: str) -> int:
        """System second of a plan's own second 0. Raises as `programs` does."""
        each = self.fitted[junction_id]
        return zero_s(each.plan.offset, expand(each.plan, each.junction))

    @cached_property
    def cycle_s(self) -> int | None:
        """The corridor's cycle: the longest, where every other one goes into it whole times.

        None where a cycle does not, so that no band repeats, or there is no corridor.
        """
        if self.corridor is None:
            return None
        cycles = {self.fitted[j].plan.cycle_s for j in self.corridor.junction_ids}
        longest_s = max(cycles)
        return None if any(longest_s % each for each in cycles) else longest_s

    def bands(self, programs: Mapping[str, Program] | None = None) -> dict[str, Band]:
        """The through bands by direction; nothing without a common cycle.

        Nothing either where `programs` lacks one of the corridor's junctions.
        """
        corridor, cycle_s = self.corridor, self.cycle_s
        if corridor is None or cycle_s is None:
            return {}
        shown = self.programs if programs is None else programs
        if not set(corridor.junction_ids) <= set(shown):
            return {}
        return {name: widest_band(way, shown, cycle_s) for name, way in corridor.directions.items()}

    @cached_property
    def _traffic(self) -> CorridorTraffic | None:
        if self.corridor is None or self.site_network.flows is None:
            return None
        flows = self.site_network.flows
        return CorridorTraffic(self.site_network.network, self.corridor, flows)

    def delay_model(self, programs: Mapping[str, Program] | None = None) -> CorridorDelay | None:
        """A new estimator of delay; None without demand, corridor or common cycle."""
        corridor, cycle_s, traffic = self.corridor, self.cycle_s, self._traffic
        if corridor is None or cycle_s is None or traffic is None:
            return None
        shown = self.programs if programs is None else programs
        if not set(corridor.junction_ids) <= set(shown):
            return None
        laps = {each: _laps(shown[each], cycle_s) for each in corridor.junction_ids}
        return CorridorDelay(traffic, laps)


def _laps(program: Program, cycle_s: int) -> Program:
    """A program as often as it runs in the corridor's cycle."""
    laps = cycle_s // program.cycle_s
    if laps == 1:
        return program
    return Program.of({group: text * laps for group, text in program.seconds.items()})


def finding_json(finding: Finding) -> dict[str, Any]:
    """A finding as JSON."""
    return {
        "junction": finding.junction_id,
        "second": finding.second,
        "groups": list(finding.groups),
        "rule": finding.rule,
        "severity": str(finding.severity),
        "message": finding.message,
        "remedy": finding.remedy,
        "source": finding.source,
    }


def delay_json(delay: Delay | None) -> dict[str, float | None] | None:
    """Mean delay per vehicle and junction, s, one figure each way and one for all."""
    if delay is None:
        return None
    return {
        name: None if value is None else round(value, 2)
        for name, value in (
            ("outbound", delay.outbound),
            ("inbound", delay.inbound),
            ("all", delay.all),
        )
    }
