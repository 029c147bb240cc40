"""JSON as it is stored: one text for one value, so that a hash over it means something."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

JsonValue: TypeAlias = (
    bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"] | None
)
"""What JSON can say; tuples are lists, any mapping with text keys is an object."""


def canonical(value: JsonValue) -> str:
    """The one text of a JSON value: keys sorted, no spaces, ASCII only.

    Raises TypeError for what JSON cannot say and ValueError for NaN and infinity.
    """
    return json.dumps(
        _plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )


def compact(value: JsonValue) -> str:
    """Like `canonical`, but keys stay in their order."""
    return json.dumps(
        _plain(value), sort_keys=False, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"{key!r} is no key of a JSON object")
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is no JSON number")
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise TypeError(f"{type(value).__name__} is no JSON value")
