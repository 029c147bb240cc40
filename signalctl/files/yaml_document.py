"""YAML documents that people own: read with line numbers, bounded and harmless.

YAML 1.2 throughout: `on` is a word and `012` is twelve. Anchors and aliases are
refused, because a few lines of them can grow without bound.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent

from signalctl.domain.errors import InputError
from signalctl.files.bounded import read_text

MAX_BYTES = 16 * 1024 * 1024
"""A plan file of a thousand junctions is below 2 MB."""
MAX_DEPTH = 30
"""The deepest field of a plan file lies at 9."""

Model = TypeVar("Model", bound=BaseModel)


def read_yaml(path: Path, schema: str) -> CommentedMap:
    """The mapping in a YAML file whose `schema` key has the given value.

    Raises InputError, naming file and line, for a file that is missing, too
    large, no YAML, no mapping, or of another schema.
    """
    return yaml_of(read_text(path, MAX_BYTES), path, schema)


def yaml_of(text: str, path: Path, schema: str) -> CommentedMap:
    """`read_yaml` of a text that came another way; `path` is what refusals call it."""
    try:
        _refuse_bombs(path, text)
        document = YAML(typ="rt").load(io.StringIO(text))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = " ".join(str(error.problem or "not YAML").split())
        raise InputError(f"This is no YAML: {problem}.", where=f"{path}:{line}") from error
    except YAMLError as error:
        raise InputError(f"This is no YAML: {error}.", where=str(path)) from error
    if not isinstance(document, CommentedMap):
        raise InputError(
            f"A document with `schema: {schema}` was expected.",
            where=str(path),
        )
    if document.get("schema") != schema:
        raise InputError(
            f"The file's schema is {document.get('schema')!r}, {schema!r} was expected.",
            where=f"{path}:{line_of(document, ('schema',))}",
            remedy="Give the file that this command wants.",
        )
    return document


def _refuse_bombs(path: Path, text: str) -> None:
    """Refuse, before anything is built, what grows or nests without bound."""
    depth = 0
    for event in YAML(typ="safe", pure=True).parse(io.StringIO(text)):
        where = f"{path}:{event.start_mark.line + 1}"
        if getattr(event, "anchor", None) is not None:
            raise InputError(
                "Anchors and aliases (& and *) are not allowed.",
                where=where,
                remedy="Write the value out.",
            )
        depth += isinstance(event, CollectionStartEvent)
        depth -= isinstance(event, CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise InputError("This YAML is nested too deeply.", where=where)


def parse(path: Path, document: CommentedMap, model: type[Model]) -> Model:
    """The document as a validated model; raises InputError with line and field."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        more = error.error_count() - 1
        field = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"{field}: {first['msg']}." + (f" ({more} more like this)" if more else ""),
            where=f"{path}:{line_of(document, first['loc'])}",
            remedy="See docs/plan-file.md for the fields.",
        ) from error


def line_of(document: object, keys: Sequence[object]) -> int:
    """Line, counted from 1, of the deepest part of `keys` that exists."""
    line = 1
    node = document
    for key in keys:
        try:
            if isinstance(node, CommentedMap) and key in node:
                line = node.lc.key(key)[0] + 1
                node = node[key]
            elif isinstance(node, CommentedSeq) and isinstance(key, int) and key < len(node):
                line = node.lc.item(key)[0] + 1
                node = node[key]
        except (KeyError, TypeError, AttributeError):
            break
    return line


def dump_yaml(document: Mapping[str, Any], comment: str = "") -> str:
    """YAML text of a mapping in its own order; short collections on one line."""
    yaml = YAML(typ="rt")
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump(_styled(document), out)
    lead = "".join(f"# {line}\n" for line in comment.splitlines())
    return lead + out.getvalue()


def _styled(value: Any, depth: int = 0) -> Any:
    if isinstance(value, Mapping):
        mapping = CommentedMap((key, _styled(item, depth + 1)) for key, item in value.items())
        one_line = all(
            _flat(item if isinstance(item, (list, tuple)) else (item,)) for item in value.values()
        )
        if depth > 2 and one_line and len(str(dict(value))) < 120:
            mapping.fa.set_flow_style()
        return mapping
    if isinstance(value, (list, tuple)):
        sequence = CommentedSeq(_styled(item, depth + 1) for item in value)
        if _flat(value):
            sequence.fa.set_flow_style()
        return sequence
    return value


def _flat(values: Any) -> bool:
    return all(isinstance(value, (str, int, float, bool)) or value is None for value in values)
