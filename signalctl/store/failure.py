"""The store's own error."""

from __future__ import annotations

from signalctl.domain.errors import SignalctlError


class StoreError(SignalctlError):
    """The database failed, or what it holds was changed by somebody else."""

    code = "store-failed"
    exit_code = 3
