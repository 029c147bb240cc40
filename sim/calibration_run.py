"""One run that watches queues discharge, in a process of its own.

At every watched lane it notes each green that follows a red: when it began and
ended, how many vehicles stood in queue, and how many stood there when it ended.
SUMO's instant loops write beside it when each vehicle reached the stop line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from signalctl.files.atomic import write_atomic

REQUEST: Final = "calibration.request.json"
RESULT: Final = "calibration.json"
LOOPS: Final = "loops.xml"
LOG: Final = "calibration.log"
STANDING_MPS: Final = 1.0
QUEUE_GAP_M: Final = 6.0
"""Standing vehicles closer together than this are one queue: minGap and a slow creep."""

FIRST_M: Final = 8.0
"""Room of the first vehicle of a queue."""


@dataclass(slots=True)
class _Lane:
    """A watched lane: its light, its link indices there, and the green that is going on."""

    id: str
    light: str
    links: Sequence[int]
    length_m: float
    dark: bool = False
    begun_s: float = -1.0
    queued: int = 0
    greens: list[dict[str, float]] = field(default_factory=list)


def main(folder: Path) -> int:
    """Answer the request in `folder`."""
    request = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
    # Imported here: only this process may hold libsumo.
    import libsumo

    try:
        libsumo.start(["sumo", *request["arguments"]])
        greens = _watch(libsumo, request["lanes"], request["until_s"])
        libsumo.close()
    except (libsumo.TraCIException, libsumo.FatalTraCIError) as error:
        write_atomic(folder / RESULT, json.dumps({"failed": str(error)}))
        return 0
    write_atomic(folder / RESULT, json.dumps({"greens": greens}))
    return 0


def _watch(libsumo: Any, asked: Mapping[str, Any], until_s: float) -> dict[str, Any]:
    lanes = [
        _Lane(name, each["light"], each["links"], libsumo.lane.getLength(name))
        for name, each in sorted(asked.items())
    ]
    lights = sorted({lane.light for lane in lanes})
    before = dict.fromkeys(lights, "")
    while libsumo.simulation.getTime() < until_s:
        libsumo.simulationStep()
        # What was shown in the step just made, which ended now.
        now_s = libsumo.simulation.getTime() - libsumo.simulation.getDeltaT()
        states = {light: libsumo.trafficlight.getRedYellowGreenState(light) for light in lights}
        for lane in lanes:
            if states[lane.light] != before[lane.light]:
                _note(libsumo, lane, states[lane.light], now_s)
        before = states
    return {lane.id: lane.greens for lane in lanes}


def _note(libsumo: Any, lane: _Lane, state: str, now_s: float) -> None:
    """Begin or end a green: one in which all the links watched are protected at once."""
    shown = {state[link] for link in lane.links}
    if shown == {"G"}:
        if lane.begun_s < 0 and lane.dark:
            lane.begun_s, lane.queued = now_s, _queue(libsumo, lane, started=True)
    elif lane.begun_s >= 0:
        left = _queue(libsumo, lane)
        lane.greens.append(
            {"begin_s": lane.begun_s, "end_s": now_s, "queued": lane.queued, "left": left}
        )
        lane.begun_s = -1.0
    lane.dark = shown <= {"r", "u"}


def _queue(libsumo: Any, lane: _Lane, *, started: bool = False) -> int:
    """Vehicles standing one behind the other from the stop line on.

    `started`: in the step just made the first one may have driven off already.
    """
    api = libsumo.vehicle
    count, end_m, gap_m = 0, lane.length_m, QUEUE_GAP_M
    if started:
        gap_m += FIRST_M
    standing = sorted(
        ((api.getLanePosition(v), v) for v in libsumo.lane.getLastStepVehicleIDs(lane.id)),
        reverse=True,
    )
    for front_m, vehicle in standing:
        if api.getSpeed(vehicle) > STANDING_MPS and (count or not started):
            break
        if end_m - front_m > gap_m:
            break
        count += 1 + (count == 0 and end_m - front_m > QUEUE_GAP_M)
        end_m, gap_m = front_m - api.getLength(vehicle), QUEUE_GAP_M
    return count
