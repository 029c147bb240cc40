"""Every rule, and the profiles: which rules bind, how hard, and with which numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from signalctl.domain.errors import InputError
from signalctl.domain.finding import Severity
from signalctl.domain.frozen import FrozenMap
from signalctl.rules import conflicts, cycle, lamps, left_turns, written
from signalctl.rules.limits import AS_SURVEYED, FHWA, GB, RILSA, Limits
from signalctl.rules.rule import Rule

ERROR, WARNING = Severity.ERROR, Severity.WARNING

NOT_EXPANDABLE: Final = Rule(
    id="not-expandable",
    title="The plan cannot be unrolled into a program",
    severity=ERROR,
    source="signalctl, domain.expand",
)
"""The finding that stands for an error of `expand`; it has no check of its own."""

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        id="wrong-junction",
        title="The plan belongs to this junction",
        severity=ERROR,
        source="signalctl, domain.plan",
        of_plan=written.right_junction,
    ),
    Rule(
        id="split-sums",
        title="Stage splits sum to the cycle",
        severity=ERROR,
        source="FHWA Signal Timing Manual, 2nd ed., ch. 7; GA/T 527.1",
        of_plan=written.split_sums,
    ),
    Rule(
        id="ring-sums",
        title="Rings meet at every barrier, barriers sum to the cycle",
        severity=ERROR,
        source="NEMA TS 2; FHWA Signal Timing Manual, 2nd ed., ch. 5; NTCIP 1202 v03, splitTime",
        of_plan=written.ring_sums,
    ),
    Rule(
        id="phase-amber",
        title="A phase's amber is that of the groups it serves",
        severity=ERROR,
        source="NTCIP 1202 v03, phaseYellowChange",
        of_plan=written.phase_ambers,
    ),
    Rule(
        id="offset-range",
        title="The offset lies within the cycle and refers to a known group",
        severity=ERROR,
        source="NTCIP 1202 v03, patternOffsetTime: 0 <= offset < cycle",
        of_plan=written.offset_range,
    ),
    NOT_EXPANDABLE,
    Rule(
        id="conflicting-greens",
        title="Conflicting groups are never green together",
        severity=ERROR,
        source="MUTCD 2009, 4D.05; RiLSA 2015, Zwischenzeiten; GB 14886-2016, 4.3",
        of_program=conflicts.conflicting_greens,
    ),
    Rule(
        id="intergreen",
        title="Intergreens between conflicting groups are kept",
        severity=ERROR,
        source="RiLSA 2015, Zwischenzeiten; the junction's intergreen matrix",
        of_program=conflicts.intergreens,
    ),
    Rule(
        id="protection",
        title="Protection is gained and lost with the same care as green",
        severity=ERROR,
        source="RiLSA 2015, Zwischenzeiten; FHWA Signal Timing Manual, 2nd ed., left-turn phasing",
        of_program=conflicts.protection,
        limits=("protection_by_matrix",),
    ),
    Rule(
        id="intergreen-unknown",
        title="Groups in hard conflict have an intergreen",
        severity=ERROR,
        source="RiLSA 2015, Zwischenzeiten",
        of_program=conflicts.known_intergreens,
    ),
    Rule(
        id="minimum-green",
        title="No green is shorter than its minimum",
        severity=ERROR,
        source="FHWA Signal Timing Manual, 2nd ed., ch. 6; RiLSA 2015, Mindestfreigabezeiten",
        of_program=lamps.minimum_green,
        limits=("min_green_s",),
    ),
    Rule(
        id="amber",
        title="Green ends by amber, neither short nor long",
        severity=ERROR,
        source="MUTCD 11th ed., 4F.17; VwV-StVO to § 37, IX; GB 14886-2016, 4.3.4",
        of_program=lamps.amber,
        limits=("amber_min_s", "amber_max_s"),
    ),
    Rule(
        id="arrow-amber",
        title="Protected green turns permissive by way of amber",
        severity=WARNING,
        source="MUTCD 2009, 4D.20",
        of_program=lamps.arrow_amber,
    ),
    Rule(
        id="red-amber",
        title="Red-amber where it is asked, as long as it is asked",
        severity=ERROR,
        source="VwV-StVO to § 37, IX; GB 14886-2016, 4.3.3; MUTCD 2009, 4D.05",
        of_program=lamps.red_amber,
        limits=("red_amber_min_s", "red_amber_max_s"),
    ),
    Rule(
        id="succession",
        title="Aspects follow each other in a legal order",
        severity=ERROR,
        source="Vienna Convention on Road Signs and Signals, art. 23; GB 14886-2016, 4.3.3",
        of_program=lamps.successions,
        limits=("permissive_after_amber",),
    ),
    Rule(
        id="minimum-walk",
        title="Pedestrians have time to step off and get going",
        severity=ERROR,
        source="MUTCD 2009, 4E.06; RiLSA 2015, Mindestfreigabezeiten",
        of_program=lamps.minimum_walk,
        limits=("walk_min_s", "walk_reach_share"),
    ),
    Rule(
        id="usual-walk",
        title="The walk is as long as is usual",
        severity=WARNING,
        source="MUTCD 2009, 4E.06",
        of_program=cycle.usual_walk,
        limits=("walk_usual_s", "walk_total_mps"),
    ),
    Rule(
        id="pedestrian-clearance",
        title="Pedestrians are off the crossing before vehicles start",
        severity=ERROR,
        source="MUTCD 2009, 4E.06; RiLSA 2015, Zwischenzeiten",
        of_program=conflicts.pedestrian_clearance,
        limits=("walking_speed_mps",),
    ),
    Rule(
        id="crossing-length",
        title="The length of every crossing is known",
        severity=WARNING,
        source="MUTCD 2009, 4E.06; RiLSA 2015, Zwischenzeiten",
        of_program=cycle.known_crossings,
    ),
    Rule(
        id="group-served",
        title="Every group is green at least once a cycle",
        severity=ERROR,
        source="FHWA Signal Timing Manual, 2nd ed., ch. 5",
        of_program=cycle.every_group_served,
    ),
    Rule(
        id="maximum-red",
        title="Nobody waits for green longer than people will",
        severity=WARNING,
        source="GB/T 51439-2021, 9.2.1",
        of_program=cycle.maximum_red,
        limits=("max_red_vehicle_s", "max_red_pedestrian_s"),
    ),
    Rule(
        id="cycle-limits",
        title="The cycle is one a controller accepts",
        severity=ERROR,
        source="NEMA TS 2, by NTCIP 1202 patternCycleTime",
        of_program=cycle.cycle_limits,
        limits=("cycle_min_s", "cycle_max_s"),
    ),
    Rule(
        id="usual-cycle",
        title="The cycle is in the usual range",
        severity=WARNING,
        source="FHWA Signal Timing Manual, 2nd ed., ch. 7; RiLSA 2015, Umlaufzeit",
        of_program=cycle.cycle_usual,
        limits=("cycle_usual_min_s", "cycle_usual_max_s"),
    ),
    Rule(
        id="yellow-trap",
        title="No permissive turn ends while oncoming traffic stays green",
        severity=WARNING,
        source="FHWA Signal Timing Manual, 2nd ed., left-turn phasing; MUTCD 2009, 4D.20",
        of_program=left_turns.yellow_trap,
    ),
    Rule(
        id="unsignalised",
        title="Groups that flash or are dark are named",
        severity=WARNING,
        source="signalctl, domain.aspect",
        of_program=lamps.unsignalised,
    ),
)
"""Every rule, in the order findings of equal place are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A named set of rules with its numbers: what a plan is judged by.

    `version` changes whenever a number or a rule of the profile does.
    `severities` says which rules bind and how; a rule not named is not applied.
    """

    name: str
    title: str
    version: str
    limits: Limits
    severities: FrozenMap[str, Severity]


def _bind(
    *, without: Iterable[str] = (), errors: Iterable[str] = (), warnings: Iterable[str] = ()
) -> FrozenMap[str, Severity]:
    chosen = {rule.id: rule.severity for rule in RULES if rule.id not in set(without)}
    chosen |= dict.fromkeys(errors, ERROR) | dict.fromkeys(warnings, WARNING)
    return FrozenMap(chosen)


PROFILES: Final[tuple[Profile, ...]] = (
    Profile(
        name="gb",
        title="China: GB 14886-2016, GA/T 527, GB 50647-2011",
        version="1",
        limits=GB,
        severities=_bind(without=("arrow-amber", "usual-walk")),
    ),
    Profile(
        name="fhwa",
        title="United States: FHWA Signal Timing Manual 2nd ed., MUTCD 2009 and 11th ed.",
        version="1",
        limits=FHWA,
        severities=_bind(errors=("yellow-trap",)),
    ),
    Profile(
        name="rilsa",
        title="Germany: RiLSA 2015, VwV-StVO",
        version="1",
        limits=RILSA,
        severities=_bind(without=("arrow-amber", "usual-walk")),
    ),
    Profile(
        name="as-surveyed",
        title="The junction's own clearances, ambers and minimum greens, taken as facts",
        version="1",
        limits=AS_SURVEYED,
        severities=_bind(
            without=("arrow-amber", "usual-walk", "crossing-length", "pedestrian-clearance"),
            warnings=("group-served",),
        ),
    ),
)


def profile(name: str) -> Profile:
    """The profile with this name; raises InputError naming those there are."""
    for known in PROFILES:
        if known.name == name:
            return known
    raise InputError(
        f"There is no rule profile {name!r}.",
        remedy=f"Profiles: {', '.join(known.name for known in PROFILES)}.",
    )


def rule(rule_id: str) -> Rule:
    """The rule with this id; raises InputError for an unknown one."""
    for known in RULES:
        if known.id == rule_id:
            return known
    raise InputError(
        f"There is no rule {rule_id!r}.",
        remedy=f"Rules: {', '.join(known.id for known in RULES)}.",
    )
