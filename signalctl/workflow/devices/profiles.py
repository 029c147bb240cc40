"""From the settings of a device entry to the profile that its adapter takes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from signalctl.controllers.device.gbt20999.profile import (
    GbtProfile,
    LampStateLayout,
    StageBoundary,
)
from signalctl.controllers.device.ntcip1202.profile import (
    PROFILES,
    OffsetReference,
    Profile,
    TransactionUse,
    VerifyNumbering,
    Version,
)
from signalctl.files.devices_schema import GbtEntry, NtcipEntry

NTCIP_WORDS: Final = {
    "version": Version,
    "offset_reference": OffsetReference,
    "transaction": TransactionUse,
    "verify_numbering": VerifyNumbering,
}
LAMP_STATES: Final = {
    "ask": LampStateLayout.ASK,
    "attribute-1": LampStateLayout.ATTRIBUTE_1,
    "attribute-2": LampStateLayout.ATTRIBUTE_2,
}
STAGE_BOUNDARIES: Final = {
    "transition-out": StageBoundary.TRANSITION_OUT,
    "transition-in": StageBoundary.TRANSITION_IN,
}
NTCIP_PLAIN: Final = ("varbinds", "timeout_s", "attempts", "verify_timeout_s", "clock_unsigned")
GBT_PLAIN: Final = (
    "version",
    "set_reply_status",
    "heartbeat_count",
    "intergreen_unit_ds",
    "extension_unit_ds",
    "tcp_escape",
    "sequence_echoed",
    "waits_s",
    "heartbeat_s",
    "heartbeats_missed",
    "most_items",
    "most_bytes",
)
GBT_PORT: Final = 20_999
"""Where an address names none: GB/T 20999-2017 fixes no port."""


def ntcip_profile(entry: NtcipEntry) -> Profile:
    """The named profile with what the entry changes."""
    changes: dict[str, Any] = {
        name: kind(getattr(entry, name))
        for name, kind in NTCIP_WORDS.items()
        if getattr(entry, name) is not None
    }
    changes |= {
        name: getattr(entry, name) for name in NTCIP_PLAIN if getattr(entry, name) is not None
    }
    return replace(PROFILES[entry.profile], **changes)


def gbt_profile(entry: GbtEntry) -> GbtProfile:
    """The switches of a GB/T device. Raises InputError for a combination that cannot be."""
    changes: dict[str, Any] = {
        name: getattr(entry, name) for name in GBT_PLAIN if getattr(entry, name) is not None
    }
    if entry.lamp_state is not None:
        changes["lamp_state"] = LAMP_STATES[entry.lamp_state]
    if entry.stage_boundary is not None:
        changes["stage_boundary"] = STAGE_BOUNDARIES[entry.stage_boundary]
    return GbtProfile(**changes)


def port_of(entry: NtcipEntry | GbtEntry) -> int:
    """The port of a device's address, or its protocol's own."""
    if entry.port is not None:
        return entry.port
    return ntcip_profile(entry).port if isinstance(entry, NtcipEntry) else GBT_PORT
