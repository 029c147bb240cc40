"""A whole example for every body of the OpenAPI document, put together from its fields' own.

Models say what a field looks like beside the field (`Field(examples=[...])`); here the
bodies that use them get an example as they would stand on the wire.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from signalctl.api.example_words import BY_MODEL, BY_NAME, WHOLE

_PREFIX: Final = "#/components/schemas/"
_ANY_KEY: Final = "J1"
_JSON: Final = ("application/json", "application/problem+json")
_PLAIN: Final[Mapping[str, Any]] = {
    "string": "text",
    "integer": 1,
    "number": 1.0,
    "boolean": True,
    "null": None,
}
_FORMATS: Final[Mapping[str, str]] = {
    "date-time": "2026-05-04T07:30:00Z",
    "binary": "schema: signalctl/plan/1",
}


def add_examples(document: dict[str, Any]) -> None:
    """Give every JSON body of every operation an example, where it has none."""
    schemas = document.get("components", {}).get("schemas", {})
    for body in bodies(document):
        schema = body.get("schema")
        if schema and "example" not in body and "examples" not in body:
            body["example"] = example_of(schema, schemas)


def bodies(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The media types of all requests and answers that are JSON."""
    for path in document.get("paths", {}).values():
        for operation in path.values():
            answers = operation.get("responses", {}).values()
            for holder in (operation.get("requestBody", {}), *answers):
                content = holder.get("content", {})
                yield from (content[kind] for kind in _JSON if kind in content)


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """A value of a schema: its own example, else one put together from its parts.

    Optional fields are in it as well; models that hold themselves do so once.
    """
    return _example(schema, schemas, ())


def _example(schema: Mapping[str, Any], schemas: Mapping[str, Any], inside: tuple[str, ...]) -> Any:
    if schema.get("examples"):
        return schema["examples"][0]
    for key in ("example", "const"):
        if key in schema:
            return schema[key]
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix(_PREFIX)
        return _example(schemas[name], schemas, (*inside, name))
    if schema.get("enum"):
        return schema["enum"][0]
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return _example(_telling(schema[key], inside), schemas, inside)
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        return _object(schema, schemas, inside)
    if kind == "array":
        return _array(schema, schemas, inside)
    if schema.get("default") is not None:
        return schema["default"]
    if kind in ("integer", "number") and "minimum" in schema:
        return schema["minimum"]
    return _FORMATS.get(schema.get("format", ""), _PLAIN.get(str(kind), {}))


def _telling(choices: list[dict[str, Any]], inside: tuple[str, ...]) -> dict[str, Any]:
    """The choice that shows most: not null, and no model that is being shown already."""
    for choice in choices:
        name = str(choice.get("$ref", "")).removeprefix(_PREFIX)
        if choice.get("type") != "null" and name not in inside:
            return choice
    return choices[-1]


def _object(
    schema: Mapping[str, Any], schemas: Mapping[str, Any], inside: tuple[str, ...]
) -> dict[str, Any]:
    model = inside[-1] if inside else ""
    found = {
        name: _field(model, name, each, schemas, inside)
        for name, each in schema.get("properties", {}).items()
    }
    more = schema.get("additionalProperties")
    if isinstance(more, dict) and more and not found:
        found[_ANY_KEY] = _example(more, schemas, inside)
    return found


def _field(
    model: str,
    name: str,
    schema: Mapping[str, Any],
    schemas: Mapping[str, Any],
    inside: tuple[str, ...],
) -> Any:
    """A field's own example; where it is any text, what such a field looks like."""
    found = _example(schema, schemas, inside)
    if isinstance(found, list | dict) and _holds_placeholder(found):
        return BY_MODEL.get((model, name), WHOLE.get(name, found))
    word = BY_MODEL.get((model, name), BY_NAME.get(name))
    if word is None:
        return found
    return word if found == _PLAIN["string"] else found


def _holds_placeholder(value: Any) -> bool:
    """Whether a value has text that stands for any text, or numbers by names that say nothing."""
    if isinstance(value, dict):
        return _ANY_KEY in value or any(map(_holds_placeholder, value.values()))
    if isinstance(value, list):
        return any(map(_holds_placeholder, value))
    return bool(value == _PLAIN["string"])


def _array(schema: Mapping[str, Any], schemas: Mapping[str, Any], inside: tuple[str, ...]) -> Any:
    if "prefixItems" in schema:
        return [_example(each, schemas, inside) for each in schema["prefixItems"]]
    items = schema.get("items", {})
    name = str(items.get("$ref", "")).removeprefix(_PREFIX)
    if name and name in inside:
        return []
    return [_example(items, schemas, inside)] * max(1, int(schema.get("minItems", 1)))
