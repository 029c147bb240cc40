"""`signalctl serve` killed in the middle of a job and of a push, and started again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from service_place import FAST, PASSWORD, PEOPLE, wave_document
from service_server import ServeProcess, wait_for

from signalctl.rules.registry import profile
from signalctl.store.audit import Audit
from signalctl.store.database import Database
from signalctl.store.users import User, Users
from signalctl.workflow.service.credentials import Hasher
from signalctl.workflow.service.plan_desk import PlanDesk
from signalctl.workflow.service.site import open_site


@pytest.fixture
def serve(tmp_path: Path, arterial: Path, short: Path) -> Iterator[ServeProcess]:
    site, url = tmp_path / "site", f"sqlite:///{tmp_path}/s.db"
    shutil.copytree(arterial, site / "networks" / "arterial")
    shutil.copy(short, site / "networks" / "arterial" / "short.scenario.yaml")
    with Database(url) as database:
        hashed = Hasher(FAST).hash(PASSWORD)
        for name, roles in PEOPLE.items():
            user = User(
                name=name,
                roles=frozenset(roles),
                active=True,
                created_at=datetime.now(UTC),
                password=hashed,
            )
            Users(database).add(user, actor="test")
        PlanDesk(database, open_site(site), profile("as-surveyed")).create(
            id="p1",
            network="arterial",
            name="a plan",
            document=wave_document(arterial),
            based_on=None,
            author="emil",
            at=datetime.now(UTC),
        )
    found = ServeProcess(site, url)
    found.start()
    yield found
    found.stop()
    with Database(url) as database:
        assert Audit(database).verify() is None


@pytest.mark.sumo
def test_a_kill_loses_no_job_no_approval_and_no_push(serve: ServeProcess) -> None:
    emil, anna, otto = (serve.log_in(name) for name in ("emil", "anna", "otto"))
    assert emil.post("/plans/p1/submit").json()["state"] == "submitted"
    assert anna.post("/plans/p1/approve", json={"reason": "ok"}).json()["state"] == "approved"
    order = {"kind": "simulate", "plan": "p1", "scenario": "short", "options": {"seeds": 1}}
    running, queued = (emil.post("/jobs", json=order).json()["id"] for _ in range(2))
    wait_for(lambda: emil.get(f"/jobs/{running}").json()["state"] == "running")
    devices = emil.get("/devices").json()
    wait_for(lambda: all(d["state"] for d in emil.get("/devices").json()))
    assert {d["protocol"] for d in devices} == {"ntcip1202", "gbt20999"}
    two = [
        next(d["id"] for d in devices if d["protocol"] == name)
        for name in ("ntcip1202", "gbt20999")
    ]
    dry = otto.post("/pushes", json={"plan": "p1", "devices": two, "dry_run": True})
    assert (dry.status_code, dry.json()["ok"]) == (200, True)
    asked = {"plan": "p1", "devices": two, "reason": "evening"}
    pushed = otto.post("/pushes", json=asked)
    assert pushed.status_code == 202
    push_id = pushed.json()["id"]
    serve.kill()

    serve.start()
    emil, otto = serve.log_in("emil"), serve.log_in("otto")
    assert emil.get("/plans/p1").json()["state"] == "approved"
    jobs = {job["id"]: job for job in emil.get("/jobs").json()["items"]}
    assert {jobs[running]["state"], jobs[queued]["state"]} <= {"queued", "running", "done"}

    def settled() -> str | None:
        push = otto.get(f"/pushes/{push_id}").json()
        ended = push["state"] in ("done", "undone")
        return push["state"] if ended else None

    if wait_for(settled) == "undone":
        push_id = otto.post("/pushes", json=asked).json()["id"]
        assert wait_for(settled) == "done"

    def running_names() -> list[str | None]:
        found = {d["id"]: d for d in emil.get("/devices").json()}
        return [found[i]["running_plan"]["id"] for i in two]

    wait_for(lambda: running_names() == ["p1", "p1"])
    same = emil.get("/plans/p1/diff?to=running").json()
    assert not {each["junction"] for each in same["seconds"]} & set(two)
    back = otto.post(f"/pushes/{push_id}/rollback", json={"reason": "not tonight"})
    assert back.status_code == 202
    wait_for(lambda: otto.get(f"/pushes/{push_id}").json()["state"] == "rolled-back")
    wait_for(lambda: running_names() == [None, None])
    for job_id in (running, queued):
        wait_for(lambda job_id=job_id: emil.get(f"/jobs/{job_id}").json()["state"] == "done")
    assert emil.get(f"/jobs/{running}").json()["attempts"] == 2
    actions = [e["action"] for e in emil.get("/audit?limit=1000").json()["items"]]
    assert actions.count("job-resumed") == 1
    assert actions.count("job-done") == 2
