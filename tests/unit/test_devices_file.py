"""Devices files: what they say, and one clear sentence for each mistake."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest

from signalctl.controllers.device.gbt20999.profile import (
    GbtProfile,
    LampStateLayout,
    StageBoundary,
)
from signalctl.controllers.device.ntcip1202.profile import (
    PROFILES,
    OffsetReference,
    TransactionUse,
    VerifyNumbering,
    Version,
)
from signalctl.domain.errors import InputError
from signalctl.files.devices_file import (
    GbtEntry,
    NtcipEntry,
    devices_json_schema,
    dump_devices,
    read_devices,
    write_devices,
)
from signalctl.files.devices_schema import DeviceList
from signalctl.rules.registry import profile
from signalctl.workflow.devices.profiles import gbt_profile, ntcip_profile, port_of

ROOT = Path(__file__).parents[2]
GOOD = """\
schema: signalctl/devices/1
network: arterial.net.xml
approval: true
devices:
  - id: J1
    junction: J1
    protocol: ntcip1202
    address: 10.0.0.1
    credentials: env:SIGNALCTL_J1
    profile: econolite
    offset_reference: barrier
    timeout_s: 3
    slots: 12-14
  - {id: J2, junction: J2, protocol: gbt20999, address: 'tcp://[::1]:7000',
     controller: 7, waits_s: [1, 2]}
  - {id: J3, junction: J3, protocol: gbt20999, address: 'tcp://[::1]:7000',
     controller: 7, junction_number: 2}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "devices.yaml"
    path.write_text(text)
    return path


def test_what_stands_in_a_file_reaches_the_adapters(tmp_path: Path) -> None:
    found = read_devices(written(tmp_path, GOOD))
    assert (found.rules, found.approval, found.network_path) == (
        "as-surveyed",
        True,
        tmp_path / "arterial.net.xml",
    )
    first, second, third = found.devices
    assert isinstance(first, NtcipEntry)
    assert isinstance(second, GbtEntry)
    told = ntcip_profile(first)
    assert (told.version, told.offset_reference, told.timeout_s, told.attempts) == (
        Version.V1,
        OffsetReference.BARRIER,
        3.0,
        3,
    )
    assert (first.host, port_of(first), list(first.spare_slots)) == ("10.0.0.1", 501, [12, 13, 14])
    assert (second.way, second.host, port_of(second)) == ("tcp", "::1", 7000)
    assert gbt_profile(second).waits_s == (1.0, 2.0)
    assert (second.controller, second.junction_number, second.host_number) == (7, 1, 1)
    assert [entry.line for entry in found.devices] == [5, 14, 16]
    assert third.spare_slots == range(10, 21)


def test_a_file_that_is_written_reads_the_same(tmp_path: Path) -> None:
    found = read_devices(written(tmp_path, GOOD))
    again = tmp_path / "again.yaml"
    write_devices(again, found, "A remark.")
    assert again.read_text().startswith("# A remark.\n")
    assert read_devices(again).model_dump() == found.model_dump()
    assert dump_devices(read_devices(again)) == dump_devices(found)


ONE = GOOD[: GOOD.index("  - {id: J2")]
MISTAKES = {
    "unknown key": (ONE + "    colour: red\n", ":14: device J1: colour is no field of a device"),
    "two ids": (GOOD.replace("{id: J3", "{id: J2"), ":16: Two devices are called J2"),
    "one junction": (GOOD.replace("junction: J3", "junction: J1"), ":16: Junction J1 has two"),
    "one address": (
        GOOD.replace("junction_number: 2", "junction_number: 1"),
        ":16: J3 and J2 share the address tcp://[::1]:7000 with the same controller",
    ),
    "two protocols": (
        GOOD.replace("'tcp://[::1]:7000',\n     controller: 7, w", "10.0.0.1:9, w").replace(
            "10.0.0.1\n", "10.0.0.1:9\n"
        ),
        "share the address 10.0.0.1:9, but not a protocol",
    ),
    "protocol": (GOOD.replace("gbt20999", "ocit"), ":14: device J2: protocol must be ntcip1202 or"),
    "no protocol": (ONE.replace("    protocol: ntcip1202\n", ""), "J1: protocol is missing"),
    "slots": (ONE.replace("12-14", "14-12"), ":13: device J1: slots: slots are FIRST-LAST"),
    "address": (ONE.replace("10.0.0.1", "http://x/"), ":8: device J1: address: an address is"),
    "port": (ONE.replace("10.0.0.1", "10.0.0.1:70000"), ":8: device J1: address: an address is"),
    "tcp": (ONE.replace("10.0.0.1", "tcp://10.0.0.1"), "is spoken over UDP"),
    "no credentials": (ONE.replace("    credentials: env:SIGNALCTL_J1\n", ""), "credentials is mi"),
    "number": (
        GOOD.replace("controller: 7, w", "controller: '7', w"),
        ":15: device J2: controller",
    ),
    "choice": (ONE.replace("barrier", "left"), ":11: device J1: offset_reference: Input should be"),
    "nothing": ("schema: signalctl/devices/1\nnetwork: n\ndevices: []\n", ":3: devices: Tuple"),
    "other file": ("schema: signalctl/plan/1\n", "'signalctl/devices/1' was expected"),
    "phases": (ONE + "    coordinated: [2]\n", "give ring_barrier too"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_has_one_clear_sentence(name: str, tmp_path: Path) -> None:
    text, expected = MISTAKES[name]
    with pytest.raises(InputError) as caught:
        read_devices(written(tmp_path, text))
    assert expected in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path / "devices.yaml:"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        "credentials: hunter2secret",
        "credentials: {community: hunter2secret}",
        "credentials: env:X\n    community: hunter2secret",
        "credentials: env:X\n    privacy_key: hunter2secret",
        "credentials: env:X\n    authentication_key: hunter2secret\n    oops: 1",
    ],
)
def test_a_secret_in_clear_is_refused_and_not_repeated(line: str, tmp_path: Path) -> None:
    text = ONE.replace("credentials: env:SIGNALCTL_J1", line)
    with pytest.raises(InputError) as caught:
        read_devices(written(tmp_path, text))
    assert "written in clear" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_the_published_schema_is_the_one_in_use() -> None:
    published = json.loads((ROOT / "docs" / "devices.schema.json").read_text())
    assert published == devices_json_schema()


def test_every_choice_of_the_profiles_can_be_written() -> None:
    def choices(entry: type[NtcipEntry | GbtEntry], field: str) -> set[object]:
        kinds = get_args(entry.model_fields[field].annotation) or ()
        return {value for kind in kinds for value in (get_args(kind) or (kind,))} - {type(None)}

    assert choices(NtcipEntry, "version") == {v.value for v in Version}
    assert choices(NtcipEntry, "offset_reference") == {v.value for v in OffsetReference}
    assert choices(NtcipEntry, "transaction") == {v.value for v in TransactionUse}
    assert choices(NtcipEntry, "verify_numbering") == {v.value for v in VerifyNumbering}
    assert choices(NtcipEntry, "profile") == set(PROFILES)
    assert len(choices(GbtEntry, "lamp_state")) == len(LampStateLayout)
    assert len(choices(GbtEntry, "stage_boundary")) == len(StageBoundary)
    assert set(GbtProfile.__dataclass_fields__) <= set(GbtEntry.model_fields)
    named = PROFILES["standard"].__dataclass_fields__
    assert set(named) - {"name", "port"} <= set(NtcipEntry.model_fields)
    for rules in get_args(DeviceList.model_fields["rules"].annotation):
        assert profile(rules).name == rules
