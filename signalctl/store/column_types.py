"""How values lie in columns, alike on SQLite and PostgreSQL: as text and whole numbers."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from signalctl.store.failure import StoreError

_UNSTORABLE = re.compile("[\\\\\0\ud800-\udfff]")
_ESCAPED = re.compile(r"\\(\\|u[0-9a-f]{4})")


def stored_words(words: str) -> str:
    r"""Any text as text that both databases can hold.

    NUL and lone surrogates, which a broken device may well send, become `\uXXXX`,
    and a backslash `\\`; everything else stays as it is and can be read in the
    table.
    """
    return _UNSTORABLE.sub(
        lambda found: "\\\\" if found[0] == "\\" else f"\\u{ord(found[0]):04x}", words
    )


def words_of(stored: str) -> str:
    """The text that `stored_words` stored."""
    return _ESCAPED.sub(
        lambda found: "\\" if found[1] == "\\" else chr(int(found[1][1:], 16)), stored
    )


def stored_moment(at: datetime) -> str:
    """An aware moment as ISO 8601 in UTC with microseconds: sorts as text as it does in time.

    Raises ValueError for a moment without a time zone: nobody would know when it was.
    """
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


class Words(TypeDecorator[str]):
    """Any text a person or a device gave."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """Escape what a database cannot hold."""
        return None if value is None else stored_words(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> str | None:
        """Take the escapes back; StoreError for what we cannot have stored."""
        if value is None:
            return None
        if type(value) is not str:
            raise _changed("A text")
        return words_of(value)


class Moment(TypeDecorator[datetime]):
    """A moment, aware, UTC."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> str | None:
        """As ISO 8601 text."""
        return None if value is None else stored_moment(value)

    def process_result_value(self, value: str | None, _dialect: Dialect) -> datetime | None:
        """As an aware datetime; StoreError for what we cannot have stored."""
        if value is None:
            return None
        try:
            at = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            raise _changed("A time") from None
        if at.tzinfo is None:
            raise _changed("A time")
        return at


def _changed(what: str) -> StoreError:
    return StoreError(
        f"{what} in the database was changed by somebody else and cannot be read.",
        remedy="Check the audit log: it tells what was written.",
    )
