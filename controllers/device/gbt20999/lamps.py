"""The colours of lamp groups (3.3) in our words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from signalctl.controllers.device.gbt20999.enumerations import LampState
from signalctl.controllers.device.gbt20999.values import Value
from signalctl.domain.aspect import Aspect
from signalctl.domain.frozen import FrozenMap

ASPECTS: Final[dict[Value | None, Aspect]] = {
    LampState.OFF: Aspect.OFF,
    LampState.RED: Aspect.RED,
    LampState.RED_FLASH: Aspect.RED,
    LampState.RED_FAST_FLASH: Aspect.RED,
    LampState.GREEN: Aspect.PROTECTED,
    LampState.GREEN_FLASH: Aspect.PROTECTED,
    LampState.GREEN_FAST_FLASH: Aspect.PROTECTED,
    LampState.YELLOW: Aspect.AMBER,
    LampState.YELLOW_FLASH: Aspect.FLASHING,
    LampState.YELLOW_FAST_FLASH: Aspect.FLASHING,
    LampState.RED_YELLOW: Aspect.RED_AMBER,
}
"""A state that is none of these is not known: None."""


def aspects(
    states: Mapping[str, Value] | None, groups: Iterable[str]
) -> FrozenMap[str, Aspect | None]:
    """Colour by signal group from 3.3 by signal group, None where it is not told."""
    told = states or {}
    return FrozenMap({group: ASPECTS.get(told.get(group)) for group in groups})


def greens(states: Mapping[str, Value]) -> frozenset[str]:
    """The groups that show green, steady or flashing."""
    return frozenset(g for g in states if ASPECTS.get(states[g]) is Aspect.PROTECTED)
