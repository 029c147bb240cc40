"""Names of people, as they are given: claims, not logins."""

from __future__ import annotations

import unicodedata


def same_person(a: str, b: str) -> bool:
    """Whether two names are one, however they are spelt: case, spaces and Unicode forms aside."""
    return _spelt(a) == _spelt(b)


def _spelt(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
