"""A twin that has run, as the JSON document promised to programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from signalctl.domain.push import Push
from signalctl.sim.record import to_json
from signalctl.workflow.twin.pushing import Pushing
from signalctl.workflow.twin.twin import TwinRun

TWIN_SCHEMA: Final = "signalctl/twin/1"


def twin_json(found: TwinRun) -> dict[str, Any]:
    """The document: SUMO's record as of any run, and what each device did for it."""
    return {
        "schema": TWIN_SCHEMA,
        "run": to_json(found.run),
        "clock_ahead_s": found.clock_ahead_s,
        "seconds": found.seconds,
        "late_s": found.late_s,
        "wall_s": found.wall_s,
        "notes": list(found.notes),
        "junctions": {
            light: {
                **asdict(tally),
                "slots": [{"second": s, "slot": slot} for s, slot in tally.slots],
            }
            for light, tally in found.junctions.items()
        },
        "pushes": [_push_json(push) for push in found.pushes],
    }


def _push_json(push: Pushing) -> dict[str, Any]:
    result: Push | None = push.result
    return {
        "at_s": push.at_s,
        "plans": push.name,
        "devices": sorted(push.devices),
        "id": None if result is None else result.id,
        "state": "never begun" if result is None else str(result.state),
        "message": "" if result is None else result.message,
    }
