"""A run whose lights are driven from outside: the side that drives.

SUMO lives in a process of its own, as in every run, and measures itself the same way;
a socket between the two carries one exchange for each simulated second.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, Self

from signalctl.domain.aspect import Aspect
from signalctl.domain.errors import SimulationError
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.networks.network import Network
from signalctl.networks.roads import NORMAL
from signalctl.sim.adaptive import passages
from signalctl.sim.record import RunRecord
from signalctl.sim.run import Prepared, record_of, run_order
from signalctl.sim.run_limits import RunLimits
from signalctl.sim.run_process import Driven, RunProcess
from signalctl.sim.variants import Variant

_LONGEST_LINE: Final = 2**24


@dataclass(frozen=True, slots=True)
class Seen:
    """What the detector of one signal group sees: vehicles or people there, and newly come."""

    present: int
    arrived: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """The beginning of a simulated second: light -> group -> what stands before its stop line.

    Groups before whose stop line nobody is and was are left out.
    """

    second: int
    seen: FrozenMap[str, FrozenMap[str, Seen]]


class LampSource(Protocol):
    """Whoever knows what the lamps of the driven lights show."""

    async def lamps(self, sighting: Sighting) -> Mapping[str, Mapping[str, Aspect]]:
        """Light -> group -> what it shows in the second that begins.

        A light that is not named keeps what it showed; a group not named shows red.
        """


async def drive(
    ready: Prepared,
    network: Network,
    lights: tuple[str, ...],
    source: LampSource,
    variant: Variant,
    seed: int,
    *,
    limits: RunLimits | None = None,
    keep_outputs: Path | None = None,
) -> RunRecord:
    """Simulate the scenario with these lights as `source` says; measured as any run.

    Raises InputError when SUMO refuses an input, SimulationError when it fails, and
    what the source raises; the process has ended then.
    """
    with DrivenRun(
        ready, network, lights, variant, seed, limits=limits, keep_outputs=keep_outputs
    ) as running:
        while (sighting := await running.next_second()) is not None:
            await running.show(await source.lamps(sighting))
        return await running.record()


class DrivenRun:
    """A run that waits, each whole second, for what its driven lights show."""

    def __init__(
        self,
        ready: Prepared,
        network: Network,
        lights: tuple[str, ...],
        variant: Variant,
        seed: int,
        *,
        limits: RunLimits | None = None,
        keep_outputs: Path | None = None,
    ) -> None:
        """Starts the process. Raises what `run_order` raises."""
        self._ready: Final = ready
        self._variant: Final = variant
        self._seed: Final = seed
        self._limits: Final = limits or RunLimits()
        self._orders: Final = {light: _order(network.junctions[light]) for light in lights}
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._begun = False
        with ExitStack() as stack:
            ours, theirs = socket.socketpair()
            stack.callback(theirs.close)
            self._process: Final = RunProcess(
                run_order(ready, variant, seed),
                limits=limits,
                keep_outputs=keep_outputs,
                driven=Driven(fd=theirs.fileno(), zones=zones(network, lights)),
            )
            self._socket: Final = ours

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._socket.close()
        self._process.clear()

    async def next_second(self) -> Sighting | None:
        """What is seen as the next whole second begins; None when the run is over.

        Raises SimulationError when SUMO stands still.
        """
        reader, _ = await self._open()
        patience_s = self._limits.silence_s if self._begun else self._limits.loading_s
        try:
            line = await asyncio.wait_for(reader.readline(), patience_s)
        except TimeoutError:
            raise SimulationError(
                f"SUMO stood still for {patience_s:g} s.", where=self._process.order.where
            ) from None
        except OSError:
            return None
        if not line.endswith(b"\n"):
            return None
        self._begun = True
        return _sighting(json.loads(line))

    async def show(self, lamps: Mapping[str, Mapping[str, Aspect]]) -> None:
        """Let the second run, with these lamps."""
        _, writer = await self._open()
        states = {
            light: "".join(
                shown.get(group, Aspect.RED).value if group is not None else Aspect.RED.value
                for group in self._orders[light]
            )
            for light, shown in lamps.items()
        }
        writer.write(json.dumps(states).encode() + b"\n")
        try:
            await writer.drain()
        except OSError:
            # The process has ended: its answer says why.
            return

    async def record(self) -> RunRecord:
        """The finished run's record; raises as `RunningRun.record` does."""
        answer = await asyncio.to_thread(self._process.answer)
        return record_of(self._ready, self._variant, self._seed, answer)

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(sock=self._socket, limit=_LONGEST_LINE)
        return self._streams


def zones(network: Network, lights: tuple[str, ...]) -> dict[str, dict[str, dict[str, list[str]]]]:
    """Light -> group -> `lanes` before its stop lines and `walks`, where people wait to cross."""
    roads = network.roads
    edge_of = {lane.id: edge for edge in roads.edges.values() for lane in edge.lanes}
    found: dict[str, dict[str, dict[str, list[str]]]] = {}
    for light in lights:
        groups = found.setdefault(light, {})
        for passage in passages(network, light):
            places = groups.setdefault(passage.group, {"lanes": [], "walks": []})
            edge = edge_of[passage.entry]
            kind, place = (
                ("lanes", passage.entry) if edge.function == NORMAL else ("walks", edge.id)
            )
            if place not in places[kind]:
                places[kind].append(place)
    return found


def _order(junction: Junction) -> tuple[str | None, ...]:
    """The group of every link, by link index."""
    group_of = {link: group.id for group in junction.groups for link in group.links}
    return tuple(group_of.get(link) for link in range(max(group_of, default=-1) + 1))


def _sighting(message: Mapping[str, Any]) -> Sighting:
    return Sighting(
        second=message["second"],
        seen=FrozenMap(
            {
                light: FrozenMap({group: Seen(*numbers) for group, numbers in groups.items()})
                for light, groups in message["seen"].items()
            }
        ),
    )
