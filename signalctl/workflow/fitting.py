"""Plans meet a network: do they belong together, and are they safe there?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from signalctl.domain.errors import InputError, SafetyViolation
from signalctl.domain.expand import timed
from signalctl.domain.finding import Finding
from signalctl.domain.fingerprint import junction_fingerprint
from signalctl.domain.junction import Junction
from signalctl.domain.plan import TimingPlan
from signalctl.domain.program import Program
from signalctl.files.plan_file import PlanSet
from signalctl.networks.network import Network
from signalctl.rules.corridor import common_cycle
from signalctl.rules.registry import Profile
from signalctl.rules.validate import ValidatedPlan, validate, validated


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedPlan:
    """A plan at the junction it was made for."""

    plan: TimingPlan
    junction: Junction

    @property
    def program(self) -> Program:
        """The program in system time."""
        return timed(self.plan, self.junction)


def fit(plans: PlanSet, network: Network) -> tuple[FittedPlan, ...]:
    """Each plan with its junction in the network.

    Raises InputError when a junction is unknown or is not the one the plan was
    made for: the same id in another network, or a junction that has changed.
    """
    fitted = []
    for junction_id, plan in plans.plans.items():
        junction = network.junctions.get(junction_id)
        where = f"{plans.source or plans.name}: plan of {junction_id}"
        if junction is None:
            raise InputError(
                f"The network {network.path.name} has no signal-controlled junction "
                f"{junction_id!r}.",
                where=where,
                remedy="Give the network the plans were made for: "
                f"{plans.network_file} (signalctl inspect lists junctions).",
            )
        made_for = plans.junction_hashes.get(junction_id)
        if made_for is not None and made_for != junction_fingerprint(junction):
            raise InputError(
                f"The plan was made for another junction {junction_id!r}: its groups, conflicts or "
                f"intergreens in {network.path.name} differ.",
                where=where,
                remedy=f"Give the network {plans.network_file} as it was, or make the plan anew.",
            )
        fitted.append(FittedPlan(plan=plan, junction=junction))
    return tuple(fitted)


def findings(
    fitted: tuple[FittedPlan, ...], profile: Profile, corridor: Collection[str] = ()
) -> tuple[Finding, ...]:
    """Everything the rules say about the plans: junction by junction, then of the corridor."""
    return (
        *(
            finding
            for each in fitted
            for finding in validate(each.plan, each.junction, profile).findings
        ),
        *(common_cycle([each.plan for each in fitted if each.junction.id in corridor])),
    )


def require_safe(
    fitted: tuple[FittedPlan, ...], profile: Profile, *, allow_unsafe: bool
) -> tuple[ValidatedPlan, ...]:
    """Each plan as one that passed the rules; raises SafetyViolation for the first that does not.

    `allow_unsafe` is the user's own flag: nothing is judged and nothing returned.
    """
    if allow_unsafe:
        return ()
    try:
        return tuple(validated(each.plan, each.junction, profile) for each in fitted)
    except SafetyViolation as violation:
        raise SafetyViolation(
            violation.message,
            where=violation.where,
            remedy="signalctl validate lists every finding; --allow-unsafe goes on regardless.",
            findings=violation.findings,
        ) from violation
