"""Names of people, as they are given: claims, not logins."""

from __future__ import annotations

import unicodedata
from typing import Final

from signalctl.domain.errors import InputError

MAX_NAME: Final = 200


def person(name: str) -> str:
    """The name as it is kept, without spaces around it.

    Raises InputError for one that is empty, too long, or no line of text.
    """
    kept = name.strip()
    if not kept or len(kept) > MAX_NAME or not kept.isprintable():
        raise InputError(
            f"A name is one line of 1 to {MAX_NAME} letters.",
            where="--by",
            remedy="Give the name of who says so: --by NAME.",
        )
    return kept


def same_person(a: str, b: str) -> bool:
    """Whether two names are one, however they are spelt: case, spaces and Unicode forms aside."""
    return _spelt(a) == _spelt(b)


def _spelt(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
