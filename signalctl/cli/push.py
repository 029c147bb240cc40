"""signalctl push: certified plans to the devices of a street, all of them or none."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from signalctl.cli.app import app
from signalctl.cli.arguments import AsJson
from signalctl.cli.console import emit_json, remark, say, table
from signalctl.domain.errors import InputError

if TYPE_CHECKING:
    from signalctl.domain.push import Push
    from signalctl.workflow.push import Complaint, Moved, Prepared

Answer = TypeVar("Answer")
ALL_RUN, TAKEN_BACK, DOUBT = 0, 1, 3
"""Exit codes, as everywhere: done, falls short, an outside fault."""


class Activate(StrEnum):
    """How the new plan comes to run."""

    NOW = "now"
    SCHEDULE = "schedule"


Devices = Annotated[
    Path | None, typer.Option(metavar="FILE", help="devices file: which controller stands where")
]


@app.command()
def push(
    plans: Annotated[
        Path | None, typer.Argument(metavar="PLANS", help="plan file, with its certificates beside")
    ] = None,
    devices: Devices = None,
    activate: Annotated[
        Activate, typer.Option(help="now: by command; schedule: in the device's own day plans")
    ] = Activate.NOW,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="check everything, ask every device, send nothing")
    ] = False,
    reason: Annotated[str, typer.Option(help="why, for the audit log")] = "",
    actor: Annotated[
        str | None, typer.Option(metavar="NAME", help="who; default: the user of this machine")
    ] = None,
    junctions: Annotated[
        str | None, typer.Option(metavar="J1,J2", help="only these junctions of the plan file")
    ] = None,
    watch: Annotated[
        float, typer.Option(metavar="SECONDS", help="in which a device must truly run its plan")
    ] = 300.0,
    resume: Annotated[
        bool, typer.Option("--resume", help="finish or undo what a killed push left, or doubt")
    ] = False,
    rollback: Annotated[
        str | None, typer.Option(metavar="PUSH_ID", help="take a push that was done back")
    ] = None,
    settle: Annotated[
        str | None,
        typer.Option(metavar="PUSH_ID", help="note that a person has looked after a push in doubt"),
    ] = None,
    history: Annotated[bool, typer.Option("--history", help="list the pushes, newest first")] = (
        False
    ),
    database: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="database; default: SIGNALCTL_DATABASE_URL, or the user's own file"
        ),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Send plans to devices, read them back, let them run; or take all of it back.

    Exit 0 when every device runs its plan, 1 when nothing was sent or all of it was
    undone, 3 when a device is in doubt.
    """
    from signalctl.store.database import Database

    _one_thing(plans, resume, rollback, settle, history)
    with Database(database) as opened:
        if history:
            return _history(opened, as_json)
        name = actor if actor is not None else _user()
        if settle is not None:
            return _settle(opened, settle, name, reason, as_json)
        if devices is None:
            raise InputError(
                "Which devices?", where="--devices", remedy="Give the devices file of the street."
            )
        from signalctl.workflow.push import Terms
        from signalctl.workflow.push.street import open_street

        street = open_street(devices, opened, terms=Terms(watch_s=watch), report=_tell)
        if resume:
            return _ended(_driven(street.resume(actor=name)), as_json)
        if rollback is not None:
            done = _driven(street.roll_back(rollback, actor=name, reason=_given(reason)))
            return _ended((done,), as_json)
        from signalctl.cli.options import parse_ids
        from signalctl.domain.push import Activation

        if plans is None:
            raise InputError("Which plans?", where="PLANS", remedy="Give a plan file.")
        prepared, pushed = _driven(
            street.push(
                plans,
                actor=name,
                reason=reason,
                activation=Activation(activate.value),
                junctions=None if junctions is None else parse_ids(junctions),
                dry_run=dry_run,
            )
        )
    if pushed is None:
        return _not_sent(prepared, as_json)
    return _ended((pushed,), as_json)


def _driven(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Do it; Ctrl-C has it undone, and a second one ends it where it is."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        remark("What was begun stands open in the journal: signalctl push --resume ends it.")
        raise


def _one_thing(
    plans: Path | None, resume: bool, rollback: str | None, settle: str | None, history: bool
) -> None:
    asked = [plans is not None, resume, rollback is not None, settle is not None, history]
    if sum(asked) != 1:
        raise InputError(
            "A push does one thing at a time.",
            where="push",
            remedy="Give PLANS, or one of --resume, --rollback, --settle and --history.",
        )


def _given(reason: str) -> str:
    if not reason.strip():
        raise InputError(
            "Taking a push back needs a reason: it stands in the audit log.",
            where="--reason",
            remedy="Say why in a few words.",
        )
    return reason


def _user() -> str:
    from signalctl.workflow.certify import user_name

    return user_name()


def _tell(moved: Moved) -> None:
    """One line for each step of a device, on standard error."""
    if moved.deed is None:
        said = f": {moved.message}" if moved.message else ""
        remark(f"{moved.device_id} ({moved.junction_id}) {moved.step}{said}")


def _not_sent(prepared: Prepared, as_json: bool) -> int:
    """What stands against a push, or what a dry run found."""
    from signalctl.workflow.push import Fault

    if as_json:
        emit_json(
            {
                "sent": False,
                "orders": [
                    {
                        "device": order.device_id,
                        "junction": order.plan.junction_id,
                        "plan": order.plan.name,
                        "plan_hash": order.plan_hash,
                        "certificate_hash": order.certificate_hash,
                        "slot": order.spare_slot,
                    }
                    for order in prepared.orders
                ],
                "complaints": [_complaint_json(each) for each in prepared.complaints],
            }
        )
    elif prepared.complaints:
        table(
            ("device", "junction", "what stands against it"),
            [(c.device_id, c.junction_id, c.message) for c in prepared.complaints],
        )
        say("Nothing was sent.")
    else:
        table(
            ("device", "junction", "plan", "slot"),
            [
                (order.device_id, order.plan.junction_id, order.plan.name, order.spare_slot)
                for order in prepared.orders
            ],
        )
        say(f"{len(prepared.orders)} plans can be pushed. Nothing was sent.")
    if not prepared.complaints:
        return ALL_RUN
    only_devices = all(each.fault is Fault.DEVICE for each in prepared.complaints)
    return DOUBT if only_devices else TAKEN_BACK


def _complaint_json(complaint: Complaint) -> dict[str, Any]:
    return {
        "device": complaint.device_id,
        "junction": complaint.junction_id,
        "fault": str(complaint.fault),
        "message": complaint.message,
    }


def _ended(pushes: tuple[Push, ...], as_json: bool) -> int:
    """How pushes ended, and the exit code that says it."""
    from signalctl.domain.push import PushState

    if as_json:
        emit_json({"sent": True, "pushes": [_push_json(each) for each in pushes]})
    else:
        for each in pushes:
            table(
                ("device", "junction", "slot", "step", "message"),
                [
                    (
                        item.device_id,
                        item.junction_id,
                        item.snapshot.spare_slot if item.snapshot is not None else None,
                        str(item.step),
                        item.message,
                    )
                    for item in each.devices
                ],
            )
            say(f"Push {each.id} is {each.state}. {each.message}".strip())
        if not pushes:
            say("No push stands open.")
    states = {each.state for each in pushes}
    if states & {PushState.OPEN, PushState.IN_DOUBT}:
        return DOUBT
    return TAKEN_BACK if PushState.UNDONE in states else ALL_RUN


def _history(database: Any, as_json: bool) -> int:
    from signalctl.store.journal import Journal

    pushes = Journal(database).history()
    if as_json:
        emit_json({"pushes": [_push_json(each) for each in pushes]})
        return 0
    table(
        ("push", "state", "devices", "activation", "by", "reason", "message"),
        [
            (
                each.id,
                str(each.state),
                len(each.devices),
                str(each.activation),
                each.actor,
                each.reason,
                each.message,
            )
            for each in pushes
        ],
    )
    return 0


def _settle(database: Any, push_id: str, actor: str, reason: str, as_json: bool) -> int:
    from signalctl.store.journal import Journal
    from signalctl.workflow.push import settle

    settled = settle(push_id, Journal(database), actor=actor, reason=_given(reason))
    if as_json:
        emit_json({"pushes": [_push_json(settled)]})
    else:
        say(f"Push {settled.id} is {settled.state}. {settled.message}")
    return 0


def _push_json(push: Push) -> dict[str, Any]:
    return {
        "id": push.id,
        "state": str(push.state),
        "activation": str(push.activation),
        "actor": push.actor,
        "reason": push.reason,
        "begun_at": push.begun_at.isoformat(),
        "ended_at": push.ended_at.isoformat() if push.ended_at is not None else None,
        "message": push.message,
        "devices": [
            {
                "device": item.device_id,
                "junction": item.junction_id,
                "plan_hash": item.plan_hash,
                "certificate_hash": item.certificate_hash,
                "slot": item.snapshot.spare_slot if item.snapshot is not None else None,
                "step": str(item.step),
                "message": item.message,
            }
            for item in push.devices
        ],
    }
