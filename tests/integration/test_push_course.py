"""The push on real sockets: what happens in which order, and how it is taken back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from push_place import TERMS, Scene, on_street

from bench.push_street import OLD_SLOT, OTHER_SLOT, SCHEDULED_SLOT, SLOTS
from signalctl.controllers.device.emulator.faults import Faults
from signalctl.domain.errors import InputError, NotInControl
from signalctl.domain.push import Activation, PushState, Step
from signalctl.store.audit import Audit
from signalctl.workflow.push import Deed, Moved, resume, roll_back, settle, unended
from signalctl.workflow.push.run import utc_now


def test_a_push_notes_each_step_before_its_deed_and_all_run(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        noted: list[tuple[str, Step, Deed | None]] = []

        def report(moved: Moved) -> None:
            item = next(
                i
                for i in scene.records.journal.history(1)[0].devices
                if i.device_id == moved.device_id
            )
            assert item.step is moved.step  # told means noted
            noted.append((moved.device_id, moved.step, moved.deed))

        done = await scene.push(report)
        assert done.state is PushState.DONE
        assert {item.step for item in done.devices} == {Step.RUNNING}
        assert scene.slots() == {"G": 2, "N": 2}
        for device_id in scene.devices:
            steps = [step for i, step, deed in noted if i == device_id and deed is None]
            assert steps == [
                Step.SNAPSHOT,
                Step.WRITING,
                Step.WRITTEN,
                Step.ACTIVATING,
                Step.RUNNING,
            ]
        first_lamp = noted.index(next(n for n in noted if n[2] is Deed.ACTIVATE))
        written = [n for n in noted[:first_lamp] if n[1] is Step.WRITTEN and n[2] is None]
        assert {i for i, _, _ in written} == {"G", "N"}
        for item in done.devices:
            assert item.snapshot is not None
            assert (item.snapshot.commanded_slot, item.snapshot.running_slot) == (1, 1)
        assert Audit(scene.database).verify() is None

    on_street(tmp_path, act)


def test_slots_go_round_and_a_rollback_restores_lamps_and_slot(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        pushes = [await scene.push(east_s=20 + n) for n in range(4)]
        used = [p.devices[0].snapshot.spare_slot for p in pushes if p.devices[0].snapshot]
        assert used == [2, 3, 4, 2]  # never the one that runs; then the longest unused
        held = scene.street.places["G"].controller.memory.held(2)
        with pytest.raises(InputError, match="came after it"):
            await roll_back(
                pushes[0].id, scene.devices, scene.records, actor="B", reason="no", terms=TERMS
            )
        back = await roll_back(
            pushes[3].id, scene.devices, scene.records, actor="B", reason="queues", terms=TERMS
        )
        assert back.state is PushState.ROLLED_BACK
        assert scene.slots() == {"G": 4, "N": 4}
        for device_id, place in scene.street.places.items():
            device = scene.devices[device_id]
            before = scene.order(device_id, 20).plan
            assert place.controller.memory.held(2) == device.as_held(2, before)
        assert scene.street.places["G"].controller.memory.held(2) != held
        entries = Audit(scene.database).entries(limit=1000)
        assert entries[-1].actor == "B"
        assert entries[-1].reason == "queues"

    on_street(tmp_path, act)


def test_one_device_that_refuses_leaves_every_lamp_untouched(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        scene.street.places["N"].refuse(True)
        commands: list[Deed | None] = []
        done = await scene.push(lambda moved: commands.append(moved.deed))
        assert done.state is PushState.UNDONE
        assert Deed.ACTIVATE not in commands
        assert "refuses" in done.message
        assert scene.slots() == {"G": OLD_SLOT, "N": OLD_SLOT}

    on_street(tmp_path, act)


def test_a_changed_safety_configuration_stops_the_push_before_any_lamp(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        snapshots = 0

        def report(moved: Moved) -> None:
            nonlocal snapshots
            if moved.step is Step.WRITTEN and moved.deed is None and moved.device_id == "N":
                snapshots += 1
                store = scene.street.places["N"].tick.__self__  # type: ignore[attr-defined]  # bound
                from signalctl.controllers.device.ntcip1202.objects import instance

                store.set([(instance("phaseYellowChange", 2), 40)], "writer")

        done = await scene.push(report)
        assert snapshots == 1
        assert done.state is PushState.UNDONE
        assert "certified configuration changed" in done.message
        assert scene.slots() == {"G": OLD_SLOT, "N": OLD_SLOT}

    on_street(tmp_path, act)


def test_somebody_elses_command_is_left_to_them_and_the_corridor_goes_back(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        def report(moved: Moved) -> None:
            if moved.deed is Deed.WATCH and moved.device_id == "G":
                scene.street.places["G"].command(OTHER_SLOT)

        done = await scene.push(report)
        assert done.state is PushState.UNDONE
        assert "Somebody else commands it now" in done.message
        assert scene.slots() == {"G": OTHER_SLOT, "N": OLD_SLOT}

    on_street(tmp_path, act)


def test_a_silent_device_is_in_doubt_until_it_answers_and_blocks_nothing_else(
    tmp_path: Path,
) -> None:
    async def act(scene: Scene) -> None:
        place = scene.street.places["G"]

        def report(moved: Moved) -> None:
            if moved.deed is Deed.WATCH and moved.device_id == "G":
                for line in (place.line_in, place.line_out):
                    line.switch(Faults(drop=1.0))

        done = await scene.push(report)
        assert done.state is PushState.IN_DOUBT
        assert scene.slots() == {"G": 2, "N": OLD_SLOT}
        doubtful = next(item for item in done.devices if item.device_id == "G")
        assert doubtful.step is Step.IN_DOUBT
        assert "did not answer" in doubtful.message
        assert [push.id for push in unended(scene.records.journal)] == [done.id]
        for line in (place.line_in, place.line_out):
            line.switch(Faults())
        (resumed,) = await resume(scene.devices, scene.records, terms=TERMS)
        assert resumed.state is PushState.UNDONE
        assert scene.slots() == {"G": OLD_SLOT, "N": OLD_SLOT}
        assert await resume(scene.devices, scene.records, terms=TERMS) == ()

    on_street(tmp_path, act)


def test_resuming_an_old_doubt_leaves_later_pushes_alone(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        def report(moved: Moved) -> None:
            if moved.deed is Deed.ACTIVATE and moved.device_id == "G":
                scene.street.places["G"].controller.power_off()

        scene.spare = range(2, 3)  # so that the later push runs in the slot of the doubtful one
        doubtful = await scene.push(report)
        assert doubtful.state is PushState.IN_DOUBT
        scene.street.places["G"].controller.power_on()
        await asyncio.sleep(60)
        later = await scene.push(only=("N",))
        assert later.state is PushState.DONE
        (resumed,) = await resume(scene.devices, scene.records, terms=TERMS)
        assert resumed.state is PushState.UNDONE
        assert scene.slots() == {"G": OLD_SLOT, "N": 2}

    on_street(tmp_path, act)


def test_doubt_can_be_settled_by_a_person(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        scene.street.places["G"].controller.power_off()
        done = await scene.push()
        assert done.state is PushState.UNDONE  # it was never reached

        def report(moved: Moved) -> None:
            if moved.deed is Deed.ACTIVATE and moved.device_id == "G":
                scene.street.places["G"].controller.power_off()

        scene.street.places["G"].controller.power_on()
        await asyncio.sleep(60)
        doubtful = await scene.push(report)
        assert doubtful.state is PushState.IN_DOUBT
        journal = scene.records.journal
        settled = settle(doubtful.id, journal, actor="C", reason="cabinet replaced")
        assert settled.state is PushState.UNDONE
        assert unended(journal) == ()
        with pytest.raises(InputError, match="not in doubt"):
            settle(doubtful.id, journal, actor="C", reason="again")

    on_street(tmp_path, act)


@pytest.mark.parametrize("deed", [Deed.WRITE, Deed.READ_BACK, Deed.ACTIVATE, Deed.WATCH])
def test_an_interruption_is_undone(tmp_path: Path, deed: Deed) -> None:
    async def act(scene: Scene) -> None:
        def report(moved: Moved) -> None:
            if moved.deed is deed and moved.device_id == "N":
                asyncio.get_running_loop().call_soon(task.cancel)

        task = asyncio.create_task(scene.push(report))
        done = await task
        assert done.state is PushState.UNDONE
        assert "interrupted" in done.message
        assert scene.slots() == {"G": OLD_SLOT, "N": OLD_SLOT}

    on_street(tmp_path, act)


@pytest.mark.parametrize(("old_s", "state"), [(60, PushState.DONE), (7200, PushState.UNDONE)])
def test_a_second_interruption_leaves_it_for_resume_which_reads_the_devices(
    tmp_path: Path, old_s: int, state: PushState
) -> None:
    async def act(scene: Scene) -> None:
        def report(moved: Moved) -> None:
            if moved.deed is Deed.WATCH and moved.device_id == "G":
                # As kill -9: the push's task ends without undoing anything.
                raise RuntimeError("killed")

        with pytest.raises(BaseExceptionGroup):
            await scene.push(report)
        (left,) = unended(scene.records.journal)
        assert left.state is PushState.OPEN
        later = utc_now() + timedelta(seconds=old_s)
        (resumed,) = await resume(scene.devices, scene.records, terms=TERMS, now=lambda: later)
        await asyncio.sleep(60)
        assert resumed.state is state
        wanted = 2 if state is PushState.DONE else OLD_SLOT
        assert scene.slots() == {"G": wanted, "N": wanted}

    on_street(tmp_path, act)


def test_a_push_killed_when_some_devices_were_seen_to_run_is_finished(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        def report(moved: Moved) -> None:
            if moved.step is Step.RUNNING:
                raise RuntimeError("killed")

        with pytest.raises(BaseExceptionGroup):
            await scene.push(report)
        (left,) = unended(scene.records.journal)
        assert sorted(item.step for item in left.devices) == [Step.ACTIVATING, Step.RUNNING]
        (resumed,) = await resume(scene.devices, scene.records, terms=TERMS)
        assert resumed.state is PushState.DONE
        assert scene.slots() == {"G": 2, "N": 2}

    on_street(tmp_path, act)


def test_two_pushes_do_not_meet_on_a_device(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        now = utc_now()
        scene.records.leases.take(
            ["N"], "another centre", until=now + timedelta(minutes=5), now=now
        )
        with pytest.raises(NotInControl, match="another centre"):
            await scene.push()
        assert scene.records.journal.history() == ()
        scene.records.leases.release("another centre")
        assert (await scene.push()).state is PushState.DONE

    on_street(tmp_path, act)


def test_a_scheduled_activation_changes_the_day_plans_and_back(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        for device in scene.devices.values():
            await device.deactivate()
        await asyncio.sleep(60)
        assert scene.slots() == {"G": SCHEDULED_SLOT, "N": SCHEDULED_SLOT}
        done = await scene.push(activation=Activation.SCHEDULE)
        assert done.state is PushState.DONE
        assert scene.slots() == {"G": 2, "N": 2}
        for device in scene.devices.values():
            assert {entry.slot for entry in await device.read_day_plan(1)} == {2}
            assert (await device.status()).commanded_slot is None
        back = await roll_back(
            done.id, scene.devices, scene.records, actor="B", reason="no", terms=TERMS
        )
        await asyncio.sleep(60)
        assert back.state is PushState.ROLLED_BACK
        assert scene.slots() == {"G": SCHEDULED_SLOT, "N": SCHEDULED_SLOT}

    on_street(tmp_path, act)


def test_a_schedule_does_not_act_over_a_command(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        done = await scene.push(activation=Activation.SCHEDULE)
        assert done.state is PushState.UNDONE
        assert "commanded by the centre" in done.message
        assert {item.step for item in done.devices} == {Step.UNDONE}

    on_street(tmp_path, act)


def test_no_spare_slot_is_a_refusal(tmp_path: Path) -> None:
    async def act(scene: Scene) -> None:
        from signalctl.workflow.push import push

        orders = [replace(scene.order(i), slots=range(1, 2)) for i in scene.devices]
        done = await push(orders, scene.devices, scene.records, actor="A", reason="", terms=TERMS)
        assert done.state is PushState.UNDONE
        assert "None of its slots 1 is spare" in done.message
        assert SLOTS[0] not in scene.slots().values()

    on_street(tmp_path, act)
