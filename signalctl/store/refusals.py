"""What the service's stores refuse: not there, changed meanwhile, not in this state, not by you."""

from __future__ import annotations

from signalctl.domain.errors import SignalctlError


class Missing(SignalctlError):
    """There is nothing of this id or name."""

    code = "not-found"
    exit_code = 2


class Stale(SignalctlError):
    """It was changed after it was read: somebody else's edit would be lost."""

    code = "E-409"
    exit_code = 1


class WrongState(SignalctlError):
    """It is not in a state in which this can be done."""

    code = "wrong-state"
    exit_code = 1


class NotBySame(SignalctlError):
    """The person who changed it may not be the one who approves it."""

    code = "A-SELF"
    exit_code = 1


class Repeated(SignalctlError):
    """The same request key came with another content, or while the first is being answered."""

    code = "I-KEY"
    exit_code = 1
