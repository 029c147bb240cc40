"""The encodings of data values: whole numbers, masks, arrays, pairs, moments, texts.

All numbers are big-endian. Arrays run backwards: item 1 lies in the last bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar, Final, TypeAlias

from signalctl.controllers.device.gbt20999.enumerations import StatusCode
from signalctl.domain.errors import DeviceError

Moment: TypeAlias = tuple[int, int, int, int, int, int]
"""Year, month, day, hour, minute, second, as they stand on the wire."""
Value: TypeAlias = (
    int | str | bytes | frozenset[int] | tuple[int, ...] | tuple[tuple[int, int], ...]
)


class Kind(Enum):
    """How the bytes of a value are read; the Python type beside it."""

    UNSIGNED = "int"
    SIGNED = "int, two's complement"
    MASK = "frozenset of int: the items whose bit is set, from 1"
    ARRAY_8 = "tuple of int, 8 bits each"
    ARRAY_16 = "tuple of int, 16 bits each"
    PAIRS = "tuple of pairs of int, 8 bits each"
    MOMENT = "tuple: year, month, day, hour, minute, second"
    TEXT = "str"
    OCTETS = "bytes"


class ValueRefused(DeviceError):
    """Bytes or a value that an object cannot hold; `status` is what the wire says of it."""

    code: ClassVar[str] = "device-value"

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "",
        where: str = "",
        status: StatusCode = StatusCode.BAD_VALUE,
    ) -> None:
        super().__init__(message, remedy=remedy, where=where)
        self.status = status


@dataclass(frozen=True, slots=True)
class Encoding:
    """A kind and its count: bytes of numbers and texts, items of arrays and masks."""

    kind: Kind
    count: int
    size: int = field(init=False, compare=False)
    """Bytes of a value; of a text the most."""

    def __post_init__(self) -> None:
        share = 8 if self.kind is Kind.MASK else 1
        object.__setattr__(self, "size", _BYTES_EACH.get(self.kind, 1) * self.count // share)

    @property
    def most(self) -> int:
        """Largest whole number in a value of numbers."""
        if self.kind is Kind.ARRAY_16:
            return 0xFFFF
        return int(2 ** (8 * self.count)) - 1 if self.kind is Kind.UNSIGNED else 0xFF


_BYTES_EACH: Final = {Kind.ARRAY_16: 2, Kind.PAIRS: 2, Kind.MOMENT: 7}

U8: Final = Encoding(Kind.UNSIGNED, 1)
U16: Final = Encoding(Kind.UNSIGNED, 2)
U32: Final = Encoding(Kind.UNSIGNED, 4)
S32: Final = Encoding(Kind.SIGNED, 4)
U128: Final = Encoding(Kind.UNSIGNED, 16)
MASK64: Final = Encoding(Kind.MASK, 64)
MOMENT: Final = Encoding(Kind.MOMENT, 1)
IPV4: Final = Encoding(Kind.OCTETS, 4)
IPV6: Final = Encoding(Kind.OCTETS, 16)
TEXT16: Final = Encoding(Kind.TEXT, 16)
TEXT128: Final = Encoding(Kind.TEXT, 128)
ARRAY16: Final = Encoding(Kind.ARRAY_8, 16)
ARRAY48: Final = Encoding(Kind.ARRAY_8, 48)
ARRAY64: Final = Encoding(Kind.ARRAY_8, 64)
TIMES16: Final = Encoding(Kind.ARRAY_16, 16)
PAIRS48: Final = Encoding(Kind.PAIRS, 48)


def encode_value(encoding: Encoding, value: Value) -> bytes:
    """The bytes of a value; texts are sent bare, without padding.

    Raises ValueRefused for a value that the encoding cannot hold.
    """
    try:
        data = _WRITE[encoding.kind](encoding, value)
    except (OverflowError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise ValueRefused(f"{value!r} is no {encoding.kind.value}: {error}.") from None
    _check_length(encoding, data)
    return data


def decode_value(encoding: Encoding, data: bytes) -> Value:
    """The value in the bytes; padding of a text and what is no UTF-8 in it are forgiven.

    Raises ValueRefused (status: wrong length) when the bytes are too many or too few.
    """
    _check_length(encoding, data)
    return _READ[encoding.kind](encoding, data)


def _check_length(encoding: Encoding, data: bytes) -> None:
    size = encoding.size
    if len(data) > size or (len(data) < size and encoding.kind is not Kind.TEXT):
        raise ValueRefused(
            f"The value has {len(data)} bytes instead of {size}.", status=StatusCode.WRONG_LENGTH
        )


def _numbers(encoding: Encoding, value: Value) -> tuple[int, ...]:
    """The numbers of an array, checked for their count."""
    if not isinstance(value, tuple) or len(value) != encoding.count:
        raise ValueError(f"{encoding.count} items are needed")
    return tuple(_number(item) for item in value)


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("a whole number is needed")
    return int(value)


def _write_signed(encoding: Encoding, value: Value) -> bytes:
    return _number(value).to_bytes(encoding.count, "big", signed=True)


def _write_mask(encoding: Encoding, value: Value) -> bytes:
    if not isinstance(value, frozenset) or not all(1 <= n <= encoding.count for n in value):
        raise ValueError(f"a set of numbers from 1 to {encoding.count} is needed")
    return sum(1 << n - 1 for n in value).to_bytes(encoding.size, "big")


def _read_mask(encoding: Encoding, data: bytes) -> Value:
    bits = int.from_bytes(data, "big")
    return frozenset(n for n in range(1, encoding.count + 1) if bits >> n - 1 & 1)


def _write_array_16(encoding: Encoding, value: Value) -> bytes:
    return b"".join(n.to_bytes(2, "big") for n in reversed(_numbers(encoding, value)))


def _read_array_16(encoding: Encoding, data: bytes) -> Value:
    numbers = [int.from_bytes(data[at : at + 2], "big") for at in range(0, encoding.size, 2)]
    return tuple(reversed(numbers))


def _write_pairs(encoding: Encoding, value: Value) -> bytes:
    if not isinstance(value, tuple) or len(value) != encoding.count:
        raise ValueError(f"{encoding.count} pairs are needed")
    data = bytearray()
    for pair in reversed(value):
        if not isinstance(pair, tuple):
            raise TypeError("pairs are needed")
        first, second = pair
        data += bytes((first, second))
    return bytes(data)


def _read_pairs(encoding: Encoding, data: bytes) -> Value:
    return tuple((data[at], data[at + 1]) for at in range(encoding.size - 2, -1, -2))


def _write_moment(_encoding: Encoding, value: Value) -> bytes:
    if not isinstance(value, tuple) or len(value) != 6:
        raise ValueError("six numbers are needed")
    year, *rest = (_number(item) for item in value)
    return year.to_bytes(2, "big") + bytes(rest)


def _write_text(_encoding: Encoding, value: Value) -> bytes:
    if not isinstance(value, str):
        raise TypeError("a text is needed")
    return value.encode()


def _write_octets(_encoding: Encoding, value: Value) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError("bytes are needed")
    return value


_WRITE: Final[dict[Kind, Callable[[Encoding, Value], bytes]]] = {
    Kind.UNSIGNED: lambda encoding, value: _number(value).to_bytes(encoding.count, "big"),
    Kind.SIGNED: _write_signed,
    Kind.MASK: _write_mask,
    Kind.ARRAY_8: lambda encoding, value: bytes(reversed(_numbers(encoding, value))),
    Kind.ARRAY_16: _write_array_16,
    Kind.PAIRS: _write_pairs,
    Kind.MOMENT: _write_moment,
    Kind.TEXT: _write_text,
    Kind.OCTETS: _write_octets,
}
_READ: Final[dict[Kind, Callable[[Encoding, bytes], Value]]] = {
    Kind.UNSIGNED: lambda _encoding, data: int.from_bytes(data, "big"),
    Kind.SIGNED: lambda _encoding, data: int.from_bytes(data, "big", signed=True),
    Kind.MASK: _read_mask,
    Kind.ARRAY_8: lambda _encoding, data: tuple(reversed(data)),
    Kind.ARRAY_16: _read_array_16,
    Kind.PAIRS: _read_pairs,
    Kind.MOMENT: lambda _encoding, data: (int.from_bytes(data[:2], "big"), *data[2:]),
    Kind.TEXT: lambda _encoding, data: data.rstrip(b"\0").decode(errors="replace"),
    Kind.OCTETS: lambda _encoding, data: data,
}
