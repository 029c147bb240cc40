"""Certificates: plans that passed the rules, and what a simulation of them showed."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from signalctl.domain.certificate import Certificate, Evidence, Interval
from signalctl.domain.errors import InputError, SafetyViolation
from signalctl.domain.finding import Severity
from signalctl.domain.fingerprint import fingerprint, junction_fingerprint
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.person import person
from signalctl.files.plan_file import PlanSet
from signalctl.rules.registry import Profile
from signalctl.rules.version import rules_version
from signalctl.sim.experiment import Progress
from signalctl.sim.statistics import mean_interval, percentile
from signalctl.workflow.fitting import findings, fit
from signalctl.workflow.judge import Conditions, simulate
from signalctl.workflow.source import Source

MEASURES: Final = (
    "total_delay_s",
    "stops_per_vehicle",
    "unfinished",
    "teleports",
    "collisions",
    "emergency_brakings",
)
"""What a simulation is kept for as evidence; the names are those of sim.measures.Measures."""
SEEDS: Final = 3


def certify(
    plan_set: PlanSet,
    source: Source,
    profile: Profile,
    *,
    issued_by: str,
    now: datetime,
    seeds: int = SEEDS,
    jobs: int | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> tuple[Certificate, ...]:
    """A certificate for each plan, in the order of the plan file: all of them or none.

    Where the source has a scenario, the plans are simulated in it together, with seeds
    1..n, and every certificate carries what was measured; no figure forbids a
    certificate, it is for people to judge. `now` is aware of its time zone.
    Raises SafetyViolation, with everything the rules said, when a plan breaks one;
    InputError when plans and network do not fit, or fewer than two seeds are to be
    simulated; SimulationError when SUMO fails.
    """
    if now.tzinfo is None:
        raise InputError("The time of issue has no time zone.")
    issuer = person(issued_by)
    fitted = fit(plan_set, source.network)
    corridor = plan_set.corridor.junction_ids if plan_set.corridor is not None else ()
    found = findings(fitted, profile, corridor)
    errors = [each for each in found if each.severity is Severity.ERROR]
    if errors:
        first = errors[0]
        more = f" ({len(errors) - 1} more errors)" if len(errors) > 1 else ""
        raise SafetyViolation(
            f"{first.message}{more}",
            where=f"{plan_set.source or plan_set.name}: plan of {first.junction_id}",
            remedy="signalctl validate lists every finding; nothing was certified.",
            findings=found,
        )
    evidence = None
    if source.scenario is not None:
        evidence = _simulated(plan_set, source, profile, seeds, jobs, cache, progress)
    return tuple(
        Certificate(
            junction_id=each.junction.id,
            plan_hash=fingerprint(each.plan),
            junction_hash=junction_fingerprint(each.junction),
            rules=profile.name,
            rules_version=rules_version(profile),
            issued_at=now.astimezone(UTC),
            issued_by=issuer,
            evidence=evidence,
        )
        for each in fitted
    )


def user_name() -> str:
    """Name of the user of this machine; raises InputError where there is none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:
        raise InputError("This machine knows no user name.", remedy="Give --by NAME.") from error


def _simulated(
    plan_set: PlanSet,
    source: Source,
    profile: Profile,
    seeds: int,
    jobs: int | None,
    cache: Path | None,
    progress: Progress | None,
) -> Evidence:
    if seeds < 2:
        raise InputError(
            "One seed gives no interval, which a certificate tells.",
            remedy="Give --seeds 2 or more.",
        )
    conditions = Conditions(seeds=seeds, jobs=jobs, cache=cache, profile=profile)
    result = simulate(source, plan_set, conditions, progress).result
    (records,) = result.records
    return Evidence(
        scenario=result.scenario.name,
        scenario_hash=result.scenario.fingerprint,
        seeds=result.seeds,
        measures=FrozenMap(
            {
                name: _interval([float(getattr(each.measures, name)) for each in records])
                for name in MEASURES
            }
        ),
    )


def _interval(values: list[float]) -> Interval:
    low, high = mean_interval(values)
    return Interval(median=percentile(values, 0.5), low=low, high=high)
