"""One simulation in a process of its own, which `signalctl.sim.nursery` forks.

libsumo started twice in one process does not repeat its numbers, and a crash of
the simulator must cost one run only; therefore the process. It reads
`request.json`, leaves `result.json` whole or not at all, and ends by itself when
the process that started it is gone.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from signalctl.domain.errors import SignalctlError
from signalctl.files.atomic import write_atomic
from signalctl.sim.detectors import Watched
from signalctl.sim.driven_lights import DrivenLights, PartnerGoneError
from signalctl.sim.edge_delays import FreeFlow, edge_delays
from signalctl.sim.outputs import measure

if TYPE_CHECKING:
    from signalctl.sim.adaptive import AdaptiveControl

REQUEST: Final = "request.json"
RESULT: Final = "result.json"
SUMO_FAILED: Final = 4
"""Exit status when SUMO refused or stopped; the reason is in the log."""
STOPPED: Final = "stopped_s"
"""What the result of a run given up holds: the second it had reached."""
ALIVE: Final = "second"
"""File with the simulated second a run has reached, for who watches it."""
_LOOK_EVERY_S: Final = 0.5
_COUNT_EVERY_S: Final = 10.0
"""Simulated seconds between two counts of who stands."""


class _AskerGoneError(Exception):
    """The process that asked for this run is gone, and nobody will read its answer."""


class _HopelessError(Exception):
    """More has been lost already than anybody would accept; holds the second."""


def main(folder: Path, lights: int | None = None) -> int:
    """Run the request in `folder`; 0 done, SUMO_FAILED with the phase written else.

    `lights` is the socket by which lights are driven from outside.
    """
    # Without it nobody would read the answer.
    parent = os.getppid()
    request = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
    begun = time.perf_counter()
    # Imported here: only this process may hold libsumo.
    import libsumo

    phase = "start"
    try:
        libsumo.start(["sumo", *request["arguments"]])
        phase = "run"
        emptied_s = _simulate(libsumo, request, folder, parent, lights)
        simulated_s = libsumo.simulation.getTime() - request["begin_s"]
        v_classes = {
            name: libsumo.vehicletype.getVehicleClass(name)
            for name in libsumo.vehicletype.getIDList()
        }
        version = libsumo.getVersion()[1]
        free_flow = FreeFlow.asked(libsumo) if request["edge_delays"] else None
        libsumo.close()
    except (_AskerGoneError, PartnerGoneError):
        shutil.rmtree(folder, ignore_errors=True)
        return SUMO_FAILED
    except _HopelessError as hopeless:
        _leave(folder, {STOPPED: hopeless.args[0]})
        return 0
    except (libsumo.TraCIException, libsumo.FatalTraCIError, SignalctlError) as error:
        _leave(folder, {"failed": phase, "message": str(error)})
        return SUMO_FAILED
    try:
        measures = measure(
            folder,
            begin_s=request["begin_s"],
            end_s=request["end_s"],
            emptied_s=emptied_s,
            v_classes=v_classes,
            watched=Watched.from_json(request["watched"]),
        )
        if free_flow is not None:
            places = edge_delays(folder, request["begin_s"] + simulated_s, v_classes, free_flow)
            measures = replace(measures, edge_delays=places)
    except SignalctlError as error:
        _leave(folder, {"failed": "measure", "message": str(error)})
        return SUMO_FAILED
    _leave(
        folder,
        {
            "measures": _plain(measures),
            "sumo_version": version,
            "simulated_s": simulated_s,
            "wall_s": time.perf_counter() - begun,
        },
    )
    return 0


def _simulate(
    libsumo: Any, request: dict[str, Any], folder: Path, parent: int, lights: int | None
) -> float | None:
    """Step until the demand has ended and the network is empty; when that was, or None.

    Before the demand's end an empty network means only a pause. The step at
    limit_s is made too: it lets in what was due since the step before.
    """
    end_s, limit_s = request["end_s"], request["limit_s"]
    control: AdaptiveControl | DrivenLights | None = None
    if lights is not None:
        control = DrivenLights(libsumo, lights, request["zones"])
    if request["control"] is not None:
        # Imported here: most runs leave the lights to their programs.
        from signalctl.sim.adaptive import AdaptiveControl

        control = AdaptiveControl.from_request(libsumo, request["control"])
    look_at_s = 0.0
    bound = request.get("stop_above_vehicle_s")
    counted_at_s, stood = request["begin_s"], 0.0
    while (now_s := libsumo.simulation.getTime()) <= limit_s:
        if now_s >= end_s and libsumo.simulation.getMinExpectedNumber() <= 0:
            return float(now_s)
        if time.monotonic() >= look_at_s:
            if os.getppid() != parent:
                raise _AskerGoneError
            (folder / ALIVE).write_text(f"{now_s:g}", encoding="utf-8")
            look_at_s = time.monotonic() + _LOOK_EVERY_S
        if bound is not None and now_s >= counted_at_s + _COUNT_EVERY_S:
            stood += (now_s - counted_at_s) * _standing(libsumo)
            counted_at_s = now_s
            if stood > bound:
                raise _HopelessError(now_s)
        if control is not None:
            control.step(now_s)
        libsumo.simulationStep()
    return None if libsumo.simulation.getMinExpectedNumber() > 0 else float(now_s)


def _standing(libsumo: Any) -> int:
    """Vehicles that stand on a road or wait to be let in."""
    halting = libsumo.edge.getLastStepHaltingNumber
    on_roads = sum(halting(edge) for edge in libsumo.edge.getIDList())
    return int(on_roads) + len(libsumo.simulation.getPendingVehicles())


def _leave(folder: Path, result: dict[str, Any]) -> None:
    write_atomic(folder / RESULT, json.dumps(result))


def _plain(measures: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(measures)
