"""What the service is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Limits and lifetimes; the defaults are those of `signalctl serve`.

    Rates are in the notation of `limits`: so many in a time. `https` says that the
    service is reached over TLS, its own or a proxy's.
    """

    session: timedelta = timedelta(hours=1)
    lock_after: int = 5
    """Wrong passwords in a row before a name is locked for its address."""
    lock: timedelta = timedelta(minutes=1)
    """First lock; each further one is twice as long, at most an hour."""
    login_rate: str = "20/minute"
    read_rate: str = "6000/minute"
    write_rate: str = "600/minute"
    body_bytes: int = 4 * 1024 * 1024
    """The plan of a thousand junctions is below 2 MB."""
    request_keys: timedelta = timedelta(days=1)
    heartbeat_s: float = 1.0
    """A stream that has nothing else to say says so this often."""
    recheck_s: float = 5.0
    """How often a stream looks whether its session still holds."""
    events_kept: int = 2_000
    streams: int = 1_000
    """Event streams open at a time."""
    https: bool = False
