"""Cases that hold the page's arithmetic to the domain's, digit for digit.

The page computes bands while a hand drags; two implementations of one truth must never part.
This file makes the cases from the domain's code and checks that the committed ones are still
what it says; the page's own tests check its arithmetic against the same file.

    python tests/browser/test_golden_timing.py      writes the cases anew
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

from signalctl.domain.aspect import Aspect, GreenKind
from signalctl.domain.band import widest_band
from signalctl.domain.corridor import Progression, StopLine
from signalctl.domain.errors import SignalctlError
from signalctl.domain.expand import timed
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import (
    ConflictMatrix,
    GroupKind,
    IntergreenMatrix,
    Junction,
    Movement,
    SignalGroup,
)
from signalctl.domain.plan import Offset, ReferencePoint, Stage, StageSequence, TimingPlan
from signalctl.domain.program import Program

CASES = Path(__file__).parents[2] / "api/page/src/timing/golden.json"
BANDS, RUNS, STAGES = 120, 40, 120


def golden() -> dict[str, Any]:
    """All cases, the same at every call."""
    chance = Random(20261122)
    return {
        "bands": [_band(chance) for _ in range(BANDS)],
        "runs": [_runs(chance) for _ in range(RUNS)],
        "stages": [_stages(chance) for _ in range(STAGES)],
    }


def _letters(chance: Random, cycle_s: int) -> str:
    """Random stretches, turned so that some greens pass second 0."""
    text = ""
    while len(text) < cycle_s:
        text += chance.choice("GGGgrrryu") * chance.randint(1, max(2, cycle_s // 2))
    at = chance.randrange(cycle_s)
    text = text[:cycle_s]
    return text[at:] + text[:at]


def _band(chance: Random) -> dict[str, Any]:
    cycle_s = chance.choice([1, 12, 40, 60, 90, 120, 121])
    lines = chance.randint(1, 9)
    programs = {}
    for i in range(lines):
        own_s = cycle_s // 2 if cycle_s % 2 == 0 and chance.random() < 0.2 else cycle_s
        whole = chance.random() < 0.08
        programs[f"J{i}"] = Program.of({"g": "G" * own_s if whole else _letters(chance, own_s)})
    whole_seconds = chance.random() < 0.4
    speeds, places = [], [0.0]
    for _ in range(lines - 1):
        speeds.append(10.0 if whole_seconds else chance.uniform(6.0, 20.0))
        gap = 10.0 * chance.randint(1, 60) if whole_seconds else chance.uniform(20.0, 900.0)
        places.append(places[-1] + gap)
    way = Progression(
        stop_lines=tuple(
            StopLine(junction_id=f"J{i}", group_id="g", position_m=place)
            for i, place in enumerate(places)
        ),
        speeds_mps=tuple(speeds),
    )
    band = widest_band(way, programs, cycle_s)
    return {
        "cycle_s": cycle_s,
        "letters": [program.seconds["g"] for program in programs.values()],
        "travel_s": list(way.travel_times_s),
        "band": {
            "start_s": band.start_s,
            "width_s": band.width_s,
            "binding": list(band.binding),
        },
    }


def _runs(chance: Random) -> dict[str, Any]:
    program = Program.of({"g": _letters(chance, chance.choice([1, 2, 7, 60, 90]))})
    by_s = chance.randint(-200, 200)
    return {
        "letters": program.seconds["g"],
        "runs": [[run.start_s, run.end_s, run.aspect.value] for run in program.runs("g")],
        "green_spans": [list(span) for span in program.green_spans("g")],
        "by_s": by_s,
        "shifted": program.shifted(by_s).seconds["g"],
    }


def _junction(chance: Random) -> Junction:
    groups = tuple(
        SignalGroup(
            id=f"g{i}",
            kind=GroupKind.VEHICLE,
            approach="n",
            movements=(Movement.THROUGH,),
            links=(i,),
            amber_s=chance.choice([0, 3, 3, 4]),
            red_amber_s=chance.choice([0, 0, 1, 2]),
            rest=chance.choice([Aspect.RED, Aspect.RED, Aspect.AFTER_STOP]),
        )
        for i in range(chance.randint(1, 6))
    )
    pairs = [(a.id, b.id) for a in groups for b in groups if a.id < b.id]
    hard = frozenset(pair for pair in pairs if chance.random() < 0.6)
    seconds = {
        way: chance.randint(0, 9)
        for a, b in sorted(hard)
        for way in ((a, b), (b, a))
        if chance.random() < 0.9
    }
    return Junction(
        id="J",
        groups=groups,
        conflicts=ConflictMatrix(hard=hard),
        intergreens=IntergreenMatrix.of(seconds),
    )


def _stages(chance: Random) -> dict[str, Any]:
    junction = _junction(chance)
    stages = []
    for i in range(chance.randint(1, 5)):
        greens: dict[str, GreenKind] = {}
        for group in chance.sample(junction.group_ids, len(junction.group_ids)):
            clear = all((a, b) not in junction.conflicts.hard for a in greens for b in [group])
            clear = clear and all((group, a) not in junction.conflicts.hard for a in greens)
            if clear and chance.random() < 0.7:
                greens[group] = chance.choice([GreenKind.PROTECTED, GreenKind.PERMISSIVE])
        stages.append(
            Stage(id=f"S{i + 1}", split_s=chance.randint(6, 35), greens=FrozenMap(greens))
        )
    form = StageSequence(stages=tuple(stages), start_s=chance.randint(0, 60))
    cycle_s = sum(stage.split_s for stage in stages)
    point = chance.choice(list(ReferencePoint))
    named = None if point is ReferencePoint.CYCLE_START else chance.choice(junction.group_ids)
    offset = Offset(seconds=chance.randrange(cycle_s), point=point, group=named)
    plan = TimingPlan(junction_id="J", name="p", cycle_s=cycle_s, offset=offset, form=form)
    try:
        letters: dict[str, str] | None = dict(timed(plan, junction).seconds)
    except SignalctlError:
        letters = None
    intergreens: dict[str, dict[str, int]] = {}
    for (ending, starting), wait_s in junction.intergreens.seconds.items():
        intergreens.setdefault(ending, {})[starting] = wait_s
    return {
        "cycle_s": cycle_s,
        "offset": {"seconds": offset.seconds, "point": offset.point.value, "group": offset.group},
        "stages": {
            "start_s": form.start_s,
            "sequence": [
                {
                    "id": stage.id,
                    "split_s": stage.split_s,
                    "protected": _named(stage, GreenKind.PROTECTED),
                    "permissive": _named(stage, GreenKind.PERMISSIVE),
                }
                for stage in stages
            ],
        },
        "groups": [
            {
                "id": group.id,
                "amber_s": group.amber_s,
                "red_amber_s": group.red_amber_s,
                "rest": group.rest.value,
            }
            for group in junction.groups
        ],
        "intergreens": intergreens,
        "letters": letters,
    }


def _named(stage: Stage, kind: GreenKind) -> list[str]:
    return sorted(group for group, each in stage.greens.items() if each is kind)


def _text() -> str:
    return json.dumps(golden(), separators=(",", ":"), sort_keys=True) + "\n"


def test_the_committed_cases_are_what_the_domain_says() -> None:
    assert CASES.read_text() == _text(), "run python tests/browser/test_golden_timing.py"


def test_the_cases_are_worth_their_name() -> None:
    cases = golden()
    widths = [case["band"]["width_s"] for case in cases["bands"]]
    assert sum(width > 0 for width in widths) > BANDS // 3
    assert sum(width == 0 for width in widths) > BANDS // 10
    refused = sum(case["letters"] is None for case in cases["stages"])
    assert STAGES // 10 < refused < STAGES * 3 // 4


if __name__ == "__main__":
    CASES.write_text(_text())
