"""The form of a devices file, `schema: signalctl/devices/1`, field by field.

The models are frozen and are what the rest of the program works with: a device entry
is settings and nothing else. What the settings mean to a protocol is known above.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    TypeAdapter,
    field_validator,
    model_validator,
)

from signalctl.files.plan_schema import RingBarrierModel

DEVICES_SCHEMA: Final = "signalctl/devices/1"
MOST_DEVICES: Final = 5_000
_ADDRESS: Final = re.compile(
    r"(?:(?P<way>udp|tcp|dial-in)://)?(?P<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)"
    r"(?::(?P<port>\d{1,5}))?"
)
_RANGE: Final = re.compile(r"(\d{1,4})(?:-(\d{1,4}))?")

Identifier = Annotated[str, Field(min_length=1, max_length=512)]
DeviceId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:#-]{0,63}$")]
Reference = Annotated[str, Field(max_length=4096)]
Number = Annotated[int, Field(strict=True, ge=1, le=64)]
PhaseNumber = Annotated[int, Field(strict=True, ge=1, le=255)]
Byte = Annotated[int, Field(strict=True, ge=0, le=255)]
Whole = Annotated[int, Field(strict=True, ge=0, le=3600)]
Seconds = Annotated[float, Field(gt=0, le=600)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Entry(_Strict):
    """What every device has, whatever its protocol."""

    id: DeviceId
    junction: Identifier = Field(description="the junction it controls, as the network names it")
    address: str = Field(description="[udp://|tcp://|dial-in://]host[:port]")
    slots: str = Field(default="10-20", description="first-last: where a push may put plans")
    _line: int = PrivateAttr(default=0)

    @field_validator("slots")
    @classmethod
    def _slots(cls, text: str) -> str:
        parse_range(text, "slots")
        return text

    @field_validator("address")
    @classmethod
    def _address(cls, text: str) -> str:
        found = _ADDRESS.fullmatch(text)
        if found is None or int(found["port"] or 0) > 65_535:
            raise ValueError(
                "an address is host:port, udp://host:port, tcp://host:port or dial-in://host:port"
            )
        return text

    @property
    def spare_slots(self) -> range:
        """Slots that a push may use."""
        return parse_range(self.slots, "slots")

    @property
    def way(self) -> str:
        """`udp`, `tcp` or `dial-in` (the controller dials us); udp where nothing is said."""
        return self._address_parts[0]

    @property
    def host(self) -> str:
        """The host of the address."""
        return self._address_parts[1]

    @property
    def port(self) -> int | None:
        """The port of the address, None for the protocol's own."""
        return self._address_parts[2]

    @property
    def line(self) -> int:
        """The line of the devices file that it begins in, 0 without a file."""
        return self._line

    @property
    def _address_parts(self) -> tuple[str, str, int | None]:
        found = _ADDRESS.fullmatch(self.address)
        if found is None:
            raise ValueError(self.address)
        port = int(found["port"]) if found["port"] else None
        return found["way"] or "udp", found["host"].strip("[]"), port


class NtcipEntry(_Entry):
    """A controller that speaks NTCIP 1202 over SNMP. Unset switches are the profile's."""

    protocol: Literal["ntcip1202"]
    credentials: Reference = Field(description="env:NAME or file:PATH, never the secret itself")
    profile: Literal["standard", "econolite", "no-transactions"] = "standard"
    version: Literal["v1", "v2c", "v3"] | None = None
    offset_reference: (
        Literal["first-green", "last-green", "first-yellow", "last-yellow", "barrier"] | None
    ) = None
    transaction: Literal["always", "p2-only", "never"] | None = None
    verify_numbering: Literal["from-one", "from-zero"] | None = None
    varbinds: Annotated[int, Field(strict=True, ge=1, le=100)] | None = None
    timeout_s: Seconds | None = None
    attempts: Annotated[int, Field(strict=True, ge=1, le=20)] | None = None
    verify_timeout_s: Seconds | None = None
    clock_unsigned: bool | None = None
    ring_barrier: RingBarrierModel | None = Field(
        default=None,
        description="the controller's phases, rings and barriers; default: made from the "
        "network's program",
    )
    coordinated: tuple[PhaseNumber, ...] = ()
    min_greens_s: dict[PhaseNumber, Whole] | None = None
    ped_clears_s: dict[PhaseNumber, Whole] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _only_udp(self) -> NtcipEntry:
        if self.way != "udp":
            raise ValueError("NTCIP 1202 is spoken over UDP: write host:port")
        if self.ring_barrier is None and (self.coordinated or self.min_greens_s):
            raise ValueError("coordinated and min_greens_s speak of phases: give ring_barrier too")
        return self


class GbtPhaseModel(_Strict):
    """A phase of a GB/T controller: the groups that it gives green."""

    number: Number
    protected: tuple[Identifier, ...] = ()
    permissive: tuple[Identifier, ...] = ()


class GbtStageModel(_Strict):
    """A stage of a GB/T controller: its phases, and which of them start late or end early."""

    number: Number
    phases: Annotated[tuple[Number, ...], Field(max_length=64)] = ()
    late_start_s: dict[Number, Byte] = Field(default_factory=dict)
    early_end_s: dict[Number, Byte] = Field(default_factory=dict)


class GbtSiteModel(_Strict):
    """What is certified on a GB/T controller. Without stages they are read from the device."""

    phases: Annotated[tuple[GbtPhaseModel, ...], Field(min_length=1, max_length=64)]
    stages: Annotated[tuple[GbtStageModel, ...], Field(max_length=64)] | None = None
    lamp_groups: dict[Identifier, Number]


class GbtEntry(_Entry):
    """A controller that speaks GB/T 20999-2017. Unset switches are this program's choices."""

    protocol: Literal["gbt20999"]
    controller: Annotated[int, Field(strict=True, ge=1, le=0xFFFFFFFF)] = 1
    junction_number: Annotated[int, Field(strict=True, ge=1, le=8)] = 1
    host_number: Byte = 1
    version: Annotated[int, Field(strict=True, ge=0x0100, le=0x01FF)] | None = None
    set_reply_status: bool | None = None
    heartbeat_count: bool | None = None
    lamp_state: Literal["ask", "attribute-1", "attribute-2"] | None = None
    intergreen_unit_ds: Literal[1, 10] | None = None
    extension_unit_ds: Literal[1, 10] | None = None
    tcp_escape: bool | None = None
    sequence_echoed: bool | None = None
    stage_boundary: Literal["transition-out", "transition-in"] | None = None
    waits_s: Annotated[tuple[Seconds, ...], Field(min_length=1, max_length=20)] | None = None
    heartbeat_s: Seconds | None = None
    heartbeats_missed: Annotated[int, Field(strict=True, ge=1, le=100)] | None = None
    most_items: Annotated[int, Field(strict=True, ge=1, le=255)] | None = None
    most_bytes: Annotated[int, Field(strict=True, ge=280, le=16_000)] | None = None
    cycles_s: str = Field(default="10-600", description="shortest-longest cycle it takes, s")
    site: GbtSiteModel | None = Field(
        default=None,
        description="the controller's phases, stages and lamp groups; default: made from the "
        "network's program",
    )

    @field_validator("cycles_s")
    @classmethod
    def _cycles(cls, text: str) -> str:
        parse_range(text, "cycles_s")
        return text


DeviceEntry: TypeAlias = NtcipEntry | GbtEntry
DEVICE_ENTRY: Final[TypeAdapter[NtcipEntry | GbtEntry]] = TypeAdapter(
    Annotated[NtcipEntry | GbtEntry, Field(discriminator="protocol")]
)


class DeviceList(_Strict):
    """The devices of one street, and the network they stand in.

    `network` and `commissioned` are as written: relative to the devices file, if
    there is one. `commissioned` names plan files that the controllers were set up
    for, besides the network's own programs.
    """

    schema_: Literal["signalctl/devices/1"] = Field(default="signalctl/devices/1", alias="schema")
    network: Identifier
    rules: Literal["gb", "fhwa", "rilsa", "as-surveyed"] = "as-surveyed"
    approval: bool = Field(default=False, description="a second person's approval is needed")
    commissioned: tuple[Identifier, ...] = ()
    devices: Annotated[
        tuple[Annotated[NtcipEntry | GbtEntry, Field(discriminator="protocol")], ...],
        Field(min_length=1, max_length=MOST_DEVICES),
    ]
    _source: Path | None = PrivateAttr(default=None)

    @property
    def source(self) -> Path | None:
        """The devices file, if it was read from one."""
        return self._source

    @property
    def folder(self) -> Path:
        """What relative paths in it are relative to."""
        return self._source.parent if self._source is not None else Path()

    @property
    def network_path(self) -> Path:
        """Where the network lies."""
        return self.folder / self.network


def parse_range(text: str, what: str) -> range:
    """`10-20` or `7` as a range of whole numbers, both ends in it. Raises ValueError."""
    found = _RANGE.fullmatch(text.strip())
    first = int(found[1]) if found else 0
    last = int(found[2] or first) if found else 0
    if not 1 <= first <= last:
        raise ValueError(f"{what} are FIRST-LAST, such as 10-20, the smaller number first")
    return range(first, last + 1)


def devices_json_schema() -> dict[str, Any]:
    """The published JSON Schema of devices files."""
    return DeviceList.model_json_schema(by_alias=True)
