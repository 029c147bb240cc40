"""Strategies by name, so that a simulation's process can make one from its request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from signalctl.controllers.adaptive.max_pressure import MaxPressure, MaxPressureSettings
from signalctl.controllers.adaptive.strategy import Site, Strategy
from signalctl.domain.errors import InputError


def _max_pressure(site: Site, settings: Mapping[str, float]) -> Strategy:
    known = {name: int(value) for name, value in settings.items() if name != "cyclic"}
    cyclic = bool(settings.get("cyclic", 0))
    return MaxPressure(site, MaxPressureSettings(**known, cyclic=cyclic))


STRATEGIES: Final[Mapping[str, Callable[[Site, Mapping[str, float]], Strategy]]] = {
    "max-pressure": _max_pressure,
}


def strategy(name: str, site: Site, settings: Mapping[str, float]) -> Strategy:
    """The strategy of this name for a site. Raises InputError for an unknown name or setting."""
    make = STRATEGIES.get(name)
    if make is None:
        raise InputError(
            f"There is no strategy {name!r}.", remedy=f"There are {', '.join(STRATEGIES)}."
        )
    try:
        return make(site, settings)
    except TypeError as error:
        raise InputError(f"Strategy {name} does not take these settings: {error}.") from error
