"""One change on one page: what a finished comparison says, with everything that goes with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from signalctl.domain.expand import timed
from signalctl.domain.fingerprint import fingerprint, junction_fingerprint
from signalctl.domain.junction import Junction
from signalctl.domain.plan import TimingPlan
from signalctl.domain.program import Program
from signalctl.store.certificates import Certificates
from signalctl.store.jobs import Job, JobState
from signalctl.store.plans import PlanState
from signalctl.store.refusals import Missing, WrongState
from signalctl.workflow.jobs.order import JobKind
from signalctl.workflow.service.difference import difference
from signalctl.workflow.service.plan_desk import PlanDesk, document_hash
from signalctl.workflow.service.site import SiteNetwork
from signalctl.workflow.service.unrolled import Unrolled

REPORT_SCHEMA: Final = "signalctl/report/1"
REPORTED: Final = frozenset({JobKind.COMPARE, JobKind.TRY})
"""Kinds of jobs that judge a change."""

Shown = Mapping[str, tuple[TimingPlan, Program]]


def report(job: Job, desk: PlanDesk) -> dict[str, Any]:
    """The report on a finished comparison, every number that the printed page holds.

    Raises WrongState for a job that is no comparison, has not ended well, or was made
    before reports were.
    """
    kind = JobKind(job.kind)
    if kind not in REPORTED:
        raise WrongState(
            f"A job to {kind} judges no change.",
            where=f"job {job.id}",
            remedy="Order a comparison of the plan.",
        )
    if job.state is not JobState.DONE:
        raise WrongState(
            f"This job is {job.state}; only a finished one has a report.",
            where=f"job {job.id}",
            remedy="Wait for it, or order it anew.",
        )
    result = job.result
    if "effects" not in result:
        raise WrongState(
            "This comparison was made before delays were measured by place.",
            where=f"job {job.id}",
            remedy="Order it anew.",
        )
    order = job.order
    own = order["options"]["document"] if kind is JobKind.TRY else order["document"]
    base = order["document"] if kind is JobKind.TRY else order["other"]
    network = desk.site.network(order["network"])
    after = desk.draft(order["network"], own)
    return {
        "schema": REPORT_SCHEMA,
        "job": {
            "id": job.id,
            "number": job.number,
            "kind": kind.value,
            "ordered_by": job.actor,
            "ordered_at": job.created_at.isoformat(),
            "ended_at": None if job.ended_at is None else job.ended_at.isoformat(),
        },
        "network": {"id": network.id, "sha256": network.network.sha256},
        "junctions": list(after.fitted),
        "scenario": {
            "name": order["scenario"],
            "fingerprint": result["scenario_fingerprint"],
            **result["period"],
        },
        "seeds": result["seeds"],
        "sumo_version": result["sumo_version"],
        "signalctl_version": result["signalctl_version"],
        "rules": result["rules"],
        "before": _before(job, kind, base, desk),
        "after": _after(job, kind, own, desk),
        "difference": _difference(after, base, order, desk, network),
        "effects": result["effects"],
        "certificates": _certificates(after, desk.certificates),
    }


def _after(job: Job, kind: JobKind, document: Mapping[str, Any], desk: PlanDesk) -> dict[str, Any]:
    """The plan that was judged: which, whose, and what was decided about just this content."""
    hashed = document_hash(document)
    found: dict[str, Any] = {
        "plan": None if kind is JobKind.TRY else job.order["plan"],
        "number": None,
        "version": None,
        "name": str(document.get("name", "")),
        "hash": hashed,
        "authors": [],
        "state": None,
        "decisions": [],
        "is_current": False,
    }
    if found["plan"] is None:
        return found
    stored = desk.plans.read(found["plan"])
    versions = desk.plans.versions(stored.id)
    return {
        **found,
        "number": stored.number,
        "version": next((number for number, its, _, _ in versions if its == hashed), None),
        "authors": list(stored.authors),
        "state": stored.state.value if stored.hash == hashed else None,
        "is_current": stored.hash == hashed,
        "decisions": [
            {"state": d.state.value, "by": d.by, "at": d.at.isoformat(), "reason": d.reason}
            for d in desk.plans.decisions(stored.id)
            if d.hash == hashed and d.state in (PlanState.APPROVED, PlanState.REJECTED)
        ],
    }


def _before(
    job: Job, kind: JobKind, document: Mapping[str, Any] | None, desk: PlanDesk
) -> dict[str, Any]:
    """What it was judged against: a saved plan, or a peer by its name."""
    if document is None:
        name = job.order["options"]["against"]
        return {"kind": "peer", "name": name, "plan": None, "number": None, "hash": None}
    plan = job.order["plan"] if kind is JobKind.TRY else job.order["options"]["against"]
    try:
        number = desk.plans.read(plan).number
    except Missing:
        number = None
    return {
        "kind": "plan",
        "name": str(document.get("name", "")),
        "plan": plan,
        "number": number,
        "hash": document_hash(document),
    }


def _difference(
    after: Unrolled,
    base: Mapping[str, Any] | None,
    order: Mapping[str, Any],
    desk: PlanDesk,
    network: SiteNetwork,
) -> dict[str, Any]:
    """The change in words of both languages; `unread` are junctions whose old program has none."""
    now = _shown(after)
    if base is not None:
        was = _shown(desk.draft(order["network"], base))
    elif order["options"]["against"] == "shipped":
        was = _shipped(network, now)
    else:
        was = {}
    unread = [] if base is not None else sorted(set(now) - set(was))
    known = {j: shown for j, shown in now.items() if j not in unread}
    found = difference(was, known)
    return {"words": found["words"], "seconds": len(found["seconds"]), "unread": unread}


def _shown(unrolled: Unrolled) -> Shown:
    return {j: (each.plan, unrolled.programs[j]) for j, each in unrolled.fitted.items()}


def _shipped(network: SiteNetwork, wanted: Shown) -> Shown:
    """The programs the network runs by itself, where they are fixed second by second."""
    found = {}
    for junction_id in wanted:
        junction: Junction = network.network.junctions[junction_id]
        for program in network.network.programs[junction_id]:
            plan = program.plan(junction_id) if program.is_default else None
            if plan is not None and program.type == "static":
                found[junction_id] = (plan, timed(plan, junction))
    return found


def _certificates(after: Unrolled, certificates: Certificates) -> dict[str, Any]:
    """How many of the junctions' plans are certified, by whom, and who let them go."""
    issued: set[str] = set()
    approved: set[str] = set()
    certified = 0
    for each in after.fitted.values():
        hashed = fingerprint(each.plan)
        found = certificates.of(hashed, junction_fingerprint(each.junction))
        certified += bool(found)
        issued |= {certificate.issued_by for certificate in found}
        approved |= {approval.by for approval in certificates.approvals(hashed)}
    return {
        "junctions": len(after.fitted),
        "certified": certified,
        "issued_by": sorted(issued),
        "approved_by": sorted(approved),
    }
