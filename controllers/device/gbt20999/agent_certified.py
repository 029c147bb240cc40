"""The certified set that an emulated controller shows: classes 3, 4, 6, 7 and 10."""

from __future__ import annotations

from typing import Final

from signalctl.controllers.device.gbt20999.enumerations import LampState, LampType
from signalctl.controllers.device.gbt20999.frame import ItemId
from signalctl.controllers.device.gbt20999.items import item_id
from signalctl.controllers.device.gbt20999.profile import GbtProfile
from signalctl.controllers.device.gbt20999.safety import conflicts, intergreen_s, stage_values
from signalctl.controllers.device.gbt20999.site_map import SiteMap, SitePhase
from signalctl.controllers.device.gbt20999.values import Value
from signalctl.domain.junction import GroupKind

_LAMP_TYPES: Final = {
    GroupKind.VEHICLE: LampType.VEHICLE,
    GroupKind.CYCLE: LampType.NON_MOTOR,
    GroupKind.PEDESTRIAN: LampType.PEDESTRIAN,
    GroupKind.BUS: LampType.BUS,
    GroupKind.TRAM: LampType.TRAM,
    GroupKind.UNUSED: LampType.SPECIAL,
}
_LONGEST_GREEN_S: Final = 240
_EXTENSION_DS: Final = 30
_UNUSED_STEP: Final[tuple[int, int]] = (LampState.RED, 0)


def certified_values(site: SiteMap, profile: GbtProfile) -> dict[ItemId, Value]:
    """Values of the certified objects of every lamp group, phase and stage of the site."""
    values: dict[ItemId, Value] = {}
    junction = site.junction
    for group, number in site.lamp_groups.items():
        values[item_id(3, 2, 2, number)] = int(_LAMP_TYPES[junction.group(group).kind])
    for phase in site.phases:
        own = _phase_values(phase, site)
        own[30] = _EXTENSION_DS // profile.extension_unit_ds
        for attribute, value in own.items():
            values[item_id(4, 2, attribute, phase.number)] = value
        values[item_id(7, 1, 2, phase.number)] = frozenset(
            other.number for other in site.phases if conflicts(phase, other, site)
        )
        unit_ds = profile.intergreen_unit_ds
        waits = {
            other.number: min(255, 10 * intergreen_s(phase, other, site) // unit_ds)
            for other in site.phases
        }
        values[item_id(7, 2, 2, phase.number)] = tuple(waits.get(n, 0) for n in range(1, 65))
    for stage in site.stages:
        for attribute, value in stage_values(stage).items():
            values[item_id(6, 2, attribute, stage.number)] = value
        values[item_id(10, 1, 2, stage.number)] = (0,) * 64
    return values


def _phase_values(phase: SitePhase, site: SiteMap) -> dict[int, Value]:
    groups = [site.junction.group(name) for name in phase.greens]
    amber_s = max((group.amber_s for group in groups), default=0)
    promise_s = max((group.red_amber_s for group in groups), default=0)
    amber = (int(LampState.YELLOW), amber_s) if amber_s else _UNUSED_STEP
    promise = (int(LampState.RED_YELLOW), promise_s) if promise_s else _UNUSED_STEP
    steps = (
        *((int(LampState.GREEN), 0), amber, _UNUSED_STEP),
        *(promise, _UNUSED_STEP, _UNUSED_STEP),
        *((int(LampState.YELLOW_FLASH), 10), (int(LampState.RED), 5), _UNUSED_STEP),
        *((int(LampState.YELLOW_FLASH), 10), (int(LampState.RED), 5), _UNUSED_STEP),
    )
    values: dict[int, Value] = {
        2: frozenset(site.lamp_groups[g] for g in phase.greens if g in site.lamp_groups)
    }
    for n, (colour, time_s) in enumerate(steps):
        values[3 + 2 * n] = int(colour)
        values[4 + 2 * n] = time_s
    values[27] = max((group.min_green_s for group in groups), default=0)
    values[28] = values[29] = _LONGEST_GREEN_S
    return values
