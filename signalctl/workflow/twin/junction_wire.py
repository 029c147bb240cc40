"""One junction of a twin: its device asked each second, and what SUMO is shown for it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final

from signalctl.controllers.device.device import Device, Lamps
from signalctl.domain.aspect import Aspect
from signalctl.domain.errors import DeviceError, SignalctlError
from signalctl.domain.expand import expand
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.domain.program import Program
from signalctl.workflow.twin.lamp_letters import Known, Lettered, Wired

HOLD_S: Final = 5
"""How long a silent device's last lamps stand, unless said otherwise."""
LOOK_AGAIN_S: Final = 10
"""How often a device that was given up is asked again, simulated s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a second may wait for a device, and how long its last lamps stand.

    `answer_s` None waits until the device's own time-outs say that it is silent: right
    where simulated time can wait. `waits_for_plan` says the same of reading a plan.
    """

    answer_s: float | None = None
    hold_s: int = HOLD_S

    @property
    def waits_for_plan(self) -> bool:
        """Whether the second waits until a plan that has come to run is read."""
        return self.answer_s is None


@dataclass(slots=True, kw_only=True)
class Tally:
    """What became of the seconds of one junction.

    `read` were told by the device, `held` repeat the lamps told before, `lost` were shown
    as out of order because the device was silent for longer. Of the read ones, kinds of
    green came from the `plan`, from its sets of `greens`, or from the `conflicts`.
    `slots` are the plans that ran, each with the first simulated second, -1 before it all.
    """

    device_id: str
    protocol: str
    read: int = 0
    held: int = 0
    lost: int = 0
    plan: int = 0
    greens: int = 0
    conflicts: int = 0
    slots: list[tuple[int, int | None]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class JunctionWire:
    """What one device's lamps show, second by second."""

    def __init__(
        self, device: Device, junction: Junction, patience: Patience, *, protocol: str
    ) -> None:
        self.device: Final = device
        self.junction: Final = junction
        self.tally: Final = Tally(device_id=device.id, protocol=protocol)
        self._patience: Final = patience
        self._wired = Wired(junction, None)
        self._slot: int | None = None
        self._known_slot = False
        self._lettered: Lettered | None = None
        self._shown: FrozenMap[str, Aspect] | None = None
        self._passed_s = 0
        self._silent_s = 0
        self._asking: asyncio.Task[Lamps] | None = None
        self._learning: asyncio.Task[Program | None] | None = None

    @property
    def cycle_s(self) -> int | None:
        """Cycle of the plan that runs, None where it is not known."""
        program = self._wired.program
        return None if program is None else program.cycle_s

    async def second(self, second: int, *, counted: bool = True) -> FrozenMap[str, Aspect]:
        """What its groups show in the second that begins; out of order when unknown.

        Raises nothing for a silent device: that is counted.
        """
        self._passed_s += 1
        told = await self._told()
        if told is None:
            return self._without(counted=counted)
        self._silent_s = 0
        if not self._known_slot or told.slot != self._slot:
            self._slot, self._known_slot = told.slot, True
            self.tally.slots.append((second if counted else -1, told.slot))
            self._learn(told.slot)
        await self._take_plan()
        lettered = self._wired.lettered(told.aspects, self._lettered, self._passed_s)
        self._lettered, self._passed_s, self._shown = lettered, 0, lettered.aspects
        if counted:
            self.tally.read += 1
            self.tally.plan += lettered.known is Known.PLAN
            self.tally.greens += lettered.known is Known.GREENS
            self.tally.conflicts += lettered.known is Known.CONFLICTS
        return lettered.aspects

    def forget(self) -> None:
        """Seconds have passed that were not asked about: where in its plan it was says nothing."""
        self._lettered = None

    async def close(self) -> None:
        """End what is still being asked; the device itself stays open."""
        tasks = [task for task in (self._asking, self._learning) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _told(self) -> Lamps | None:
        """The device's answer, None while it is silent or tells nothing."""
        if self._asking is None:
            given_up = self._silent_s > self._patience.hold_s
            if given_up and self._silent_s % LOOK_AGAIN_S:
                return None
            self._asking = asyncio.create_task(self.device.lamps())
        done, _ = await asyncio.wait({self._asking}, timeout=self._patience.answer_s)
        if not done:
            return None
        answered, self._asking = self._asking, None
        try:
            told = answered.result()
        except DeviceError as error:
            self._note(error.message)
            return None
        return None if all(aspect is None for aspect in told.aspects.values()) else told

    def _without(self, *, counted: bool) -> FrozenMap[str, Aspect]:
        self._silent_s += 1
        if self._shown is not None and self._silent_s <= self._patience.hold_s:
            self.tally.held += counted
            return self._shown
        self.tally.lost += counted
        return FrozenMap(dict.fromkeys(self.junction.group_ids, Aspect.FLASHING))

    def _learn(self, slot: int | None) -> None:
        """Begin to read the plan that has come to run."""
        self._wired, self._lettered = Wired(self.junction, None), None
        if self._learning is not None:
            self._learning.cancel()
            self._learning = None
        if slot is not None:
            self._learning = asyncio.create_task(self._read(slot))

    async def _take_plan(self) -> None:
        if self._learning is None:
            return
        if self._patience.waits_for_plan or self._learning.done():
            learnt, self._learning = self._learning, None
            self._wired = Wired(self.junction, await learnt)

    async def _read(self, slot: int) -> Program | None:
        """The program in a slot; None, with a note, for one that cannot be read."""
        try:
            plan = await self.device.read_plan(slot)
            return None if plan is None else expand(plan, self.junction)
        except SignalctlError as error:
            self._note(f"The plan in slot {slot} cannot be read: {error.message}")
            return None

    def _note(self, sentence: str) -> None:
        if sentence not in self.tally.notes:
            self.tally.notes.append(sentence)
