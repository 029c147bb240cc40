"""The transaction of NTCIP 1201: dbCreateTransaction and what it lets a SET do.

Pure: a machine and a request give the next machine and the values that become
live. Times are seconds of whatever clock the caller keeps. A refusal changes
nothing. Source: NTCIP 1201 v04, database management; NTCIP 1202 v02 Annex A.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum

from signalctl.controllers.device.ntcip1202.objects import ObjectClass, Oid, Value, instance
from signalctl.domain.frozen import FrozenMap

NO_ERROR = "NO VERIFICATION ERROR"
COMMAND = instance("dbCreateTransaction")


class State(IntEnum):
    """Values of dbCreateTransaction."""

    NORMAL = 1
    TRANSACTION = 2
    VERIFY = 3
    DONE = 6


class VerifyStatus(IntEnum):
    """Values of dbVerifyStatus."""

    NOT_DONE = 1
    DONE_WITH_ERROR = 2
    DONE_WITH_NO_ERROR = 3


class SetStatus(StrEnum):
    """SNMPv2 error-status of a refused SET; version 1 gets its older equivalents."""

    GEN_ERR = "genErr"
    WRONG_TYPE = "wrongType"
    WRONG_LENGTH = "wrongLength"
    WRONG_VALUE = "wrongValue"
    NOT_WRITABLE = "notWritable"
    NO_CREATION = "noCreation"
    NO_ACCESS = "noAccess"
    TOO_BIG = "tooBig"


class SetRefused(Exception):
    """A SET that is refused whole. `index` is the guilty varbind from 1 on; 0 blames none."""

    def __init__(self, status: SetStatus, index: int) -> None:
        super().__init__(status, index)
        self.status = status
        self.index = index


@dataclass(frozen=True, slots=True)
class Write:
    """One varbind of a SET, already known to have the right type and range."""

    oid: Oid
    value: Value
    kind: ObjectClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """The machine: its state, who opened it, and the values waiting for the commit.

    `message` is the verdict of the check, known when the check starts and shown
    when it ends, at `ready_at_s`.
    """

    state: State = State.NORMAL
    owner: str | None = None
    buffer: FrozenMap[Oid, Value] = field(default_factory=FrozenMap)
    ready_at_s: float = 0.0
    message: str = ""

    @property
    def verify_status(self) -> VerifyStatus:
        """dbVerifyStatus; only meaningful when the check is done."""
        if self.state is not State.DONE:
            return VerifyStatus.NOT_DONE
        if self.message == NO_ERROR:
            return VerifyStatus.DONE_WITH_NO_ERROR
        return VerifyStatus.DONE_WITH_ERROR

    @property
    def verify_error(self) -> str:
        """dbVerifyError; empty until a check is done."""
        return self.message if self.state is State.DONE else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the machine is told by its device.

    `check` judges the buffer laid over the live values and answers NO_ERROR or
    the message for dbVerifyError. The administrator may go on with anybody's
    transaction.
    """

    check: Callable[[Mapping[Oid, Value]], str]
    verify_s: float = 0.0
    administrator: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The next machine, and the values that become live with it.

    `committed` tells a commit from values that act at once.
    """

    machine: Transaction
    live: FrozenMap[Oid, Value]
    committed: bool = False


def advanced(machine: Transaction, now_s: float) -> Transaction:
    """The machine as time has moved on: a check that is over is done."""
    if machine.state is State.VERIFY and now_s >= machine.ready_at_s:
        return replace(machine, state=State.DONE)
    return machine


def request(
    machine: Transaction, writes: Sequence[Write], writer: str, rules: Rules, now_s: float
) -> Step:
    """Answer one SET by `writer` at `now_s`.

    Raises SetRefused, and then nothing has changed. A SET that moves the machine
    and writes parameters as well is refused whole: which of the two comes first
    is not said anywhere.
    """
    machine = advanced(machine, now_s)
    commands = [place for place, write in enumerate(writes, start=1) if write.oid == COMMAND]
    parameters = any(w.kind in (ObjectClass.PARAMETER, ObjectClass.TRANSACTION) for w in writes)
    foreign = machine.state is not State.NORMAL and writer not in (
        machine.owner,
        rules.administrator,
    )
    if (commands or parameters) and foreign:
        raise SetRefused(SetStatus.GEN_ERR, 0)
    if len(commands) > 1 or (commands and parameters):
        raise SetRefused(SetStatus.GEN_ERR, 0)
    at_once = FrozenMap({w.oid: w.value for w in writes if w.oid != COMMAND})
    if commands:
        place = commands[0]
        moved = _moved(machine, writes[place - 1].value, place, writer, rules, now_s)
        return replace(moved, live=FrozenMap({**moved.live, **at_once}))
    if not parameters:
        return Step(machine, at_once)
    match machine.state:
        case State.NORMAL:
            for place, write in enumerate(writes, start=1):
                if write.kind is ObjectClass.TRANSACTION:
                    raise SetRefused(SetStatus.GEN_ERR, place)
            return Step(machine, at_once)
        case State.TRANSACTION:
            waiting = {w.oid: w.value for w in writes if w.kind is not ObjectClass.CONTROL}
            acting = {w.oid: w.value for w in writes if w.kind is ObjectClass.CONTROL}
            buffer = FrozenMap({**machine.buffer, **waiting})
            return Step(replace(machine, buffer=buffer), FrozenMap(acting))
    raise SetRefused(SetStatus.GEN_ERR, 0)


def _moved(
    machine: Transaction, value: Value, place: int, writer: str, rules: Rules, now_s: float
) -> Step:
    """The machine after a SET of dbCreateTransaction. Raises SetRefused for a bad value."""
    nothing: FrozenMap[Oid, Value] = FrozenMap()
    match machine.state, value:
        case State.NORMAL, State.TRANSACTION:
            return Step(Transaction(state=State.TRANSACTION, owner=writer), nothing)
        case State.TRANSACTION, State.NORMAL:
            return Step(Transaction(), nothing)
        case State.TRANSACTION, State.VERIFY:
            checked = replace(
                machine,
                state=State.VERIFY,
                message=rules.check(machine.buffer),
                ready_at_s=now_s + rules.verify_s,
            )
            return Step(advanced(checked, now_s), nothing)
        case State.DONE, State.NORMAL:
            good = machine.message == NO_ERROR
            return Step(Transaction(), machine.buffer if good else nothing, committed=good)
        case State.DONE, State.TRANSACTION:
            again = replace(machine, state=State.TRANSACTION, message="", ready_at_s=0.0)
            return Step(again, nothing)
    raise SetRefused(SetStatus.WRONG_VALUE, place)
