"""Plans, day plans and schedule of an emulated controller: objects beside what they mean.

Objects may be set piece by piece, so they are kept as they came; what they mean is
written to the controller's memory whenever they make sense together. A whole plan
in one frame that makes no sense is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from signalctl.controllers.device.emulator.controller import Controller
from signalctl.controllers.device.emulator.memory import TORN
from signalctl.controllers.device.emulator.settings import FreeReason, Unusable
from signalctl.controllers.device.gbt20999 import calendar
from signalctl.controllers.device.gbt20999.checks import day_plan_faults, plan_faults
from signalctl.controllers.device.gbt20999.dictionary import entry_of
from signalctl.controllers.device.gbt20999.enumerations import StatusCode
from signalctl.controllers.device.gbt20999.frame import ItemId
from signalctl.controllers.device.gbt20999.items import item_id
from signalctl.controllers.device.gbt20999.plan_mapping import (
    ATTRIBUTES,
    PlanRecord,
    as_held,
    plan_of,
    record_of,
)
from signalctl.controllers.device.gbt20999.profile import GbtProfile
from signalctl.controllers.device.gbt20999.site_map import SiteMap
from signalctl.controllers.device.gbt20999.values import Value
from signalctl.domain.errors import (
    InputError,
    Mismatch,
    NotExpressible,
    Refused,
)
from signalctl.domain.plan import TimingPlan

PLANS, DAY_PLANS, SCHEDULE = 9, 11, 12
KEPT_CLASSES: Final = frozenset({PLANS, DAY_PLANS, SCHEDULE})
_DAY_ATTRIBUTES: Final = tuple(range(2, 14))
_ENTRY_ATTRIBUTES: Final = tuple(range(2, 8))
_ALL: Final = {PLANS: ATTRIBUTES, DAY_PLANS: _DAY_ATTRIBUTES, SCHEDULE: _ENTRY_ATTRIBUTES}


class Kept:
    """The tables of classes 9, 11 and 12."""

    def __init__(self, controller: Controller, site: SiteMap, profile: GbtProfile) -> None:
        self._memory: Final = controller.memory
        self._site: Final = site
        self._profile: Final = profile

    def read(self, id_: ItemId) -> Value | None:
        """A value of a table, None for one that was never set."""
        return self._values(id_.class_id, id_.element_id).get(id_.attribute_id)

    def write(self, values: Mapping[ItemId, Value]) -> dict[ItemId, StatusCode]:
        """Set values of tables, row by row; the statuses of refused ones."""
        rows: dict[tuple[int, int], dict[int, Value]] = {}
        for id_, value in values.items():
            rows.setdefault((id_.class_id, id_.element_id), {})[id_.attribute_id] = value
        refused: dict[ItemId, StatusCode] = {}
        for (class_id, number), row in rows.items():
            status = self._write_row(class_id, number, row)
            if status is not StatusCode.OK:
                refused |= {item_id(class_id, 2, a, number): status for a in row}
        return refused

    def _write_row(self, class_id: int, number: int, row: Mapping[int, Value]) -> StatusCode:
        merged = self._complete(class_id, number) | dict(row)
        whole = set(row) >= set(ATTRIBUTES if class_id == PLANS else (3, 4, 5))
        if class_id == PLANS and whole and plan_faults(merged, self._site):
            return StatusCode.BAD_VALUE
        if class_id == DAY_PLANS and whole and day_plan_faults(merged):
            return StatusCode.BAD_VALUE
        before = self._memory.held(number) if class_id == PLANS else None
        keys = [("gbt", *item_id(class_id, 2, attribute, number)) for attribute in row]
        new = sum(self._memory.recall(key) is None for key in keys)
        if class_id == PLANS and not self._memory.fits(number, self._plan(number, merged), new):
            # Asked first: a slot that was emptied for a plan without room stays empty.
            return StatusCode.GENERAL_ERROR
        try:
            if class_id == PLANS:
                # Until the last object is kept the slot holds no plan, whatever happens.
                self._memory.write_slot(number, TORN)
            for attribute in sorted(row):
                value = row[attribute]
                id_ = item_id(class_id, 2, attribute, number)
                kept = value if isinstance(value, int) else entry_of(id_).encode(value)
                self._memory.keep(("gbt", *id_), kept)
            if class_id == PLANS:
                self._memory.write_slot(number, self._plan(number, merged))
            elif class_id == DAY_PLANS:
                self._memory.write_day_plan(number, calendar.day_plan_of(merged))
            else:
                self._write_schedule()
        except (Refused, Mismatch):
            if class_id == PLANS:
                self._memory.write_slot(number, before)
            return StatusCode.GENERAL_ERROR
        return StatusCode.OK

    def _plan(self, slot: int, values: Mapping[int, Value]) -> TimingPlan | Unusable | None:
        faults = plan_faults(values, self._site)
        try:
            record = PlanRecord.of(values)
            if record is None:
                return None
            if not faults:
                return plan_of(record, slot, self._site, self._profile)
            sentence = faults[0]
        except (Mismatch, InputError) as error:
            sentence = error.message
        return Unusable(reason=FreeReason.BAD_PLAN, sentence=sentence)

    def _write_schedule(self) -> None:
        ranked = []
        for number in range(1, calendar.MOST_ENTRIES + 1):
            values = self._complete(SCHEDULE, number)
            entry = calendar.schedule_entry_of(values)
            priority = values[calendar.PRIORITY]
            if entry is not None and isinstance(priority, int):
                ranked.append((priority, number, entry))
        ranked.sort(key=lambda row: row[:2])
        self._memory.write_schedule([entry for _, _, entry in ranked])

    def _values(self, class_id: int, number: int) -> dict[int, Value]:
        """What a row holds: of the objects set, else of what the memory came with."""
        kept: dict[int, Value] = {}
        for attribute in _ALL[class_id]:
            id_ = item_id(class_id, 2, attribute, number)
            value = self._memory.recall(("gbt", *id_))
            if isinstance(value, int):
                kept[attribute] = value
            elif isinstance(value, bytes):
                kept[attribute] = entry_of(id_).decode(value)
        return kept or self._meant(class_id, number)

    def _meant(self, class_id: int, number: int) -> dict[int, Value]:
        """Objects of what the emulator was started with."""
        try:
            if class_id == PLANS:
                held = self._memory.read_slot(number)
                if isinstance(held, TimingPlan):
                    plan = as_held(held, number, self._site)
                    return record_of(plan, self._site, self._profile).values()
            elif class_id == DAY_PLANS and self._memory.day_plan(number):
                values = calendar.day_plan_values(self._memory.day_plan(number))
                return {2: self._site.number, **values}
            elif class_id == SCHEDULE and number <= len(self._memory.schedule):
                entry = self._memory.schedule[number - 1]
                return {2: self._site.number, **calendar.schedule_values(entry, number)}
        except (NotExpressible, InputError):
            return {}
        return {}

    def _complete(self, class_id: int, number: int) -> dict[int, Value]:
        """The whole row, zeros for what was never set."""
        values = self._values(class_id, number)
        for attribute in _ALL[class_id]:
            if attribute not in values:
                encoding = entry_of(item_id(class_id, 2, attribute, number)).encoding
                id_ = item_id(class_id, 2, attribute, number)
                values[attribute] = entry_of(id_).decode(bytes(encoding.size))
        return values
