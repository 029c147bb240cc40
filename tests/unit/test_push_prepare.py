"""What stands against a plan before anything is sent, and which slot it would go to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bench.push_street import Kind, junction, plan
from signalctl.controllers.device.device import Mode, Status
from signalctl.domain.certificate import Certificate
from signalctl.domain.errors import InputError, NotInControl
from signalctl.domain.fingerprint import fingerprint, junction_fingerprint
from signalctl.domain.push import Activation, DevicePush, Push, PushState, Snapshot, Step
from signalctl.rules.registry import profile
from signalctl.rules.version import rules_version
from signalctl.workflow.push import Approvals, Target, Terms, matched
from signalctl.workflow.push.first_half import must_be_in_hand
from signalctl.workflow.push.prepare import _fitness, _unended
from signalctl.workflow.push.slots import candidates, last_uses, taken_slots

RULES = profile("as-surveyed")
THERE = junction("J")
PLAN = plan("J", Kind.GBT, "new", 23, 7)
TARGET = Target(device_id="D", junction=THERE, slots=range(2, 5))
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
GOOD = Certificate(
    junction_id="J",
    plan_hash=fingerprint(PLAN),
    junction_hash=junction_fingerprint(THERE),
    rules=RULES.name,
    rules_version=rules_version(RULES),
    issued_at=NOON,
    issued_by="ben",
)


def complaints(*certificates: Certificate, approvals: Approvals | None = None) -> list[str]:
    return _fitness(TARGET, PLAN, certificates, RULES, approvals or Approvals())[1]


def test_a_fitting_certificate_is_enough() -> None:
    assert complaints(GOOD) == []
    assert complaints(replace(GOOD, rules_version="old"), GOOD) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"plan_hash": "sha256:0"}, "The plan has changed since it was certified"),
        ({"junction_hash": "sha256:0"}, "The junction has changed since"),
        ({"junction_id": "K"}, "The plan has no certificate"),
        ({"rules": "gb"}, "by the rules gb, the devices file asks for as-surveyed"),
        ({"rules_version": "sha256:0"}, "The rules as-surveyed have changed"),
    ],
)
def test_a_certificate_of_something_else_is_named(change: dict[str, str], said: str) -> None:
    (found,) = complaints(replace(GOOD, **change))  # type: ignore[arg-type]  # fields of a test
    assert said in found


def test_the_rules_are_applied_on_the_spot() -> None:
    unsafe = plan("J", Kind.GBT, "new", 34, 7)  # leaves one group less than its minimum green
    certificate = replace(GOOD, plan_hash=fingerprint(unsafe))
    _, said = _fitness(TARGET, unsafe, [certificate], RULES, Approvals())
    assert any("breaks" in sentence for sentence in said)


@pytest.mark.parametrize(
    ("by", "missing"), [((), True), (("ben",), True), ((" Ben",), True), (("ben", "cat"), False)]
)
def test_a_second_person_is_somebody_else(by: tuple[str, ...], missing: bool) -> None:
    approvals = Approvals(needed=True, by_plan={fingerprint(PLAN): frozenset(by)})
    assert bool(complaints(GOOD, approvals=approvals)) is missing
    assert complaints(GOOD, approvals=replace(approvals, needed=False)) == []


def test_plans_meet_their_devices() -> None:
    assert matched({"J": PLAN}, [TARGET], None) == ((TARGET, PLAN),)
    with pytest.raises(InputError, match="no plan for junction 'K'"):
        matched({"J": PLAN}, [TARGET], ["K"])
    with pytest.raises(InputError, match="but no device"):
        matched({"J": PLAN, "K": PLAN}, [TARGET], None)


def pushed(state: PushState, step: Step, slot: int) -> Push:
    snapshot = Snapshot(
        taken_at=NOON,
        safety_digest="",
        mode="coordinated",
        running_slot=1,
        commanded_slot=1,
        spare_slot=slot,
        spare_held=None,
    )
    item = DevicePush(
        device_id="D",
        junction_id="J",
        plan=PLAN,
        plan_hash="p",
        certificate_hash="c",
        step=step,
        snapshot=snapshot,
    )
    return Push(
        id=f"push-{slot}",
        begun_at=NOON,
        actor="ann",
        reason="",
        activation=Activation.NOW,
        devices=(item,),
        state=state,
    )


def test_open_and_doubtful_pushes_block_their_devices() -> None:
    assert _unended("D", [pushed(PushState.OPEN, Step.WRITTEN, 2)])
    assert _unended("D", [pushed(PushState.IN_DOUBT, Step.IN_DOUBT, 2)])
    assert not _unended("D", [pushed(PushState.IN_DOUBT, Step.UNDONE, 2)])
    assert not _unended("E", [pushed(PushState.OPEN, Step.WRITTEN, 2)])


def test_slots_are_looked_at_never_used_first_then_longest_unused() -> None:
    uses = last_uses([pushed(PushState.DONE, Step.RUNNING, slot) for slot in (3, 2, 3, 5)])["D"]
    assert uses == {3: 0, 2: 1, 5: 2}
    assert candidates(range(2, 8), range(1, 7), frozenset({4}), uses) == [6, 5, 2, 3]


def status(mode: Mode, slot: int | None, commanded: int | None) -> Status:
    return Status(
        read_at=NOON,
        mode=mode,
        slot=slot,
        commanded_slot=commanded,
        in_transition=False,
        cycle_second=None,
        remaining_s=None,
        greens=None,
    )


def test_what_runs_is_commanded_or_scheduled_is_taken() -> None:
    assert taken_slots(status(Mode.COORDINATED, 1, 2), frozenset({7})) == {1, 2, 7}
    assert taken_slots(status(Mode.FREE, None, None), frozenset()) == frozenset()


@pytest.mark.parametrize("mode", list(Mode))
def test_a_device_must_be_in_hand(mode: Mode) -> None:
    if mode in (Mode.COORDINATED, Mode.FIXED, Mode.FREE, Mode.ADAPTIVE):
        must_be_in_hand("D", status(mode, 1, 1))
        return
    with pytest.raises(NotInControl, match=f"in mode {mode}"):
        must_be_in_hand("D", status(mode, 1, 1))


def test_a_push_needs_time() -> None:
    with pytest.raises(InputError, match="needs time"):
        Terms(watch_s=0)
    with pytest.raises(InputError, match="one device at once"):
        Terms(at_once=0)
