"""The job desk: orders checked and completed before they are queued."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from signalctl.domain.errors import InputError
from signalctl.files.certificate_file import certificate_of
from signalctl.store.database import Database
from signalctl.store.jobs import Job
from signalctl.workflow.jobs.order import OPTIONS, JobKind, JobOrder
from signalctl.workflow.jobs.runner import JobRunner
from signalctl.workflow.peers import PEERS
from signalctl.workflow.service.plan_desk import PlanDesk, document_hash

_WITHOUT_A_PLAN: Final = frozenset({JobKind.SIMULATE, JobKind.OPTIMISE, JobKind.GREENWAVE})
"""What can be ordered of a network and its scenario alone."""


class JobDesk:
    """Jobs on plans and scenarios of a site; each runs in a process of its own."""

    def __init__(
        self,
        database: Database,
        desk: PlanDesk,
        *,
        cluster: str | None = None,
        on_change: Callable[[Job], None],
    ) -> None:
        self._desk = desk
        self._cluster = cluster
        # A job's simulations take every core by themselves, so one job at a time is enough
        # unless a cluster does the work.
        self._processes = max(1, (os.cpu_count() or 2) - 1)
        self.runner = JobRunner(
            database,
            desk.site.folder / "jobs",
            most=4 if cluster else 1,
            on_change=on_change,
            on_done=self._done,
        )

    def order(
        self,
        *,
        id: str,
        kind: JobKind,
        plan: str | None,
        network: str | None,
        scenario: str | None,
        options: Mapping[str, Any],
        actor: str,
    ) -> Job:
        """Queue a job. Raises Missing for a plan or scenario that is not there, InputError."""
        try:
            checked = OPTIONS[kind].model_validate(dict(options))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise InputError(
                f"{first['msg']}.",
                where="options." + ".".join(str(part) for part in first["loc"]),
            ) from error
        told = checked.model_dump(mode="json")
        read = None if plan is None else self._desk.read(plan)
        if read is None and kind not in _WITHOUT_A_PLAN:
            raise InputError(f"A job to {kind} needs a plan.", where="plan")
        network_id = network if read is None else read.stored.network
        if network_id is None:
            raise InputError("A job without a plan needs a network.", where="network")
        site_network = self._desk.site.network(network_id)
        path: Path = site_network.scenario(scenario)
        other = None
        if kind is JobKind.COMPARE and told["against"] not in PEERS:
            other = self._desk.read(told["against"])
            if other.stored.network != network_id:
                raise InputError(
                    "The two plans are of different networks.", where="options.against"
                )
        if kind is JobKind.TRY:
            self._desk.require_legal(network_id, told["document"])
        document = None if read is None else read.document
        plan_hash = None if read is None else read.stored.hash
        if kind is JobKind.TRAJECTORIES and told["document"] is not None:
            # The draft takes the plan's place, so that the job's hash is that of what it shows.
            document = told.pop("document")
            self._desk.require_legal(network_id, document)
            plan_hash = document_hash(document)
        name = next(name for name, each in site_network.scenarios.items() if each == path)
        order = JobOrder(
            kind=kind,
            network=network_id,
            scenario=name,
            scenario_path=str(path),
            plan=plan,
            plan_hash=plan_hash,
            document=document,
            other=None if other is None else other.document,
            rules=self._desk.profile.name,
            actor=actor,
            options=told,
            cluster=self._cluster,
            processes=None if self._cluster else self._processes,
        )
        return self.runner.submit(id=id, order=order)

    def _done(self, job: Job, result: Any) -> None:
        if job.kind == JobKind.CERTIFY:
            for each in result["certificates"]:
                self._desk.certificates.add(certificate_of(each, f"job {job.id}"))
