"""The work of a green-wave job: the wave of a corridor, put into the plan it was asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.files.plan_file import PlanSet, plan_set_document
from signalctl.files.plan_json import plan_set_from_json
from signalctl.rules.registry import profile
from signalctl.workflow.jobs.order import GreenWaveOptions, JobOrder
from signalctl.workflow.source import Source
from signalctl.workflow.wave.greenwave import Wave, WaveRequest
from signalctl.workflow.wave.search import CorridorChoice, wave_for


def find_green_wave(
    order: JobOrder,
    options: Any,
    source: Source,
    _folder: Path,
    progress: Callable[[int, int, str], None],
) -> dict[str, Any]:
    """What `signalctl greenwave --corridor` finds, with the plan it makes.

    Raises InputError for junctions that no drivable way joins, SolveError where no
    cycle of the range lets every junction keep the rules.
    """
    assert isinstance(options, GreenWaveOptions)
    if options.cycle_from_s > options.cycle_to_s:
        raise InputError("The cycles end before they begin.", where="options.cycle_to_s")
    request = WaveRequest(
        cycles=range(options.cycle_from_s, options.cycle_to_s + 1),
        per_link=options.per_link,
        sequence=options.sequence,
        profile=profile(order.rules),
    )
    wave = wave_for(source, CorridorChoice(junctions=options.junctions), request, progress)
    plans = wave.plans
    if order.document is not None:
        plans = _put_into(plan_set_from_json(order.document), wave.plans)
    return {"wave": _told(wave), "document": plan_set_document(plans)}


def _put_into(base: PlanSet, wave: PlanSet) -> PlanSet:
    """The base with the wave's corridor and plans; its other junctions stay as they are."""
    return replace(
        base,
        corridor=wave.corridor,
        plans=FrozenMap({**base.plans, **wave.plans}),
        junction_hashes=FrozenMap({**base.junction_hashes, **wave.junction_hashes}),
    )


def _told(wave: Wave) -> dict[str, Any]:
    result = wave.result
    return {
        "corridor": wave.corridor.name,
        "junctions": list(wave.corridor.junction_ids),
        "status": str(result.status),
        "cycle_s": result.cycle_s,
        "value_s": result.value_s,
        "bound_s": result.bound_s,
        "bands": {name: round(band.width_s, 2) for name, band in wave.bands.items()},
        "front": [list(pair) for pair in wave.front],
        "notes": list(wave.notes),
    }
