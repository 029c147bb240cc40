"""Text that no database holds: the character NUL, and halves of surrogate pairs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

_SUSPECT: Final = re.compile(rb"\\u(0000|d[89a-f])", re.IGNORECASE)


def is_storable(body: bytes) -> bool:
    """Whether every text of a JSON body can be kept; what is no JSON is for others to refuse."""
    if _SUSPECT.search(body) is None:
        return True
    try:
        return all(_holds(text) for text in _texts(json.loads(body)))
    except (ValueError, RecursionError):
        return True


def _holds(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for each in value:
                yield from _texts(each)
        case dict():
            for name, each in value.items():
                yield name
                yield from _texts(each)
