"""What the street desk is made of and told: devices, what they ran, orders to push."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from signalctl.domain.plan import TimingPlan
from signalctl.domain.push import Activation
from signalctl.files.devices_schema import DeviceList
from signalctl.workflow.service.emulated_site import EmulatedSite
from signalctl.workflow.service.site import SiteNetwork


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetPlace:
    """Which devices, in which network; `emulated` are put on the wire by this process."""

    network: SiteNetwork
    devices: DeviceList
    emulated: EmulatedSite | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A plan that a push brought to a device."""

    push_id: str
    plan_id: str | None
    """The approved plan set it was pushed from."""
    plan_hash: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PushOrder:
    """What is to be pushed: the plans of an approved plan set to some devices, None for all."""

    push_id: str
    """What the push will be called, given out before it begins."""
    plan_id: str
    plans: Mapping[str, TimingPlan]
    devices: tuple[str, ...] | None
    activation: Activation
    actor: str
    reason: str
