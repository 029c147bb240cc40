"""A service over the shipped arterial, its users and a client, without a network between."""

from __future__ import annotations

import copy
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from signalctl.api.app import create_app
from signalctl.api.service import Service
from signalctl.api.settings import Settings
from signalctl.files.plan_file import plan_set_document
from signalctl.rules.registry import profile
from signalctl.store.database import Database
from signalctl.store.users import Role, User
from signalctl.workflow.service.credentials import Hasher
from signalctl.workflow.service.plan_desk import PlanDesk
from signalctl.workflow.service.site import Site, open_site
from signalctl.workflow.service.street_orders import StreetPlace
from signalctl.workflow.wave.greenwave import WaveRequest
from signalctl.workflow.wave.search import CorridorChoice, wave_for

PASSWORD = "correct horse battery"
V1 = "/api/v1"
PEOPLE = {
    "vera": {Role.VIEWER},
    "emil": {Role.ENGINEER},
    "elsa": {Role.ENGINEER},
    "anna": {Role.APPROVER},
    "otto": {Role.OPERATOR},
    "adam": {Role.ADMIN},
    "both": {Role.ENGINEER, Role.APPROVER},
}
# Argon2's work is not what is tested here, and takes a core half a second each time.
FAST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@cache
def site_of(arterial: Path) -> Site:
    """A site with the shipped arterial, opened once."""
    folder = arterial.parent / "site"
    shutil.copytree(arterial, folder / "networks" / "arterial", dirs_exist_ok=True)
    return open_site(folder)


@cache
def _wave(arterial: Path) -> dict[str, Any]:
    network = site_of(arterial).network("arterial")
    request = WaveRequest(cycles=range(95, 96), sequence="keep", profile=profile("as-surveyed"))
    return plan_set_document(wave_for(network.source, CorridorChoice(), request).plans)


def wave_document(arterial: Path) -> dict[str, Any]:
    """A legal plan of the arterial as a plan file says it; the caller's own to change."""
    return copy.deepcopy(_wave(arterial))


@dataclass
class Place:
    """The service with a client, and one token for each person."""

    service: Service
    app: FastAPI
    client: TestClient
    document: dict[str, Any]
    tokens: dict[str, str] = field(default_factory=dict)

    def ask(
        self,
        who: str | None,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """A request below /api/v1 by somebody, None for nobody."""
        sent = dict(headers or {})
        if who is not None:
            if who not in self.tokens:
                login = {"name": who, "password": PASSWORD}
                opened = self.client.post(f"{V1}/sessions", json=login)
                assert opened.status_code == 201, opened.text
                self.tokens[who] = opened.json()["token"]
            sent["Authorization"] = f"Bearer {self.tokens[who]}"
        answer: Response = self.client.request(method, f"{V1}{path}", json=body, headers=sent)
        return answer

    def new_plan(self, who: str = "emil", **changed: Any) -> dict[str, Any]:
        """A new draft."""
        body = {"network": "arterial", "name": "a plan", "document": self.document} | changed
        answer = self.ask(who, "POST", "/plans", body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def actions(self) -> list[str]:
        """What the audit log holds, action by action."""
        return [entry.action for entry in self.service.audit.entries(limit=10_000)]


@contextmanager
def place_in(
    folder: Path,
    arterial: Path,
    settings: Settings | None = None,
    url: str | None = None,
    street: StreetPlace | None = None,
    cluster: str | None = None,
) -> Iterator[Place]:
    """A service with a database of its own; its jobs and devices are not started.

    With `street` it has devices; a URL that was used before finds its users there.
    """
    with Database(url or f"sqlite:///{folder}/{uuid.uuid4().hex}.db") as database:
        desk = PlanDesk(database, site_of(arterial), profile("as-surveyed"))
        service = Service.of(
            database,
            desk,
            settings or Settings(),
            hasher=Hasher(FAST),
            place=street,
            cluster=cluster,
        )
        hashed = service.hasher.hash(PASSWORD)
        for name, roles in PEOPLE.items():
            if service.users.read(name) is not None:
                continue
            user = User(
                name=name,
                roles=frozenset(roles),
                active=True,
                created_at=datetime.now(UTC),
                password=hashed,
            )
            service.users.add(user, actor="test")
        app = create_app(service)
        client = TestClient(app, raise_server_exceptions=False)
        # A place with devices is for watching them: its plans come from elsewhere.
        document = wave_document(arterial) if street is None else {}
        yield Place(service=service, app=app, client=client, document=document)
