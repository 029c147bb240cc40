"""Writing parameters as one transaction: open, write, verify, commit, or leave nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from signalctl.controllers.device.ntcip1202.manager import Manager, SetRejected
from signalctl.controllers.device.ntcip1202.objects import ObjectClass, Oid, Value, instance, locate
from signalctl.controllers.device.ntcip1202.profile import TransactionUse, VerifyNumbering
from signalctl.controllers.device.ntcip1202.transaction import State, VerifyStatus
from signalctl.domain.errors import Mismatch, NotInControl, Refused, Unreachable

STATE: Final = instance("dbCreateTransaction")
VERIFY_STATUS: Final = instance("dbVerifyStatus")
VERIFY_ERROR: Final = instance("dbVerifyError")
POLL_S: Final = 0.1
WRITTEN: Final = frozenset(
    {
        "patternCycleTime",
        "patternOffsetTime",
        "patternSplitNumber",
        "patternSequenceNumber",
        "splitTime",
        "splitMode",
        "splitCoordPhase",
        "sequenceData",
        "timebaseAscPattern",
        "dayPlanHour",
        "dayPlanMinute",
        "dayPlanActionNumberOID",
        "timeBaseScheduleMonth",
        "timeBaseScheduleDay",
        "timeBaseScheduleDate",
        "timeBaseScheduleDayPlan",
    }
)
"""All parameters that this program ever writes: plans and when they run. Phases, their
clearances and minimums, concurrency, channels and overlaps are certified on site."""


class Session:
    """The transactions of one controller, by one manager."""

    def __init__(self, name: str, manager: Manager) -> None:
        self._name: Final = name
        self._manager: Final = manager

    async def write(self, pairs: Sequence[tuple[Oid, Value]]) -> None:
        """Write parameters as the profile says, and read them back.

        Raises Refused when the controller does not accept them: nothing was
        changed then (with transactions); NotInControl when another client has its
        transaction open; Mismatch when it holds something else afterwards;
        Unreachable: read before writing again.
        """
        for oid, _ in pairs:
            found = locate(oid)
            if found is None or found[0].name not in WRITTEN:
                raise Refused(
                    f"{found[0].name if found else oid} is certified on site and never written.",
                    where=self._name,
                )
        use = self._manager.profile.transaction
        inside = [p for p in pairs if use is TransactionUse.ALWAYS or _needs_transaction(p[0])]
        if use is TransactionUse.NEVER:
            inside = []
        waiting = set(inside)
        at_once = [pair for pair in pairs if pair not in waiting]
        if inside:
            await self._transact(inside)
        for part in self._messages(at_once):
            await self._manager.set(part)
        await self.compare(pairs)

    async def compare(self, pairs: Sequence[tuple[Oid, Value]]) -> None:
        """Read objects and hold them against values. Raises Mismatch naming the first other one."""
        held = await self._manager.get(oid for oid, _ in pairs)
        for oid, value in pairs:
            if held[oid] != value:
                found = locate(oid)
                name = f"{found[0].name} {'.'.join(map(str, found[1]))}" if found else str(oid)
                raise Mismatch(
                    f"{name.strip()} is {_told(held[oid])}, not {_told(value)}.", where=self._name
                )

    def _messages(self, pairs: Sequence[tuple[Oid, Value]]) -> list[Sequence[tuple[Oid, Value]]]:
        size = self._manager.profile.varbinds
        return [pairs[at : at + size] for at in range(0, len(pairs), size)]

    async def _transact(self, pairs: Sequence[tuple[Oid, Value]]) -> None:
        await self.free()
        await self._command(State.TRANSACTION)
        try:
            for part in self._messages(pairs):
                # The buffer cannot be read; but to fill it twice with the same is harmless
                # as long as the transaction is still open.
                await self._manager.set(part, took_effect=self._still_open)
            await self._command(State.VERIFY, State.DONE)
            await self._verified()
        except (Refused, NotInControl):
            await self._abandon()
            raise
        before = await self._state()
        if before is not State.DONE:
            raise NotInControl("The transaction was ended by somebody else.", where=self._name)
        await self._command(State.NORMAL)

    async def free(self) -> None:
        """Make sure that no transaction is open: an own one left behind is discarded.

        Raises NotInControl when it is somebody else's.
        """
        state = await self._settled()
        if state is State.NORMAL:
            return
        try:
            if state is State.DONE:
                # `normal` would commit a good buffer whose content nobody here knows.
                await self._command(State.TRANSACTION)
            await self._command(State.NORMAL)
        except SetRejected as error:
            raise NotInControl(
                "Another client has a transaction open on the controller.",
                where=self._name,
                remedy="Let it finish, or let an operator set dbCreateTransaction to normal.",
            ) from error

    async def _abandon(self) -> None:
        """Discard the buffer; the error that led here matters more than one on the way."""
        try:
            state = await self._settled()
            if state is State.DONE:
                await self._command(State.TRANSACTION)
                state = State.TRANSACTION
            if state is State.TRANSACTION:
                await self._command(State.NORMAL)
        except (Refused, Unreachable, NotInControl):
            return

    async def _verified(self) -> None:
        """Wait for the verdict. Raises Refused with the controller's message."""
        state = await self._settled()
        if state is not State.DONE:
            raise NotInControl("The transaction was ended by somebody else.", where=self._name)
        read = await self._manager.get([VERIFY_STATUS, VERIFY_ERROR])
        shift = self._manager.profile.verify_numbering is VerifyNumbering.FROM_ZERO
        verdict = read[VERIFY_STATUS]
        text = read[VERIFY_ERROR]
        if not isinstance(verdict, int) or verdict + shift != VerifyStatus.DONE_WITH_NO_ERROR:
            said = text.decode("ascii", "replace") if isinstance(text, bytes) else "no reason told"
            raise Refused(
                f"The controller refuses the plan after its own check: {said}.",
                where=self._name,
                remedy="Correct the phase or sequence that the message names.",
            )

    async def _settled(self) -> State:
        """The state once no check is under way. Raises NotInControl when the check does not end."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + self._manager.profile.verify_timeout_s
        while (state := await self._state()) is State.VERIFY:
            if loop.time() >= until_s:
                raise NotInControl(
                    "The controller's check of a transaction does not end.",
                    where=self._name,
                    remedy="Have the controller looked at; nothing was changed.",
                )
            await asyncio.sleep(POLL_S)
        return state

    async def _state(self) -> State:
        value = (await self._manager.get([STATE]))[STATE]
        try:
            return State(value if isinstance(value, int) else 0)
        except ValueError as error:
            raise Refused(
                "The controller has no transactions.",
                where=self._name,
                remedy="Set `transaction: never` in its profile.",
            ) from error

    async def _still_open(self) -> bool:
        """For a SET into the buffer: False, send it again, while the transaction is open."""
        if await self._state() is not State.TRANSACTION:
            raise NotInControl("The transaction was ended by somebody else.", where=self._name)
        return False

    async def _command(self, state: State, *also: State) -> None:
        async def arrived() -> bool:
            return await self._state() in (state, *also)

        await self._manager.set([(STATE, int(state))], took_effect=arrived)


def _needs_transaction(oid: Oid) -> bool:
    found = locate(oid)
    return found is not None and found[0].kind is ObjectClass.TRANSACTION


def _told(value: Value | None) -> str:
    if value is None:
        return "absent"
    return value.hex(" ") or "empty" if isinstance(value, bytes) else str(value)
