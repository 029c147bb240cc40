"""A corridor's green wave as a start: stages in the order that carries it, offsets that make it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from signalctl.domain.errors import InputError, SolveError
from signalctl.domain.expand import expand
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.plan import TimingPlan
from signalctl.networks.flows import TurningFlows
from signalctl.optimiser.search.point import JunctionPoint
from signalctl.optimiser.search.space import Keep
from signalctl.optimiser.skeleton import Skeleton
from signalctl.workflow.optimise.junctions import PlannedJunction, why_unsafe
from signalctl.workflow.optimise.request import AUTO, OptimiseRequest
from signalctl.workflow.optimise.starts import CAUTIOUS, Starts, lengths_of, retimed
from signalctl.workflow.source import Source
from signalctl.workflow.wave.greenwave import WaveRequest
from signalctl.workflow.wave.search import CorridorChoice, wave_for

LABEL: Final = f"{CAUTIOUS} in a green wave"
CYCLES_S: Final = (60, 75, 90, 105, 120)
"""Cycles at which a green wave is sought, s: a start needs to be near, not best."""


def with_wave(
    source: Source,
    request: OptimiseRequest,
    planned: Mapping[str, PlannedJunction],
    flows: TurningFlows | None,
) -> tuple[FrozenMap[str, PlannedJunction], Starts, tuple[str, ...]]:
    """The junctions with the wave's stages among theirs, the start, and what is to be said.

    The wave of the corridor that was named, or of the most important one; junctions
    beside it are retimed at its cycle. Nothing changes where cycles or offsets are to
    be kept; where stages are, their order stays.
    """
    cycles = [cycle_s for cycle_s in CYCLES_S if cycle_s in request.cycles]
    if len(planned) < 2 or request.keep & {Keep.CYCLE, Keep.OFFSETS} or not cycles:
        return FrozenMap(planned), (), ()
    corridor = request.corridor if request.corridor not in (None, AUTO) else None
    step_s = cycles[1] - cycles[0] if len(cycles) > 1 else 1
    wanted = WaveRequest(
        cycles=range(cycles[0], cycles[-1] + 1, step_s),
        profile=request.profile,
        sequence="keep" if Keep.STAGES in request.keep else "optimise",
    )
    try:
        wave = wave_for(source, CorridorChoice(junctions=corridor), wanted)
    except (SolveError, InputError) as error:
        return FrozenMap(planned), (), (f"No green wave is among the starts: {error}",)
    found = dict(planned)
    points: dict[str, JunctionPoint] = {}
    for junction_id, plan in wave.plans.plans.items():
        each = planned.get(junction_id)
        point = None if each is None else _point(plan, each, request)
        if each is None or point is None:
            continue
        points[junction_id] = point
        if point.skeleton not in each.skeletons:
            found[junction_id] = replace(each, skeletons=(*each.skeletons, point.skeleton))
    if not points:
        return FrozenMap(planned), (), ()
    starts = {j: each.start for j, each in planned.items()}
    beside = retimed(source.network, starts, flows, wave.result.cycle_s)
    return FrozenMap(found), ((LABEL, FrozenMap({**beside, **points})),), ()


def _point(
    plan: TimingPlan, planned: PlannedJunction, request: OptimiseRequest
) -> JunctionPoint | None:
    """The wave's plan of a junction; None where its stages are no choice, or it is not safe."""
    first = planned.skeletons[0]
    if first.label != "shipped":
        return None
    program = expand(plan, planned.junction)
    skeleton = Skeleton(first.junction, program, "green wave")
    lengths = skeleton.base_lengths
    if _shows_the_same(skeleton, first):
        skeleton, lengths = first, lengths_of(program, first)
    if not skeleton.is_feasible(lengths):
        return None
    point = JunctionPoint(
        skeleton=skeleton, lengths=lengths, offset_s=plan.offset.seconds % program.cycle_s
    )
    return point if why_unsafe(point, planned.junction, request.profile) is None else None


def _shows_the_same(one: Skeleton, other: Skeleton) -> bool:
    """Whether two skeletons differ in the seconds of their stretchable steps at most."""
    if not np.array_equal(one.step_codes, other.step_codes):
        return False
    return all(
        a.stretchable == b.stretchable and (a.stretchable or a.length_s == b.length_s)
        for a, b in zip(one.steps, other.steps, strict=True)
    )
