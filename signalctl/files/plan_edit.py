"""Plans changed inside a file that people own: comments and layout stay.

Where only numbers change, only their digits are replaced and every other byte
stays. Where a plan needs fields it had not (another number of stages or greens),
its form is written anew and the file is laid out again with its comments.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from signalctl.domain.errors import InputError, SignalctlError
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.plan import TimingPlan
from signalctl.files.atomic import atomic_path
from signalctl.files.plan_file import PlanSet, dump_plans, read_plans
from signalctl.files.plan_schema import PLAN_SCHEMA
from signalctl.files.yaml_document import read_yaml

Keys: TypeAlias = tuple[str | int, ...]

FORMS = ("stages", "ring_barrier", "windows", "lamps")
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
"""What YAML counts as the end of a line."""
_QUOTED = re.compile(r"'(?:[^'\r\n]|'')*'|\"(?:[^\"\\\r\n]|\\.)*\"")
_PLAIN = re.compile(r"[^\s,\[\]{}#](?:[^\r\n,\[\]{}#]*[^\s,\[\]{}#])?")


def edit_plans(source: Path, target: Path, plans: Mapping[str, TimingPlan]) -> None:
    """Write `source` to `target`, these plans in the places of the ones they replace.

    Plans of junctions not named stay as they are; the two paths may be one. The file
    is read back before it takes its place, so that it says exactly these plans.
    Raises InputError for a junction the file has no plan of, or a place that cannot
    be written; the target is then as it was.
    """
    before = read_plans(source)
    unknown = sorted(set(plans) - set(before.plans))
    if unknown:
        raise InputError(f"The file has no plan of junction {unknown[0]}.", where=str(source))
    wanted = replace(before, plans=FrozenMap({**before.plans, **plans}))
    with atomic_path(target) as temporary:
        for text in _texts(source, before, wanted):
            temporary.write_bytes(text.encode())
            if _says(temporary, wanted):
                return
        raise InputError(
            "The plans cannot be written into this file's layout.",
            where=str(source),
            remedy="Write the file in the layout of docs/plan-file.md.",
        )


def _texts(source: Path, before: PlanSet, wanted: PlanSet) -> Iterator[str]:
    """Ways to write the file, the most careful first."""
    raw = source.read_bytes().decode("utf-8")
    if before == wanted:
        yield raw
    old, new = _document(before), _document(wanted)
    changes = [change for i in range(len(new)) for change in _changes(old[i], new[i], (i,))]
    document = read_yaml(source, PLAN_SCHEMA)
    careful = _with_tokens(raw, document, changes)
    if careful is not None:
        yield careful
    yield _laid_out_again(document, old, new, changes)


def _document(plan_set: PlanSet) -> list[dict[str, Any]]:
    """The plans as plain values, every default written out."""
    plain: Any = YAML(typ="safe", pure=True).load(dump_plans(plan_set))
    found: list[dict[str, Any]] = plain["plans"]
    return found


def _says(path: Path, wanted: PlanSet) -> bool:
    try:
        return replace(read_plans(path), source=wanted.source) == wanted
    except SignalctlError:
        return False


def _changes(old: Any, new: Any, keys: Keys) -> Iterator[tuple[Keys, Any]]:
    """(place, new value) of everything that differs, as deep as the two are alike."""
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        for key in new:
            yield from _changes(old[key], new[key], (*keys, key))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for i, (a, b) in enumerate(zip(old, new, strict=True)):
            yield from _changes(a, b, (*keys, i))
    elif old != new:
        yield keys, new


def _with_tokens(raw: str, document: CommentedMap, changes: list[tuple[Keys, Any]]) -> str | None:
    """The text with single values replaced where they stand; None where one cannot be."""
    starts = [0, *(found.end() for found in _BREAK.finditer(raw))]
    edits: list[tuple[int, int, str]] = []
    for keys, value in changes:
        place = _place(document["plans"], keys)
        if place is None or isinstance(value, (dict, list)):
            return None
        at = starts[place[0]] + place[1]
        token = (_QUOTED if raw[at : at + 1] in "'\"" else _PLAIN).match(raw, at)
        if token is None:
            return None
        edits.append((at, token.end(), str(value)))
    for at, end, text in sorted(edits, reverse=True):
        raw = raw[:at] + text + raw[end:]
    return raw


def _place(node: Any, keys: Keys) -> tuple[int, int] | None:
    """Line and column, from 0, at which a value begins; None where it is not written."""
    place: tuple[int, int] | None = None
    for key in keys:
        if isinstance(node, CommentedMap) and key in node:
            place = node.lc.value(key)
        elif isinstance(node, CommentedSeq) and isinstance(key, int) and key < len(node):
            place = node.lc.item(key)
        else:
            return None
        node = node[key]
    return place


def _laid_out_again(
    document: CommentedMap,
    old: list[dict[str, Any]],
    new: list[dict[str, Any]],
    changes: list[tuple[Keys, Any]],
) -> str:
    for keys, value in changes:
        plan: Any = document["plans"][keys[0]]
        if len(keys) == 1 or not _set(plan, keys[1:], value):
            _write_anew(plan, old[int(keys[0])], new[int(keys[0])])
    yaml = YAML(typ="rt")
    yaml.width = 120
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump(document, out)
    return out.getvalue()


def _set(node: Any, keys: Keys, value: Any) -> bool:
    """Put a single value where one is written, or where a default was meant."""
    if isinstance(value, (dict, list)):
        return False
    for key in keys[:-1]:
        if not (isinstance(node, CommentedMap) and key in node) and not (
            isinstance(node, CommentedSeq) and isinstance(key, int) and key < len(node)
        ):
            return False
        node = node[key]
    node[keys[-1]] = value
    return True


def _write_anew(plan: CommentedMap, old: dict[str, Any], new: dict[str, Any]) -> None:
    """Replace what changed of a plan, field by field of the plan."""
    for key in [key for key in FORMS if key in old and key not in new]:
        del plan[key]
    for key, value in new.items():
        if old.get(key) != value:
            plan[key] = value
