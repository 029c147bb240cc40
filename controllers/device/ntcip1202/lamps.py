"""What a controller's lamps show, in one message: its channels, or else its phases.

A channel is a load switch with its three lamps, so overlaps and pedestrian signals need
no further rules. A controller without channel status is read by phases: a group that
two phases serve is then taken for red or amber between them, although it may stay green.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
        self._wiring = Wiring.of(site, by_channel=True)

    async def read(self) -> Lamps:
        """The lamps now. Raises what `Manager.get` raises."""
        read = await self._manager.get(self._wiring.oids)
        if self._wiring.by_channel and not self._wiring.is_told(read):
            self._wiring = Wiring.of(self._wiring.site, by_channel=False)
            read = await self._manager.get(self._wiring.oids)
        return lamps(read, self._wiring, datetime.now(UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """Which objects tell the lamps of a site; `channels` of its groups, `masks` by object name."""

    site: SiteMap
    by_channel: bool
    channels: Mapping[str, int]
    masks: Mapping[str, tuple[Oid, ...]]
    oids: tuple[Oid, ...]

    @classmethod
    def of(cls, site: SiteMap, *, by_channel: bool) -> Wiring:
        """The wiring of a site, read by its channels or by its phases."""
        channels = {group: site.channel(group) for group in site.junction.group_ids}
        last = max(channels.values()) if by_channel else max(site.phases)
        groups = range(1, -(-last // 8) + 1)
        masks = {
            name: tuple(instance(name, group) for group in groups)
            for name in (CHANNELS if by_channel else PHASES)
        }
        state = tuple(instance(name) for name in _STATE)
        return cls(
            site=site,
            by_channel=by_channel,
            channels=channels,
            masks=masks,
            oids=(*state, *(oid for mask in masks.values() for oid in mask)),
        )

    def is_told(self, read: Mapping[Oid, Value | None]) -> bool:
        """Whether the device has every mask."""
        return all(read[oid] is not None for mask in self.masks.values() for oid in mask)

    def numbers(self, name: str, read: Mapping[Oid, Value | None]) -> frozenset[int]:
        """Channels or phases whose bit is set in an object's masks."""
        return group_numbers(number(read[oid]) for oid in self.masks[name])


def lamps(read: Mapping[Oid, Value | None], wiring: Wiring, at: datetime) -> Lamps:
    """The lamps told by the wiring's objects, as of `at`."""
    flash, pattern, free = (number(read[instance(name)]) for name in _STATE)
    shown: Mapping[str, Aspect | None]
    if flash > _NOT_FLASHING:
        shown = dict.fromkeys(wiring.channels, Aspect.FLASHING)
    elif wiring.by_channel:
        shown = _of_channels(read, wiring)
    else:
        shown = _of_phases(read, wiring)
    runs = 1 <= pattern <= 253 and free in (NOT_FREE, TRANSITION_FREE)
    return Lamps(read_at=at, slot=pattern if runs else None, aspects=FrozenMap(shown))


def _of_channels(read: Mapping[Oid, Value | None], wiring: Wiring) -> dict[str, Aspect | None]:
    reds, ambers, greens = (wiring.numbers(name, read) for name in CHANNELS)
    found: dict[str, Aspect | None] = {}
    for group in wiring.site.junction.groups:
        channel = wiring.channels[group.id]
        if channel in greens:
            found[group.id] = Aspect.PROTECTED
        elif channel not in ambers:
            found[group.id] = Aspect.RED if channel in reds else Aspect.OFF
        elif group.kind is GroupKind.PEDESTRIAN:
            # The amber output of a pedestrian channel is its clearance: nobody may start.
            found[group.id] = Aspect.RED
        else:
            found[group.id] = Aspect.RED_AMBER if channel in reds else Aspect.AMBER
    return found


def _of_phases(read: Mapping[Oid, Value | None], wiring: Wiring) -> dict[str, Aspect | None]:
    if not wiring.is_told(read):
        return dict.fromkeys(wiring.channels)
    _, ambers, greens, walks = (wiring.numbers(name, read) for name in PHASES)
    shown: dict[str, Aspect | None] = dict.fromkeys(wiring.channels)
    for aspect, numbers, walking in (
        (Aspect.RED, frozenset(wiring.site.phases), frozenset(wiring.site.phases)),
        (Aspect.AMBER, ambers, frozenset[int]()),
        (Aspect.PROTECTED, greens, walks),
    ):
        # What comes later is stronger: a group that any of its phases lets go, goes.
        for phase in wiring.site.phases.values():
            if phase.number in numbers:
                shown |= dict.fromkeys(phase.greens, aspect)
            if phase.number in walking:
                shown |= dict.fromkeys(phase.walks, aspect)
    return shown
