"""What an emulated controller holds before anything is set: its size, its site, a maker's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from signalctl.controllers.device.emulator.controller import Controller
from signalctl.controllers.device.emulator.settings import Correction
from signalctl.controllers.device.ntcip1202.objects import (
    ObjectType,
    Oid,
    Syntax,
    Value,
    instance,
    instances,
    phase_octets,
)
from signalctl.controllers.device.ntcip1202.plan_mapping import required
from signalctl.controllers.device.ntcip1202.site_map import SiteMap
from signalctl.domain.junction import GroupKind

MAKE = b"signalctl"
MODEL = b"emulated NTCIP 1202 controller"
VERSION = b"1"
STANDARDS = b"NTCIP 1201:2005; NTCIP 1202:2005"
ENABLED = 1
_CORRECTIONS: Final = {Correction.DWELL: 2, Correction.SHORTWAY: 3, Correction.ADD_ONLY: 4}
_STARTS: Final[dict[str, Value]] = {
    "phaseStartup": 2,
    "unitAutoPedestrianClear": 1,
    "unitControlStatus": 6,
    "unitFlashStatus": 2,
    "coordMaximumMode": 4,
    "coordForceMode": 3,
    "patternTableType": 2,
    "splitMode": 2,
    "localFreeStatus": 6,
    "preemptState": 2,
    "channelControlType": 2,
    "overlapType": 2,
    "port1Status": 2,
    "moduleType": 3,
    "moduleMake": MAKE,
    "moduleModel": MODEL,
    "moduleVersion": VERSION,
    "controllerBaseStandards": STANDARDS,
    "dbCreateTransaction": 1,
    "dbVerifyStatus": 1,
    "globalDaylightSaving": 2,
}
CAPACITIES: Final = {
    "maxPhases": "phase",
    "maxPhaseGroups": "phase-group",
    "maxVehicleDetectors": "detector",
    "maxVehicleDetectorStatusGroups": "detector-group",
    "activeVolumeOccupancyDetectors": "detector",
    "maxPedestrianDetectors": "ped-detector",
    "maxAlarmGroups": "alarm-group",
    "maxSpecialFunctionOutputs": "function",
    "maxPatterns": "pattern",
    "maxSplits": "split",
    "maxTimebaseAscActions": "action",
    "maxPreempts": "preempt",
    "maxRings": "ring",
    "maxSequences": "sequence",
    "maxRingControlGroups": "ring-group",
    "maxChannels": "channel",
    "maxChannelStatusGroups": "channel-group",
    "maxOverlaps": "overlap",
    "maxOverlapStatusGroups": "overlap-group",
    "maxPort1Addresses": "port1",
    "globalMaxModules": "module",
    "maxTimeBaseScheduleEntries": "entry",
    "maxDayPlans": "day-plan",
    "maxDayPlanEvents": "event",
}
"""Scalars that say how many rows an index has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Rows of the emulated controller's tables; phases, rings and channels grow with the site."""

    phase: int = 16
    ring: int = 2
    pattern: int = 32
    split: int = 32
    sequence: int = 16
    action: int = 33
    entry: int = 32
    day_plan: int = 16
    event: int = 16
    preempt: int = 4
    overlap: int = 4

    def for_site(self, site: SiteMap, controller: Controller) -> dict[str, int]:
        """Rows by index name."""
        found: dict[str, int] = {k.replace("_", "-"): v for k, v in asdict(self).items()}
        rings = len(site.layout.sections[0])
        found["phase"] = max(self.phase, *site.phases)
        found["ring"] = max(self.ring, rings)
        found["channel"] = max(16, *(site.channel(g) for g in site.junction.group_ids))
        detectors = controller.detectors.all()
        found["detector"] = max((seen.detector.number for seen in detectors), default=0)
        found |= {"alarm-group": 1, "function": 8, "module": 1, "ped-detector": 0, "port1": 1}
        for name in ("phase", "detector", "ring", "channel", "overlap"):
            found[f"{name}-group"] = -(-found[name] // 8)
        return found


def defaults(site: SiteMap, controller: Controller, sizes: Mapping[str, int]) -> dict[Oid, Value]:
    """The value of every instance before anything is set."""
    found = {oid: _start(kind, index, sizes) for oid, kind, index in instances(sizes)}
    found |= required(site)
    for number, phase in site.phases.items():
        found[instance("phaseOptions", number)] = ENABLED
        for name in ("phaseMaximum1", "phaseMaximum2"):
            found[instance(name, number)] = phase.green_s
    for ring in range(1, len(site.layout.sections[0]) + 1):
        order = [p.number for section in site.layout.sections for p in section[ring - 1]]
        found[instance("sequenceData", 1, ring)] = phase_octets(order)
    for group in site.junction.groups:
        number = site.channel(group.id)
        walks = group.kind is GroupKind.PEDESTRIAN
        serving = [p.number for p in site.layout.phases if group.id in (*p.greens, *p.walks)]
        found[instance("channelControlType", number)] = 3 if walks else 2
        found[instance("channelControlSource", number)] = serving[0] if serving else 0
    settings = controller.settings
    found[instance("coordCorrectionMode")] = _CORRECTIONS[settings.correction]
    found[instance("unitBackupTime")] = settings.backup_s
    found[instance("volumeOccupancyPeriod")] = min(settings.data_period_s, 255)
    found[instance("timebaseAscPatternSync")] = settings.sync_s // 60
    return found


def _start(kind: ObjectType, index: tuple[int, ...], sizes: Mapping[str, int]) -> Value:
    if kind.name in CAPACITIES:
        return sizes[CAPACITIES[kind.name]]
    if kind.name in _STARTS:
        return _STARTS[kind.name]
    if index and kind.oid[-1] <= len(index) and kind.name.endswith(("Number", "splitPhase")):
        return index[kind.oid[-1] - 1]
    if kind.syntax is Syntax.OCTETS:
        return b""
    if kind.syntax is Syntax.OID:
        return (0, 0)
    return 0
