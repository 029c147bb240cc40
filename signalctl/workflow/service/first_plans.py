"""The first plan of a site that has none: the green wave of its main corridor."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Final

from signalctl.domain.errors import SignalctlError
from signalctl.files.plan_file import plan_set_document
from signalctl.workflow.service.plan_desk import PlanDesk, PlanRead
from signalctl.workflow.service.site import SiteNetwork
from signalctl.workflow.wave.greenwave import WaveRequest
from signalctl.workflow.wave.search import CorridorChoice, wave_for

AUTHOR: Final = "signalctl"
"""Who wrote it: nobody who could approve it."""
_CYCLES: Final = range(80, 121, 4)


def first_plans(desk: PlanDesk) -> tuple[PlanRead, ...]:
    """A green-wave draft for each network without a plan; those that allow none are left out."""
    have = {each.network for each in desk.plans.page(limit=1_000)}
    made = []
    for network in desk.site.networks.values():
        if network.id not in have and network.corridors:
            read = _wave(desk, network)
            if read is not None:
                made.append(read)
    return tuple(made)


def _wave(desk: PlanDesk, network: SiteNetwork) -> PlanRead | None:
    shipped = [network.network.default_program(j) for j in network.network.junctions]
    longest = max((each.cycle_s or 0 for each in shipped if each is not None), default=0)
    cycles = range(longest, longest + 1) if longest in range(60, 121) else _CYCLES
    request = WaveRequest(cycles=cycles, sequence="optimise", profile=desk.profile)
    try:
        wave = wave_for(network.source, CorridorChoice(), request)
    except SignalctlError:
        return None
    return desk.create(
        id=uuid.uuid4().hex,
        network=network.id,
        name=wave.plans.name,
        document=plan_set_document(wave.plans),
        based_on=None,
        author=AUTHOR,
        at=datetime.now(UTC),
    )
