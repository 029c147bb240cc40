"""The move table: for one handle of a plan, what every candidate second would do.

Asked once when a handle is taken hold of, so that nothing need be asked while it moves.
A handle is a junction's offset, or the boundary between two stages that follow each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from signalctl.domain.errors import InputError, NotExpressible
from signalctl.domain.expand import timed
from signalctl.domain.finding import Finding, Severity
from signalctl.domain.plan import StageSequence, TimingPlan
from signalctl.domain.program import Program
from signalctl.rules.validate import validate
from signalctl.workflow.delay_estimate import CorridorDelay
from signalctl.workflow.service.diagram import bands_or_none, stage_starts_s
from signalctl.workflow.service.unrolled import Unrolled, delay_json, finding_json

OFFSET = "offset"
STAGE = "stage:"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """A second the handle may take and the plan it gives; `splits_s` of a boundary's stages."""

    second: int
    plan: TimingPlan
    splits_s: dict[str, int] | None = None


def move_table(unrolled: Unrolled, junction_id: str, handle: str) -> dict[str, Any]:
    """Every candidate second of a handle: may it be, why not, bands and delay with it.

    `offset`: every second of the cycle, as the plan's own offset says it.
    `stage:A|B`: the boundary from stage A to stage B, as the system second at which B's
    change begins; both splits change, all else stays in place.
    Raises InputError for an unknown junction or handle, NotExpressible when the
    junction's plan has no stages.
    """
    each = unrolled.fitted.get(junction_id)
    if each is None:
        raise InputError(
            f"The plan says nothing of junction {junction_id!r}.",
            remedy=f"It has plans for {', '.join(unrolled.fitted)}.",
        )
    if handle == OFFSET:
        now = each.plan.offset.seconds
        found = _offsets(unrolled, junction_id)
    elif handle.startswith(STAGE):
        found, now = _boundary(unrolled, junction_id, handle.removeprefix(STAGE))
    else:
        raise InputError(f"There is no handle {handle!r}.", remedy="Ask for offset or stage:A|B.")
    return {"junction": junction_id, "handle": handle, "now": now, "candidates": found}


def _offsets(unrolled: Unrolled, junction_id: str) -> list[dict[str, Any]]:
    plan = unrolled.fitted[junction_id].plan
    # What a junction's own rules say does not depend on its offset, so they are asked once.
    errors = _errors(unrolled, junction_id, plan)
    base = unrolled.programs.get(junction_id)
    model = unrolled.delay_model()
    found = []
    for second in range(plan.cycle_s):
        shift_s = second - plan.offset.seconds
        program = None if base is None else base.shifted(shift_s)
        candidate = _Candidate(
            second=second, plan=replace(plan, offset=replace(plan.offset, seconds=second))
        )
        found.append(_told(unrolled, candidate, program, errors, model, {junction_id: shift_s}))
    return found


def _boundary(unrolled: Unrolled, junction_id: str, names: str) -> tuple[list[dict[str, Any]], int]:
    each = unrolled.fitted[junction_id]
    form = each.plan.form
    if not isinstance(form, StageSequence):
        raise NotExpressible(
            "The plan of this junction has no stages whose boundary could be moved.",
            where=f"junction {junction_id}",
            remedy="Move its offset, or state the plan in stages.",
        )
    ids = [stage.id for stage in form.stages]
    before, _, after = names.partition("|")
    if before not in ids or ids[(ids.index(before) + 1) % len(ids)] != after or len(ids) < 2:
        raise InputError(
            f"No boundary leads from stage {before!r} to stage {after!r}.",
            where=f"junction {junction_id}",
            remedy=f"The stages are {', '.join(ids)}, in this order.",
        )
    now = stage_starts_s(unrolled, junction_id)[after]
    found = []
    for candidate in _boundary_plans(each.plan, form, ids.index(before), now):
        errors = _errors(unrolled, junction_id, candidate.plan)
        try:
            program = timed(candidate.plan, each.junction)
        except (InputError, NotExpressible):
            program = None
        model = None
        if program is not None:
            model = unrolled.delay_model({**unrolled.programs, junction_id: program})
        found.append(_told(unrolled, candidate, program, errors, model, {}))
    return found, now


def _boundary_plans(
    plan: TimingPlan, form: StageSequence, place: int, now: int
) -> Iterator[_Candidate]:
    following = (place + 1) % len(form.stages)
    first, second = form.stages[place], form.stages[following]
    for later_s in range(1 - first.split_s, second.split_s):
        stages = list(form.stages)
        stages[place] = replace(first, split_s=first.split_s + later_s)
        stages[following] = replace(second, split_s=second.split_s - later_s)
        # The sequence starts with its first stage: its own boundary takes the start along.
        start_s = form.start_s + (later_s if following == 0 else 0)
        moved = replace(form, stages=tuple(stages), start_s=start_s % plan.cycle_s)
        yield _Candidate(
            second=(now + later_s) % plan.cycle_s,
            plan=replace(plan, form=moved),
            splits_s={first.id: first.split_s + later_s, second.id: second.split_s - later_s},
        )


def _errors(unrolled: Unrolled, junction_id: str, plan: TimingPlan) -> list[Finding]:
    """What forbids the candidate: rules of the junction, and those of the corridor as it is."""
    own = validate(plan, unrolled.fitted[junction_id].junction, unrolled.profile).errors
    others = [
        each
        for each in unrolled.findings
        if each.severity is Severity.ERROR and each.junction_id not in unrolled.fitted
    ]
    return [*own, *others]


def _told(
    unrolled: Unrolled,
    candidate: _Candidate,
    program: Program | None,
    errors: list[Finding],
    model: CorridorDelay | None,
    shifts_s: dict[str, int],
) -> dict[str, Any]:
    bands: dict[str, float | None] = {"outbound": None, "inbound": None}
    if program is not None:
        shown = {**unrolled.programs, candidate.plan.junction_id: program}
        found = unrolled.bands(shown)
        bands = {name: round(band.width_s, 2) for name, band in found.items()} | {
            name: None for name in bands if name not in found
        }
    told: dict[str, Any] = {
        "second": candidate.second,
        "ok": not errors,
        "rules": sorted({each.rule for each in errors}),
        "message": errors[0].message if errors else "",
        "findings": [finding_json(each) for each in errors],
        "band": bands,
        "delay": None if model is None or program is None else delay_json(model.at(shifts_s)),
    }
    if candidate.splits_s is not None:
        told["splits_s"] = candidate.splits_s
        form = candidate.plan.form
        told["start_s"] = form.start_s if isinstance(form, StageSequence) else None
    return told


def now_of(unrolled: Unrolled) -> dict[str, Any]:
    """Bands and delay of the plan as it is, in the shape of a candidate."""
    model = unrolled.delay_model() if unrolled.ok else None
    return {
        "band": bands_or_none(unrolled),
        "delay": delay_json(None if model is None else model.at({})),
    }
