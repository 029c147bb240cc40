"""Plan files: YAML in, domain plans out, and back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap

from signalctl.domain.aspect import GreenKind
from signalctl.domain.corridor import Corridor, Progression, StopLine
from signalctl.domain.errors import InputError
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
from signalctl.files.atomic import write_atomic
from signalctl.files.plan_schema import (
    MAX_CYCLE_S,
    PLAN_SCHEMA,
    CorridorModel,
    PlanFileModel,
    PlanModel,
    ProgressionModel,
    RingBarrierModel,
)
from signalctl.files.yaml_document import MAX_BYTES, dump_yaml, line_of, parse, read_yaml, yaml_of

KMH_PER_MPS = 3.6
_RUN = re.compile(r"([A-Za-z])(\d{1,5})")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSet:
    """Plans of one network that belong together, and the corridor they serve.

    `junction_hashes` holds the fingerprints of the junctions the plans were made
    for; `network_sha256` that of the network file. `source` is the file, if any.
    """

    name: str
    network_file: str
    network_sha256: str | None
    corridor: Corridor | None
    plans: FrozenMap[str, TimingPlan]
    junction_hashes: FrozenMap[str, str]
    source: Path | None = None


def read_plans(path: Path) -> PlanSet:
    """The plans of a file; raises InputError with file, line and field."""
    return replace(_plans_of(read_yaml(path, PLAN_SCHEMA), path), source=path)


def plans_of_text(text: str, name: str) -> PlanSet:
    """The plans of a plan file's text; raises InputError with `name`, line and field."""
    path = Path(name)
    if len(text.encode()) > MAX_BYTES:
        raise InputError(f"The file is larger than {MAX_BYTES // 2**20} MB.", where=name)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return _plans_of(yaml_of(text, path, PLAN_SCHEMA), path)


def _plans_of(document: CommentedMap, path: Path) -> PlanSet:
    model = parse(path, document, PlanFileModel)

    def where(number: int) -> str:
        return f"{path}:{line_of(document, ('plans', number))}"

    return plan_set_of(model, where)


def plan_set_of(model: PlanFileModel, where: Callable[[int], str]) -> PlanSet:
    """The plans of a document that has the right form; `where` places the n-th plan.

    Raises InputError for values that do not go together.
    """
    plans: dict[str, TimingPlan] = {}
    for number, plan in enumerate(model.plans):
        try:
            plans[plan.junction] = _plan(plan)
        except InputError as error:
            raise InputError(
                error.message,
                where=f"{where(number)}: plan of {plan.junction}",
                remedy=error.remedy,
            ) from error
    return PlanSet(
        name=model.name,
        network_file=model.network.file,
        network_sha256=model.network.sha256,
        corridor=None if model.corridor is None else _corridor(model.corridor),
        plans=FrozenMap(plans),
        junction_hashes=FrozenMap(
            {p.junction: p.junction_hash for p in model.plans if p.junction_hash is not None}
        ),
    )


def write_plans(path: Path, plans: PlanSet, comment: str = "") -> None:
    """Write a plan file whole or not at all; `comment` leads it."""
    write_atomic(path, dump_plans(plans, comment))


def dump_plans(plans: PlanSet, comment: str = "") -> str:
    """The text of a plan file."""
    return dump_yaml(plan_set_document(plans), comment)


def plan_set_document(plans: PlanSet) -> dict[str, Any]:
    """What stands in a plan file, in JSON values."""
    document: dict[str, Any] = {
        "schema": PLAN_SCHEMA,
        "name": plans.name,
        "network": {"file": plans.network_file, "sha256": plans.network_sha256},
    }
    if plans.corridor is not None:
        document["corridor"] = corridor_document(plans.corridor)
    document["plans"] = [
        plan_document(plan, plans.junction_hashes.get(junction))
        for junction, plan in plans.plans.items()
    ]
    return document


def kmh(speed_mps: float) -> float:
    """Speed in km/h as a plan file writes it, two decimals."""
    return round(speed_mps * KMH_PER_MPS, 2)


# --- models to domain ---


def _plan(model: PlanModel) -> TimingPlan:
    return TimingPlan(
        junction_id=model.junction,
        name=model.name,
        cycle_s=model.cycle_s,
        offset=Offset(
            seconds=model.offset.seconds, point=model.offset.point, group=model.offset.group
        ),
        form=_form(model),
    )


def _form(model: PlanModel) -> Form:
    if model.stages is not None:
        return StageSequence(
            start_s=model.stages.start_s,
            stages=tuple(
                Stage(
                    id=stage.id,
                    split_s=stage.split_s,
                    greens=greens_of(stage.protected, stage.permissive),
                )
                for stage in model.stages.sequence
            ),
        )
    if model.ring_barrier is not None:
        return ring_barrier_of(model.ring_barrier)
    if model.windows is not None:
        return GreenWindows(
            windows=FrozenMap(
                {
                    group: tuple(GreenWindow(start, end, kind) for start, end, kind in windows)
                    for group, windows in model.windows.items()
                }
            )
        )
    return Program.of({group: _letters(text) for group, text in (model.lamps or {}).items()})


def ring_barrier_of(model: RingBarrierModel) -> RingBarrier:
    """Rings and barriers as a file writes them. Raises InputError for a group green in two ways."""
    return RingBarrier(
        start_s=model.start_s,
        sections=tuple(
            tuple(
                tuple(
                    Phase(
                        number=phase.number,
                        split_s=phase.split_s,
                        greens=greens_of(phase.protected, phase.permissive),
                        amber_s=phase.amber_s,
                        red_clearance_s=phase.red_clearance_s,
                        walks=phase.walks,
                        walk_s=phase.walk_s,
                    )
                    for phase in ring
                )
                for ring in section
            )
            for section in model.sections
        ),
    )


def greens_of(protected: Sequence[str], permissive: Sequence[str]) -> FrozenMap[str, GreenKind]:
    """Groups and the kinds of their greens. Raises InputError for a group that is both."""
    both = sorted(set(protected) & set(permissive))
    if both:
        raise InputError(f"Groups {', '.join(both)} are both protected and permissive.")
    return FrozenMap(
        dict.fromkeys(protected, GreenKind.PROTECTED)
        | dict.fromkeys(permissive, GreenKind.PERMISSIVE)
    )


def _letters(text: str) -> str:
    runs = text.split()
    parts = [_RUN.fullmatch(run) for run in runs]
    for run, part in zip(runs, parts, strict=True):
        if part is None:
            raise InputError(
                f"{run!r} is no run of a lamp.", remedy="Write letter and seconds, such as G35."
            )
    lengths = [(part[1], int(part[2])) for part in parts if part is not None]
    if sum(length for _, length in lengths) > MAX_CYCLE_S:
        raise InputError(f"A lamp's runs sum to more than {MAX_CYCLE_S} s.")
    return "".join(letter * length for letter, length in lengths)


def _corridor(model: CorridorModel) -> Corridor:
    return Corridor(
        name=model.name,
        junction_ids=model.junctions,
        outbound=_progression(model.outbound),
        inbound=None if model.inbound is None else _progression(model.inbound),
    )


def _progression(model: ProgressionModel) -> Progression:
    return Progression(
        stop_lines=tuple(
            StopLine(junction_id=s.junction, group_id=s.group, position_m=s.position_m)
            for s in model.stop_lines
        ),
        speeds_mps=tuple(speed / KMH_PER_MPS for speed in model.speeds_kmh),
        edges=model.edges,
    )


# --- domain to documents ---


def plan_document(plan: TimingPlan, junction_hash: str | None = None) -> dict[str, Any]:
    """One plan as it stands in a plan file, in JSON values."""
    offset: dict[str, Any] = {"seconds": plan.offset.seconds, "point": str(plan.offset.point)}
    if plan.offset.point is not ReferencePoint.CYCLE_START:
        offset["group"] = plan.offset.group
    document: dict[str, Any] = {"junction": plan.junction_id}
    if junction_hash is not None:
        document["junction_hash"] = junction_hash
    document |= {"name": plan.name, "cycle_s": plan.cycle_s, "offset": offset}
    match plan.form:
        case StageSequence() as form:
            document["stages"] = {
                "start_s": form.start_s,
                "sequence": [_stage_document(stage) for stage in form.stages],
            }
        case RingBarrier() as form:
            document["ring_barrier"] = {
                "start_s": form.start_s,
                "sections": [
                    [[_phase_document(phase) for phase in ring] for ring in section]
                    for section in form.sections
                ],
            }
        case GreenWindows() as form:
            document["windows"] = {
                group: [[w.start_s, w.end_s, str(w.kind)] for w in windows]
                for group, windows in form.windows.items()
            }
        case Program() as form:
            document["lamps"] = {
                group: " ".join(f"{a}{len(list(same))}" for a, same in groupby(text))
                for group, text in form.seconds.items()
            }
    return document


def _by_kind(greens: Mapping[str, GreenKind]) -> dict[str, list[str]]:
    lists = {
        kind: sorted(g for g, k in greens.items() if k.value == kind)
        for kind in ("protected", "permissive")
    }
    return {kind: groups for kind, groups in lists.items() if groups}


def _stage_document(stage: Stage) -> dict[str, Any]:
    return {"id": stage.id, "split_s": stage.split_s, **_by_kind(stage.greens)}


def _phase_document(phase: Phase) -> dict[str, Any]:
    document: dict[str, Any] = {
        "number": phase.number,
        "split_s": phase.split_s,
        **_by_kind(phase.greens),
        "amber_s": phase.amber_s,
        "red_clearance_s": phase.red_clearance_s,
    }
    if phase.walks or phase.walk_s:
        document |= {"walks": list(phase.walks), "walk_s": phase.walk_s}
    return document


def corridor_document(corridor: Corridor) -> dict[str, Any]:
    """A corridor as it stands in a plan file, in JSON values."""
    return {
        "name": corridor.name,
        "junctions": list(corridor.junction_ids),
        **{
            direction: {
                "stop_lines": [
                    {
                        "junction": line.junction_id,
                        "group": line.group_id,
                        "position_m": round(line.position_m, 2),
                    }
                    for line in progression.stop_lines
                ],
                "speeds_kmh": [kmh(speed) for speed in progression.speeds_mps],
                "edges": list(progression.edges),
            }
            for direction, progression in corridor.directions.items()
        },
    }
