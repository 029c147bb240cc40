"""Fingerprints: the hash an approval signs, equal for equal content everywhere."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Mapping, Set
from dataclasses import replace
from typing import Any

from signalctl.domain.junction import Junction


def fingerprint(value: object) -> str:
    """SHA-256 of a domain value's content, as `sha256:<64 hex digits>`.

    Independent of process, insertion order and Python version. Accepts the
    frozen types of the domain and plain JSON values; raises TypeError else.
    """
    text = json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def junction_fingerprint(junction: Junction) -> str:
    """Fingerprint of what a controller must know of a junction; remarks do not count."""
    return fingerprint(replace(junction, notes=()))


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"type": type(value).__name__, **fields}
    if isinstance(value, Mapping):
        return sorted(([_plain(k), _plain(v)] for k, v in value.items()), key=json.dumps)
    if isinstance(value, Set):
        return sorted((_plain(item) for item in value), key=json.dumps)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)  # 12.0 and 12 are equal, so they have one fingerprint
    if isinstance(value, float) and not math.isfinite(value):
        raise TypeError(f"{value} has no fingerprint")
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise TypeError(f"{type(value).__name__} has no fingerprint")
