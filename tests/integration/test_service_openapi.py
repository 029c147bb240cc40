"""The OpenAPI document: every body has an example, and every example is what its schema says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from service_place import place_in

from signalctl.api.openapi_examples import bodies


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory, arterial: Path) -> dict[str, Any]:
    with place_in(tmp_path_factory.mktemp("openapi"), arterial) as place:
        found: dict[str, Any] = place.client.get("/api/v1/openapi.json").json()
        return found


def examples(body: dict[str, Any]) -> list[Any]:
    named = [each["value"] for each in body.get("examples", {}).values()]
    return [body["example"], *named] if "example" in body else named


def test_every_body_has_an_example_that_its_schema_allows(document: dict[str, Any]) -> None:
    found = list(bodies(document))
    assert len(found) > 300
    for body in found:
        schema = {**body["schema"], "components": document["components"]}
        assert examples(body), body
        for example in examples(body):
            jsonschema_rs.Draft202012Validator(schema).validate(example)


def test_examples_say_something(document: dict[str, Any]) -> None:
    """No text that stands for any text, no name that stands for any name."""

    def places(value: Any, at: str) -> list[str]:
        if isinstance(value, dict):
            return [p for name, each in value.items() for p in places(each, f"{at}.{name}")]
        if isinstance(value, list):
            return [p for each in value for p in places(each, f"{at}[]")]
        return [at] if value == "text" else []

    dumb = {p for body in bodies(document) for each in examples(body) for p in places(each, "")}
    assert not dumb
