"""The data dictionary of GB/T 20999-2017: one table; codec, checks and lists follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Final

from signalctl.controllers.device.gbt20999.dictionary_table import SECTIONS, Row, Section
from signalctl.controllers.device.gbt20999.enumerations import StatusCode
from signalctl.controllers.device.gbt20999.frame import ItemId
from signalctl.controllers.device.gbt20999.values import (
    Encoding,
    Kind,
    Value,
    ValueRefused,
    decode_value,
    encode_value,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One object of the dictionary.

    `elements` is the highest element number, 0 for an object without elements.
    `allowed` are the whole numbers a value (or each item of an array) may hold;
    items of an array may also be 0, which means unused.
    """

    class_id: int
    object_id: int
    attribute_id: int
    section_zh: str
    section_en: str
    zh: str
    en: str
    encoding: Encoding
    writable: bool
    elements: int
    unit: str
    allowed: type[IntEnum] | range | None

    def __str__(self) -> str:
        number = f"{self.class_id}.{self.object_id}"
        return f"{number}.{self.attribute_id}" if self.attribute_id else number

    def item_id(self, element: int = 0) -> ItemId:
        """The full id of one element's value. Raises ValueRefused for an element it has not."""
        if not self.has_element(element):
            raise ValueRefused(
                f"Object {self} has no element {element}.", status=StatusCode.NO_SUCH_OBJECT
            )
        return ItemId(self.class_id, self.object_id, self.attribute_id, element)

    def has_element(self, element: int) -> bool:
        """Whether the object can have this element."""
        return 1 <= element <= self.elements if self.elements else element == 0

    def encode(self, value: Value) -> bytes:
        """The bytes of a checked value. Raises ValueRefused."""
        self.check(value)
        try:
            return encode_value(self.encoding, value)
        except ValueRefused as error:
            raise ValueRefused(error.message, where=f"object {self}", status=error.status) from None

    def decode(self, data: bytes) -> Value:
        """The value in the bytes, unchecked: devices hold odd values. Raises ValueRefused."""
        try:
            return decode_value(self.encoding, data)
        except ValueRefused as error:
            raise ValueRefused(error.message, where=f"object {self}", status=error.status) from None

    def check(self, value: Value) -> None:
        """Raises ValueRefused for a value outside the enumeration or range of the object."""
        if self.encoding.kind is Kind.MOMENT:
            _check_moment(value, str(self))
        if self.allowed is None:
            return
        array = isinstance(value, tuple)
        numbers = value if isinstance(value, tuple) else (value,)
        for number in numbers:
            if not isinstance(number, int) or not (self._allows(number) or (array and not number)):
                ranged = isinstance(self.allowed, range)
                raise ValueRefused(
                    f"{self.en} cannot be {number!r}.",
                    where=f"object {self}",
                    status=StatusCode.OUT_OF_RANGE if ranged else StatusCode.BAD_VALUE,
                )

    def _allows(self, number: int) -> bool:
        if isinstance(self.allowed, range):
            return number in self.allowed
        return self.allowed is None or any(number == member for member in self.allowed)


def _check_moment(value: Value, where: str) -> None:
    limits = ((0, 9999), (0, 12), (0, 31), (0, 23), (0, 59), (0, 59))
    if not isinstance(value, tuple) or len(value) != len(limits):
        raise ValueRefused("A moment has six numbers.", where=f"object {where}")
    for number, (least, most) in zip(value, limits, strict=True):
        if not isinstance(number, int) or not least <= number <= most:
            raise ValueRefused(
                f"{value} is no date and time.",
                where=f"object {where}",
                status=StatusCode.OUT_OF_RANGE,
            )


def _entry(section: Section, row: Row) -> Entry:
    return Entry(
        class_id=section.class_id,
        object_id=row.object_id,
        attribute_id=row.attribute_id,
        section_zh=section.zh,
        section_en=section.en,
        zh=row.zh,
        en=row.en,
        encoding=row.encoding,
        writable=row.writable,
        elements=section.elements if row.attribute_id else 0,
        unit=row.unit,
        allowed=row.allowed,
    )


ENTRIES: Final[tuple[Entry, ...]] = tuple(
    _entry(section, row) for section in SECTIONS for row in section.rows
)
"""Every object in the order of the standard."""

_KEPT_IDS: Final = 8192
"""Ids whose entry is kept at hand: every status of every device asks for the same few."""
_BY_ID: Final = {(e.class_id, e.object_id, e.attribute_id): e for e in ENTRIES}
SAFETY_CLASSES: Final = frozenset({3, 4, 6, 7, 10})
"""Lamps, phases, stages, conflicts and transitions: certified on site, read, never written."""
WRITABLE_CLASSES: Final = frozenset({9, 11, 12, 17})
"""Plans, day plans, schedule and centre control: what this program writes, with the clock."""


def entry(class_id: int, object_id: int, attribute_id: int = 0) -> Entry:
    """The entry of an object. Raises ValueRefused (status: no such object)."""
    found = _BY_ID.get((class_id, object_id, attribute_id))
    if found is None:
        raise ValueRefused(
            f"The dictionary has no object {class_id}.{object_id}.{attribute_id}.",
            status=StatusCode.NO_SUCH_OBJECT,
        )
    return found


@lru_cache(maxsize=_KEPT_IDS)
def entry_of(item_id: ItemId) -> Entry:
    """The entry of a full id, its element checked. Raises ValueRefused (no such object)."""
    found = entry(item_id.class_id, item_id.object_id, item_id.attribute_id)
    found.item_id(item_id.element_id)
    return found


def may_write(item_id: ItemId) -> bool:
    """Whether this program ever writes the object: plans, schedules, centre control, clock."""
    if item_id[:3] in ((13, 1, 10), (13, 1, 11)):
        return True
    found = _BY_ID.get(item_id[:3])
    return found is not None and found.writable and item_id.class_id in WRITABLE_CLASSES


def as_table() -> str:
    """The dictionary as a table in Markdown, for the documentation."""
    lines = [
        "| id | 名称 | name | bytes | elements | access | unit | values |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for item in ENTRIES:
        allowed = item.allowed
        values = ""
        if isinstance(allowed, range):
            values = f"{allowed[0]}-{allowed[-1]}"
        elif allowed is not None:
            values = allowed.__name__
        most = "≤ " if item.encoding.kind is Kind.TEXT else ""
        lines.append(
            f"| {item} | {item.zh} | {item.en} | {most}{item.encoding.size} "
            f"| {item.elements or ''} | {'RW' if item.writable else 'RO'} | {item.unit} "
            f"| {values} |"
        )
    return "\n".join(lines) + "\n"
