"""The plan desk: plans written, checked, compared, submitted and approved."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from signalctl.domain.certificate import Certificate
from signalctl.domain.errors import SafetyViolation
from signalctl.domain.expand import timed
from signalctl.domain.finding import Severity
from signalctl.domain.fingerprint import fingerprint, junction_fingerprint
from signalctl.domain.plan import TimingPlan
from signalctl.files.plan_json import plan_set_from_json
from signalctl.rules.registry import Profile
from signalctl.rules.version import rules_version
from signalctl.store.certificates import Certificates
from signalctl.store.database import Database
from signalctl.store.plans import Plans, PlanState, StoredPlan
from signalctl.store.stored_json import canonical
from signalctl.workflow.service.diagram import diagram_document
from signalctl.workflow.service.difference import difference
from signalctl.workflow.service.kept import Kept
from signalctl.workflow.service.moves import move_table
from signalctl.workflow.service.plan_papers import papers
from signalctl.workflow.service.site import Site
from signalctl.workflow.service.unrolled import Unrolled

_KEPT: Final = 64
"""Unrolled plans, and answers about them, that are kept ready."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRead:
    """A plan with its document and what it unrolls to."""

    stored: StoredPlan
    document: dict[str, Any]
    unrolled: Unrolled


class PlanDesk:
    """Plans of a site, each judged by one rule profile. May be asked from several threads."""

    def __init__(self, database: Database, site: Site, profile: Profile) -> None:
        self.site = site
        self.profile = profile
        self.plans = Plans(database)
        self.certificates = Certificates(database)
        self._unrolled: Kept[Unrolled] = Kept(_KEPT)
        self._answers: Kept[dict[str, Any]] = Kept(_KEPT)
        self._approved: dict[tuple[str, str], frozenset[str]] = {}

    def create(
        self,
        *,
        id: str,
        network: str,
        name: str,
        document: Mapping[str, Any],
        based_on: str | None,
        author: str,
        at: datetime,
    ) -> PlanRead:
        """A new draft. Raises Missing, InputError, SafetyViolation with every finding."""
        named = {**document, "name": name}
        unrolled = self._judged(network, named)
        stored = self.plans.create(
            id=id,
            network=network,
            name=name,
            document=named,
            hash=document_hash(named),
            based_on=based_on,
            author=author,
            at=at,
        )
        return PlanRead(stored=stored, document=named, unrolled=unrolled)

    def read(self, plan_id: str) -> PlanRead:
        """A plan as it is now. Raises Missing."""
        stored = self.plans.read(plan_id)
        # By the version that was read, so that meta data and document are of one moment.
        document = self.plans.document(plan_id, stored.version)
        return PlanRead(
            stored=stored,
            document=document,
            unrolled=self._unroll(stored.network, document, stored.hash),
        )

    def edit(
        self,
        plan_id: str,
        *,
        expected_hash: str,
        document: Mapping[str, Any],
        author: str,
        at: datetime,
    ) -> PlanRead:
        """A new version. Raises Missing, Stale, WrongState, InputError, SafetyViolation."""
        network = self.plans.read(plan_id).network
        unrolled = self._judged(network, document)
        stored = self.plans.edit(
            plan_id,
            expected_hash=expected_hash,
            document=document,
            hash=document_hash(document),
            author=author,
            at=at,
        )
        return PlanRead(stored=stored, document=dict(document), unrolled=unrolled)

    def decide(
        self,
        plan_id: str,
        state: PlanState,
        *,
        by: str,
        reason: str,
        at: datetime,
        hash: str | None,
    ) -> PlanRead:
        """Submit, withdraw, approve or reject the plan as it is, or as `hash` says it was seen.

        A submitted plan is certified by who submits it, an approval holds for each of
        its junctions. Raises Missing, Stale, WrongState, NotBySame, SafetyViolation.
        """
        read = self.read(plan_id)
        seen = hash or read.stored.hash
        if state in (PlanState.SUBMITTED, PlanState.APPROVED):
            self._judged(read.stored.network, read.document)
        if state is PlanState.SUBMITTED and seen == read.stored.hash:
            # A certificate says what the rules said and commits nobody, so it may come first.
            self._certify(read.unrolled, by, at)
        stored = self.plans.decide(
            plan_id,
            state=state,
            by=by,
            reason=reason,
            at=at,
            hash=seen,
            plan_hashes=[fingerprint(each.plan) for each in read.unrolled.fitted.values()],
        )
        return PlanRead(stored=stored, document=read.document, unrolled=read.unrolled)

    def _certify(self, unrolled: Unrolled, by: str, at: datetime) -> None:
        for each in unrolled.fitted.values():
            self.certificates.add(
                Certificate(
                    junction_id=each.junction.id,
                    plan_hash=fingerprint(each.plan),
                    junction_hash=junction_fingerprint(each.junction),
                    rules=self.profile.name,
                    rules_version=rules_version(self.profile),
                    issued_at=at,
                    issued_by=by,
                )
            )

    def diagram(self, plan_id: str) -> dict[str, Any]:
        """The time-space diagram. Raises Missing, NotExpressible."""
        read = self.read(plan_id)
        return self._answers.get(
            (read.stored.network, read.stored.hash, "diagram"),
            lambda: diagram_document(read.unrolled),
        )

    def moves(self, plan_id: str, junction: str, handle: str) -> dict[str, Any]:
        """The move table of a handle. Raises Missing, InputError, NotExpressible."""
        read = self.read(plan_id)
        table = self._answers.get(
            (read.stored.network, read.stored.hash, junction, handle),
            lambda: move_table(read.unrolled, junction, handle),
        )
        return {"base_hash": read.stored.hash, **table}

    def moves_of(
        self, network: str, document: Mapping[str, Any], junction: str, handle: str
    ) -> dict[str, Any]:
        """The move table of a handle of an unsaved draft."""
        hashed = document_hash(document)
        unrolled = self._unroll(network, document, hashed)
        table = self._answers.get(
            (network, hashed, junction, handle), lambda: move_table(unrolled, junction, handle)
        )
        return {"base_hash": hashed, **table}

    def diagram_of(self, network: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """The diagram and the findings of an unsaved draft."""
        hashed = document_hash(document)
        unrolled = self._unroll(network, document, hashed)
        return self._answers.get((network, hashed, "diagram"), lambda: diagram_document(unrolled))

    def draft(self, network: str, document: Mapping[str, Any]) -> Unrolled:
        """An unsaved draft unrolled, whatever the rules say of it. Raises InputError."""
        return self._unroll(network, document, document_hash(document))

    def diff(
        self,
        plan_id: str,
        other_id: str,
        version: int | None = None,
        other_version: int | None = None,
    ) -> dict[str, Any]:
        """The difference from another plan to this one, each as it is or as it was saved once.

        Raises Missing.
        """
        now, was = self._at(plan_id, version), self._at(other_id, other_version)
        return difference(_shown(was), _shown(now))

    def _at(self, plan_id: str, version: int | None) -> Unrolled:
        if version is None:
            return self.read(plan_id).unrolled
        saved = self.plans.version(plan_id, version)
        return self._unroll(self.plans.read(plan_id).network, saved.document, saved.hash)

    def papers(self, plan_id: str) -> list[dict[str, Any]]:
        """What was proven and approved of each junction's plan. Raises Missing."""
        return papers(self.read(plan_id).unrolled, self.certificates, self.profile)

    def diff_running(self, plan_id: str, running: Mapping[str, TimingPlan]) -> dict[str, Any]:
        """The difference from what devices run, by junction, to this plan. Raises Missing."""
        read = self.read(plan_id)
        now = _shown(read.unrolled)
        junctions = read.unrolled.fitted
        was = {
            j: (plan, timed(plan, junctions[j].junction))
            for j, plan in running.items()
            if j in junctions
        }
        found = difference(was, {j: shown for j, shown in now.items() if j in was})
        return {**found, "unread": sorted(set(now) - set(was))}

    def approved_with(self, plan_hash: str) -> str | None:
        """Id of the newest approved plan set that holds a junction's plan with this hash."""
        for stored in self.plans.page(PlanState.APPROVED, limit=_KEPT):
            key = (stored.id, stored.hash)
            if key not in self._approved:
                fitted = self.read(stored.id).unrolled.fitted
                self._approved[key] = frozenset(fingerprint(e.plan) for e in fitted.values())
        held = [plan_id for (plan_id, _), hashes in self._approved.items() if plan_hash in hashes]
        return held[-1] if held else None

    def require_legal(self, network: str, document: Mapping[str, Any]) -> None:
        """Raises InputError or SafetyViolation for a plan that may not run."""
        self._judged(network, document)

    def _judged(self, network: str, document: Mapping[str, Any]) -> Unrolled:
        unrolled = self._unroll(network, document, document_hash(document))
        errors = [each for each in unrolled.findings if each.severity is Severity.ERROR]
        if errors:
            more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
            raise SafetyViolation(
                f"The plan breaks {errors[0].rule}: {errors[0].message}{more}",
                where=f"junction {errors[0].junction_id}",
                remedy="An illegal second is never saved: mend what the findings name.",
                findings=unrolled.findings,
            )
        return unrolled

    def _unroll(self, network: str, document: Mapping[str, Any], hashed: str) -> Unrolled:
        def make() -> Unrolled:
            return Unrolled.of(
                plan_set_from_json(document), self.site.network(network), self.profile
            )

        return self._unrolled.get((network, hashed), make)


def document_hash(document: Mapping[str, Any]) -> str:
    """SHA-256 of a plan document's canonical JSON, as `sha256:<64 hex digits>`.

    A whole number counts the same however it was written: JSON knows no difference between
    90 and 90.0, and a browser writes both alike (as RFC 8785, section 3.2.2.3, does).
    """
    return "sha256:" + hashlib.sha256(canonical(_plain(document)).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _shown(unrolled: Unrolled) -> dict[str, Any]:
    return {
        junction_id: (each.plan, unrolled.programs[junction_id])
        for junction_id, each in unrolled.fitted.items()
    }
