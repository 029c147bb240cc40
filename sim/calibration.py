"""Saturation flow and lost time of each signalled lane, measured in SUMO or set by hand.

One short run of the scenario under its shipped programs, with more traffic than
it has so that queues stand, watched at the stop lines (calibration_run), summed
up (calibration_sums). Lanes with few samples take the mean of their kind (turns and
speed) in the same network; kinds with few take the drivers' formula. Lanes on which some
wait for gaps tell a flow of that opposing traffic only, and count for no other.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from signalctl.domain.aspect import Aspect
from signalctl.domain.errors import InputError
from signalctl.domain.fingerprint import fingerprint
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.lane_capacity import LaneCapacity, Origin
from signalctl.files.atomic import write_atomic
from signalctl.networks.network import Network
from signalctl.networks.sumo_xml import elements, number, text
from signalctl.sim.calibration_run import LOG, LOOPS, REQUEST, RESULT
from signalctl.sim.calibration_sums import Discharge, Green, discharge, greens_of
from signalctl.sim.demand_period import demand_within
from signalctl.sim.own_process import answer_of
from signalctl.sim.scenario import Scenario

LOAD: Final = 1.5
"""Demand of the calibration run, times the scenario's: enough for queues to stand."""
WATCHED_S: Final = 1800.0
"""Length of the run, or the scenario's period where that is shorter."""
LEAST_HEADWAYS: Final = 30
"""Fewer saturated headways say too little: at a standard deviation of 0.3 s a mean of 30
is known to 0.1 s."""
TIMEOUT_S: Final = 1800.0
MAX_LOOP_BYTES: Final = 2_000_000_000
START_UP_S: Final = 0.7
END_GAIN_S: Final = -0.4
"""Defaults: SUMO 1.28's default car at 50 km/h, step 1 s: 21.2 vehicles of 1.93 s in 42 s of
green, the 4th at 8.4 s (saturated lane, 33 cycles)."""
SATURATION_VPH: Final = 1860.0
"""Default: the same car's saturation flow straight on."""
TURN_MPS: Final = 6.5
"""Speed of a default turn, whose headway is longer by the time the car takes to pass."""
_CAR_M: Final = 7.5
_MAIN_FIRST: Final = "slr"
"""Whose green is watched on a lane of several turns: straight on, else left, else right."""
_SEED: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Every signalled lane's capacity, by lane id, and what it was measured on."""

    lanes: FrozenMap[str, LaneCapacity]
    scenario_fingerprint: str


@dataclass(frozen=True, slots=True)
class _Watched:
    light: str
    links: tuple[int, ...]
    kind: tuple[str, int]
    waits: bool
    """Whether some of its links wait for gaps in their green."""


def calibrated(
    scenario: Scenario, network: Network, cache: Path | None = None, load: float = LOAD
) -> Calibration:
    """Measure with `load` times the demand, or find in the folder `cache` what was measured before.

    Raises InputError for a demand SUMO refuses, SimulationError when SUMO breaks down.
    """
    key = fingerprint(["calibration/3", scenario.fingerprint, load, WATCHED_S])
    kept = cache / f"{key.removeprefix('sha256:')}.json" if cache is not None else None
    if kept is not None and (found := _kept(kept, key)) is not None:
        return found
    watched = _watched(network)
    with tempfile.TemporaryDirectory(prefix="signalctl-") as folder:
        greens = _measured(scenario, watched, load, Path(folder))
    result = Calibration(
        lanes=FrozenMap({lane.lane_id: lane for lane in _capacities(network, watched, greens)}),
        scenario_fingerprint=scenario.fingerprint,
    )
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        lanes = [asdict(lane) for lane in result.lanes.values()]
        document = {"key": key, "scenario": scenario.fingerprint, "lanes": lanes}
        write_atomic(kept, json.dumps(document, indent=1))
    return result


def _watched(network: Network) -> dict[str, _Watched]:
    """Every lane that ends at a signal: its links there, and what kind of lane it is."""
    found: dict[str, list[Any]] = {}
    for light in sorted(network.junctions):
        for connection in network.roads.of_light(light):
            lane = network.roads.start_lane(connection)
            if connection.link_index is not None:
                found.setdefault(lane.id, []).append((light, connection, lane))
    permissive = _permissive(network)
    watched = {}
    for lane_id, ways in sorted(found.items()):
        light, _, lane = ways[0]
        turns = "".join(sorted({c.direction.lower() for _, c, _ in ways}))
        main = next((turn for turn in _MAIN_FIRST if turn in turns), turns[:1])
        links = {
            c.link_index for each, c, _ in ways if (each, c.direction.lower()) == (light, main)
        }
        kind = (turns, round(lane.speed_mps * 3.6 / 10.0) * 10)
        waits = any((each, c.link_index) in permissive for each, c, _ in ways)
        watched[lane_id] = _Watched(light, tuple(sorted(links)), kind, waits)
    return watched


def _permissive(network: Network) -> frozenset[tuple[str, int]]:
    """Lights and links whose shipped green gives way."""
    return frozenset(
        (light, link)
        for light, junction in network.junctions.items()
        if (shipped := network.default_program(light)) is not None and shipped.program is not None
        for group in junction.groups
        if Aspect.PERMISSIVE in shipped.program.seconds[group.id]
        for link in group.links
    )


def _measured(
    scenario: Scenario, watched: Mapping[str, _Watched], load: float, folder: Path
) -> dict[str, tuple[Green, ...]]:
    demand = demand_within(scenario, folder)
    loops = folder / "loops.add.xml"
    lines = [
        f"<instantInductionLoop id={quoteattr(lane)} lane={quoteattr(lane)} pos='-0.1' "
        f"friendlyPos='true' file={quoteattr(str(folder / LOOPS))}/>"
        for lane in watched
    ]
    loops.write_text("<additional>" + "".join(lines) + "</additional>", encoding="utf-8")
    files = {
        "net-file": [scenario.net],
        "route-files": [demand[path] for path in scenario.routes],
        "additional-files": [*(demand[path] for path in scenario.additionals), loops],
    }
    options = {
        **dict(sorted(scenario.options.items())),
        **{
            name: ",".join(str(p.resolve()) for p in paths)
            for name, paths in files.items()
            if paths
        },
        "scale": repr(load * float(scenario.options.get("scale", "1"))),
        "begin": f"{scenario.begin_s:g}",
        "step-length": f"{scenario.step_s:g}",
        "time-to-teleport": f"{scenario.time_to_teleport_s:g}",
        "seed": str(_SEED),
        "no-step-log": "true",
        "duration-log.disable": "true",
        "xml-validation": "never",
        "log": str(folder / LOG),
    }
    request = {
        "arguments": [word for name, value in options.items() for word in (f"--{name}", value)],
        "until_s": min(scenario.end_s, scenario.begin_s + WATCHED_S),
        "lanes": {lane: {"light": w.light, "links": w.links} for lane, w in watched.items()},
    }
    (folder / REQUEST).write_text(json.dumps(request), encoding="utf-8")
    raw = _asked_of_sumo(folder, str(scenario.source))
    crossings: dict[str, list[float]] = {}
    for element in elements(folder / LOOPS, ("instantOut",), max_bytes=MAX_LOOP_BYTES):
        if element.tag == "instantOut" and element.get("state") == "enter":
            lane = text(folder / LOOPS, element, "id")
            # SUMO stamps a crossing one step early (seen against positions, 1.28).
            time_s = number(folder / LOOPS, element, "time") + scenario.step_s
            crossings.setdefault(lane, []).append(time_s)
    return {
        lane: greens_of(greens, sorted(crossings.get(lane, ()))) for lane, greens in raw.items()
    }


def _asked_of_sumo(folder: Path, where: str) -> dict[str, Any]:
    answer = answer_of("signalctl.sim.calibration_run", folder, RESULT, TIMEOUT_S, where)
    if "failed" in answer:
        raise InputError(f"SUMO refuses an input: {answer['failed']}.", where=where)
    greens: dict[str, Any] = answer["greens"]
    return greens


def _capacities(
    network: Network, watched: Mapping[str, _Watched], greens: Mapping[str, Sequence[Green]]
) -> list[LaneCapacity]:
    pools: dict[tuple[str, int], list[Green]] = {}
    for lane, each in watched.items():
        own = () if each.waits else greens.get(lane, ())
        pools.setdefault(each.kind, []).extend(own)
    alike = {kind: discharge(pool) for kind, pool in sorted(pools.items())}
    return [
        _capacity(lane, each, discharge(greens.get(lane, ())), alike[each.kind])
        for lane, each in watched.items()
        if lane in network.roads.lanes
    ]


def _capacity(
    lane: str, watched: _Watched, own: Discharge | None, alike: Discharge | None
) -> LaneCapacity:
    of_own = Origin.WITH_GAPS if watched.waits else Origin.MEASURED
    for found, origin in ((own, of_own), (alike, Origin.POOLED)):
        if found is not None and found.headways >= LEAST_HEADWAYS:
            # On a lane of several turns others may go on when the watched green ends.
            end_gain_s = found.end_gain_s if len(watched.kind[0]) == 1 else None
            return LaneCapacity(
                lane_id=lane,
                saturation_vph=3600.0 / found.headway_s,
                start_up_s=found.start_up_s,
                end_gain_s=END_GAIN_S if end_gain_s is None else end_gain_s,
                samples=found.headways,
                origin=origin,
            )
    turns, speed_kmh = watched.kind
    speed_mps = max(1.0, speed_kmh / 3.6)
    over_mps = speed_mps if "s" in turns else min(speed_mps, TURN_MPS)
    headway_s = 3600.0 / SATURATION_VPH + _CAR_M * (1.0 / over_mps - 3.6 / 50.0)
    return LaneCapacity(
        lane_id=lane,
        saturation_vph=3600.0 / headway_s,
        start_up_s=START_UP_S,
        end_gain_s=END_GAIN_S,
        samples=own.headways if own else 0,
        origin=Origin.DEFAULT,
    )


def _kept(path: Path, key: str) -> Calibration | None:
    """What an earlier run left; None when there is nothing whole."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["key"] != key:
            return None
        lanes = [
            LaneCapacity(**{**each, "origin": Origin(each["origin"])}) for each in document["lanes"]
        ]
        return Calibration(
            lanes=FrozenMap({lane.lane_id: lane for lane in lanes}),
            scenario_fingerprint=document["scenario"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
