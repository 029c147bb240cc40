"""A finding: one thing a rule has to say about a plan, precise enough to act on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How a finding binds: an error forbids the plan, a warning wants a look."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong, where and when, by which rule and on whose authority.

    `second` is a second of the program's cycle (0 <= second < cycle), None when
    the finding concerns no moment. `source` cites the standard and clause.
    """

    rule: str
    severity: Severity
    junction_id: str
    groups: tuple[str, ...] = ()
    second: int | None = None
    message: str
    source: str
    remedy: str = ""
