"""What a controller's lamps show, in one message: its channels, or else its phases.

A channel is a load switch with its three lamps, so overlaps and pedestrian signals need
no further rules. A controller without channel status is read by phases: a group that
two phases serve is then taken for red or amber between them, although it may stay green.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from signalctl.controllers.device.device import Lamps
from signalctl.controllers.device.ntcip1202.manager import Manager
from signalctl.controllers.device.ntcip1202.objects import Oid, Value, group_numbers, instance
from signalctl.controllers.device.ntcip1202.reading import NOT_FREE, TRANSITION_FREE, number
from signalctl.controllers.device.ntcip1202.site_map import SiteMap
from signalctl.domain.aspect import Aspect
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import GroupKind

CHANNELS: Final = (
    "channelStatusGroupReds",
    "channelStatusGroupYellows",
    "channelStatusGroupGreens",
)
PHASES: Final = (
    "phaseStatusGroupReds",
    "phaseStatusGroupYellows",
    "phaseStatusGroupGreens",
    "phaseStatusGroupWalks",
)
_STATE: Final = ("unitFlashStatus", "coordPatternStatus", "localFreeStatus")
_NOT_FLASHING: Final = 2


class LampReader:
    """Reads one controller's lamps, having found out once whether it tells its channels."""

    def __init__(self, manager: Manager, site: SiteMap) -> None:
        self._manager: Final = manager
        self._site: Final = site
        self._by_channel = True

    async def read(self) -> Lamps:
        """The lamps now. Raises what `Manager.get` raises."""
        if self._by_channel:
            read = await self._manager.get(lamp_oids(self._site, by_channel=True))
            self._by_channel = tells_channels(read, self._site)
        if not self._by_channel:
            read = await self._manager.get(lamp_oids(self._site, by_channel=False))
        return lamps(read, self._site, datetime.now(UTC), by_channel=self._by_channel)


def lamp_oids(site: SiteMap, *, by_channel: bool) -> list[Oid]:
    """The objects that `lamps` needs."""
    return [
        *(instance(name) for name in _STATE),
        *(oid for name in (CHANNELS if by_channel else PHASES) for oid in _masks(name, site)),
    ]


def tells_channels(read: Mapping[Oid, Value | None], site: SiteMap) -> bool:
    """Whether every channel of the site was answered."""
    return all(read.get(oid) is not None for name in CHANNELS for oid in _masks(name, site))


def lamps(
    read: Mapping[Oid, Value | None], site: SiteMap, at: datetime, *, by_channel: bool
) -> Lamps:
    """The lamps told by those objects, as of `at`."""
    flash, pattern, free = (number(read[instance(name)]) for name in _STATE)
    shown: Mapping[str, Aspect | None]
    if flash > _NOT_FLASHING:
        shown = {group.id: Aspect.FLASHING for group in site.junction.groups}
    elif by_channel:
        shown = _of_channels(read, site)
    else:
        shown = _of_phases(read, site)
    runs = 1 <= pattern <= 253 and free in (NOT_FREE, TRANSITION_FREE)
    return Lamps(read_at=at, slot=pattern if runs else None, aspects=FrozenMap(shown))


def _of_channels(read: Mapping[Oid, Value | None], site: SiteMap) -> dict[str, Aspect | None]:
    reds, ambers, greens = (_set(read, name, site) for name in CHANNELS)
    found: dict[str, Aspect | None] = {}
    for group in site.junction.groups:
        channel = site.channel(group.id)
        red, amber, green = channel in reds, channel in ambers, channel in greens
        if green:
            found[group.id] = Aspect.PROTECTED
        elif amber and group.kind is GroupKind.PEDESTRIAN:
            # The amber output of a pedestrian channel is its clearance: nobody may start.
            found[group.id] = Aspect.RED
        elif amber:
            found[group.id] = Aspect.RED_AMBER if red else Aspect.AMBER
        else:
            found[group.id] = Aspect.RED if red else Aspect.OFF
    return found


def _of_phases(read: Mapping[Oid, Value | None], site: SiteMap) -> dict[str, Aspect | None]:
    if any(read.get(oid) is None for name in PHASES for oid in _masks(name, site)):
        return {group.id: None for group in site.junction.groups}
    _, ambers, greens, walks = (_set(read, name, site) for name in PHASES)
    phases = site.phases.values()
    green = {g for p in phases if p.number in greens for g in p.greens}
    green |= {g for p in phases if p.number in walks for g in p.walks}
    amber = {g for p in phases if p.number in ambers for g in p.greens}
    known = {g for p in phases for g in (*p.greens, *p.walks)}
    return {
        group: None
        if group not in known
        else Aspect.PROTECTED
        if group in green
        else Aspect.AMBER
        if group in amber
        else Aspect.RED
        for group in site.junction.group_ids
    }


def _masks(name: str, site: SiteMap) -> Iterable[Oid]:
    most = (
        max(site.channel(group) for group in site.junction.group_ids)
        if name in CHANNELS
        else max(site.phases)
    )
    return [instance(name, group) for group in range(1, -(-most // 8) + 1)]


def _set(read: Mapping[Oid, Value | None], name: str, site: SiteMap) -> frozenset[int]:
    return group_numbers(number(read[oid]) for oid in _masks(name, site))
