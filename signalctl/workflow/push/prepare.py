"""Before anything is sent: which plan goes to which device, and whether it may and can.

Every complaint about every device is collected; nothing is written here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from signalctl.controllers.device.device import Device
from signalctl.domain.certificate import Certificate, matches
from signalctl.domain.errors import DeviceError, InputError, NotExpressible
from signalctl.domain.fingerprint import fingerprint, junction_fingerprint
from signalctl.domain.junction import Junction
from signalctl.domain.person import same_person
from signalctl.domain.plan import TimingPlan
from signalctl.domain.push import Activation, Push, PushState, Step
from signalctl.rules.registry import Profile
from signalctl.rules.validate import validate
from signalctl.rules.version import rules_version
from signalctl.workflow.push.first_half import must_be_in_hand
from signalctl.workflow.push.slots import choose


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A device of the devices file: the junction it controls, and slots a push may use."""

    device_id: str
    junction: Junction
    slots: range


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One plan for one device, fit to be sent."""

    device_id: str
    plan: TimingPlan
    plan_hash: str
    certificate_hash: str
    slots: range
    spare_slot: int | None = None
    """The slot that it would go to now; chosen again when the push begins."""


class Fault(StrEnum):
    """What kind of thing a complaint is about."""

    INPUT = "input"
    """Plans, devices and network do not fit together."""
    FITNESS = "fitness"
    """The plan may not be sent: unsafe, not certified, not approved."""
    DEVICE = "device"
    """The device does not answer, or is not in hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """Why one device's plan cannot be sent."""

    device_id: str
    junction_id: str
    fault: Fault
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """Who approved which plan. `needed` asks for somebody other than the certificate's issuer."""

    needed: bool = False
    by_plan: Mapping[str, frozenset[str]] | None = None
    """Names by plan hash."""

    def missing(self, plan_hash: str, issued_by: str) -> bool:
        """Whether a second person must still say yes."""
        by = (self.by_plan or {}).get(plan_hash, frozenset())
        return self.needed and all(same_person(name, issued_by) for name in by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What can be sent, and what stands against it; a push needs that nothing does."""

    orders: tuple[Order, ...]
    complaints: tuple[Complaint, ...]


def matched(
    plans: Mapping[str, TimingPlan], targets: Sequence[Target], junctions: Iterable[str] | None
) -> tuple[tuple[Target, TimingPlan], ...]:
    """Each plan with its device, in the order of the devices; `junctions` chooses some.

    Raises InputError for a chosen junction without a plan, a plan without a device.
    """
    wanted = tuple(plans) if junctions is None else tuple(junctions)
    by_junction = {target.junction.id: target for target in targets}
    for junction_id in wanted:
        if junction_id not in plans:
            raise InputError(
                f"There is no plan for junction {junction_id!r}.",
                where="--junctions",
                remedy=f"The file has plans for {', '.join(plans)}.",
            )
        if junction_id not in by_junction:
            raise InputError(
                f"There is a plan for junction {junction_id!r}, but no device.",
                where="--devices",
                remedy="Add the device, or name the junctions to push with --junctions.",
            )
    return tuple(
        (target, plans[target.junction.id]) for target in targets if target.junction.id in wanted
    )


async def prepare(
    pairs: Sequence[tuple[Target, TimingPlan]],
    devices: Mapping[str, Device],
    *,
    certificates: Sequence[Certificate],
    rules: Profile,
    approvals: Approvals,
    activation: Activation,
    unended: Sequence[Push] = (),
    uses: Mapping[str, Mapping[int, int]] | None = None,
    at_once: int = 20,
) -> Prepared:
    """Hold every plan against its certificate, the rules, the approvals and its device.

    `unended` are pushes that are open or in doubt: their devices take no new one.
    Devices are only read.
    """
    turns = asyncio.Semaphore(at_once)

    async def one(target: Target, plan: TimingPlan) -> tuple[Order | None, list[Complaint]]:
        certificate, said = _fitness(target, plan, certificates, rules, approvals)
        found = [(Fault.FITNESS, sentence) for sentence in said]
        found += [(Fault.DEVICE, sentence) for sentence in _unended(target.device_id, unended)]
        spare: int | None = None
        async with turns:
            try:
                device = devices[target.device_id]
                used = (uses or {}).get(target.device_id, {})
                spare = await _device_fits(device, target, plan, activation, used)
            except NotExpressible as error:
                found.append((Fault.FITNESS, f"{error.message} {error.remedy}".strip()))
            except DeviceError as error:
                found.append((Fault.DEVICE, f"{error.message} {error.remedy}".strip()))
        complaints = [
            Complaint(
                device_id=target.device_id,
                junction_id=target.junction.id,
                fault=fault,
                message=message,
            )
            for fault, message in found
        ]
        if certificate is None:
            return None, complaints
        order = Order(
            device_id=target.device_id,
            plan=plan,
            plan_hash=fingerprint(plan),
            certificate_hash=certificate.hash,
            slots=target.slots,
            spare_slot=spare,
        )
        return order, complaints

    answers = await asyncio.gather(*(one(target, plan) for target, plan in pairs))
    return Prepared(
        orders=tuple(order for order, _ in answers if order is not None),
        complaints=tuple(complaint for _, said in answers for complaint in said),
    )


def _fitness(
    target: Target,
    plan: TimingPlan,
    certificates: Sequence[Certificate],
    rules: Profile,
    approvals: Approvals,
) -> tuple[Certificate | None, list[str]]:
    """The certificate that fits, and every sentence against the plan itself."""
    said: list[str] = []
    report = validate(plan, target.junction, rules)
    if not report.ok:
        first, more = report.errors[0], len(report.errors) - 1
        rest = f" ({more} more errors)" if more else ""
        said.append(f"The plan breaks {first.rule} of {rules.name}: {first.message}{rest}")
    found, why = _certificate(target, plan, certificates, rules)
    if found is None:
        said.append(why)
    elif approvals.missing(fingerprint(plan), found.issued_by):
        said.append(
            f"Nobody but {found.issued_by}, who issued its certificate, has approved the plan. "
            "A second person must: signalctl approve."
        )
    return found, said


def _certificate(
    target: Target, plan: TimingPlan, certificates: Sequence[Certificate], rules: Profile
) -> tuple[Certificate | None, str]:
    """The newest certificate that fits, or why none does."""
    remedy = "Certify the plans again: signalctl certify."
    version = rules_version(rules)
    speaks = [c for c in certificates if matches(c, plan, target.junction)]
    fits = [c for c in speaks if c.rules == rules.name and c.rules_version == version]
    if fits:
        return max(fits, key=lambda c: c.issued_at), ""
    if speaks:
        last = max(speaks, key=lambda c: c.issued_at)
        if last.rules != rules.name:
            return None, (
                f"Its certificate is by the rules {last.rules}, the devices file asks for "
                f"{rules.name}. {remedy}"
            )
        return None, f"The rules {rules.name} have changed since it was certified. {remedy}"
    near = [c for c in certificates if c.junction_id == target.junction.id]
    if any(c.plan_hash == fingerprint(plan) for c in near):
        return None, f"The junction has changed since the plan was certified. {remedy}"
    if any(c.junction_hash == junction_fingerprint(target.junction) for c in near):
        return None, f"The plan has changed since it was certified. {remedy}"
    return None, f"The plan has no certificate. {remedy}"


def _unended(device_id: str, unended: Sequence[Push]) -> list[str]:
    return [
        f"Push {push.id} of {push.actor} is {push.state} on it. Finish or undo that one first: "
        "signalctl push --resume."
        for push in unended
        if any(
            item.device_id == device_id
            and (push.state is not PushState.IN_DOUBT or item.step is Step.IN_DOUBT)
            for item in push.devices
        )
    ]


async def _device_fits(
    device: Device,
    target: Target,
    plan: TimingPlan,
    activation: Activation,
    uses: Mapping[int, int],
) -> int:
    """The slot the plan would go to. Raises DeviceError, NotExpressible."""
    able = await device.capabilities()
    if plan.cycle_s not in able.cycles_s:
        raise NotExpressible(
            f"The device takes cycles of {able.cycles_s[0]} to {able.cycles_s[-1]} s, "
            f"the plan has {plan.cycle_s} s.",
            remedy="Choose another cycle.",
        )
    if activation is Activation.SCHEDULE and not able.schedule:
        raise NotExpressible("The device has no schedule.", remedy="Push with --activate now.")
    status = await device.status()
    must_be_in_hand(device.id, status)
    spare = await choose(device, target.slots, status, uses)
    device.as_held(spare.slot, plan)
    return spare.slot
