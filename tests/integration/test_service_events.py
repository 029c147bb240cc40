"""The event stream and jobs over real HTTP: nothing missed, nothing after the session."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from service_place import PASSWORD, Place, place_in, site_of
from service_server import Events, served, wait_for

from signalctl.api.settings import Settings


@pytest.fixture
def place(tmp_path: Path, arterial: Path, short: Path, database_url: str) -> Iterator[Place]:
    folder = site_of(arterial).network("arterial").net.parent
    shutil.copy(short, folder / "short.scenario.yaml")
    site_of.cache_clear()
    settings = replace(Settings(), heartbeat_s=0.2, recheck_s=0.2)
    with place_in(tmp_path, arterial, settings, url=database_url) as found:
        yield found


@pytest.fixture
def base(place: Place) -> Iterator[str]:
    with served(place) as found:
        yield found


def _client(base: str, name: str) -> httpx.Client:
    client = httpx.Client(base_url=base, timeout=60)
    answer = client.post("/sessions", json={"name": name, "password": PASSWORD})
    client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
    return client


def _hear(events: Events, heartbeats: int) -> None:
    for _ in range(heartbeats):
        events.next("heartbeat")


def test_a_stream_goes_on_where_it_was_lost(place: Place, base: str) -> None:
    emil = _client(base, "emil")
    body = {"network": "arterial", "name": "one", "document": place.document}
    with emil.stream("GET", "/events") as response:
        events = Events(response)
        assert response.headers["content-type"].startswith("text/event-stream")
        events.next("heartbeat")
        first = emil.post("/plans", json=body).json()
        last, _, data = events.next("plan")
        assert (data["id"], data["happened"]) == (first["id"], "created")
        events.next("heartbeat")
    missed = [emil.post("/plans", json=body).json()["id"] for _ in range(2)]
    with emil.stream("GET", "/events", headers={"Last-Event-ID": last}) as response:
        events = Events(response)
        assert [events.next("plan", "resync")[2]["id"] for _ in missed] == missed
    with emil.stream("GET", "/events", headers={"Last-Event-ID": "0123abcd-1"}) as response:
        assert Events(response).next("plan", "resync")[1] == "resync"


def test_a_stream_ends_with_its_session(place: Place, base: str) -> None:
    vera = _client(base, "vera")
    with vera.stream("GET", "/events") as response:
        events = Events(response)
        events.next("heartbeat")
        place.ask("adam", "PATCH", "/users/vera", {"active": False})
        with pytest.raises(StopIteration):
            _hear(events, 100)


@pytest.mark.sumo
def test_a_job_runs_tells_its_progress_and_can_be_cancelled(place: Place, base: str) -> None:
    emil = _client(base, "emil")
    plan = emil.post(
        "/plans", json={"network": "arterial", "name": "one", "document": place.document}
    ).json()
    order = {"kind": "simulate", "plan": plan["id"], "scenario": "short", "options": {"seeds": 1}}
    with emil.stream("GET", "/events") as response:
        events = Events(response)
        events.next("heartbeat")
        key = {"Idempotency-Key": "job-1"}
        answer = emil.post("/jobs", json=order, headers=key)
        assert (answer.status_code, answer.json()["state"]) == (202, "queued")
        assert emil.post("/jobs", json=order, headers=key).json()["id"] == answer.json()["id"]
        states = []
        while "done" not in states:
            _, _, data = events.next("job")
            states.append(data["state"])
        assert states[:2] == ["queued", "running"]
        assert data["progress"]["done"] == data["progress"]["total"] == 1
    done = emil.get(f"/jobs/{answer.json()['id']}").json()
    assert done["result"]["variants"][0]["total_delay_s"]["median"] > 0
    long = emil.post("/jobs", json={**order, "scenario": "peak", "options": {"seeds": 50}}).json()
    wait_for(lambda: emil.get(f"/jobs/{long['id']}").json()["state"] == "running")
    cancelled = emil.post(f"/jobs/{long['id']}/cancel").json()
    assert cancelled["state"] == "cancelled"
    again = emil.post(f"/jobs/{long['id']}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "wrong-state")
    actions = place.actions()
    assert [a for a in actions if a.startswith("job-")] == [
        "job-ordered",
        "job-done",
        "job-ordered",
        "job-cancelled",
    ]


def test_orders_that_make_no_sense_are_refused(place: Place) -> None:
    plan = place.new_plan()
    for order, status in (
        ({"kind": "compare", "scenario": "peak", "network": "arterial"}, 422),
        ({"kind": "simulate"}, 422),
        ({"kind": "simulate", "plan": plan["id"], "scenario": "nix"}, 404),
        ({"kind": "simulate", "plan": plan["id"], "options": {"seeds": 0}}, 422),
        ({"kind": "simulate", "plan": plan["id"], "options": {"shell": "rm"}}, 422),
        ({"kind": "compare", "plan": plan["id"], "options": {"against": "nix"}}, 404),
        ({"kind": "bake", "plan": plan["id"]}, 422),
    ):
        assert place.ask("emil", "POST", "/jobs", order).status_code == status, order
