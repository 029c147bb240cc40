"""signalctl twin: SUMO whose lights are driven by field controllers, emulated or real."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from signalctl.cli.app import app
from signalctl.cli.arguments import AsJson, KeepOutputs, ScenarioFile
from signalctl.cli.console import emit_json, progress, remark, say, table
from signalctl.domain.errors import InputError

if TYPE_CHECKING:
    from signalctl.files.plan_file import PlanSet

_AT = re.compile(r"(.+)@(\d{1,6})")
_ADDRESS = re.compile(r"(?:(.+):)?(\d{1,5})")


@app.command()
def twin(
    scenario: ScenarioFile,
    devices: Annotated[
        Path, typer.Option("--devices", envvar="SIGNALCTL_DEVICES", help="devices file")
    ] = Path("devices.yaml"),
    seed: Annotated[int, typer.Option(min=0, help="seed of the simulation")] = 1,
    begin: Annotated[int | None, typer.Option(help="first simulated second")] = None,
    end: Annotated[int | None, typer.Option(help="end of the demand, simulated second")] = None,
    push: Annotated[
        list[str] | None,
        typer.Option(metavar="PLANS@SECOND", help="push plans at a simulated second; repeatable"),
    ] = None,
    real_time: Annotated[
        bool,
        typer.Option(
            "--real-time/--lockstep",
            help="devices at their addresses in their own time, or emulated ones whose time "
            "goes on with SUMO's",
        ),
    ] = False,
    cabinet: Annotated[
        str,
        typer.Option(
            metavar="[HOST:]PORT",
            help="cabinets of signalctl emulate; default in lockstep: emulated in this process",
        ),
    ] = "",
    hold: Annotated[
        int, typer.Option(min=0, max=600, help="seconds a silent device's last lamps stand")
    ] = 5,
    warm_up: Annotated[
        int, typer.Option(min=0, max=86400, help="seconds that controllers live before SUMO begins")
    ] = 900,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="record to write, whole or not at all")
    ] = None,
    keep_outputs: KeepOutputs = None,
    as_json: AsJson = False,
) -> int:
    """Simulate with the lamps that field controllers show, read over their protocols."""
    from signalctl.files.atomic import require_writable, write_atomic
    from signalctl.files.devices_file import read_devices
    from signalctl.files.plan_file import read_plans
    from signalctl.workflow.certify import user_name
    from signalctl.workflow.source import open_scenario
    from signalctl.workflow.twin.as_json import twin_json
    from signalctl.workflow.twin.session import TwinOrder, Way
    from signalctl.workflow.twin.session import twin as run

    require_writable(output)
    pushes: list[tuple[PlanSet, int]] = []
    for text in push or []:
        path, at_s = _push_at(text)
        pushes.append((read_plans(path), at_s))
    here = Way.CABINET if cabinet else Way.HERE
    order = TwinOrder(
        source=open_scenario(scenario),
        devices=read_devices(devices),
        seed=seed,
        begin_s=begin,
        end_s=end,
        pushes=tuple(pushes),
        way=Way.REAL_TIME if real_time else here,
        cabinet=_cabinet(cabinet) if cabinet else None,
        hold_s=hold,
        warm_up_s=warm_up,
        issuer=user_name(),
        keep_outputs=keep_outputs,
    )
    with progress("twin") as report:
        found = asyncio.run(run(order, report))
    document = twin_json(found)
    if output is not None:
        import json

        write_atomic(output, json.dumps(document, indent=2, ensure_ascii=False))
    if as_json:
        emit_json(document)
    else:
        _show(document)
    fine = all(each["state"] == "done" for each in document["pushes"])
    heard = all(not each["lost"] for each in document["junctions"].values())
    return 0 if fine and heard else 1


def _push_at(text: str) -> tuple[Path, int]:
    found = _AT.fullmatch(text)
    if found is None:
        raise InputError(
            f"{text!r} is no push.", where="--push", remedy="Write FILE@SECOND: plans.yaml@300."
        )
    return Path(found[1]), int(found[2])


def _cabinet(text: str) -> tuple[str, int]:
    found = _ADDRESS.fullmatch(text)
    if found is None or not 0 < int(found[2]) < 65536:
        raise InputError(
            f"{text!r} is no address of cabinets.",
            where="--cabinet",
            remedy="Write HOST:PORT, or the port alone for this machine.",
        )
    return found[1] or "127.0.0.1", int(found[2])


def _show(document: dict[str, Any]) -> None:
    for note in document["notes"]:
        remark(f"note: {note}")
    rows = []
    for light, tally in document["junctions"].items():
        for note in tally["notes"]:
            remark(f"note: {tally['device_id']}: {note}")
        slots = ", ".join(
            f"{'free' if each['slot'] is None else each['slot']}"
            + ("" if each["second"] < 0 else f" from {each['second']} s")
            for each in tally["slots"]
        )
        rows.append(
            (
                light,
                tally["device_id"],
                tally["protocol"],
                tally["read"],
                tally["held"],
                tally["lost"],
                tally["plan"],
                slots,
            )
        )
    table(
        ("junction", "device", "protocol", "read", "held", "lost", "as the plan", "slots"),
        rows,
        title=f"{document['run']['scenario']}, {document['seconds']} s",
    )
    for each in document["pushes"]:
        say(f"push {each['plans']} at {each['at_s']} s: {each['state']}. {each['message']}".strip())
    measures = document["run"]["measures"]
    speed = document["seconds"] / document["wall_s"] if document["wall_s"] else 0.0
    say(
        f"delay {measures['total_delay_s']:.1f} s/veh, {measures['stops_per_vehicle']:.2f} stops, "
        f"{measures['unfinished']} unfinished of {measures['due']}; "
        f"{speed:.0f} simulated seconds a second"
        + (f", {document['late_s']} of them late" if document["late_s"] else "")
    )
