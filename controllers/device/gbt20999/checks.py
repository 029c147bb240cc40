"""Consistency of plans and day plans, as controllers check it before they take them."""

from __future__ import annotations

from collections.abc import Mapping

from signalctl.controllers.device.gbt20999 import calendar
from signalctl.controllers.device.gbt20999.enumerations import ControlMode, StageAppearance
from signalctl.controllers.device.gbt20999.plan_mapping import PlanRecord
from signalctl.controllers.device.gbt20999.site_map import SiteMap
from signalctl.controllers.device.gbt20999.values import Value
from signalctl.domain.errors import Mismatch


def plan_faults(values: Mapping[int, Value], site: SiteMap) -> list[str]:
    """What is wrong with the objects 9.2.2-9.2.8 of a plan; an empty plan is fine.

    The stage times sum to the cycle, stages exist and appear, the coordination index
    and the offset lie in the plan, and who has green in one stage only has its
    minimum green and amber there.
    """
    try:
        record = PlanRecord.of(values)
    except Mismatch as error:
        return [error.message]
    if record is None:
        return []
    found = []
    if sum(record.times_s) != record.cycle_s:
        found.append(
            f"The stage times sum to {sum(record.times_s)} s, the cycle is {record.cycle_s} s."
        )
    if record.cycle_s not in site.cycles_s:
        found.append(f"A cycle of {record.cycle_s} s is out of range.")
    if record.junction != site.number:
        found.append(f"There is no junction {record.junction}.")
    if any(kind not in set(StageAppearance) for kind in record.appearance):
        found.append("A stage of the plan has no appearance.")
    if not 1 <= record.index <= len(record.chain):
        found.append(f"There is no stage at place {record.index} to coordinate.")
    if record.offset_s >= record.cycle_s:
        found.append(f"An offset of {record.offset_s} s does not lie in the cycle.")
    return found + _stage_faults(record, site)


def _stage_faults(record: PlanRecord, site: SiteMap) -> list[str]:
    found = []
    n = len(record.chain)
    phases = []
    for number in record.chain:
        stage = site.stage(number)
        if stage is None:
            return [f"There is no stage {number}."]
        phases.append(stage.phases)
    for k, time_s in enumerate(record.times_s):
        stage = site.stage(record.chain[k])
        alone = phases[k] - phases[k - 1] - phases[(k + 1) % n]
        for phase in sorted(alone):
            groups = [site.junction.group(g) for g in site.phase(phase).greens]
            late_s = stage.late_start_s.get(phase, 0) if stage else 0
            least_s = late_s + max(g.min_green_s for g in groups)
            if time_s < least_s:
                found.append(f"Stage {record.chain[k]} needs {least_s} s for phase {phase}.")
    return found


def day_plan_faults(values: Mapping[int, Value]) -> list[str]:
    """What is wrong with 11.2.3-11.2.5: order, hours, plans, modes; an empty one is fine."""
    try:
        entries = calendar.day_plan_of(values)
    except Mismatch as error:
        return [error.message]
    modes = values[calendar.MODES]
    if not isinstance(modes, tuple):
        return ["A day plan has a mode for each period."]
    known = {int(mode) for mode in ControlMode}
    return [f"There is no mode {mode!r}." for mode in modes[: len(entries)] if mode not in known]
