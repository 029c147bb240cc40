"""Credentials by reference: the secrets stand in the environment or in a private file."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from signalctl.controllers.device.ntcip1202.profile import Credentials
from signalctl.domain.errors import InputError

MOST_BYTES: Final = 64 * 1024
LEAST_KEY: Final = 8
"""RFC 3414, 11.2: passwords of SNMPv3 have at least 8 characters."""
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FIELDS: Final = frozenset({"community", "user", "authentication_key", "privacy_key"})
_FORM: Final = (
    'Write {"community": ...} or {"user": ..., "authentication_key": ..., "privacy_key": ...}.'
)


def credentials_of(
    reference: str, folder: Path, *, where: str, environment: Mapping[str, str] | None = None
) -> Credentials:
    """The credentials that `env:NAME` or `file:PATH` (relative to `folder`) refers to.

    Either holds JSON; an environment variable may hold a bare community instead. A
    file that anybody else may read or change is refused. Raises InputError, which
    names the reference and never what it holds.
    """
    kind, _, rest = reference.partition(":")
    if kind == "env" and _NAME.fullmatch(rest):
        text = (os.environ if environment is None else environment).get(rest, "")
        if not text:
            raise InputError(
                f"The environment has no {rest} for the credentials.",
                where=where,
                remedy=f"Set it: export {rest}=COMMUNITY, or JSON for SNMPv3. {_FORM}",
            )
        if not text.lstrip().startswith("{"):
            return Credentials(community=text.strip())
        return _parsed(text, reference, where)
    if kind == "file" and rest:
        return _parsed(_private(folder / Path(rest).expanduser(), where), reference, where)
    raise InputError(
        "Credentials are named as env:NAME or file:PATH.",
        where=where,
        remedy="Put the secret into the environment or into a file that only you may read.",
    )


def _private(path: Path, where: str) -> str:
    """The text of a file that only its owner may read: checked on the open file, not its name."""
    try:
        with path.open("rb") as opened:
            state = os.fstat(opened.fileno())
            if not stat.S_ISREG(state.st_mode):
                raise InputError(f"{path} is no file.", where=where)
            if state.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise InputError(
                    f"Others than its owner may read or change {path}.",
                    where=where,
                    remedy=f"chmod 600 {path}; and change the secret if others had access.",
                )
            data = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(
            f"The credentials file {path} cannot be read: {error.strerror}.", where=where
        ) from error
    if len(data) > MOST_BYTES:
        raise InputError(f"{path} is too large for credentials.", where=where)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{path} is no text.", where=where, remedy=_FORM) from None


def _parsed(text: str, reference: str, where: str) -> Credentials:
    wrong = InputError(f"{reference} does not hold credentials.", where=where, remedy=_FORM)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        # The parser's own words may quote what it read.
        raise wrong from None
    if not isinstance(found, dict) or not found or not _FIELDS.issuperset(found):
        raise wrong
    if not all(isinstance(value, str) and value for value in found.values()):
        raise wrong
    if "community" not in found and len(found) != len(_FIELDS) - 1:
        raise wrong
    for name in ("authentication_key", "privacy_key"):
        if name in found and len(found[name]) < LEAST_KEY:
            raise InputError(
                f"The {name} in {reference} is shorter than {LEAST_KEY} characters.",
                where=where,
                remedy="SNMPv3 takes none shorter.",
            )
    return Credentials(**found)
