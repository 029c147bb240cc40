"""The objects of one emulated controller: what it holds, answers and does when set.

Knows nothing of SNMP. Parameters live in the controller's memory, piece by piece, so
that losing power in the middle of a commit leaves what it leaves on the street. Patterns
become the controller's plans; a pattern it cannot run becomes the reason why.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from signalctl.controllers.device.emulator.controller import Controller
from signalctl.controllers.device.emulator.settings import PowerLost
from signalctl.controllers.device.ntcip1202 import translation
from signalctl.controllers.device.ntcip1202.defaults import Sizes, defaults
from signalctl.controllers.device.ntcip1202.objects import (
    ObjectClass,
    ObjectType,
    Oid,
    Syntax,
    Value,
    has_type,
    in_range,
    instance,
    instance_types,
    locate,
)
from signalctl.controllers.device.ntcip1202.profile import OffsetReference
from signalctl.controllers.device.ntcip1202.site_map import SiteMap
from signalctl.controllers.device.ntcip1202.status import shown_by, status_value
from signalctl.controllers.device.ntcip1202.transaction import (
    Rules,
    SetRefused,
    SetStatus,
    Transaction,
    Write,
    advanced,
    request,
)
from signalctl.controllers.device.ntcip1202.verification import verify
from signalctl.domain.errors import Refused
from signalctl.domain.frozen import FrozenMap

ADMINISTRATOR = "administrator"
"""The writer who may go on with anybody's transaction."""


_TRANSACTION = frozenset({"dbCreateTransaction", "dbVerifyStatus", "dbVerifyError"})


class NoSuchInstance(LookupError):
    """There is no such instance in this device."""


@dataclass(slots=True, kw_only=True)
class Behaviour:
    """Switches of a device that is not as it should be; may be changed while it runs.

    `verify_s` is how long a verification takes (infinite: stuck). `refusal` is a
    message with which every verification fails. `transactions` False: the device has
    no dbCreateTransaction and takes everything at once. `atomic` False: of a SET that
    is refused, the objects before the guilty one stay set. `verify_base` is the
    number of notDone, 1 in the standard.
    """

    verify_s: float = 0.0
    refusal: str = ""
    transactions: bool = True
    atomic: bool = True
    verify_base: int = 1


class Store:
    """One device. `time_s` is the clock of verifications; plans run by `Controller.step`."""

    def __init__(
        self,
        controller: Controller,
        site: SiteMap,
        *,
        time_s: Callable[[], float],
        reference: OffsetReference = OffsetReference.FIRST_GREEN,
        sizes: Sizes | None = None,
        behaviour: Behaviour | None = None,
        clock_unsigned: bool = False,
    ) -> None:
        self.controller: Final[Controller] = controller
        self.site: Final[SiteMap] = site
        self.channels: Final = {g: site.channel(g) for g in site.junction.group_ids}
        """The load switch of each group."""
        self.reference: Final = reference
        self.behaviour: Final = behaviour or Behaviour()
        self.clock_unsigned: Final = clock_unsigned
        self.sizes: Final = (sizes or Sizes()).for_site(site, controller)
        self.transaction: Transaction = Transaction()
        self.volatile: dict[Oid, Value] = {}
        """Control objects: forgotten with the power."""
        self.backup = False
        """Whether the centre has been silent for too long."""
        self.shown_by: Final = shown_by(site)
        """Groups that tell what each phase shows."""
        self._time_s: Final = time_s
        self._types, self._order = instance_types(FrozenMap(self.sizes))
        self._defaults: Final = defaults(site, controller, self.sizes)
        self._heard_s: int | None = None
        self._powered = False
        self._commanded = 0
        self._torn = False
        self.refresh_plans()

    # reading

    def value(self, oid: Oid) -> Value:
        """The live value of an instance, whatever waits in a transaction.

        Raises NoSuchInstance.
        """
        found = self._types.get(oid)
        if found is None or (not self.behaviour.transactions and found.name in _TRANSACTION):
            raise NoSuchInstance(oid)
        self.transaction = advanced(self.transaction, self._time_s())
        return self._value(oid, found)

    def number(self, name: str, *index: int) -> int:
        """A live number, 0 for none."""
        oid = instance(name, *index)
        found = self._value(oid, self._types[oid]) if oid in self._types else 0
        return found if isinstance(found, int) else 0

    def _value(self, oid: Oid, found: ObjectType) -> Value:
        if found.kind is ObjectClass.STATUS or found.syntax is Syntax.CLOCK:
            live = status_value(self, found, oid[len(found.oid) :])
            return self._defaults[oid] if live is None else live
        if found.kind is ObjectClass.CONTROL:
            live = status_value(self, found, oid[len(found.oid) :])
            return live if live is not None else self.volatile.get(oid, self._defaults[oid])
        kept = self.controller.memory.recall(oid)
        return self._defaults[oid] if kept is None or isinstance(kept, str) else kept

    def following(self, oid: Oid) -> Oid | None:
        """The next instance in lexicographic order, None after the last."""
        at = bisect_right(self._order, oid)
        return self._order[at] if at < len(self._order) else None

    def parameters(self, changes: Mapping[Oid, Value] | None = None) -> dict[Oid, Value]:
        """Every parameter's live value, with changes laid over it."""
        found = dict(self._defaults)
        for oid, kind in self._types.items():
            if kind.kind in (ObjectClass.PARAMETER, ObjectClass.TRANSACTION):
                # What it runs by is what it holds, even where it answers something else.
                kept = self.controller.memory.objects.get(oid)
                if kept is not None and not isinstance(kept, str):
                    found[oid] = kept
        return found | dict(changes or {})

    # writing

    def set(self, pairs: Sequence[tuple[Oid, Value]], writer: str) -> None:
        """One SET, all or nothing. Raises SetRefused, or PowerLost in the middle of it."""
        writes = []
        for place, (oid, value) in enumerate(pairs, start=1):
            try:
                writes.append(self._checked(oid, value, place))
            except SetRefused:
                if not self.behaviour.atomic and writes:
                    self._take(writes, writer)
                raise
        self._take(writes, writer)

    def _checked(self, oid: Oid, value: Value, place: int) -> Write:
        found = self._types.get(oid)
        if found is None:
            known = locate(oid)
            status = SetStatus.NO_CREATION if known else SetStatus.NOT_WRITABLE
            raise SetRefused(status, place)
        if not found.writable:
            raise SetRefused(SetStatus.NOT_WRITABLE, place)
        if not has_type(found, value):
            raise SetRefused(SetStatus.WRONG_TYPE, place)
        if not in_range(found, value):
            octets = found.syntax is Syntax.OCTETS
            raise SetRefused(SetStatus.WRONG_LENGTH if octets else SetStatus.WRONG_VALUE, place)
        if found.name == "dayPlanActionNumberOID" and not self._action(value):
            raise SetRefused(SetStatus.GEN_ERR, place)
        return Write(oid, value, found.kind)

    def _action(self, value: Value) -> bool:
        if value == (0, 0):
            return True
        found = self._types.get(value) if isinstance(value, tuple) else None
        return found is not None and found.name == "timebaseAscActionNumber"

    def _take(self, writes: Sequence[Write], writer: str) -> None:
        if not self.behaviour.transactions:
            self._live({write.oid: write.value for write in writes})
            return
        rules = Rules(
            check=self._check, verify_s=self.behaviour.verify_s, administrator=ADMINISTRATOR
        )
        step = request(self.transaction, writes, writer, rules, self._time_s())
        if step.committed:
            # A commit that is cut by a loss of power is over: the machine does not survive it.
            self.transaction = Transaction()
        self._live(step.live)
        self.transaction = step.machine

    def _check(self, buffer: Mapping[Oid, Value]) -> str:
        return self.behaviour.refusal or verify(self.parameters(buffer), self.sizes)

    def _live(self, values: Mapping[Oid, Value]) -> None:
        """Make values live: controls act, parameters are kept and the plans follow them."""
        lasting = {
            o: v for o, v in values.items() if self._types[o].kind is not ObjectClass.CONTROL
        }
        acting = {o: v for o, v in values.items() if o not in lasting}
        if lasting:
            self._keep(lasting)
        for oid, value in acting.items():
            self.volatile[oid] = value
            translation.act(self, self._types[oid].name, value)
        if acting:
            self._heard_s = None
            self.backup = False
            self.controller.refresh()
        self._obey()

    def _keep(self, values: Mapping[Oid, Value]) -> None:
        before = {oid: self._value(oid, self._types[oid]) for oid in values}
        done: list[Oid] = []
        try:
            for oid, value in values.items():
                if value != before[oid] or self.controller.memory.recall(oid) is not None:
                    self.controller.memory.keep(oid, value)
                done.append(oid)
        except PowerLost:
            self._torn = True
            raise
        except Refused as error:
            for oid in done:
                if self.controller.memory.recall(oid) is not None:
                    self.controller.memory.keep(oid, before[oid])
            raise SetRefused(SetStatus.GEN_ERR, 0) from error
        translation.follow(self, {self._types[oid].name for oid in values})

    def refresh_plans(self) -> None:
        """Bring the controller's plans, day plans and schedule in line with the objects."""
        translation.follow(self, None)

    # time

    def tick(self) -> None:
        """Once after every step of the controller: the back-up timer, and power that came back."""
        controller = self.controller
        if not controller.answers:
            self._powered = False
            return
        if not self._powered:
            self._powered = True
            self.transaction = Transaction()
            self.volatile.clear()
            self._commanded, self._heard_s, self.backup = 0, None, False
            if self._torn:
                self._torn = False
                self.refresh_plans()
        self._obey()
        if self._heard_s is None:
            self._heard_s = controller.clock_s
        limit_s = self.number("unitBackupTime")
        waited_s = controller.clock_s - self._heard_s
        if limit_s and waited_s >= limit_s and self.volatile:
            self.volatile.clear()
            self.backup = True
            self._obey()

    def _obey(self) -> None:
        """Command what the operational mode, else the centre, asks for."""
        wanted = self.number("coordOperationalMode") or self.number("systemPatternControl")
        if wanted != self._commanded:
            self._commanded = wanted
            translation.command(self.controller, wanted)

    def heard(self, seconds: int) -> None:
        """The clock was set by so much: the back-up timer measures time, not the clock."""
        if self._heard_s is not None:
            self._heard_s += seconds
