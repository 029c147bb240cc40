"""The devices of a site that names none: emulated controllers at the junctions of its network.

Half of the junctions speak NTCIP 1202, as far as its rings and barriers can show their
plans, the others GB/T 20999.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from signalctl.controllers.device.ntcip1202.site_map import canonical
from signalctl.domain.errors import InputError, NotExpressible
from signalctl.files.atomic import write_atomic
from signalctl.files.devices_file import read_devices
from signalctl.files.devices_schema import DeviceEntry, DeviceList, GbtEntry, NtcipEntry
from signalctl.files.plan_file import PlanSet, write_plans
from signalctl.files.yaml_document import dump_yaml
from signalctl.workflow.devices.sites import Commissioning, commissionings, gbt_site, ntcip_site
from signalctl.workflow.service.site import Site, SiteNetwork

FOLDER: Final = "emulated"
_SECRET: Final = "community.json"  # noqa: S105 - a file's name
_SLOTS: Final = "10-20"
_PROTOCOLS: Final = ("ntcip1202", "gbt20999")


@dataclass(frozen=True, slots=True, kw_only=True)
class EmulatedSite:
    """Emulated devices, and where their memory is kept between starts."""

    devices: DeviceList
    memory: Path


def emulated_site(
    site: Site, network: SiteNetwork, rules: str, commissioned: PlanSet | None
) -> EmulatedSite:
    """The emulated devices of a site, made at its first start and the same ever after.

    `commissioned` is a plan set that the controllers are set up for besides the
    network's own programs. Raises InputError when no junction can have a controller.
    """
    folder = site.folder / FOLDER
    path = folder / "devices.yaml"
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(folder, path, network, rules, commissioned)
    return EmulatedSite(devices=read_devices(path), memory=folder / "memory.json")


def _write(
    folder: Path, path: Path, network: SiteNetwork, rules: str, commissioned: PlanSet | None
) -> None:
    secret = folder / _SECRET
    with open(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
        json.dump({"community": secrets.token_urlsafe(12)}, opened)
    plans: tuple[str, ...] = ()
    if commissioned is not None:
        write_plans(folder / "commissioned.yaml", commissioned)
        plans = ("commissioned.yaml",)
    draft = DeviceList.model_validate(
        {
            "network": os.path.relpath(network.net, folder),
            "rules": rules,
            "approval": True,
            "commissioned": plans,
            "devices": [_entry(j, "ntcip1202") for j in network.network.junctions],
        }
    )
    draft._source = path
    made_for = commissionings(draft, network.network)
    fitting = {
        junction_id: tuple(p for p in _PROTOCOLS if _fits(_entry(junction_id, p), each))
        for junction_id, each in made_for.items()
    }
    half = len(made_for) // 2
    speaks_ntcip = [j for j, able in fitting.items() if able[:1] == _PROTOCOLS[:1]][:half]
    entries = [
        _entry(junction_id, "ntcip1202" if junction_id in speaks_ntcip else able[-1])
        for junction_id, able in fitting.items()
        if able
    ]
    if not entries:
        raise InputError(
            "No junction's programs can be set up on an emulated controller.",
            where=str(network.net),
            remedy="Write the site's devices.yaml.",
        )
    document = {
        "schema": "signalctl/devices/1",
        "network": draft.network,
        "rules": rules,
        "approval": True,
        "commissioned": list(plans),
        "devices": [each.model_dump(mode="json", exclude_unset=True) for each in entries],
    }
    write_atomic(path, dump_yaml(document, "Emulated controllers; made by signalctl serve."))


def _entry(junction_id: str, protocol: str) -> DeviceEntry:
    if protocol == "gbt20999":
        return GbtEntry(
            id=junction_id,
            junction=junction_id,
            protocol="gbt20999",
            address="udp://127.0.0.1:0",
            slots=_SLOTS,
        )
    return NtcipEntry(
        id=junction_id,
        junction=junction_id,
        protocol="ntcip1202",
        address="127.0.0.1:0",
        credentials=f"file:{_SECRET}",
        slots=_SLOTS,
    )


def _fits(entry: DeviceEntry, made_for: Commissioning) -> bool:
    """Whether a controller of this protocol can be set up for what it shall run last."""
    try:
        if isinstance(entry, GbtEntry):
            gbt_site(entry, made_for)
        else:
            site = ntcip_site(entry, made_for)
            canonical(made_for.plans[-1], site)
    except (InputError, NotExpressible):
        return False
    return True
