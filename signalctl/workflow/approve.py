"""Approvals: a second person lets certified plans go to the street."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from signalctl.domain.certificate import Certificate
from signalctl.domain.errors import InputError
from signalctl.domain.fingerprint import fingerprint
from signalctl.domain.person import person, same_person
from signalctl.files.plan_file import PlanSet
from signalctl.store.certificates import Certificates
from signalctl.store.database import Database

MAX_REASON: Final = 2000


def approve(
    plan_set: PlanSet,
    certificates: Sequence[Certificate],
    database: Database,
    *,
    by: str,
    reason: str,
    now: datetime,
) -> tuple[str, ...]:
    """Keep certificates and approvals of every plan; the hashes of the plans.

    Nothing is kept unless every plan has a certificate that somebody else issued. What
    this person approved before is not told again, so that an approval that was
    interrupted is finished by the same call. Raises InputError, and StoreError
    (signalctl.store.database) when the database fails.
    """
    approver = person(by)
    why = " ".join(reason.split())
    if not why or len(why) > MAX_REASON or not why.isprintable():
        raise InputError(
            f"An approval gives its reason, in at most {MAX_REASON} letters.",
            remedy="Give --reason TEXT.",
        )
    fitting = _fitting(plan_set, certificates)
    for certificate in fitting:
        if same_person(certificate.issued_by, approver):
            raise InputError(
                f"{approver} issued the certificate of {certificate.junction_id} and cannot "
                "approve it.",
                where=str(plan_set.source or plan_set.name),
                remedy="Let a second person approve.",
            )
    store = Certificates(database)
    for certificate in fitting:
        store.add(certificate)
        before = store.approvals(certificate.plan_hash)
        if not any(same_person(each.by, approver) for each in before):
            store.approve(certificate.plan_hash, approver, now, why)
    return tuple(certificate.plan_hash for certificate in fitting)


def _fitting(plan_set: PlanSet, certificates: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """The certificate of each plan; the junction is held to the hash the plan file names."""
    found = []
    for junction_id, plan in plan_set.plans.items():
        made_for = plan_set.junction_hashes.get(junction_id)
        for certificate in certificates:
            if (
                certificate.junction_id == junction_id
                and certificate.plan_hash == fingerprint(plan)
                and made_for in (None, certificate.junction_hash)
            ):
                found.append(certificate)
                break
        else:
            raise InputError(
                f"The plan of {junction_id} has no certificate that fits it.",
                where=str(plan_set.source or plan_set.name),
                remedy="Issue it with signalctl certify; a changed plan needs a new one.",
            )
    return tuple(found)
