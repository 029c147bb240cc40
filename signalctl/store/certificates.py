"""Certificates and approvals: what a plan passed, and which person let it go to the street."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from signalctl.domain.certificate import Certificate, Evidence, Interval
from signalctl.domain.frozen import FrozenMap
from signalctl.files.certificate_file import certificate_document
from signalctl.store.audit import append_within
from signalctl.store.database import Database
from signalctl.store.failure import StoreError
from signalctl.store.stored_json import compact
from signalctl.store.tables import APPROVAL, CERTIFICATE


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A person's word that the plan with this hash may run."""

    plan_hash: str
    by: str
    at: datetime
    reason: str


class Certificates:
    """The certificates and approvals of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, certificate: Certificate) -> None:
        """Keep a certificate; one that is kept already changes nothing. Raises StoreError."""
        hashed = certificate.hash
        document = certificate_document(certificate)
        with self._database.write() as connection:
            known = select(CERTIFICATE.c.hash).where(CERTIFICATE.c.hash == hashed)
            if connection.execute(known).first() is not None:
                return
            last = connection.execute(select(func.max(CERTIFICATE.c.number))).scalar() or 0
            connection.execute(
                insert(CERTIFICATE).values(
                    hash=hashed,
                    number=last + 1,
                    plan_hash=certificate.plan_hash,
                    junction_hash=certificate.junction_hash,
                    certificate_json=compact(document),
                )
            )
            append_within(
                connection,
                actor=certificate.issued_by,
                action="certificate",
                subject=f"plan {certificate.plan_hash}",
                reason=f"Passed the rules {certificate.rules}.",
                before=None,
                after=document,
                at=certificate.issued_at,
            )

    def of(self, plan_hash: str, junction_hash: str) -> tuple[Certificate, ...]:
        """Certificates of a plan at a junction, in the order in which they came.

        Raises StoreError, also for a certificate that is not the one that was added.
        """
        with self._database.read() as connection:
            rows = connection.execute(
                select(CERTIFICATE)
                .where(
                    CERTIFICATE.c.plan_hash == plan_hash,
                    CERTIFICATE.c.junction_hash == junction_hash,
                )
                .order_by(CERTIFICATE.c.number)
            ).all()
        return tuple(_certificate(row) for row in rows)

    def approve(self, plan_hash: str, by: str, at: datetime, reason: str) -> None:
        """Keep a person's approval of a plan. Raises StoreError."""
        with self._database.write() as connection:
            approve_within(connection, plan_hash, by, at, reason)

    def approvals(self, plan_hash: str) -> tuple[Approval, ...]:
        """Approvals of a plan, in the order in which they came. Raises StoreError."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(APPROVAL)
                .where(APPROVAL.c.plan_hash == plan_hash)
                .order_by(APPROVAL.c.number)
            ).all()
        return tuple(
            Approval(plan_hash=row.plan_hash, by=row.by, at=row.at, reason=row.reason)
            for row in rows
        )


def approve_within(
    connection: Connection, plan_hash: str, by: str, at: datetime, reason: str
) -> None:
    """Keep an approval inside a transaction of `Database.write`, to stand or fall with it."""
    last = connection.execute(select(func.max(APPROVAL.c.number))).scalar() or 0
    connection.execute(
        insert(APPROVAL).values(number=last + 1, plan_hash=plan_hash, by=by, at=at, reason=reason)
    )
    append_within(
        connection,
        actor=by,
        action="approval",
        subject=f"plan {plan_hash}",
        reason=reason,
        before=None,
        after={"plan_hash": plan_hash, "by": by},
        at=at,
    )


def _certificate(row: Row[Any]) -> Certificate:
    try:
        certificate = _from_document(json.loads(row.certificate_json))
        sound = row.hash == certificate.hash and (row.plan_hash, row.junction_hash) == (
            certificate.plan_hash,
            certificate.junction_hash,
        )
    except (KeyError, TypeError, ValueError, RecursionError):
        sound = False
    if not sound:
        raise StoreError(
            "A certificate in the database was changed since it was added.",
            where=f"certificate {row.hash}",
            remedy="Certify the plan anew, and find out who changed it.",
        )
    return certificate


def _from_document(document: Mapping[str, Any]) -> Certificate:
    evidence = document["evidence"]
    return Certificate(
        junction_id=document["junction"],
        plan_hash=document["plan_hash"],
        junction_hash=document["junction_hash"],
        rules=document["rules"],
        rules_version=document["rules_version"],
        # With the time zone it was issued in: its hash covers the text.
        issued_at=datetime.fromisoformat(document["issued_at"]),
        issued_by=document["issued_by"],
        evidence=None
        if evidence is None
        else Evidence(
            scenario=evidence["scenario"],
            scenario_hash=evidence["scenario_hash"],
            seeds=tuple(evidence["seeds"]),
            measures=FrozenMap(
                {name: Interval(**figures) for name, figures in evidence["measures"].items()}
            ),
        ),
    )
