"""A plan as JSON and back, exactly: in the form it has in a plan file, with fewer questions.

A plan file is a person's input and is checked for what makes sense. A plan in the
journal may be what stood in a slot of a device, sense or not, and is read back as
it was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from signalctl.domain.aspect import GreenKind
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.plan import (
    Form,
    GreenWindows,
    Offset,
    ReferencePoint,
    Stage,
    StageSequence,
    TimingPlan,
)
from signalctl.domain.program import GreenWindow, Program
from signalctl.domain.ring_barrier import Phase, RingBarrier
from signalctl.files.plan_file import plan_document

_RUN = re.compile(r"(.)(\d+)")


def plan_to_json(plan: TimingPlan) -> dict[str, Any]:
    """The plan as in a plan file. Raises ValueError for a plan that would not come back equal."""
    document = plan_document(plan)
    if plan_from_json(document) != plan:
        # A program without a single group whose cycle is not the plan's: no device, no
        # file and no optimiser makes one.
        raise ValueError(f"plan {plan.name!r} of {plan.junction_id!r} cannot be written down")
    return document


def plan_from_json(document: Mapping[str, Any]) -> TimingPlan:
    """The plan of `plan_to_json`. Raises KeyError, TypeError or ValueError for anything else."""
    offset = document["offset"]
    return TimingPlan(
        junction_id=document["junction"],
        name=document["name"],
        cycle_s=document["cycle_s"],
        offset=Offset(
            seconds=offset["seconds"],
            point=ReferencePoint(offset["point"]),
            group=offset.get("group"),
        ),
        form=_form(document),
    )


def _form(document: Mapping[str, Any]) -> Form:
    if "stages" in document:
        return StageSequence(
            start_s=document["stages"]["start_s"],
            stages=tuple(
                Stage(id=stage["id"], split_s=stage["split_s"], greens=_greens(stage))
                for stage in document["stages"]["sequence"]
            ),
        )
    if "ring_barrier" in document:
        return RingBarrier(
            start_s=document["ring_barrier"]["start_s"],
            sections=tuple(
                tuple(tuple(_phase(phase) for phase in ring) for ring in section)
                for section in document["ring_barrier"]["sections"]
            ),
        )
    if "windows" in document:
        return GreenWindows(
            windows=FrozenMap(
                {
                    group: tuple(GreenWindow(start, end, GreenKind(kind)) for start, end, kind in w)
                    for group, w in document["windows"].items()
                }
            )
        )
    lamps = {group: _letters(runs) for group, runs in document["lamps"].items()}
    # A program without groups still has a cycle.
    cycle_s = max((len(letters) for letters in lamps.values()), default=document["cycle_s"])
    return Program(cycle_s, FrozenMap(lamps))


def _phase(phase: Mapping[str, Any]) -> Phase:
    return Phase(
        number=phase["number"],
        split_s=phase["split_s"],
        greens=_greens(phase),
        amber_s=phase["amber_s"],
        red_clearance_s=phase["red_clearance_s"],
        walks=tuple(phase.get("walks", ())),
        walk_s=phase.get("walk_s", 0),
    )


def _greens(part: Mapping[str, Any]) -> FrozenMap[str, GreenKind]:
    return FrozenMap(
        {group: kind for kind in GreenKind for group in part.get(kind.value, ())},
    )


def _letters(runs: str) -> str:
    found = [_RUN.fullmatch(run) for run in runs.split()]
    if None in found:
        raise ValueError(f"{runs!r} is no row of lamps")
    return "".join(run[1] * int(run[2]) for run in found if run is not None)
