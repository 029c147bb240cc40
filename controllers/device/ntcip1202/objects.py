"""What the object table says, by name and by OID, and the arithmetic of its indexes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from itertools import product
from types import MappingProxyType
from typing import Final, TypeAlias

from signalctl.controllers.device.ntcip1202.object_table import ENUMERATIONS, TABLE
from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap

Oid: TypeAlias = tuple[int, ...]
Value: TypeAlias = int | bytes | Oid
"""What an instance holds: a number, octets, or an OID."""

ASC: Final[Oid] = (1, 3, 6, 1, 4, 1, 1206, 4, 2, 1)
"""Root of NTCIP 1202 (actuated signal controller)."""
GLOBAL: Final[Oid] = (1, 3, 6, 1, 4, 1, 1206, 4, 2, 6)
"""Root of NTCIP 1201 (global objects)."""


class Syntax(StrEnum):
    """ASN.1 type on the wire."""

    INTEGER = "int"
    OCTETS = "oct"
    OID = "oid"
    CLOCK = "clock"
    """Seconds since 1970: Counter32 in old devices, Unsigned32 in new ones."""


class ObjectClass(StrEnum):
    """What a SET of the object needs (NTCIP 1202 Annex A)."""

    PARAMETER = "P"
    TRANSACTION = "P2"
    """A parameter that may only be set inside a transaction."""
    CONTROL = "C"
    STATUS = "S"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectType:
    """One line of the table. `low`..`high` bounds the number, or the length of the octets."""

    name: str
    oid: Oid
    writable: bool
    kind: ObjectClass
    syntax: Syntax
    low: int
    high: int
    unit: str
    index: tuple[str, ...]
    """Names of the indexes, e.g. `split`, `phase`; empty for a scalar."""
    meanings: FrozenMap[int, str]
    """Values of an enumeration; empty for other numbers."""
    v03: bool
    """Known from version 03 only; not served."""


_KEPT_SIZES: Final = 8
"""Sizes of device whose instances are kept: a street of one make shares them."""
_ROOTS: Final = {"A": ASC, "G": GLOBAL}
_RANGES: Final = {Syntax.CLOCK: (0, 2**32 - 1), Syntax.OID: (0, 128)}


def _parse(line: str) -> ObjectType:
    arc, name, access, kind, syntax_text, unit, index, *meaning = line.split()
    root, *rest = arc.split(".")
    word, _, bounds = syntax_text.partition(":")
    syntax = Syntax(word)
    low, high = (int(end) for end in bounds.split("..")) if bounds else _RANGES[syntax]
    entries = ENUMERATIONS[meaning[0]].split(", ") if meaning else ()
    indexes = index.rstrip("'")
    return ObjectType(
        name=name,
        oid=(*_ROOTS[root], *map(int, rest)),
        writable=access == "rw",
        kind=ObjectClass(kind),
        syntax=syntax,
        low=low,
        high=high,
        unit="" if unit == "-" else unit,
        index=() if indexes == "-" else tuple(indexes.split(".")),
        meanings=FrozenMap({int(e.split()[0]): e.split()[1] for e in entries}),
        v03=index.endswith("'"),
    )


OBJECTS: Final[FrozenMap[str, ObjectType]] = FrozenMap(
    {found.name: found for found in map(_parse, TABLE.strip().splitlines())}
)
"""Every object by name, in the order of the table."""

_CLOCKS: Final = frozenset(
    (*found.oid, 0) for found in OBJECTS.values() if found.syntax is Syntax.CLOCK
)
"""Instances that are clocks: all of them scalars."""
_BY_OID: Final[Mapping[Oid, ObjectType]] = {found.oid: found for found in OBJECTS.values()}


def object_type(name: str) -> ObjectType:
    """The object of that name. Raises InputError for a name the table has not."""
    found = OBJECTS.get(name)
    if found is None:
        raise InputError(
            f"There is no NTCIP object {name!r}.", remedy="Names are spelt as in the standard."
        )
    return found


@cache
def instance(name: str, *index: int) -> Oid:
    """OID of one instance: `.0` for a scalar, the indexes for a table's column.

    Raises InputError for an unknown name or a wrong number of indexes.
    """
    found = object_type(name)
    if len(index) != len(found.index):
        raise InputError(
            f"{name} is indexed by {'.'.join(found.index) or 'nothing'}, not by {index}."
        )
    return found.oid + (index or (0,))


def locate(oid: Oid) -> tuple[ObjectType, tuple[int, ...]] | None:
    """Object and indexes that an instance's OID names, None for no object of the table."""
    for length in (len(ASC) + 2, len(ASC) + 3, len(ASC) + 4, len(ASC) + 5):
        found = _BY_OID.get(oid[:length])
        if found is None:
            continue
        rest = oid[length:]
        if found.index:
            return (found, rest) if len(rest) == len(found.index) else None
        return (found, ()) if rest == (0,) else None
    return None


def is_clock(oid: Oid) -> bool:
    """Whether an instance counts seconds since 1970, whose type on the wire differs by device."""
    return oid in _CLOCKS


def instances(sizes: Mapping[str, int]) -> Iterator[tuple[Oid, ObjectType, tuple[int, ...]]]:
    """Every instance of a device with these numbers of rows, in the table's order.

    `sizes` says how many rows each index has, e.g. {"phase": 8, "split": 32};
    an index not named has none.
    """
    return iter(_instances(FrozenMap(sizes)))


@lru_cache(maxsize=_KEPT_SIZES)
def _instances(
    sizes: FrozenMap[str, int],
) -> tuple[tuple[Oid, ObjectType, tuple[int, ...]], ...]:
    return tuple(
        (found.oid + (index or (0,)), found, index)
        for found in OBJECTS.values()
        if not found.v03
        for index in product(*(range(1, sizes.get(name, 0) + 1) for name in found.index))
    )


@lru_cache(maxsize=_KEPT_SIZES)
def instance_types(sizes: FrozenMap[str, int]) -> tuple[Mapping[Oid, ObjectType], tuple[Oid, ...]]:
    """The objects of all instances of a device, and their OIDs in lexicographic order."""
    found = {oid: kind for oid, kind, _ in _instances(sizes)}
    return MappingProxyType(found), tuple(sorted(found))


def in_range(found: ObjectType, value: Value) -> bool:
    """Whether a value of the right type lies in the object's range and enumeration."""
    size = value if isinstance(value, int) else len(value)
    if not found.low <= size <= found.high:
        return False
    if found.meanings and isinstance(value, int):
        return value in found.meanings and found.meanings[value] != "other"
    return True


def has_type(found: ObjectType, value: Value) -> bool:
    """Whether a value has the object's ASN.1 type, whatever its range."""
    if found.syntax in (Syntax.INTEGER, Syntax.CLOCK):
        return isinstance(value, int)
    return isinstance(value, bytes if found.syntax is Syntax.OCTETS else tuple)


def phase_list(value: Value) -> tuple[int, ...]:
    """Phase numbers of an octet string: one octet a number. Raises InputError for no octets."""
    if not isinstance(value, bytes):
        raise InputError(f"A list of phases is octets, not {value!r}.")
    return tuple(value)


def phase_octets(numbers: Iterable[int]) -> bytes:
    """Octet string of phase numbers. Raises InputError for a number outside 1..255."""
    listed = tuple(numbers)
    for number in listed:
        if not 1 <= number <= 255:
            raise InputError(f"Phase {number} has no octet: phases are 1 to 255.")
    return bytes(listed)


def group_bits(numbers: Iterable[int], groups: int) -> tuple[int, ...]:
    """Bit masks of eight items a group: bit 0 of the first is item 1. Items beyond are left out."""
    masks = [0] * groups
    for number in numbers:
        group, bit = divmod(number - 1, 8)
        if 0 <= group < groups:
            masks[group] |= 1 << bit
    return tuple(masks)


def group_numbers(masks: Iterable[int]) -> frozenset[int]:
    """Items whose bit is set in masks of eight items each."""
    return frozenset(
        8 * group + bit + 1
        for group, mask in enumerate(masks)
        for bit in range(8)
        if mask >> bit & 1
    )
