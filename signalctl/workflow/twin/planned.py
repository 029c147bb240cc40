"""Pushes that a twin makes: the same transaction, certificate and journal as any push."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from signalctl.controllers.device.device import Device
from signalctl.domain.certificate import Certificate
from signalctl.domain.errors import InputError
from signalctl.domain.fingerprint import fingerprint, junction_fingerprint
from signalctl.domain.push import Activation, Push
from signalctl.files.certificate_file import certificates_path, read_certificates
from signalctl.files.devices_file import DeviceList
from signalctl.files.plan_file import PlanSet
from signalctl.networks.network import Network
from signalctl.rules.registry import Profile, profile
from signalctl.store.certificates import Certificates
from signalctl.store.database import Database
from signalctl.store.journal import Journal
from signalctl.store.leases import Leases
from signalctl.workflow.certify import certify
from signalctl.workflow.fitting import fit
from signalctl.workflow.push.prepare import Approvals, Target, matched, prepare
from signalctl.workflow.push.progress import Report
from signalctl.workflow.push.run import Records, push
from signalctl.workflow.push.terms import Terms
from signalctl.workflow.source import Source
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


@contextmanager
def push_desk(
    plan_sets: Sequence[PlanSet],
    entries: DeviceList,
    network: Network,
    devices: Mapping[str, Device],
    *,
    issuer: str,
    on_the_spot: bool,
    waits: bool,
) -> Iterator[PushDesk]:
    """The desk, with its database open.

    `on_the_spot`: for controllers of this very process; their journal is forgotten with
    them, and plans are certified by the rules alone. Else journal, certificates and
    approvals are those of every push. Raises SafetyViolation for a plan that breaks a
    rule on the spot, InputError for certificates that cannot be read.
    """
    rules = profile(entries.rules)
    with tempfile.TemporaryDirectory(prefix="signalctl-") as folder:
        url = f"sqlite:///{Path(folder) / 'twin.db'}" if on_the_spot else None
        with Database(url) as database:
            certificates: list[Certificate] = []
            by_plan: dict[str, frozenset[str]] = {}
            for plan_set in plan_sets:
                if on_the_spot:
                    source = Source(network=network, scenario=None)
                    now = datetime.now(UTC)
                    certificates += certify(plan_set, source, rules, issued_by=issuer, now=now)
                else:
                    certificates += _certificates(plan_set, network, database)
                    by_plan |= _approvals(plan_set, database)
            yield PushDesk(
                entries=entries,
                network=network,
                devices=devices,
                records=Records(journal=Journal(database), leases=Leases(database)),
                certificates=certificates,
                approvals=Approvals(needed=entries.approval and not on_the_spot, by_plan=by_plan),
                rules=rules,
                actor=issuer,
                waits=waits,
            )


def _certificates(
    plan_set: PlanSet, network: Network, database: Database
) -> tuple[Certificate, ...]:
    """Those beside the plan file, and those that the database keeps."""
    beside = certificates_path(plan_set.source) if plan_set.source is not None else None
    found = list(read_certificates(beside)) if beside is not None and beside.exists() else []
    store = Certificates(database)
    for fitted in fit(plan_set, network):
        found += store.of(fingerprint(fitted.plan), junction_fingerprint(fitted.junction))
    return tuple(found)


def _approvals(plan_set: PlanSet, database: Database) -> dict[str, frozenset[str]]:
    store = Certificates(database)
    hashes = [fingerprint(plan) for plan in plan_set.plans.values()]
    return {
        plan_hash: frozenset(said.by for said in store.approvals(plan_hash)) for plan_hash in hashes
    }


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
        cycles_s=frozenset(plan.cycle_s for _, plan in pairs),
        waits=desk.waits,
    )
