"""What a signal group shows, and what kind of green it is.

The one-letter codes are SUMO's link states, because engineers who simulate know
them by heart; the meaning here is ours and is written beside each letter.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Aspect(StrEnum):
    """What the lamps of a signal group show in one second."""

    RED = "r"
    RED_AMBER = "u"
    PROTECTED = "G"
    """Green without giving way to anybody."""
    PERMISSIVE = "g"
    """Green that gives way to the groups it yields to."""
    AMBER = "y"
    AMBER_PRIORITY = "Y"
    """Amber of a link that kept its right of way (SUMO's major amber)."""
    AFTER_STOP = "s"
    """Red with a green-arrow plate: may turn after a full stop, yields to all."""
    FLASHING = "o"
    """Signal out of order, flashing amber: right of way by signs."""
    OFF = "O"
    """Signal dark."""


class GreenKind(StrEnum):
    """Whether a green is conflict-free or gives way."""

    PROTECTED = "protected"
    PERMISSIVE = "permissive"


GREEN_KIND: Final[dict[Aspect, GreenKind]] = {
    Aspect.PROTECTED: GreenKind.PROTECTED,
    Aspect.PERMISSIVE: GreenKind.PERMISSIVE,
}
GREEN_ASPECT: Final[dict[GreenKind, Aspect]] = {k: a for a, k in GREEN_KIND.items()}
GREENS: Final[frozenset[Aspect]] = frozenset(GREEN_KIND)
AMBERS: Final[frozenset[Aspect]] = frozenset({Aspect.AMBER, Aspect.AMBER_PRIORITY})
RESTS: Final[frozenset[Aspect]] = frozenset({Aspect.RED, Aspect.AFTER_STOP})
"""Aspects of a group that has no right of way."""
UNSIGNALISED: Final[frozenset[Aspect]] = frozenset({Aspect.FLASHING, Aspect.OFF})
"""Aspects under which the junction is not signal-controlled at all."""
