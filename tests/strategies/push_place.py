"""A street, its records and orders for tests of the push, on a clock that leaps."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.leaping_loop import run_leaping
from bench.push_street import SLOTS, Kind, Street, device_of, plan, street_of
from signalctl.controllers.device.device import Device
from signalctl.domain.fingerprint import fingerprint
from signalctl.domain.push import Activation, Push
from signalctl.store.database import Database
from signalctl.store.journal import Journal
from signalctl.store.leases import Leases
from signalctl.workflow.push import Moved, Order, Records, Terms, push, silent

TERMS = Terms(watch_s=60, look_s=20, undo_s=40, longest_wait_s=8)
BOTH = {"G": Kind.GBT, "N": Kind.NTCIP}


@dataclass
class Scene:
    """What a test of the push acts on."""

    street: Street
    devices: Mapping[str, Device]
    records: Records
    database: Database
    spare: range = SLOTS
    """Slots that orders give."""

    def order(self, device_id: str, east_s: int = 23) -> Order:
        """A new plan for a device."""
        new = plan(device_id, self.street.places[device_id].kind, "new", east_s, 7)
        return Order(
            device_id=device_id,
            plan=new,
            plan_hash=fingerprint(new),
            certificate_hash="sha256:test",
            slots=self.spare,
        )

    async def push(
        self,
        report: Callable[[Moved], None] = silent,
        *,
        east_s: int = 23,
        activation: Activation = Activation.NOW,
        terms: Terms = TERMS,
        only: Sequence[str] | None = None,
    ) -> Push:
        """Push to every device, or only some, and let a minute pass."""
        done = await push(
            [self.order(i, east_s) for i in (self.devices if only is None else only)],
            self.devices,
            self.records,
            actor="A. Tester",
            reason="because",
            activation=activation,
            terms=terms,
            report=report,
        )
        await asyncio.sleep(60)
        return done

    def slots(self) -> dict[str, int | None]:
        """The slot that each controller really runs."""
        return {i: place.controller.state.slot for i, place in self.street.places.items()}


def on_street(
    tmp_path: Path,
    act: Callable[[Scene], Awaitable[None]],
    kinds: Mapping[str, Kind] | None = None,
) -> None:
    """Act on a street that lives meanwhile."""

    async def whole() -> None:
        async with street_of(kinds or BOTH, second_s=1.0) as street:
            devices = {
                i: device_of(i, place.kind, place.port, timeout_s=1.0, attempts=3)
                for i, place in street.places.items()
            }
            with Database(f"sqlite:///{tmp_path}/push.db") as database:
                records = Records(journal=Journal(database), leases=Leases(database))
                try:
                    await act(Scene(street, devices, records, database))
                finally:
                    for device in devices.values():
                        await device.close()

    run_leaping(whole())
