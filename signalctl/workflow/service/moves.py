"""The move table: for one handle of a plan, what every candidate second would do.

Asked once when a handle is taken hold of, so that nothing need be asked while it moves.
A handle is a junction's offset, alone or with others of the corridor, or an edge of the
plan's form (`handles`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from signalctl.domain.errors import InputError, NotExpressible
from signalctl.domain.expand import expand, zero_s
from signalctl.domain.finding import Finding, Severity
from signalctl.domain.plan import TimingPlan
from signalctl.domain.program import Program
from signalctl.rules.validate import plan_findings
from signalctl.workflow.delay_estimate import CorridorDelay
from signalctl.workflow.service.aspect_runs import runs
from signalctl.workflow.service.handles import Move, moves_of_form
from signalctl.workflow.service.unrolled import Unrolled, delay_json, finding_json

OFFSET: Final = "offset"
DOWNSTREAM: Final = "offsets:downstream"
TOGETHER: Final = "offsets:all"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What a candidate shows and what stands against it; no programs when it cannot be unrolled."""

    second: int
    value: int
    programs: Mapping[str, Program] | None
    errors: Sequence[Finding]
    told: dict[str, Any] = field(default_factory=dict)


def move_table(unrolled: Unrolled, junction_id: str, handle: str) -> dict[str, Any]:
    """Every candidate second of a handle: may it be, why not, bands and delay with it.

    `offset`: every second of the junction's cycle, as the plan's own offset says it.
    `offsets:downstream` and `offsets:all`: the same, with the junctions after it along the
    corridor, or all of them, later by as much. For a form's handles see `handles`; there
    `second` is the system second of the edge.
    Raises InputError for an unknown junction or handle, NotExpressible for a handle of
    another form than the plan's.
    """
    each = unrolled.fitted.get(junction_id)
    if each is None:
        raise InputError(
            f"The plan says nothing of junction {junction_id!r}.",
            remedy=f"It has plans for {', '.join(unrolled.fitted)}.",
        )
    if handle in (OFFSET, DOWNSTREAM, TOGETHER):
        candidates = _offsets(unrolled, junction_id, handle)
        now = value = each.plan.offset.seconds
    else:
        found = moves_of_form(each.plan, handle)
        shown = [(move, _moved(unrolled, move)) for move in found.moves]
        at = next(one for move, one in shown if move.value == found.now)
        now, value = at.second, found.now
        candidates = _edges(unrolled, junction_id, [one for _, one in shown])
    return {
        "junction": junction_id,
        "handle": handle,
        "now": now,
        "value": value,
        "candidates": candidates,
    }


def _offsets(unrolled: Unrolled, junction_id: str, handle: str) -> list[dict[str, Any]]:
    plan = unrolled.fitted[junction_id].plan
    moving = _moving(unrolled, junction_id, handle)
    # What a junction's own rules say does not depend on its offset, so they are asked once.
    errors = [found for each in moving for found in _own_errors(unrolled, each)]
    errors += _others_errors(unrolled)
    model = unrolled.delay_model()
    found = []
    for second in range(plan.cycle_s):
        shift_s = _shift_s(second - plan.offset.seconds, plan.cycle_s)
        programs = {
            each: unrolled.legible[each].shifted(shift_s)
            for each in moving
            if each in unrolled.legible
        }
        told: dict[str, Any] = {}
        if handle != OFFSET:
            told["offsets_s"] = {
                each: (own.offset.seconds + shift_s) % own.cycle_s
                for each in moving
                for own in (unrolled.fitted[each].plan,)
            }
        shown = _Shown(second=second, value=second, programs=programs, errors=errors, told=told)
        shifts_s = dict.fromkeys(moving, shift_s)
        found.append(_told(unrolled, shown, model, shifts_s))
    return found


def _shift_s(by_s: int, cycle_s: int) -> int:
    """The shorter way round, so that neighbours with longer cycles go no further than asked."""
    return (by_s + cycle_s // 2) % cycle_s - cycle_s // 2


def _moving(unrolled: Unrolled, junction_id: str, handle: str) -> tuple[str, ...]:
    if handle == OFFSET:
        return (junction_id,)
    corridor = unrolled.corridor
    if corridor is None or junction_id not in corridor.junction_ids:
        raise InputError(
            f"Junction {junction_id} is on no corridor of this plan, so nothing moves with it.",
            where=f"handle {handle}",
            remedy=f"Ask for {OFFSET}.",
        )
    ids = corridor.junction_ids
    return ids if handle == TOGETHER else ids[ids.index(junction_id) :]


def _moved(unrolled: Unrolled, move: Move) -> _Shown:
    """A form's move with what it shows; its rules are asked in `_edges`."""
    plan = move.plan
    junction = unrolled.fitted[plan.junction_id].junction
    try:
        own = expand(plan, junction)
        zero = zero_s(plan.offset, own)
    except (InputError, NotExpressible):
        # Where it would lie if nothing else stood against it.
        zero = _zero_now(unrolled, plan.junction_id)
        programs = None
    else:
        programs = {plan.junction_id: own.shifted(zero)}
    return _Shown(
        second=(move.own_s + zero) % plan.cycle_s,
        value=move.value,
        programs=programs,
        errors=_plan_errors(unrolled, plan),
        told={"zero_s": None if programs is None else zero, **move.written},
    )


def _zero_now(unrolled: Unrolled, junction_id: str) -> int:
    each = unrolled.fitted[junction_id]
    try:
        return zero_s(each.plan.offset, expand(each.plan, each.junction))
    except (InputError, NotExpressible):
        return each.plan.offset.seconds


def _edges(unrolled: Unrolled, junction_id: str, shown: Sequence[_Shown]) -> list[dict[str, Any]]:
    others = _others_errors(unrolled)
    changing = _changing(shown, junction_id)
    found = []
    for each in shown:
        judged = replace(each, errors=[*each.errors, *others])
        model = None
        # Nobody drives by a refused plan, and the estimate is the dear part of the table.
        if judged.programs is not None and not judged.errors:
            model = unrolled.delay_model({**unrolled.legible, **judged.programs})
        told = _told(unrolled, judged, model, {})
        if judged.programs is not None:
            program = judged.programs[junction_id]
            told["aspects"] = {group: runs(program, group) for group in changing}
        found.append(told)
    return found


def _changing(shown: Sequence[_Shown], junction_id: str) -> list[str]:
    """Groups that do not show the same in every candidate."""
    programs = [each.programs[junction_id] for each in shown if each.programs is not None]
    if not programs:
        return []
    return [
        group
        for group in programs[0].group_ids
        if len({program.seconds[group] for program in programs}) > 1
    ]


def _own_errors(unrolled: Unrolled, junction_id: str) -> list[Finding]:
    """What forbids the junction's plan as it is."""
    return [
        each
        for each in unrolled.findings
        if each.severity is Severity.ERROR and each.junction_id == junction_id
    ]


def _plan_errors(unrolled: Unrolled, plan: TimingPlan) -> list[Finding]:
    junction = unrolled.fitted[plan.junction_id].junction
    found = plan_findings(plan, junction, unrolled.profile)
    return [each for each in found if each.severity is Severity.ERROR]


def _others_errors(unrolled: Unrolled) -> list[Finding]:
    """What forbids the corridor as it is, whatever one junction does."""
    return [
        each
        for each in unrolled.findings
        if each.severity is Severity.ERROR and each.junction_id not in unrolled.fitted
    ]


def _told(
    unrolled: Unrolled,
    shown: _Shown,
    model: CorridorDelay | None,
    shifts_s: Mapping[str, int],
) -> dict[str, Any]:
    bands: dict[str, float | None] = {"outbound": None, "inbound": None}
    if shown.programs is not None:
        found = unrolled.bands({**unrolled.legible, **shown.programs})
        bands |= {name: round(band.width_s, 2) for name, band in found.items()}
    errors = shown.errors
    return {
        "second": shown.second,
        "value": shown.value,
        "ok": not errors,
        "rules": sorted({each.rule for each in errors}),
        "message": errors[0].message if errors else "",
        "findings": [finding_json(each) for each in errors],
        "band": bands,
        "delay": None if model is None else delay_json(model.at(shifts_s)),
        **shown.told,
    }
