"""The NTCIP device when something is in the way: refusals, transactions, bad lines, power."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ntcip_devices import (
    QUICK,
    Street,
    drive,
    dual_ring,
)

from signalctl.controllers.device.emulator.channel import Channel
from signalctl.controllers.device.emulator.faults import Faults
from signalctl.controllers.device.ntcip1202.adapter import NtcipDevice
from signalctl.controllers.device.ntcip1202.objects import instance
from signalctl.controllers.device.ntcip1202.profile import (
    TransactionUse,
)
from signalctl.controllers.device.ntcip1202.store import Behaviour
from signalctl.controllers.device.ntcip1202.transaction import State
from signalctl.domain.errors import (
    DeviceError,
    Mismatch,
    NotInControl,
    Refused,
    Unreachable,
)


def test_what_is_certified_on_site_is_never_written() -> None:
    site, _ = dual_ring()

    async def act(_street: Street, device: NtcipDevice) -> None:
        for name, index in (("phaseMinimumGreen", 2), ("phaseYellowChange", 2), ("phaseRing", 1)):
            with pytest.raises(Refused, match=f"{name} is certified on site"):
                await device._session.write([(instance(name, index), 1)])

    drive(Street(site), act)


def test_a_refused_check_leaves_nothing_behind() -> None:
    site, plan = dual_ring()
    street = Street(site, behaviour=Behaviour(refusal="SEQ 02 CG SEQ FAULT"))

    async def act(street: Street, device: NtcipDevice) -> None:
        with pytest.raises(Refused, match="SEQ 02 CG SEQ FAULT"):
            await device.write_plan(2, plan)
        assert street.store.transaction.state is State.NORMAL
        assert await device.read_plan(2) is None

    drive(street, act)


def test_a_check_that_never_ends_is_given_up() -> None:
    site, plan = dual_ring()
    street = Street(site, behaviour=Behaviour(verify_s=float("inf")))

    async def act(street: Street, device: NtcipDevice) -> None:
        with pytest.raises(NotInControl, match="does not end"):
            await device.write_plan(2, plan)

    drive(street, act, profile=replace(QUICK, verify_timeout_s=0.2))


def test_a_transaction_of_somebody_else_is_left_alone() -> None:
    site, plan = dual_ring()

    async def act(street: Street, device: NtcipDevice) -> None:
        street.store.set([(instance("dbCreateTransaction"), 2)], "administrator")
        with pytest.raises(NotInControl, match="Another client"):
            await device.write_plan(2, plan)
        assert street.store.transaction.owner == "administrator"
        street.store.set([(instance("dbCreateTransaction"), 1)], "administrator")
        street.store.set([(instance("dbCreateTransaction"), 2)], "writer")
        street.store.set([(instance("phaseYellowChange", 1), 60)], "writer")
        street.store.set([(instance("dbCreateTransaction"), 3)], "writer")
        assert street.store.value(instance("dbCreateTransaction")) == 6
        await device.write_plan(2, plan)  # an own one left behind is discarded, not committed
        assert street.store.value(instance("phaseYellowChange", 1)) == 30

    drive(Street(site), act)


def test_a_controller_without_transactions_is_written_at_once() -> None:
    site, plan = dual_ring()
    street = Street(site, behaviour=Behaviour(transactions=False))

    async def act(_: Street, device: NtcipDevice) -> None:
        await device.write_plan(2, plan)
        assert await device.read_plan(2) == device.as_held(2, plan)
        assert not (await device.capabilities()).atomic_write

    drive(street, act, profile=replace(QUICK, transaction=TransactionUse.NEVER))

    async def refused(_: Street, device: NtcipDevice) -> None:
        with pytest.raises(Refused, match="no transactions"):
            await device.write_plan(3, plan)

    drive(street, refused)


def test_parameters_alone_may_go_without_a_transaction() -> None:
    site, plan = dual_ring()

    async def act(_: Street, device: NtcipDevice) -> None:
        await device.write_plan(2, plan)
        assert await device.read_plan(2) == device.as_held(2, plan)

    drive(Street(site), act, profile=replace(QUICK, transaction=TransactionUse.P2_ONLY))


def test_a_wrong_reading_is_a_mismatch() -> None:
    site, plan = dual_ring()
    street = Street(site, faults=Faults(wrong_readback=True))

    async def act(_: Street, device: NtcipDevice) -> None:
        with pytest.raises(Mismatch):
            await device.write_plan(2, plan)

    drive(street, act)


def test_power_lost_in_the_commit_leaves_no_half_plan_running() -> None:
    site, plan = dual_ring()
    street = Street(site)

    async def act(street: Street, device: NtcipDevice) -> None:
        street.controller.memory.crash_after = 5
        with pytest.raises(Unreachable):
            await device.write_plan(2, plan)
        street.controller.power_on()
        street.live(5)
        assert await device.read_plan(2) is None
        await device.write_plan(2, plan)
        assert await device.read_plan(2) == device.as_held(2, plan)

    drive(street, act, profile=replace(QUICK, timeout_s=0.5, attempts=2))


def test_the_controller_goes_back_when_the_centre_is_silent() -> None:
    site, plan = dual_ring()
    street = Street(site, backup_s=0)

    async def act(street: Street, device: NtcipDevice) -> None:
        street.store.set([(instance("unitBackupTime"), 60)], "writer")
        await device.write_plan(2, plan)
        await device.activate(2)
        street.live(55)
        assert (await device.status()).commanded_slot == 2
        street.live(10)
        status = await device.status()
        assert status.commanded_slot is None
        assert status.details["unitControlStatus"] == "backupMode"

    drive(street, act)


def test_a_bad_line_slows_a_plan_down_and_spoils_nothing() -> None:
    site, plan = dual_ring()
    faults = Faults(drop=0.08, duplicate=0.1, truncate=0.03, delay_s=0.02, reorder=0.05)

    async def act(street: Street, device: NtcipDevice) -> None:
        await device.write_plan(2, plan)
        assert await device.read_plan(2) == device.as_held(2, plan)

    drive(
        Street(site),
        act,
        profile=replace(QUICK, timeout_s=0.5, attempts=8),
        line_in=Channel(faults, 7),
        line_out=Channel(faults, 8),
    )


@pytest.mark.parametrize("seed_", range(4))
def test_turned_bits_never_put_another_plan_into_force(seed_: int) -> None:
    site, plan = dual_ring()
    faults = Faults(bitflip=0.15)

    async def act(street: Street, device: NtcipDevice) -> None:
        try:
            await device.write_plan(2, plan)
        except DeviceError:
            return
        held = street.controller.memory.held(2)
        assert held == device.as_held(2, plan)

    drive(
        Street(site),
        act,
        profile=replace(QUICK, timeout_s=0.5, attempts=3),
        line_in=Channel(faults, seed_),
        line_out=Channel(faults, seed_ + 100),
    )
