"""The twin: SUMO whose lights show what field controllers show, read over their protocols.

Each simulated second: what SUMO's vehicles do before the stop lines goes to the
controllers' detectors, the controllers live one second, their lamps are read over the
wire, and that is what SUMO shows. Junctions without a device keep their programs.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

from signalctl.domain.aspect import Aspect
from signalctl.domain.errors import InputError
from signalctl.networks.network import Network
from signalctl.sim.driven_run import Sighting, drive
from signalctl.sim.record import RunRecord
from signalctl.sim.run import Prepared
from signalctl.sim.variants import Variant
from signalctl.workflow.twin.junction_wire import JunctionWire, Tally
from signalctl.workflow.twin.pushing import Pushing
from signalctl.workflow.twin.streetside import Streetside

WARM_UP_S: Final = 900
"""Time in which controllers boot and come into step before SUMO begins: enough for ten cycles."""
BOOT_S: Final = 30
"""Time in which a controller that was switched on answers and shows lamps."""
MOST_ALIGNING_S: Final = 3600
Progress = Callable[[int, int, str], None]
"""(simulated seconds done, those of the demand, what is going on)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinRun:
    """A twin that has run: SUMO's own record, and what each device did for it.

    `clock_ahead_s` is the controllers' time of day less the simulated second, modulo a
    day; None in real time. `notes` say what could not be had.
    """

    run: RunRecord
    junctions: Mapping[str, Tally]
    pushes: tuple[Pushing, ...]
    clock_ahead_s: int | None
    late_s: int
    seconds: int
    wall_s: float
    notes: tuple[str, ...]


async def run_twin(
    ready: Prepared,
    network: Network,
    wires: Mapping[str, JunctionWire],
    street: Streetside,
    variant: Variant,
    seed: int,
    *,
    pushes: Sequence[Pushing] = (),
    warm_up_s: int = WARM_UP_S,
    keep_outputs: Path | None = None,
    progress: Progress | None = None,
) -> TwinRun:
    """Run the scenario with the lights of `wires` (by light id) as their devices say.

    In lockstep the controllers first live `warm_up_s` seconds, and then until their plans
    are where they would be had they begun at simulation second 0. Pushes due at the
    beginning or before it are made before the warm-up.
    Raises InputError for a begin that is no whole second, and what SUMO and a push raise.
    """
    begin_s = ready.scenario.begin_s
    if not float(begin_s).is_integer():
        raise InputError(f"A twin begins on a whole second, not at {begin_s:g} s.")
    length_s = int(ready.scenario.end_s - begin_s)

    def tell(second: int) -> None:
        if progress is not None:
            progress(min(second - int(begin_s), length_s), length_s, f"second {second}")

    twin = _Twin(wires, street, pushes, int(begin_s), tell)
    async with AsyncExitStack() as stack:
        for wire in wires.values():
            stack.push_async_callback(wire.close)
        for push in pushes:
            stack.push_async_callback(push.close)
        await twin.warm_up(warm_up_s)
        begun = perf_counter()
        record = await drive(
            ready, network, tuple(sorted(wires)), twin, variant, seed, keep_outputs=keep_outputs
        )
        wall_s = perf_counter() - begun
        await twin.end_pushes()
    return TwinRun(
        run=record,
        junctions={light: wires[light].tally for light in sorted(wires)},
        pushes=tuple(pushes),
        clock_ahead_s=twin.ahead_s,
        late_s=street.late,
        seconds=twin.seconds,
        wall_s=wall_s,
        notes=tuple(twin.notes),
    )


class _Twin:
    """The source of lamps for SUMO."""

    def __init__(
        self,
        wires: Mapping[str, JunctionWire],
        street: Streetside,
        pushes: Sequence[Pushing],
        begin_s: int,
        tell: Callable[[int], None],
    ) -> None:
        self._wires: Final = {light: wires[light] for light in sorted(wires)}
        self._street: Final = street
        self._pushes: Final = sorted(pushes, key=lambda push: push.at_s)
        self._begin_s: Final = begin_s
        self._tell: Final = tell
        self.seconds = 0
        self.ahead_s: int | None = None
        self.notes: Final[list[str]] = []

    async def warm_up(self, warm_up_s: int) -> None:
        """Let the controllers come into step; in real time they are taken as they are."""
        if self._street.waits:
            for _ in range(BOOT_S):
                await self._street.live(None)
        for push in self._pushes:
            if push.at_s <= self._begin_s:
                await push.due(self._begin_s)
        if not self._street.waits:
            return
        for _ in range(warm_up_s):
            await self._street.live(None)
        await self._read(self._begin_s, counted=False)
        cycles = {wire.cycle_s for wire in self._wires.values() if wire.cycle_s is not None}
        common_s = self._common_cycle_s(cycles)
        # What is seen in a whole cycle tells where in it a plan is.
        read_s = max(cycles, default=1)
        unread_s = (self._begin_s - self._next_s() - read_s) % common_s
        for _ in range(unread_s):
            await self._street.live(None)
        for wire in self._wires.values():
            wire.forget()
        for _ in range(read_s):
            await self._street.live(None)
            await self._read(self._begin_s, counted=False)
        if self._street.now_s is not None:
            self.ahead_s = (self._next_s() - self._begin_s) % 86_400

    def _common_cycle_s(self, running: set[int]) -> int:
        """After how many seconds all plans are where they were; notes what cannot be had.

        Where the plans that run meet too seldom, those still to be pushed count alone.
        """
        pushed = {cycle for push in self._pushes for cycle in push.cycles_s}
        for cycles in (running | pushed, pushed):
            common_s = math.lcm(*cycles)
            if common_s <= MOST_ALIGNING_S:
                break
        else:
            cycles, common_s = set(), 1
        left = sorted((running | pushed) - cycles)
        if left:
            self.notes.append(
                f"Cycles of {', '.join(map(str, left))} s do not count from simulation second 0: "
                "the plans are in step with each other, not with a plain simulation."
            )
        return common_s

    def _next_s(self) -> int:
        """The second of the day that the controllers live next."""
        now_s = self._street.now_s
        return self._begin_s if now_s is None else (now_s + 1) % 86_400

    async def lamps(self, sighting: Sighting) -> Mapping[str, Mapping[str, Aspect]]:
        """Light -> group -> what its device shows in the second that begins."""
        for push in self._pushes:
            await push.due(sighting.second)
        await self._street.live(sighting)
        self.seconds += 1
        self._tell(sighting.second)
        return await self._read(sighting.second, counted=True)

    async def _read(self, second: int, *, counted: bool) -> dict[str, Mapping[str, Aspect]]:
        shown = await asyncio.gather(
            *(wire.second(second, counted=counted) for wire in self._wires.values())
        )
        return dict(zip(self._wires, shown, strict=True))

    async def end_pushes(self) -> None:
        """Let pushes that are still watched come to their end: the controllers live on."""
        for push in self._pushes:
            while not push.is_over:
                await self._street.live(None)
                await asyncio.sleep(0)
