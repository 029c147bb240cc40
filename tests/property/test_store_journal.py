"""The journal gives back what it was given, takes allowed steps only, and agrees with the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from stored_pushes import NOON, begun, certificates, plans, small_push, snapshots, words

from signalctl.domain.certificate import Certificate
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.plan import TimingPlan
from signalctl.domain.push import Push, PushState, Snapshot, Step
from signalctl.files.plan_file import PlanSet, dump_plans, read_plans
from signalctl.store.agreement import disagreements
from signalctl.store.audit import Audit
from signalctl.store.certificates import Certificates
from signalctl.store.database import Database
from signalctl.store.journal import Journal
from signalctl.store.plan_json import plan_from_json, plan_to_json
from signalctl.store.steps import FITTING, NEXT, NEXT_STATE

NUMBERS = count()
FOUND = Snapshot(
    taken_at=NOON,
    safety_digest="sha256:s",
    mode="coordinated",
    running_slot=1,
    commanded_slot=None,
    spare_slot=10,
    spare_held=None,
)
NO_SHRINK = (Phase.explicit, Phase.reuse, Phase.generate)
ON_DISK = settings(
    phases=NO_SHRINK, max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder = tmp_path_factory.mktemp("store")
    with Database(f"sqlite:///{folder}/store.db") as database:
        yield database
        # Whatever the tests of this file did, one after the other.
        assert Audit(database).verify() is None
        assert disagreements(database) == ()


@settings(max_examples=100, deadline=None)
@given(plans)
def test_a_plan_comes_back_from_json_whatever_it_says(plan: TimingPlan) -> None:
    document = plan_to_json(plan)
    assert plan_from_json(document) == plan


def test_a_plan_has_the_form_of_the_plan_file(tmp_path: Path) -> None:
    plan = small_push("p").devices[0].plan
    path = tmp_path / "plans.yaml"
    path.write_text(
        dump_plans(
            PlanSet(
                name="n",
                network_file="n.net.xml",
                network_sha256=None,
                corridor=None,
                plans=FrozenMap({"J": plan}),
                junction_hashes=FrozenMap(),
            )
        )
    )
    assert read_plans(path).plans["J"] == plan_from_json(plan_to_json(plan))


@ON_DISK
@given(data=st.data())
def test_a_push_is_read_as_it_was_begun(database: Database, data: st.DataObject) -> None:
    journal = Journal(database)
    # The id, too, may be anything that is not taken.
    push = data.draw(begun(f"{next(NUMBERS)} {data.draw(words)}"))
    snapshot = data.draw(snapshots)
    journal.begin(push)
    assert journal.read(push.id) == push
    assert push in journal.open()
    assert journal.history(limit=1) == (push,)
    first, *rest = push.devices
    journal.note(push.id, first.device_id, Step.SNAPSHOT, at=push.begun_at, snapshot=snapshot)
    seen = replace(first, step=Step.SNAPSHOT, snapshot=snapshot, at=push.begun_at, message="")
    assert journal.read(push.id) == replace(push, devices=(seen, *rest))
    journal.end(push.id, PushState.UNDONE, at=push.begun_at)
    assert journal.open() == ()


@ON_DISK
@given(certificate=certificates)
def test_a_certificate_comes_back_with_its_hash(
    database: Database, certificate: Certificate
) -> None:
    kept = Certificates(database)
    kept.add(certificate)
    kept.add(certificate)
    found = kept.of(certificate.plan_hash, certificate.junction_hash)
    assert [each.hash for each in found].count(certificate.hash) == 1
    assert certificate in found


@ON_DISK
@given(data=st.data())
def test_only_allowed_steps_are_taken_and_each_is_kept(
    database: Database, data: st.DataObject
) -> None:
    journal, audit = Journal(database), Audit(database)
    push = small_push(f"steps {next(NUMBERS)}")
    journal.begin(push)
    for number in range(data.draw(st.integers(1, 12))):
        at = NOON + timedelta(seconds=number)
        said = data.draw(words)
        head = audit.head()
        if data.draw(st.integers(0, 4)) == 0:
            state = data.draw(st.sampled_from(PushState))
            fits = all(device.step in FITTING[state] for device in push.devices)
            if fits and state in NEXT_STATE[push.state]:
                journal.end(push.id, state, at=at, message=said)
                push = replace(push, state=state, ended_at=at, message=said)
            else:
                with pytest.raises(ValueError, match="cannot"):
                    journal.end(push.id, state, at=at, message=said)
                assert audit.head() == head
        else:
            place = data.draw(st.integers(0, 1))
            step = data.draw(st.sampled_from(Step))
            snapshot = data.draw(st.sampled_from([None, FOUND]))
            device = push.devices[place]
            if step in NEXT[device.step]:
                journal.note(
                    push.id, device.device_id, step, at=at, message=said, snapshot=snapshot
                )
                push = _with(push, place, step, snapshot, said, number)
            else:
                with pytest.raises(ValueError, match="cannot follow"):
                    journal.note(push.id, device.device_id, step, at=at, snapshot=snapshot)
                assert audit.head() == head
        assert journal.read(push.id) == push
    assert (push in journal.open()) == _unfinished(push)


def _with(
    push: Push, place: int, step: Step, snapshot: Snapshot | None, said: str, number: int
) -> Push:
    devices = list(push.devices)
    devices[place] = replace(
        devices[place],
        step=step,
        message=said,
        at=NOON + timedelta(seconds=number),
        snapshot=snapshot or devices[place].snapshot,
    )
    return replace(push, devices=tuple(devices))


def _unfinished(push: Push) -> bool:
    """Said of each state on its own, not by the table that the journal uses."""
    steps = {device.step for device in push.devices}
    between = steps & {Step.WRITING, Step.ACTIVATING, Step.UNDOING}
    match push.state:
        case PushState.OPEN:
            return True
        case PushState.IN_DOUBT:
            return bool(between) or Step.IN_DOUBT not in steps
        case PushState.DONE:
            return not steps <= {Step.WRITTEN, Step.ACTIVATING, Step.RUNNING}
        case PushState.UNDONE | PushState.ROLLED_BACK:
            return not steps <= {Step.PLANNED, Step.SNAPSHOT, Step.UNDONE}
