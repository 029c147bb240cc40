"""An order to push is begun once, whatever dies between the order and its answer."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from service_place import FAST, PASSWORD, PEOPLE, wave_document
from service_server import ServeProcess, wait_for
from sqlalchemy import text

from signalctl.rules.registry import profile
from signalctl.store.audit import Audit
from signalctl.store.database import Database
from signalctl.store.journal import Journal
from signalctl.store.users import User, Users
from signalctl.workflow.service.credentials import Hasher
from signalctl.workflow.service.plan_desk import PlanDesk
from signalctl.workflow.service.site import open_site

pytestmark = pytest.mark.sumo


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/s.db"


@pytest.fixture
def serve(tmp_path: Path, url: str, arterial: Path) -> Iterator[ServeProcess]:
    site = tmp_path / "site"
    shutil.copytree(arterial, site / "networks" / "arterial")
    at = datetime.now(UTC)
    with Database(url) as database:
        hashed = Hasher(FAST).hash(PASSWORD)
        for name, roles in PEOPLE.items():
            user = User(
                name=name, roles=frozenset(roles), active=True, created_at=at, password=hashed
            )
            Users(database).add(user, actor="test")
        PlanDesk(database, open_site(site), profile("as-surveyed")).create(
            id="p1",
            network="arterial",
            name="a plan",
            document=wave_document(arterial),
            based_on=None,
            author="emil",
            at=at,
        )
    found = ServeProcess(site, url)
    found.start()
    yield found
    found.stop()


def test_an_order_is_begun_once_whenever_the_service_is_killed(
    serve: ServeProcess, url: str
) -> None:
    emil, anna, otto = (serve.log_in(name) for name in ("emil", "anna", "otto"))
    emil.post("/plans/p1/submit")
    assert anna.post("/plans/p1/approve", json={"reason": "ok"}).json()["state"] == "approved"
    wait_for(lambda: all(d["state"] for d in emil.get("/devices").json()))
    dry = otto.post("/pushes", json={"plan": "p1", "dry_run": True}).json()
    stopped = {each["device"] for each in dry["complaints"]}
    devices = [d["id"] for d in dry["devices"] if d["id"] not in stopped][:2]
    assert devices
    ids = []
    for number, wait_s in enumerate((0.0, 0.1, 0.5)):
        order = {"plan": "p1", "devices": devices, "reason": f"try {number}"}
        key = {"Idempotency-Key": f"evening {number}"}
        asked = threading.Thread(target=_ask, args=(otto, order, key))
        asked.start()
        time.sleep(wait_s)
        serve.kill()
        asked.join()
        serve.start()
        otto = serve.log_in("otto")
        again = wait_for(lambda c=otto, o=order, k=key: _answered(c, o, k))
        push_id = again["id"]
        assert again["reason"] == order["reason"]
        wait_for(lambda c=otto, i=push_id: _state(c, i) in ("done", "undone"))
        # An answer that was given and lost: the same request finds the same push once more.
        _forget_answers(url)
        assert otto.post("/pushes", json=order, headers=key).json()["id"] == push_id
        ids.append(push_id)
    with Database(url) as database:
        pushes = Journal(database).history()
        assert sorted(push.id for push in pushes) == sorted(ids), "each order once"
        entries = Audit(database).entries(limit=10_000)
        begun = [e.subject for e in entries if e.action == "push-begin"]
        assert sorted(begun) == sorted(f"push {i}" for i in ids)
        ordered = {e.subject for e in entries if e.action == "push-ordered"}
        assert set(begun) <= ordered, "who ordered it stands there before any device is asked"
        assert Audit(database).verify() is None
    back = {"reason": "not tonight"}
    last = next(i for i in reversed(ids) if _state(otto, i) == "done")
    key = {"Idempotency-Key": "back"}
    assert otto.post(f"/pushes/{last}/rollback", json=back, headers=key).status_code == 202
    wait_for(lambda: _state(otto, last) == "rolled-back")
    _forget_answers(url)
    again = otto.post(f"/pushes/{last}/rollback", json=back, headers=key)
    assert (again.status_code, again.json()["state"]) == (202, "rolled-back")


def test_a_lock_outlives_the_service(serve: ServeProcess) -> None:
    body = {"name": "emil", "password": "wrong password"}
    for _ in range(5):
        assert httpx.post(f"{serve.base}/api/v1/sessions", json=body).status_code == 401
    serve.kill()
    serve.start()
    right = {"name": "emil", "password": PASSWORD}
    locked = httpx.post(f"{serve.base}/api/v1/sessions", json=right)
    assert (locked.status_code, locked.json()["code"]) == (429, "A-LOCKED")
    adam = serve.log_in("adam")
    assert [each["name"] for each in adam.get("/lockouts").json()] == ["emil"]
    assert adam.delete("/lockouts", params={"name": "emil"}).status_code == 204
    assert httpx.post(f"{serve.base}/api/v1/sessions", json=right).status_code == 201


def _ask(client: httpx.Client, order: dict[str, Any], key: dict[str, str]) -> None:
    try:
        client.post("/pushes", json=order, headers=key)
    except httpx.TransportError:
        return


def _answered(
    client: httpx.Client, order: dict[str, Any], key: dict[str, str]
) -> dict[str, Any] | None:
    """The push, once what the killed service left is settled and the devices are open."""
    answer = client.post("/pushes", json=order, headers=key)
    found: dict[str, Any] = answer.json()
    if answer.status_code == 202:
        return found
    assert answer.status_code == 409, found
    return None


def _state(client: httpx.Client, push_id: str) -> str:
    state: str = client.get(f"/pushes/{push_id}").json()["state"]
    return state


def _forget_answers(url: str) -> None:
    """As a service leaves it that is killed after the deed and before its answer is kept."""
    with Database(url) as database, database.write() as connection:
        connection.execute(text("UPDATE signalctl_request SET status = NULL, answer = NULL"))
