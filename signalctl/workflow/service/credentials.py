"""Passwords, session tokens and API keys: made, and kept as hashes only.

Passwords and API keys are kept as argon2id hashes. A session token is 256 random bits;
nothing can be guessed or signed wrongly there, so it is kept as SHA-256 and looked up
by it: it can be ended at once, which a signed token cannot.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass
from threading import BoundedSemaphore, Lock
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from signalctl.domain.errors import InputError

LEAST_PASSWORD: Final = 10
MOST_PASSWORD: Final = 256
SESSION: Final = "sc_session_"
KEY: Final = "sc_key_"
_AT_ONCE: Final = 2
"""Hashes made side by side: each takes 64 MB and all the time of a core."""
_PROVED_S: Final = 300.0
_MOST_PROVED: Final = 1_000


@dataclass(frozen=True, slots=True)
class NewKey:
    """A new API key: what is told once, and what is kept."""

    id: str
    told: str
    hash: str


class Hasher:
    """Argon2id (RFC 9106, second recommended option), a few at a time."""

    def __init__(self, argon: PasswordHasher | None = None) -> None:
        self._argon = argon or PasswordHasher()
        self._turn = BoundedSemaphore(_AT_ONCE)
        # Somebody who does not exist takes as long to refuse as somebody who does.
        self._nobody = self._argon.hash(secrets.token_urlsafe(16))
        self._proved: dict[str, float] = {}
        self._lock = Lock()

    def hash(self, password: str) -> str:
        """The hash to keep. Slow on purpose: never on the event loop."""
        with self._turn:
            return self._argon.hash(password)

    def fits(self, kept: str | None, password: str) -> bool:
        """Whether a password is the one whose hash was kept; None for nobody. Slow."""
        with self._turn:
            try:
                self._argon.verify(kept or self._nobody, password[:MOST_PASSWORD])
            except (VerificationError, InvalidHashError):
                return False
        return kept is not None

    def key_fits(self, kept: str, secret: str) -> bool:
        """The same for an API key, remembering for five minutes what was proved."""
        mark = hashlib.sha256(f"{kept}\0{secret}".encode()).hexdigest()
        now = time.monotonic()
        with self._lock:
            if self._proved.get(mark, 0.0) > now:
                return True
        if not self.fits(kept, secret):
            return False
        with self._lock:
            if len(self._proved) >= _MOST_PROVED:
                self._proved.clear()
            self._proved[mark] = now + _PROVED_S
        return True

    def new_key(self) -> NewKey:
        """A new API key."""
        key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        return NewKey(key_id, f"{KEY}{key_id}_{secret}", self.hash(secret))


def new_session() -> tuple[str, str]:
    """A new session token, and the hash to keep."""
    token = SESSION + secrets.token_urlsafe(32)
    return token, session_hash(token)


def session_hash(token: str) -> str:
    """What a session token is looked up by."""
    return hashlib.sha256(token.encode()).hexdigest()


def split_key(told: str) -> tuple[str, str] | None:
    """Id and secret of an API key; None for what is none."""
    key_id, found, secret = told.removeprefix(KEY).partition("_")
    return (key_id, secret) if told.startswith(KEY) and found and secret else None


def check_password(password: str, name: str) -> None:
    """Refuse passwords that are too easy. Raises InputError.

    Length is what counts (NIST SP 800-63B, 5.1.1.2); no rules on characters.
    """
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
        raise InputError(
            f"A password has {LEAST_PASSWORD} to {MOST_PASSWORD} characters.", where="password"
        )
    if name.lower() in password.lower() or len(set(password)) < 5:
        raise InputError(
            "The password is too easy: it holds the name, or hardly any different characters.",
            where="password",
        )
