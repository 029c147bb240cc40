"""Who is due to depart, and on which way: the demand as SUMO itself reads it.

SUMO loads the scenario with the options a run has and steps through the period;
each vehicle is written down and taken off the road as soon as it has departed. So
flows, distributions, trips, `scale` and route errors come out as in a run, and no
vehicle waits for another. (SUMO's duarouter is no substitute: release 1.28 leaves
out, without a word, every flow that carries a public transport line.)

A trip that names no route gets the fastest one when it departs, by what the roads take
at that time (SUMO user documentation, "Demand/Shortest or Optimal Path Routing"): so
the signals decide who drives where. `on_routes_under` gives the vehicles the ways they
take while a plan runs.

SUMO is held by a process of its own, in which the module's `main` runs.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from signalctl.domain.errors import InputError
from signalctl.domain.traffic import DueVehicle, Dwell
from signalctl.files.atomic import write_atomic
from signalctl.sim.demand_period import demand_within
from signalctl.sim.entering import entering_rules
from signalctl.sim.own_process import answer_of
from signalctl.sim.scenario import Scenario
from signalctl.sim.variants import Variant

REQUEST: Final = "due.request.json"
RESULT: Final = "due.json"
LOG: Final = "due.log"
TIMEOUT_S: Final = 900.0
MAX_VEHICLES: Final = 1_000_000
"""More vehicles in one period are refused: no optimisation could simulate them."""
PATIENCE_S: Final = 60.0
"""How long after the period's end a vehicle may take to get in. Only those due in the
same second on the same lane hold each other up, a step each."""
_STANDING_MPS: Final = 0.1
_BELOW: Final = 0.999
_PARKING: Final = 1 | 64
"""Flags of stops beside the road (TraCI documentation, "Change Vehicle State", stop flags)."""
_ANOTHER_WAY: Final = "!var#"
_SEED: Final = 1
"""Of random flows and distributions: the first seed every comparison uses."""


def due_vehicles(scenario: Scenario, folder: Path) -> tuple[DueVehicle, ...]:
    """Everyone due to depart in [begin_s, end_s), by departure and then by id.

    Routes are whole, edge by edge; a trip's is the fastest on an empty network. A
    vehicle that SUMO cannot put on its first edge stays in the list with the route
    it was given. Persons are no vehicles. `folder` takes temporary files.
    Raises InputError for a demand SUMO refuses, that holds nobody, or that is too
    large; SimulationError when SUMO breaks down.
    """
    rows = _asked_of_sumo(scenario, folder)
    rules = entering_rules(scenario)
    fastest_mps: dict[str, float] = {}
    for row in rows:
        known_mps = fastest_mps.get(row["v_type"], row["max_speed_mps"])
        fastest_mps[row["v_type"]] = min(known_mps, row["max_speed_mps"])
    entering = {row["id"]: rules.of(row["id"]) for row in rows}
    vehicles = sorted(
        (
            DueVehicle(
                id=row["id"],
                depart_s=row["depart_s"],
                v_class=row["v_class"],
                length_m=row["length_m"],
                edges=tuple(row["edges"]),
                max_speed_mps=fastest_mps[row["v_type"]],
                accel_mps2=row["accel_mps2"],
                decel_mps2=row["decel_mps2"],
                tau_s=row["tau_s"],
                sigma=row["sigma"],
                departs_moving=row["speed_mps"] > _STANDING_MPS,
                departs_close=entering[row["id"]].is_close,
                departs_on=None if entering[row["id"]].chooses_lane else row["lane"],
                dwells=_dwells(row),
                picks_route=row["picks_route"],
            )
            for row in rows
            if scenario.begin_s <= row["depart_s"] < scenario.end_s
        ),
        key=lambda vehicle: (vehicle.depart_s, vehicle.id),
    )
    if not vehicles:
        raise InputError(
            f"No vehicle is due between {scenario.begin_s:g} and {scenario.end_s:g} s.",
            where=str(scenario.source),
            remedy="Give a period in which the demand departs.",
        )
    return tuple(vehicles)


def _dwells(row: dict[str, Any]) -> tuple[Dwell, ...]:
    """Stops in the way of others along a vehicle's route; what does not lie on it is left out."""
    found: list[Dwell] = []
    leg = 0
    for stop in row["stops"]:
        try:
            leg = row["edges"].index(stop["edge"], leg)
        except ValueError:
            continue
        until_s = stop["until_s"]
        dwell = Dwell(leg=leg, at_m=stop["at_m"], duration_s=max(0.0, stop["duration_s"]))
        found.append(dwell if until_s < 0 else replace(dwell, until_s=until_s))
    return tuple(found)


def on_routes_under(
    scenario: Scenario, vehicles: Sequence[DueVehicle], variant: Variant, folder: Path
) -> tuple[DueVehicle, ...]:
    """The due vehicles on the ways they choose while a variant's programs run.

    The same vehicles, due at the same times; who has not got in a minute after the
    period's end keeps its way. `folder` takes temporary files.
    Raises as `due_vehicles`.
    """
    rows = _asked_of_sumo(scenario, folder, under=variant)
    ways = {row["id"]: row for row in rows if row["picks_route"] and row["edges"]}
    return tuple(
        replace(one, edges=tuple(ways[one.id]["edges"]), dwells=_dwells(ways[one.id]))
        if one.id in ways
        else one
        for one in vehicles
    )


def _asked_of_sumo(
    scenario: Scenario, folder: Path, under: Variant | None = None
) -> list[dict[str, Any]]:
    """Rows of all vehicles; with `under` they drive on, under the variant's programs."""
    folder.mkdir(parents=True, exist_ok=True)
    demand = demand_within(scenario, folder)
    added = () if under is None else under.additionals
    files = {
        "net-file": [scenario.net],
        "route-files": [demand[path] for path in scenario.routes],
        "additional-files": [*(demand[path] for path in scenario.additionals), *added],
    }
    teleport_s = -1.0 if under is None else scenario.time_to_teleport_s
    options = {
        **dict(sorted(scenario.options.items())),
        **dict(sorted(under.options.items() if under is not None else ())),
        **{
            name: ",".join(str(path.resolve()) for path in paths)
            for name, paths in files.items()
            if paths
        },
        "begin": f"{scenario.begin_s:g}",
        "step-length": f"{scenario.step_s:g}",
        "time-to-teleport": f"{teleport_s:g}",
        "seed": str(_SEED),
        "no-step-log": "true",
        "duration-log.disable": "true",
        "xml-validation": "never",
        "log": str(folder / LOG),
    }
    request = {
        "arguments": [word for name, value in options.items() for word in (f"--{name}", value)],
        "end_s": scenario.end_s,
        "at_most": MAX_VEHICLES,
        "drive_on": under is not None,
    }
    (folder / REQUEST).write_text(json.dumps(request), encoding="utf-8")
    where = str(scenario.source)
    answer = answer_of("signalctl.sim.due_vehicles", folder, RESULT, TIMEOUT_S, where)
    if "failed" in answer:
        raise InputError(
            f"SUMO refuses the demand: {_reason(folder / LOG, str(answer['failed']))}.",
            where=where,
            remedy="Correct the file it names.",
        )
    rows: list[dict[str, Any]] = answer["vehicles"]
    if len(rows) > MAX_VEHICLES:
        raise InputError(
            f"More than {MAX_VEHICLES} vehicles are due.", where=where, remedy="Shorten the period."
        )
    return rows


def _reason(log: Path, message: str) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    errors = [line.removeprefix("Error:") for line in lines if line.startswith("Error:")]
    return " ".join((errors[0] if errors else message).split()).rstrip(".")


def main(folder: Path) -> int:
    """Answer the request in `folder`: everyone who departs."""
    request = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
    # Imported here: only this process may hold libsumo.
    import libsumo

    try:
        libsumo.start(["sumo", *request["arguments"]])
        vehicles = _departures(
            libsumo, request["end_s"], request["at_most"], drive_on=request["drive_on"]
        )
        libsumo.close()
    except (libsumo.TraCIException, libsumo.FatalTraCIError) as error:
        write_atomic(folder / RESULT, json.dumps({"failed": str(error)}))
        return 0
    write_atomic(folder / RESULT, json.dumps({"vehicles": vehicles}))
    return 0


def _departures(
    libsumo: Any, end_s: float, at_most: int, *, drive_on: bool
) -> list[dict[str, Any]]:
    """One row for each vehicle, in the order of departure; stops after `at_most` + 1.

    Each is taken off the road when it has departed, unless all are to `drive_on`.
    """
    rows: list[dict[str, Any]] = []
    # A dictionary keeps the order, a set would not.
    waiting: dict[str, None] = dict.fromkeys(libsumo.simulation.getLoadedIDList())
    while (now_s := libsumo.simulation.getTime()) < end_s + PATIENCE_S and len(rows) <= at_most:
        if now_s >= end_s and not waiting:
            break
        libsumo.simulationStep()
        waiting |= dict.fromkeys(libsumo.simulation.getLoadedIDList())
        for vehicle in libsumo.simulation.getDepartedIDList():
            waiting.pop(vehicle, None)
            rows.append(_row(libsumo, vehicle, libsumo.vehicle.getDeparture(vehicle)))
            if not drive_on:
                libsumo.vehicle.remove(vehicle)
    now_s = libsumo.simulation.getTime()
    return rows + [_row(libsumo, vehicle, now_s) for vehicle in waiting]


def _row(libsumo: Any, vehicle: str, at_s: float) -> dict[str, Any]:
    """What is known of a vehicle that departed, or still waits, at `at_s`."""
    api = libsumo.vehicle
    return {
        "id": vehicle,
        "depart_s": round(at_s - api.getDepartDelay(vehicle), 3),
        "v_class": api.getVehicleClass(vehicle),
        "length_m": api.getLength(vehicle) + api.getMinGap(vehicle),
        "edges": list(api.getRoute(vehicle)),
        "v_type": api.getTypeID(vehicle),
        "max_speed_mps": _wanted_mps(libsumo, vehicle),
        "accel_mps2": api.getAccel(vehicle),
        "decel_mps2": api.getDecel(vehicle),
        "tau_s": api.getTau(vehicle),
        "sigma": api.getImperfection(vehicle),
        "stops": [
            {
                "edge": stop.lane.rpartition("_")[0],
                "at_m": stop.endPos,
                "duration_s": stop.duration,
                "until_s": stop.until,
            }
            for stop in api.getStops(vehicle)
            if not stop.stopFlags & _PARKING
        ],
        # In the step in which it departs a vehicle has not moved yet.
        "speed_mps": max(0.0, api.getSpeed(vehicle)),
        "lane": api.getLaneIndex(vehicle) if api.getLaneID(vehicle) else None,
        # What SUMO names a way that it has put in the place of another.
        "picks_route": _ANOTHER_WAY in api.getRouteID(vehicle),
    }


def _wanted_mps(libsumo: Any, vehicle: str) -> float:
    """How fast a vehicle drives at most where the road lets it: a bicycle slower than it could.

    SUMO's desiredMaxSpeed, which it has no question for: read off where it is below the
    road's limit, the maximum elsewhere. Without the driver's own factor, which says for a
    limit as well how much faster or slower than that this one drives.
    """
    api = libsumo.vehicle
    lane = api.getLaneID(vehicle)
    if not lane:
        return float(api.getMaxSpeed(vehicle))
    allowed_mps, factor = api.getAllowedSpeed(vehicle), api.getSpeedFactor(vehicle)
    is_own = factor > 0 and allowed_mps < _BELOW * factor * libsumo.lane.getMaxSpeed(lane)
    return float(allowed_mps / factor if is_own else api.getMaxSpeed(vehicle))
