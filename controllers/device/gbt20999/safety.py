"""The certified set of a device: read, digested, compared with the site map; never written."""

from __future__ import annotations

from signalctl.controllers.device.gbt20999.dictionary import ENTRIES, SAFETY_CLASSES
from signalctl.controllers.device.gbt20999.frame import ItemId
from signalctl.controllers.device.gbt20999.items import item_id
from signalctl.controllers.device.gbt20999.session import Session
from signalctl.controllers.device.gbt20999.site_map import (
    MOST_NUMBER,
    SiteMap,
    SitePhase,
    SiteStage,
)
from signalctl.controllers.device.gbt20999.values import Value
from signalctl.domain.errors import Mismatch
from signalctl.domain.fingerprint import fingerprint
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Conflict, Junction


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
        found.item_id(element)
        for found in ENTRIES
        if found.class_id in SAFETY_CLASSES and found.writable and found.attribute_id
        # Shields, forbids and demands are switched in operation.
        if (found.class_id, found.object_id) not in ((3, 4), (4, 3), (6, 4))
        for element in elements[found.class_id]
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


def conflicts(phase: SitePhase, other: SitePhase, site: SiteMap) -> bool:
    """Whether two phases must never be green together, by the junction.

    A hard conflict, or two kinds of green of one group.
    """
    if phase.number == other.number:
        return False
    for group, kind in phase.greens.items():
        for foe, foe_kind in other.greens.items():
            if group == foe and kind is not foe_kind:
                return True
            if site.junction.conflicts.between(group, foe) is Conflict.HARD:
                return True
    return False


def intergreen_s(phase: SitePhase, other: SitePhase, site: SiteMap) -> int:
    """The junction's longest intergreen from a phase's groups to another's, 0 without any."""
    waits = (
        site.junction.intergreens.get(ending, starting) or 0
        for ending in phase.greens
        for starting in other.greens
        if ending != starting
    )
    return max(waits, default=0)


async def read_differences(session: Session, site: SiteMap) -> tuple[str, ...]:
    """Where the certified conflicts, intergreens and minimum greens differ from the junction.

    One sentence each. An intergreen may be longer here than on the device, never
    shorter: the device would then start a green later than the plan says.
    """
    unit_ds = session.profile.intergreen_unit_ds
    ids = {
        phase.number: tuple(
            item_id(*key, phase.number) for key in ((7, 1, 2), (7, 2, 2), (4, 2, 27))
        )
        for phase in site.phases
    }
    values = await session.get([id_ for row in ids.values() for id_ in row])
    found = []
    for phase in site.phases:
        foes, waits, least = (values[id_] for id_ in ids[phase.number])
        for other in site.phases:
            if conflicts(phase, other, site) and not (
                isinstance(foes, frozenset) and other.number in foes
            ):
                found.append(f"Phases {phase.number} and {other.number} do not exclude each other.")
            wait = waits[other.number - 1] if isinstance(waits, tuple) else 0
            ours_s = intergreen_s(phase, other, site)
            if isinstance(wait, int) and wait * unit_ds > 10 * ours_s:
                found.append(
                    f"The intergreen from phase {phase.number} to {other.number} is "
                    f"{wait * unit_ds / 10:g} s on the device, {ours_s} s in the junction."
                )
        green_s = max((site.junction.group(g).min_green_s for g in phase.greens), default=0)
        if isinstance(least, int) and least > green_s:
            found.append(
                f"The minimum green of phase {phase.number} is {least} s on the device, "
                f"{green_s} s in the junction."
            )
    return tuple(found)


async def read_site(
    session: Session,
    junction: Junction,
    phases: tuple[SitePhase, ...],
    lamp_groups: FrozenMap[str, int],
    *,
    cycles_s: range,
) -> SiteMap:
    """The site map of a device whose phases are known: its stages read from it.

    Stages with a phase that is not among `phases` belong to other junctions or to
    nothing this program serves, and are left out.
    """
    count_id = item_id(6, 1)
    count = (await session.get((count_id,)))[count_id]
    numbers = range(1, (min(count, MOST_NUMBER) if isinstance(count, int) else 0) + 1)
    values = await session.get([item_id(6, 2, a, n) for n in numbers for a in (2, 3, 4)])
    known = frozenset(phase.number for phase in phases)
    stages = []
    for n in numbers:
        served, late, early = (values[item_id(6, 2, a, n)] for a in (2, 3, 4))
        if isinstance(served, frozenset) and served <= known:
            stages.append(
                SiteStage(
                    number=n,
                    phases=frozenset(p for p in served if isinstance(p, int)),
                    late_start_s=_by_phase(late),
                    early_end_s=_by_phase(early),
                )
            )
    return SiteMap(
        junction=junction,
        phases=phases,
        stages=tuple(stages),
        lamp_groups=lamp_groups,
        number=session.address.junction,
        cycles_s=cycles_s,
    )


def _by_phase(value: Value) -> FrozenMap[int, int]:
    array = value if isinstance(value, tuple) else ()
    return FrozenMap({n: s for n, s in enumerate(array, start=1) if isinstance(s, int) and s})
