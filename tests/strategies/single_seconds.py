"""Which rules speak of single seconds: written by hand, so that tests hold the guard to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from signalctl.domain.finding import Finding, Severity

RULES_OF_A_SECOND: Final = {
    "conflicting-greens",
    "intergreen",
    "intergreen-unknown",
    "protection",
    "minimum-green",
    "minimum-walk",
    "amber",
    "red-amber",
    "succession",
    "pedestrian-clearance",
}
"""The others judge a whole cycle."""


def errors_of_a_second(findings: Iterable[Finding]) -> list[Finding]:
    """The errors of those rules."""
    return [f for f in findings if f.rule in RULES_OF_A_SECOND and f.severity is Severity.ERROR]
