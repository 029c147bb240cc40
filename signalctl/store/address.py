"""Where the database is: its URL, checked, and how it is shown without its password."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from signalctl.domain.errors import InputError

VARIABLE: Final = "SIGNALCTL_DATABASE_URL"
_REMEDY: Final = (
    "Write sqlite:////folder/file.db or postgresql+psycopg://user:password@host/database "
    f"(in {VARIABLE} or the option)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A database URL that has the right form; `shown` has no password in it."""

    url: URL
    shown: str


def address_of(url: str | None) -> Address:
    """The address a URL names; without one that of SIGNALCTL_DATABASE_URL, else the default file.

    The default is `signalctl/signalctl.db` in XDG_STATE_HOME or ~/.local/state; its
    folder is made, readable by its owner only. Raises InputError for a URL that is
    none, or of a database that is not SQLite in a file or PostgreSQL.
    """
    if url is None:
        url = os.environ.get(VARIABLE) or None
    if url is None:
        file = _default_file()
        return Address(url=URL.create("sqlite", database=str(file)), shown=f"sqlite:///{file}")
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # Nothing of the text is repeated: it may hold a password that we could not find.
        raise InputError("The database URL cannot be understood.", remedy=_REMEDY) from None
    # Options behind the question mark may hold a password as well.
    shown = parsed.set(query={}).render_as_string(hide_password=True)
    match parsed.get_backend_name():
        case "sqlite":
            if not parsed.database or parsed.database == ":memory:" or parsed.query:
                raise InputError(
                    "The database must be a file, without options: what is in memory only "
                    "is lost with the process.",
                    where=shown,
                    remedy=_REMEDY,
                )
            return Address(url=parsed.set(drivername="sqlite"), shown=shown)
        case "postgresql":
            return Address(url=parsed.set(drivername="postgresql+psycopg"), shown=shown)
        case other:
            raise InputError(
                f"{other} is no database signalctl can use.", where=shown, remedy=_REMEDY
            )


def _default_file() -> Path:
    state = os.environ.get("XDG_STATE_HOME", "")
    try:
        # The XDG base directory specification: a relative path is to be ignored.
        base = Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state"
        folder = base / "signalctl"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError) as error:
        raise InputError(
            f"The folder for the database cannot be made: {error}.",
            remedy=f"Set {VARIABLE} to the URL of a database that can be opened.",
        ) from error
    return folder / "signalctl.db"
