"""The certified set of a device: read, digested, compared with the site map; never written."""

from __future__ import annotations

from signalctl.controllers.device.gbt20999.dictionary import ENTRIES, SAFETY_CLASSES
from signalctl.controllers.device.gbt20999.frame import ItemId
from signalctl.controllers.device.gbt20999.items import item_id
from signalctl.controllers.device.gbt20999.session import Session
from signalctl.controllers.device.gbt20999.site_map import SiteMap, SiteStage
from signalctl.controllers.device.gbt20999.values import Value
from signalctl.domain.errors import Mismatch
from signalctl.domain.fingerprint import fingerprint
from signalctl.domain.frozen import FrozenMap


def certified_ids(site: SiteMap) -> list[ItemId]:
    """Every certified object of the lamp groups, phases and stages in the site map."""
    elements = {
        3: sorted(site.lamp_groups.values()),
        4: [phase.number for phase in site.phases],
        6: [stage.number for stage in site.stages],
        7: [phase.number for phase in site.phases],
        10: [stage.number for stage in site.stages],
    }
    return [
        entry.item_id(element)
        for entry in ENTRIES
        if entry.class_id in SAFETY_CLASSES and entry.writable and entry.attribute_id
        # Shields, forbids and demands are switched in operation.
        if (entry.class_id, entry.object_id) not in ((3, 4), (4, 3), (6, 4))
        for element in elements[entry.class_id]
    ]


async def read_digest(session: Session, site: SiteMap) -> str:
    """Fingerprint of the certified set; what the device refuses to tell counts as such.

    Raises Mismatch when the stages are not those of the site map.
    """
    ids = certified_ids(site)
    raw, refused = await session.get_raw(ids)
    stages = [id_ for id_ in ids if id_[:2] == (6, 2)]
    check_stages(site, await session.get(stages), session.address.device_id)
    held = {str(id_): data.hex() for id_, data in raw.items()}
    return fingerprint(held | {str(id_): status.name for id_, status in refused.items()})


def check_stages(site: SiteMap, values: dict[ItemId, Value], where: str) -> None:
    """Raises Mismatch when a stage on the device is not the one of the site map."""
    for stage in site.stages:
        for attribute, wanted in stage_values(stage).items():
            id_ = item_id(6, 2, attribute, stage.number)
            if values[id_] != wanted:
                raise Mismatch(
                    f"Stage {stage.number} of the device is not that of the site map ({id_}).",
                    where=where,
                    remedy="Have the site map made anew from the device and checked.",
                )


def stage_values(stage: SiteStage) -> dict[int, Value]:
    """Values of 6.2.2-6.2.4 by attribute."""
    return {
        2: stage.phases,
        3: by_number(stage.late_start_s, 64),
        4: by_number(stage.early_end_s, 64),
    }


def by_number(seconds: FrozenMap[int, int], count: int) -> tuple[int, ...]:
    """An array with one item for each number from 1; 0 where nothing is said."""
    return tuple(seconds.get(n, 0) for n in range(1, count + 1))
