"""The page of rules (docs/rules.md), written from the registry so that it cannot drift."""

from __future__ import annotations

from dataclasses import fields
from typing import Final

from signalctl.rules.corridor import COMMON_CYCLE, COMMON_CYCLE_SOURCE, COMMON_CYCLE_TITLE
from signalctl.rules.limits import Limit, Limits
from signalctl.rules.registry import PROFILES, RULES

_HEAD: Final = """\
# Safety rules

This page is written from the rule registry (`signalctl.rules.catalogue.rules_page`); a test
keeps it so. Every finding names its rule, the groups, the second of the cycle, the source
and what to do. An *error* forbids a plan; a *warning* wants a look.

The validator judges a plan at rest by all rules; the guard judges one second at a time by
those that speak of single seconds. Both take their numbers from the same functions
(`signalctl.rules.requirements`).

## How conflicts are meant

- Two groups in *hard* conflict are never green together.
- Where one group *gives way* to another, both may be green while the one that gives way
  shows permissive green.
- An intergreen runs from the end of green of one group to the start of green of the other;
  amber and red-amber lie inside. For a hard conflict a missing intergreen is an error, not
  zero.
- Where a green only changes between permissive and protected, `protection` holds: the
  intergreens of the matrix, or, as surveyed, at least the amber of the group that ends.
- A green-arrow plate (a group at rest as `s`) lets traffic turn after a full stop. It gives
  way to everybody, so it is no green: it conflicts with nobody and needs no intergreen.
- What pedestrians see while they clear (flashing green in China, a flashing hand in the
  United States) is part of their clearance: a program shows it as red.
- Groups that no road uses are not judged. Groups that flash or are dark for the whole cycle
  are named and follow signs.

Where a group's own minimum green, amber or red-amber is stricter than the profile, it holds.
"""


def rules_page() -> str:
    """The whole page as Markdown."""
    return "\n".join([_HEAD, *_rules(), "", *_profiles(), "", *_numbers(), "", *_sources(), ""])


def _rules() -> list[str]:
    names = [profile.name for profile in PROFILES]
    lines = [
        "## Rules",
        "",
        f"| id | what | {' | '.join(names)} | source |",
        f"| --- | --- | {' | '.join('---' for _ in names)} | --- |",
    ]
    for rule in RULES:
        binds = [str(profile.severities.get(rule.id, "–")) for profile in PROFILES]
        lines.append(f"| `{rule.id}` | {rule.title} | {' | '.join(binds)} | {rule.source} |")
    binds = ["warning"] * len(PROFILES)
    lines.append(
        f"| `{COMMON_CYCLE}` | {COMMON_CYCLE_TITLE} | {' | '.join(binds)} | {COMMON_CYCLE_SOURCE} |"
    )
    return lines


def _profiles() -> list[str]:
    lines = ["## Profiles", ""]
    lines += [f"- `{p.name}` (version {p.version}): {p.title.rstrip('.')}." for p in PROFILES]
    return lines


def _numbers() -> list[str]:
    users = {
        name: ", ".join(f"`{rule.id}`" for rule in RULES if name in rule.limits)
        for name in _limit_names()
    }
    lines = [
        "## Numbers",
        "",
        "Seconds, metres per second or shares; – where the profile asks nothing.",
        "",
        f"| number | {' | '.join(p.name for p in PROFILES)} | used by |",
        f"| --- | {' | '.join('---' for _ in PROFILES)} | --- |",
    ]
    for name in _limit_names():
        values = [_value(getattr(profile.limits, name)) for profile in PROFILES]
        lines.append(f"| `{name}` | {' | '.join(values)} | {users[name]} |")
    lines += ["", "Amber by approach speed, for those who set a group's amber:", ""]
    for profile in PROFILES:
        table = profile.limits.amber_by_speed
        if table is None:
            continue
        fastest = {amber_s: speed_mps for speed_mps, amber_s in table.steps}
        steps = ", ".join(
            f"{amber_s} s to {speed_mps * 3.6:.0f} km/h"
            for amber_s, speed_mps in sorted(fastest.items())
        )
        doubt = " (values to be verified)" if table.to_verify else ""
        lines.append(f"- `{profile.name}`: {steps}. {table.source}{doubt}.")
    return lines


def _sources() -> list[str]:
    lines = [
        "## Sources of the numbers",
        "",
        "*Value to be verified* means that the number comes from practice or a second hand and",
        "has still to be checked in the standard's own text.",
        "",
    ]
    for profile in PROFILES:
        lines.append(f"### {profile.name}")
        lines.append("")
        for name in _limit_names():
            limit: Limit = getattr(profile.limits, name)
            lines.append(f"- `{name}`: {limit.citation}")
        lines.append("")
    return lines[:-1]


def _limit_names() -> list[str]:
    return [field.name for field in fields(Limits) if field.name != "amber_by_speed"]


def _value(limit: Limit) -> str:
    if not limit.value:
        return "–"
    return f"{limit.value:g}{' ?' if limit.to_verify else ''}"
