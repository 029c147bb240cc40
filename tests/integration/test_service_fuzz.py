"""Whatever is asked by the OpenAPI document: no server error, nothing it does not describe."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from service_place import PASSWORD, V1, Place, place_in

from signalctl.api.roles import ACCESS
from signalctl.store.users import Role, User

EXAMPLES = 8
"""Requests for each operation, on each database: the budget that docs/api.md states."""
NEVER_ENDS = f"{V1}/events"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def place(tmp_path: Path, arterial: Path, database_url: str) -> Iterator[Place]:
    with place_in(tmp_path, arterial, url=database_url) as found:
        user = User(
            name="all",
            roles=frozenset(Role),
            active=True,
            created_at=datetime.now(UTC),
            password=found.service.hasher.hash(PASSWORD),
        )
        found.service.users.add(user, actor="test")
        yield found


def test_nothing_that_the_document_allows_breaks_the_service(place: Place) -> None:
    key = place.ask("adam", "POST", "/users/all/keys", {"label": "fuzz"}).json()["key"]
    # What exists is worth more than what does not.
    ids = {
        "plan_id": place.new_plan()["id"],
        "network_id": "arterial",
        "name": "vera",
    }
    schema = schemathesis.openapi.from_asgi(f"{V1}/openapi.json", place.app)
    tried: dict[str, int] = {}
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if operation.path == NEVER_ENDS:
            continue
        _try(operation, key, ids, tried)
    assert len(tried) == len(ACCESS) - 2, "all but the stream and the document itself"
    assert max(tried.values()) >= EXAMPLES - 2
    assert place.ask("adam", "GET", "/audit/verify").json()["whole"]


def _try(operation: Any, key: str, ids: dict[str, str], tried: dict[str, int]) -> None:
    label = operation.label

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        tried[label] = tried.get(label, 0) + 1
        for name, value in ids.items():
            if name in (case.path_parameters or {}) and tried[label] % 2:
                case.path_parameters[name] = value
        headers = {"Authorization": f"Bearer {key}"}
        case.call_and_validate(headers=headers, checks=CHECKS)

    ask()
