"""What differs between makers and sites: ports, communities, offset references, transactions.

Nothing secret stands here: communities and keys are named, and looked up by whoever
opens the connection.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Version(StrEnum):
    """SNMP version and security."""

    V1 = "v1"
    V2C = "v2c"
    V3 = "v3"
    """User-based security, SHA-256 and AES-128, always both."""


class OffsetReference(StrEnum):
    """The event that patternOffsetTime speaks of: a setting of the maker in 1202 v02.

    First and last: of the coordinated phases of a pattern, in the order in which
    the event happens. `barrier` is the begin of their concurrency group.
    """

    FIRST_GREEN = "first-green"
    LAST_GREEN = "last-green"
    FIRST_YELLOW = "first-yellow"
    LAST_YELLOW = "last-yellow"
    BARRIER = "barrier"


class TransactionUse(StrEnum):
    """Which parameters are written inside a transaction."""

    ALWAYS = "always"
    """All of them: legal, and makes a change of plan atomic."""
    P2_ONLY = "p2-only"
    """Those that cannot be set otherwise; the others at once."""
    NEVER = "never"
    """None: for devices without dbCreateTransaction."""


class VerifyNumbering(StrEnum):
    """Numbers of dbVerifyStatus."""

    FROM_ONE = "from-one"
    """notDone 1, doneWithError 2, doneWithNoError 3 (NTCIP 1201)."""
    FROM_ZERO = "from-zero"
    """notDone 0, doneWithError 1, doneWithNoError 2 (old devices)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How one make of controller, or one site, wants to be spoken to."""

    name: str
    port: int = 161
    version: Version = Version.V2C
    offset_reference: OffsetReference = OffsetReference.FIRST_GREEN
    transaction: TransactionUse = TransactionUse.ALWAYS
    verify_numbering: VerifyNumbering = VerifyNumbering.FROM_ONE
    varbinds: int = 20
    """Most objects in one message: 20 fit the 484 octets that SNMPv1 guarantees."""
    timeout_s: float = 2.0
    attempts: int = 3
    """Tries of a read; a write is never repeated unread."""
    verify_timeout_s: float = 30.0
    clock_unsigned: bool = False
    """Whether globalTime is Unsigned32 (new) instead of Counter32 (old)."""


PROFILES: Final[dict[str, Profile]] = {
    profile.name: profile
    for profile in (
        Profile(name="standard"),
        # Port, version and community of Econolite Cobalt/EOS as met in the field.
        Profile(name="econolite", port=501, version=Version.V1),
        Profile(name="no-transactions", transaction=TransactionUse.NEVER),
    )
}
"""Profiles by name; a site file may start from one and change fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Secrets of one connection, already looked up; never printed, compared or stored.

    v1 and v2c need `community`; v3 needs user and both keys (at least 8 characters).
    """

    community: str = ""
    user: str = ""
    authentication_key: str = ""
    privacy_key: str = ""

    def __repr__(self) -> str:
        return "Credentials(...)"
