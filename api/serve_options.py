"""What `signalctl serve` was told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """The options; `database` is a URL, None for the default one."""

    host: str
    port: int
    database: str | None = None
    site: Path | None = None
    rules: str = "as-surveyed"
    certificate: Path | None = None
    key: Path | None = None
    behind_proxy: bool = False
    cluster: str | None = None
