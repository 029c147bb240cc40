"""Pushes that a twin makes: the same transaction, certificate and journal as any push."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from signalctl.controllers.device.device import Device
from signalctl.domain.certificate import Certificate
from signalctl.domain.errors import InputError
from signalctl.domain.push import Activation, Push
from signalctl.files.devices_file import DeviceList
from signalctl.files.plan_file import PlanSet
from signalctl.networks.network import Network
from signalctl.rules.registry import Profile
from signalctl.workflow.push.prepare import Approvals, Target, matched, prepare
from signalctl.workflow.push.progress import Report
from signalctl.workflow.push.run import Records, push
from signalctl.workflow.push.terms import Terms
from signalctl.workflow.twin.pushing import Pushing

QUICK: Final = Terms(readings=2, poll_s=0.05)
"""Terms where a simulated second is a few milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushDesk:
    """What every push of a twin needs beside its plans.

    `waits`: simulated time can stand still while devices are written.
    """

    entries: DeviceList
    network: Network
    devices: Mapping[str, Device]
    records: Records
    certificates: Sequence[Certificate]
    approvals: Approvals
    rules: Profile
    actor: str
    waits: bool


def planned(plan_set: PlanSet, at_s: int, desk: PushDesk) -> Pushing:
    """A push of those plans that have a device, at a simulated second.

    Raises InputError when none has.
    """
    targets = [
        Target(
            device_id=entry.id,
            junction=desk.network.junction(entry.junction),
            slots=entry.spare_slots,
        )
        for entry in desk.entries.devices
    ]
    known = {target.junction.id for target in targets}
    chosen = [junction for junction in plan_set.plans if junction in known]
    if not chosen:
        raise InputError(
            "None of these plans is for a junction with a device.",
            where=str(plan_set.source or plan_set.name),
            remedy="Push plans for the junctions of the devices file.",
        )
    pairs = matched(plan_set.plans, targets, chosen)

    async def begin(report: Report) -> Push:
        prepared = await prepare(
            pairs,
            desk.devices,
            certificates=desk.certificates,
            rules=desk.rules,
            approvals=desk.approvals,
            activation=Activation.NOW,
        )
        if prepared.complaints:
            first, more = prepared.complaints[0], len(prepared.complaints) - 1
            raise InputError(
                first.message + (f" ({more} more complaints)" if more else ""),
                where=f"{plan_set.source or plan_set.name}: device {first.device_id}",
            )
        return await push(
            prepared.orders,
            desk.devices,
            desk.records,
            actor=desk.actor,
            reason=f"twin, second {at_s}",
            terms=QUICK if desk.waits else Terms(),
            report=report,
        )

    return Pushing(
        at_s,
        str(plan_set.source or plan_set.name),
        frozenset(target.device_id for target, _ in pairs),
        begin,
        waits=desk.waits,
    )
