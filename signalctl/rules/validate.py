"""The validator: judges a plan at rest, and hands out the type that says it passed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import InitVar, dataclass
from typing import Final

from signalctl.domain.errors import InputError, NotExpressible, SafetyViolation
from signalctl.domain.expand import expand, zero_s
from signalctl.domain.finding import Finding, Severity
from signalctl.domain.fingerprint import fingerprint, junction_fingerprint
from signalctl.domain.junction import Junction
from signalctl.domain.plan import TimingPlan
from signalctl.domain.program import Program
from signalctl.rules.registry import NOT_EXPANDABLE, RULES, Profile
from signalctl.rules.rule import Context, PlanContext, Remark


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything the rules of a profile have to say about one plan.

    The hashes say what was judged, profile and version by what.
    """

    findings: tuple[Finding, ...]
    plan_hash: str
    junction_hash: str
    profile: str
    profile_version: str

    @property
    def ok(self) -> bool:
        """Whether nothing forbids the plan (warnings do not)."""
        return not self.errors

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that forbid the plan."""
        return tuple(f for f in self.findings if f.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that want a look."""
        return tuple(f for f in self.findings if f.severity is Severity.WARNING)


_SEAL: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatedPlan:
    """A plan that passed the rules; only `accept` makes one."""

    plan: TimingPlan
    program: Program
    report: Report
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("A ValidatedPlan comes from rules.validate.accept only.")


def validate(plan: TimingPlan, junction: Junction, profile: Profile) -> Report:
    """Judge a plan by a profile.

    A plan that cannot be unrolled gets a finding that says why; nothing is
    raised for a bad plan. Findings are in a fixed order: errors first, then by
    second, rule and groups.
    """
    return Report(
        findings=plan_findings(plan, junction, profile),
        plan_hash=fingerprint(plan),
        junction_hash=junction_fingerprint(junction),
        profile=profile.name,
        profile_version=profile.version,
    )


def plan_findings(plan: TimingPlan, junction: Junction, profile: Profile) -> tuple[Finding, ...]:
    """The findings of `validate`, without the hashes that tie a report to its plan."""
    before = PlanContext(junction=junction, limits=profile.limits, plan=plan)
    found = [
        rule.finding(remark, junction.id, profile.severities[rule.id])
        for rule in RULES
        if rule.of_plan is not None and rule.id in profile.severities
        for remark in rule.of_plan(before)
    ]
    try:
        program = expand(plan, junction)
        zero_s(plan.offset, program)
    except (InputError, NotExpressible) as error:
        # A broken sum or offset has been told already, in better words.
        if not any(finding.severity is Severity.ERROR for finding in found):
            told = f"{error.where}: {error.message}" if error.where else error.message
            remark = Remark(message=told, remedy=error.remedy)
            found.append(NOT_EXPANDABLE.finding(remark, junction.id, Severity.ERROR))
    else:
        found.extend(validate_program(program, junction, profile))
    return _sorted(found)


def validate_program(program: Program, junction: Junction, profile: Profile) -> tuple[Finding, ...]:
    """Judge what the lamps show, by every rule of a profile that looks at lamps.

    Raises InputError when the program does not name exactly the junction's groups.
    """
    missing = sorted(set(junction.group_ids) ^ set(program.group_ids))
    if missing:
        raise InputError(
            f"Program and junction do not name the same groups: {', '.join(missing)}.",
            where=f"junction {junction.id}",
        )
    context = Context(junction=junction, limits=profile.limits, program=program)
    return _sorted(
        rule.finding(remark, junction.id, profile.severities[rule.id])
        for rule in RULES
        if rule.of_program is not None and rule.id in profile.severities
        for remark in rule.of_program(context)
    )


def accept(plan: TimingPlan, junction: Junction, report: Report) -> ValidatedPlan:
    """The plan as one that passed, on the strength of its report.

    Raises SafetyViolation with the findings when an error stands, InputError
    when the report is about another plan or junction.
    """
    if (report.plan_hash, report.junction_hash) != (
        fingerprint(plan),
        junction_fingerprint(junction),
    ):
        raise InputError(
            "The safety report is about another plan or another junction.",
            where=f"junction {plan.junction_id}, plan {plan.name}",
            remedy="Validate this plan against this junction.",
        )
    if not report.ok:
        raise SafetyViolation(
            _summary(report),
            where=f"junction {plan.junction_id}, plan {plan.name}",
            remedy="Mend the plan, or say explicitly that an unsafe plan is wanted.",
            findings=report.findings,
        )
    return ValidatedPlan(plan=plan, program=expand(plan, junction), report=report, seal=_SEAL)


def validated(plan: TimingPlan, junction: Junction, profile: Profile) -> ValidatedPlan:
    """Validate and accept in one step; raises as `accept` does."""
    return accept(plan, junction, validate(plan, junction, profile))


def _summary(report: Report) -> str:
    first, count = report.errors[0], len(report.errors)
    more = f" ({count - 1} more)" if count > 1 else ""
    return f"The plan breaks {first.rule}: {first.message}{more}"


_ORDER: Final = {rule.id: number for number, rule in enumerate(RULES)}


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(
        sorted(
            findings,
            key=lambda f: (
                f.severity is not Severity.ERROR,
                -1 if f.second is None else f.second,
                _ORDER[f.rule],
                f.groups,
                f.message,
            ),
        )
    )
