"""What pushes left behind on each device: what it should run, who is at work, what is in doubt."""

from __future__ import annotations

from typing import Final

from signalctl.controllers.device.device import Device
from signalctl.domain.errors import SignalctlError
from signalctl.domain.push import Activation, DevicePush, Push, PushState, Step
from signalctl.store.steps import BETWEEN
from signalctl.workflow.service.street_conditions import Pushed


class PushHistory:
    """The pushes of a street as they move and end; told in the order in which they happened."""

    def __init__(self) -> None:
        self._at_work: Final[dict[str, frozenset[str]]] = {}
        """Devices by push."""
        self._doubtful: Final[dict[str, frozenset[str]]] = {}
        self._left: Final[dict[str, list[tuple[Push, DevicePush]]]] = {}
        """Pushes that stand, by device, the newest last."""
        self._expected: Final[dict[str, Pushed]] = {}

    def is_busy(self, device_id: str) -> bool:
        """Whether a push or its roll-back is at work on the device."""
        return any(device_id in devices for devices in tuple(self._at_work.values()))

    def expected(self, device_id: str, device: Device | None) -> Pushed | None:
        """What the device should run, None where no push says so."""
        known = self._expected.get(device_id)
        left = self._left.get(device_id)
        if known is None and left:
            # Made when it is first asked for: most pushes of the past are never.
            known = self._expected[device_id] = _pushed(*left[-1], device)
        return known

    def in_doubt(self, device_id: str) -> str | None:
        """The push that left the device in doubt."""
        for push_id, devices in tuple(self._doubtful.items()):
            if device_id in devices:
                return push_id
        return None

    def moved(self, push: Push) -> None:
        """A push came to another step."""
        ids = frozenset(item.device_id for item in push.devices)
        between = any(item.step in BETWEEN for item in push.devices)
        at_work = push.state is PushState.OPEN or between
        # A roll-back that has come to some of its devices.
        at_work = at_work or (push.state is PushState.DONE and is_going_back(push))
        doubtful = frozenset(i.device_id for i in push.devices if i.step is Step.IN_DOUBT)
        if at_work:
            self._at_work[push.id] = ids
        else:
            self._at_work.pop(push.id, None)
        if push.state is PushState.IN_DOUBT and doubtful:
            self._doubtful[push.id] = doubtful
        else:
            self._doubtful.pop(push.id, None)

    def ended(self, push: Push) -> None:
        """A push ended: what it brought is expected, what it took back is not any more."""
        self.moved(push)
        for item in push.devices:
            left = self._left.setdefault(item.device_id, [])
            left[:] = [each for each in left if each[0].id != push.id]
            if push.state is PushState.DONE and item.snapshot is not None:
                left.append((push, item))
            self._expected.pop(item.device_id, None)


def is_going_back(push: Push) -> bool:
    """Whether a push that had ended was taken back, or is being."""
    if push.state is PushState.DONE:
        return any(item.step is not Step.RUNNING for item in push.devices)
    return push.state is PushState.ROLLED_BACK


def _pushed(push: Push, item: DevicePush, device: Device | None) -> Pushed:
    slot = -1 if item.snapshot is None else item.snapshot.spare_slot
    held = None
    if device is not None:
        try:
            held = device.as_held(slot, item.plan)
        except SignalctlError:
            held = None
    return Pushed(
        push_id=push.id,
        name=item.plan.name,
        at=push.ended_at or push.begun_at,
        slot=slot if push.activation is Activation.NOW else None,
        in_slot=slot,
        held=held,
    )
