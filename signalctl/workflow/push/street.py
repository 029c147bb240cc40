"""From files to a push: plans, devices and database as a user gives them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from signalctl.domain.certificate import Certificate
from signalctl.domain.fingerprint import fingerprint, junction_fingerprint
from signalctl.domain.plan import TimingPlan
from signalctl.domain.push import Activation, Push
from signalctl.files.certificate_file import certificates_path, read_certificates
from signalctl.files.devices_file import read_devices
from signalctl.files.devices_schema import DeviceList
from signalctl.files.plan_file import read_plans
from signalctl.networks.network import Network
from signalctl.rules.registry import profile
from signalctl.store.certificates import Certificates
from signalctl.store.database import Database
from signalctl.store.journal import Journal
from signalctl.store.leases import Leases
from signalctl.workflow.devices import open_devices, open_network, spare_slots
from signalctl.workflow.fitting import fit
from signalctl.workflow.push.prepare import Approvals, Prepared, Target, matched, prepare
from signalctl.workflow.push.progress import Report, silent
from signalctl.workflow.push.recovery import resume, roll_back, unended
from signalctl.workflow.push.run import USES_LOOKED_AT, Records, push
from signalctl.workflow.push.slots import last_uses
from signalctl.workflow.push.terms import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedStreet:
    """The devices of a file, their network, and the database that pushes are noted in."""

    devices: DeviceList
    network: Network
    database: Database
    terms: Terms
    report: Report = silent

    @property
    def records(self) -> Records:
        """Journal and leases of the database."""
        return Records(journal=Journal(self.database), leases=Leases(self.database))

    async def push(
        self,
        plans: Path,
        *,
        actor: str,
        reason: str,
        activation: Activation,
        junctions: Iterable[str] | None = None,
        dry_run: bool = False,
    ) -> tuple[Prepared, Push | None]:
        """Prepare the plans of a file and push them, all or none.

        Nothing is sent when something stands against it, or in a dry run: the push is
        None then. Raises InputError where files, network and devices do not fit.
        """
        pairs = self._pairs(plans, junctions)
        journal = self.records.journal
        certificates = self._certificates(plans, pairs)
        ids = [target.device_id for target, _ in pairs]
        async with open_devices(self.devices, self.network, only=ids) as devices:
            prepared = await prepare(
                pairs,
                devices,
                certificates=certificates,
                rules=profile(self.devices.rules),
                approvals=self._approvals(pairs),
                activation=activation,
                unended=unended(journal),
                uses=last_uses(journal.history(limit=USES_LOOKED_AT)),
                at_once=self.terms.at_once,
            )
            if prepared.complaints or dry_run:
                return prepared, None
            done = await push(
                prepared.orders,
                devices,
                self.records,
                actor=actor,
                reason=reason,
                activation=activation,
                terms=self.terms,
                report=self.report,
            )
            return prepared, done

    async def resume(self, *, actor: str) -> tuple[Push, ...]:
        """Finish or undo what stands open. See `recovery.resume`."""
        waiting = unended(self.records.journal)
        async with open_devices(self.devices, self.network, only=self._known(waiting)) as devices:
            return await resume(
                devices, self.records, actor=actor, terms=self.terms, report=self.report
            )

    async def roll_back(self, push_id: str, *, actor: str, reason: str) -> Push:
        """Take a push back. See `recovery.roll_back`."""
        ids = self._known([self.records.journal.read(push_id)])
        async with open_devices(self.devices, self.network, only=ids) as devices:
            return await roll_back(
                push_id,
                devices,
                self.records,
                actor=actor,
                reason=reason,
                terms=self.terms,
                report=self.report,
            )

    def _known(self, pushes: Iterable[Push]) -> list[str]:
        named = {item.device_id for push in pushes for item in push.devices}
        return [entry.id for entry in self.devices.devices if entry.id in named]

    def _pairs(
        self, plans: Path, junctions: Iterable[str] | None
    ) -> tuple[tuple[Target, TimingPlan], ...]:
        plan_set = read_plans(plans)
        fitted = {each.junction.id: each for each in fit(plan_set, self.network)}
        targets = [
            Target(
                device_id=entry.id,
                junction=self.network.junctions[entry.junction],
                slots=spare_slots(entry),
            )
            for entry in self.devices.devices
            if entry.junction in self.network.junctions
        ]
        return matched({i: each.plan for i, each in fitted.items()}, targets, junctions)

    def _certificates(
        self, plans: Path, pairs: Sequence[tuple[Target, TimingPlan]]
    ) -> tuple[Certificate, ...]:
        """Those beside the plan file, and those of the database."""
        path = certificates_path(plans)
        beside = read_certificates(path) if path.exists() else ()
        stored = Certificates(self.database)
        kept = (
            certificate
            for target, plan in pairs
            for certificate in stored.of(fingerprint(plan), junction_fingerprint(target.junction))
        )
        return (*beside, *kept)

    def _approvals(self, pairs: Sequence[tuple[Target, TimingPlan]]) -> Approvals:
        stored = Certificates(self.database)
        by_plan = {
            fingerprint(plan): frozenset(a.by for a in stored.approvals(fingerprint(plan)))
            for _, plan in pairs
        }
        return Approvals(needed=self.devices.approval, by_plan=by_plan)


def open_street(
    path: Path, database: Database, *, terms: Terms, report: Report = silent
) -> PushedStreet:
    """Read a devices file and its network; no device is asked anything. Raises InputError."""
    devices = read_devices(path)
    return PushedStreet(
        devices=devices,
        network=open_network(devices),
        database=database,
        terms=terms,
        report=report,
    )
