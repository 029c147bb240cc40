"""What was proven of a plan, by which rules and runs, and who let it go to the street."""

from __future__ import annotations

from typing import Any

from signalctl.domain.certificate import Certificate
from signalctl.domain.fingerprint import fingerprint, junction_fingerprint
from signalctl.rules.registry import Profile
from signalctl.rules.version import rules_version
from signalctl.store.certificates import Certificates
from signalctl.workflow.service.unrolled import Unrolled


def papers(unrolled: Unrolled, kept: Certificates, profile: Profile) -> list[dict[str, Any]]:
    """Certificates and approvals of each junction's plan as it is, the newest first.

    A certificate is `current` when it was issued under the rules of today. Raises
    StoreError for one that was changed since.
    """
    today = (profile.name, rules_version(profile))
    found = []
    for junction_id, each in sorted(unrolled.fitted.items()):
        plan_hash = fingerprint(each.plan)
        certificates = kept.of(plan_hash, junction_fingerprint(each.junction))
        found.append(
            {
                "junction": junction_id,
                "plan_hash": plan_hash,
                "certificates": [_certificate(c, today) for c in reversed(certificates)],
                "approvals": [
                    {"by": a.by, "at": a.at, "reason": a.reason}
                    for a in reversed(kept.approvals(plan_hash))
                ],
            }
        )
    return found


def _certificate(certificate: Certificate, today: tuple[str, str]) -> dict[str, Any]:
    evidence = certificate.evidence
    return {
        "hash": certificate.hash,
        "rules": certificate.rules,
        "rules_version": certificate.rules_version,
        "current": (certificate.rules, certificate.rules_version) == today,
        "issued_at": certificate.issued_at,
        "issued_by": certificate.issued_by,
        "evidence": None
        if evidence is None
        else {
            "scenario": evidence.scenario,
            "scenario_hash": evidence.scenario_hash,
            "seeds": list(evidence.seeds),
            "measures": {
                name: {"median": found.median, "low": found.low, "high": found.high}
                for name, found in sorted(evidence.measures.items())
            },
        },
    }
