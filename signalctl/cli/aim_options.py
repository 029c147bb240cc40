"""Options of every search: what to make small, what to hold, how long to look."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap

if TYPE_CHECKING:
    from signalctl.optimiser.objective import Objective

Aims: TypeAlias = Annotated[
    str, typer.Option("--objective", help="delay, person-delay, stops or balanced")
]
Limits: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--limit", help='longest queue allowed: "queue:EDGE<=80m"; may be given again'),
]
Budget: TypeAlias = Annotated[str, typer.Option(help="time to search: 10min, 90s or 2h")]

_LIMIT = re.compile(r"queue:(.+?)\s*<=\s*(\d{1,5}(?:\.\d{1,2})?)\s*m?")
_BUDGET = re.compile(r"(\d{1,5}(?:\.\d{1,3})?)\s*(s|min|m|h)?")
_SECONDS_OF = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


def parse_objective(aim: str, limits: Sequence[str] | None) -> Objective:
    """Aim and queue limits of a search; raises InputError for what is none."""
    from signalctl.optimiser.objective import Aim, Objective

    if aim not in list(Aim):
        raise InputError(
            f"There is no objective {aim!r}.",
            where="--objective",
            remedy=f"Write {', '.join(Aim)}.",
        )
    queues: dict[str, float] = {}
    for text in limits or ():
        found = _LIMIT.fullmatch(text.strip())
        if found is None:
            raise InputError(
                f"{text!r} is no limit.", where="--limit", remedy='Write "queue:EDGE<=80m".'
            )
        queues[found[1].strip()] = float(found[2])
    return Objective(aim=Aim(aim), queue_limits_m=FrozenMap(queues))


def parse_budget(text: str) -> float:
    """`10min`, `90s` or `2h` in seconds, bare numbers being minutes; raises InputError."""
    found = _BUDGET.fullmatch(text.strip())
    seconds = float(found[1]) * _SECONDS_OF[found[2] or "min"] if found is not None else 0.0
    if not 0 < seconds <= 7 * 24 * 3600:
        raise InputError(
            f"{text!r} is no time to search.",
            where="--budget",
            remedy="Write 10min, 90s or 2h, a week at most.",
        )
    return seconds
