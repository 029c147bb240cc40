"""The transaction machine against the standard's tables, written down here a second time."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalctl.controllers.device.ntcip1202.objects import ObjectClass, Oid, Value, instance
from signalctl.controllers.device.ntcip1202.transaction import (
    COMMAND,
    NO_ERROR,
    Rules,
    SetRefused,
    SetStatus,
    State,
    Transaction,
    VerifyStatus,
    Write,
    advanced,
    request,
)
from signalctl.domain.frozen import FrozenMap

N, T, V, D = State.NORMAL, State.TRANSACTION, State.VERIFY, State.DONE
BAD = "badValue"
TABLE: dict[tuple[State, int], State | str] = {
    (N, 1): BAD, (N, 2): T, (N, 3): BAD, (N, 6): BAD,
    (T, 1): N, (T, 2): BAD, (T, 3): V, (T, 6): BAD,
    (V, 1): BAD, (V, 2): BAD, (V, 3): BAD, (V, 6): BAD,
    (D, 1): N, (D, 2): T, (D, 3): BAD, (D, 6): BAD,
}  # fmt: skip
"""State and value of dbCreateTransaction -> next state, or refusal."""

P, P2, C = ObjectClass.PARAMETER, ObjectClass.TRANSACTION, ObjectClass.CONTROL
OBJECTS: dict[ObjectClass, tuple[Oid, ...]] = {
    P: (instance("patternCycleTime", 1), instance("splitTime", 1, 1)),
    P2: (instance("phaseRing", 1), instance("sequenceData", 1, 1)),
    C: (instance("systemPatternControl"), instance("systemSyncControl")),
}
KIND = {oid: kind for kind, oids in OBJECTS.items() for oid in oids} | {COMMAND: C}
SLOW = 5.0


def rules(message: str = NO_ERROR, verify_s: float = SLOW) -> Rules:
    return Rules(check=lambda _: message, verify_s=verify_s, administrator="admin")


def machine(state: State, message: str = NO_ERROR) -> Transaction:
    """A machine of owner `me` in a state, with something in its buffer."""
    if state is N:
        return Transaction()
    waiting: Mapping[Oid, Value] = {OBJECTS[P][0]: 77}
    told = message if state in (V, D) else ""
    return Transaction(
        state=state, owner="me", buffer=FrozenMap(waiting), message=told, ready_at_s=SLOW
    )


def command(value: int) -> list[Write]:
    return [Write(COMMAND, value, C)]


@pytest.mark.parametrize(("state", "value"), sorted(TABLE))
def test_a_command_moves_as_the_table_says(state: State, value: int) -> None:
    wanted = TABLE[state, value]
    if isinstance(wanted, str):
        with pytest.raises(SetRefused) as refused:
            request(machine(state), command(value), "me", rules(), 0.0)
        assert (refused.value.status, refused.value.index) == (SetStatus.WRONG_VALUE, 1)
        return
    step = request(machine(state), command(value), "me", rules(), 0.0)
    assert step.machine.state is wanted
    assert step.committed == (state is D and value == 1)
    assert bool(step.live) == step.committed
    kept = {V: True, T: state is D, N: False}[wanted]
    assert bool(step.machine.buffer) is kept


@pytest.mark.parametrize("state", [T, V, D])
@pytest.mark.parametrize("value", [1, 2, 3, 6])
def test_nobody_else_moves_it_but_the_administrator(state: State, value: int) -> None:
    with pytest.raises(SetRefused) as refused:
        request(machine(state), command(value), "other", rules(), 0.0)
    assert (refused.value.status, refused.value.index) == (SetStatus.GEN_ERR, 0)
    wanted = TABLE[state, value]
    if isinstance(wanted, State):
        assert (
            request(machine(state), command(value), "admin", rules(), 0.0).machine.state is wanted
        )


@pytest.mark.parametrize("message", [NO_ERROR, "PHASE 02 MUTUAL FAULT"])
def test_only_a_good_check_is_committed(message: str) -> None:
    checking = request(machine(T), command(3), "me", rules(message), 10.0).machine
    assert advanced(checking, 14.9).state is V
    assert checking.verify_status is VerifyStatus.NOT_DONE
    assert checking.verify_error == ""
    done = advanced(checking, 15.0)
    assert done.state is D
    assert done.verify_error == message
    good = message == NO_ERROR
    assert (done.verify_status is VerifyStatus.DONE_WITH_NO_ERROR) is good
    ended = request(done, command(1), "me", rules(message), 20.0)
    assert dict(ended.live) == ({OBJECTS[P][0]: 77} if good else {})
    again = request(done, command(2), "me", rules(message), 20.0).machine
    assert again.buffer == done.buffer
    assert again.verify_status is VerifyStatus.NOT_DONE


def test_the_check_sees_the_whole_buffer() -> None:
    seen: list[Mapping[Oid, Value]] = []

    def check(buffer: Mapping[Oid, Value]) -> str:
        seen.append(buffer)
        return NO_ERROR

    asked = Rules(check=check)
    open_ = request(Transaction(), command(2), "me", asked, 0.0).machine
    one = request(open_, [Write(OBJECTS[P][0], 1, P)], "me", asked, 0.0).machine
    two = request(one, [Write(OBJECTS[P2][0], 2, P2)], "me", asked, 0.0).machine
    done = request(two, command(3), "me", asked, 0.0).machine
    assert done.state is D
    assert [dict(found) for found in seen] == [{OBJECTS[P][0]: 1, OBJECTS[P2][0]: 2}]


WRITES = st.lists(
    st.tuples(
        st.sampled_from([COMMAND, *(oid for oids in OBJECTS.values() for oid in oids)]),
        st.sampled_from([1, 2, 3, 6]),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda pair: pair[0],
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(WRITES, st.sampled_from(["me", "other", "admin"]), st.integers(0, 6)),
        max_size=15,
    )
)
def test_any_conversation_keeps_the_laws(
    talk: list[tuple[list[tuple[Oid, int]], str, int]],
) -> None:
    """Against a second, plainer machine: state, owner, buffer and live values."""
    now = 0.0
    here = Transaction()
    state, owner, buffer, ready = N, "", dict[Oid, Value](), 0.0
    for pairs, writer, wait in talk:
        now += wait
        writes = [Write(oid, value, KIND[oid]) for oid, value in pairs]
        if state is V and now >= ready:
            state = D
        orders = [value for oid, value in pairs if oid == COMMAND]
        parameters = [pair for pair in pairs if KIND[pair[0]] in (P, P2)]
        foreign = state is not N and writer not in (owner, "admin")
        expected: dict[Oid, Value] | None = {
            o: v for o, v in pairs if o != COMMAND and KIND[o] is C
        }
        if ((orders or parameters) and foreign) or (orders and parameters):
            expected = None
        elif orders:
            wanted = TABLE[state, orders[0]]
            if isinstance(wanted, str):
                expected = None
            else:
                assert expected is not None
                if state is D and wanted is N:
                    expected = {**buffer, **expected}
                if state is N:
                    owner = writer
                if wanted is V:
                    ready = now + SLOW
                if wanted is N or state is N:
                    buffer = {}
                state = wanted
        elif parameters:
            assert expected is not None
            if state in (V, D) or (state is N and any(KIND[o] is P2 for o, _ in pairs)):
                expected = None
            elif state is N:
                expected |= dict(parameters)
            else:
                buffer |= dict(parameters)
        try:
            step = request(here, writes, writer, rules(), now)
        except SetRefused:
            assert expected is None
            continue
        assert expected is not None
        here = step.machine
        assert dict(step.live) == expected
        assert (here.state, dict(here.buffer)) == (state, buffer)
        assert state is N or here.owner == owner
