"""Who of a race is worth fresh seeds: the first that are ahead of the shipped plan."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from signalctl.workflow.optimise.session import Finalist, Session
from signalctl.workflow.optimise.wary_search import must_be_narrow
from signalctl.workflow.race.race import SHIPPED, Track
from signalctl.workflow.race.standing import Standing, standing

CANDIDATES: Final = 3
WARY_CANDIDATES: Final = 8
"""Where plans lock up by chance: most fail with one of their first seeds, and cost little."""


def candidates(session: Session, track: Track, standings: Sequence[Standing]) -> list[Finalist]:
    """The first of a race's standings that were ahead of the shipped plan on their seeds.

    In a wary search not those behind one that was confirmed before. One with turns as shipped
    is always asked: at last, but second where plans with others brake harder by all
    appearances, and where they clearly do, all of the kind come first.
    """
    at_most = WARY_CANDIDATES if session.wariness else CANDIDATES
    ahead = _ahead(session, track, standings)
    narrow = [each for each in ahead if each.entrant.name not in session.wide]
    if must_be_narrow(session, track) is not None:
        return [*narrow, *(each for each in ahead if each not in narrow)][:at_most]
    place = 1 if session.is_narrow else at_most - 1
    if narrow and not any(each in narrow for each in ahead[: place + 1]):
        ahead.remove(narrow[0])
        ahead.insert(place, narrow[0])
    return ahead[:at_most]


def _ahead(session: Session, track: Track, standings: Sequence[Standing]) -> list[Finalist]:
    runs, objective = track.measures[SHIPPED], session.problem.request.objective
    kept = session.state.confirmed
    found: list[Finalist] = []
    for own in standings:
        if session.wariness and kept is not None and own.entrant == kept.name:
            break
        finalist = session.finalists.get(own.entrant)
        if finalist is None or own.faults:
            continue
        shipped = standing(SHIPPED, runs, runs, own.seeds, objective)
        if own.excess_m > shipped.excess_m:
            continue
        keeps = (own.excess_m, own.unfinished) < (shipped.excess_m, shipped.unfinished)
        if keeps or math.fsum(own.values) < math.fsum(shipped.values):
            found.append(finalist)
    return found
