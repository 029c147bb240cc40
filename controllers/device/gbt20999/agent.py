"""The protocol side of an emulated GB/T controller: frames in, frames out."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Final

from signalctl.controllers.device.emulator.controller import Controller
from signalctl.controllers.device.emulator.settings import DeviceStage, PowerLost
from signalctl.controllers.device.gbt20999.agent_objects import AgentObjects
from signalctl.controllers.device.gbt20999.dictionary import entry_of
from signalctl.controllers.device.gbt20999.enumerations import (
    HEARTBEATS,
    FaultAction,
    FaultType,
    FrameType,
    StatusCode,
)
from signalctl.controllers.device.gbt20999.frame import Frame, Item, ItemId
from signalctl.controllers.device.gbt20999.items import encoded, item_id, set_batches
from signalctl.controllers.device.gbt20999.links import (
    DatagramLink,
    Disturb,
    Link,
    Reply,
    StreamLink,
)
from signalctl.controllers.device.gbt20999.profile import GbtProfile
from signalctl.controllers.device.gbt20999.records import moment_of
from signalctl.controllers.device.gbt20999.site_map import SiteMap
from signalctl.controllers.device.gbt20999.values import Value, ValueRefused

_FAULT_TYPES: Final = {
    "conflict": FaultType.GREEN_CONFLICT,
    "red-lamp": FaultType.RED_LAMP,
    "lamp": FaultType.GREEN_LAMP,
    "communication": FaultType.COMMUNICATION,
    "detector": FaultType.DETECTOR,
    "clock": FaultType.CLOCK,
    "memory": FaultType.MEMORY,
}
_MOST_RECORDS: Final = 255


def device_stages(site: SiteMap) -> tuple[DeviceStage, ...]:
    """The site's stages for the settings of an emulated controller."""
    return tuple(DeviceStage(id=str(s.number), greens=site.greens(s)) for s in site.stages)


class GbtAgent:
    """Answers for one controller, and reports what changed after each `tick`."""

    def __init__(
        self,
        controller: Controller,
        site: SiteMap,
        profile: GbtProfile,
        *,
        number: int,
        disturb: Disturb | None = None,
    ) -> None:
        """`number` is the controller id of 2.5. `disturb` is applied to what comes and goes."""
        self._objects: Final = AgentObjects(controller, site, profile, number=number)
        self._profile: Final = profile
        self._number: Final = number
        self._junction: Final = site.number
        self._disturb: Final = disturb
        self._links: Final[list[Link]] = []
        self._servers: Final[list[asyncio.Server]] = []
        self._host: tuple[int, Reply] | None = None
        self._sequence = 0
        self._told: dict[ItemId, bytes] = {}
        self._standing: frozenset[str] = frozenset()
        self._records: list[dict[ItemId, Value]] = []
        self._faults_seen = 0

    async def serve_udp(self, host: str, port: int) -> int:
        """Listen for datagrams; the port."""
        _, link = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: DatagramLink(self.receive, self._disturb), local_addr=(host, port)
        )
        self._links.append(link)
        return link.port

    async def serve_tcp(self, host: str, port: int) -> int:
        """Listen for a host that dials in; the port."""
        server = await asyncio.get_running_loop().create_server(self._stream, host, port)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def dial_tcp(self, host: str, port: int) -> None:
        """Dial the host, as a controller does that is told its host's address."""
        await asyncio.get_running_loop().create_connection(self._stream, host, port)

    @property
    def connected(self) -> bool:
        """Whether it has a socket or a connection that frames can go through."""
        return any(link.open for link in self._links)

    async def close(self) -> None:
        """Let go of all sockets."""
        for server in self._servers:
            server.close()
        for link in tuple(self._links):
            link.close()
        for server in self._servers:
            await server.wait_closed()

    def hang_up(self) -> None:
        """Break all connections, as a bad line does; listening goes on."""
        for link in tuple(self._links):
            if isinstance(link, StreamLink):
                link.close()

    def _stream(self) -> StreamLink:
        return StreamLink(
            self.receive,
            escape=self._profile.tcp_escape,
            disturb=self._disturb,
            on_made=self._links.append,
            on_lost=self._links.remove,
        )

    def receive(self, frame: Frame, reply: Reply) -> None:
        """Answer a frame; one for somebody else, or without power, is not heard."""
        if frame.controller not in (0, self._number) or not self._objects.controller.answers:
            return
        self._host = (frame.host, reply)
        self._objects.controller.refresh()
        try:
            match frame.kind:
                case FrameType.HEARTBEAT:
                    reply(self._frame(FrameType.HEARTBEAT_REPLY, frame.sequence, frame.host))
                case FrameType.QUERY:
                    self._answer(frame, reply, *self._query(frame))
                case FrameType.SET:
                    self._answer(frame, reply, *self._set(frame))
                case FrameType.BROADCAST:
                    self._objects.write([(item.id, item.value) for item in frame.items])
        except PowerLost:
            return

    def _query(self, frame: Frame) -> tuple[list[Item], list[Item]]:
        good, bad = [], []
        for item in frame.items:
            try:
                good.append(Item(item.index, item.id, self._objects.read(item.id)))
            except ValueRefused as error:
                bad.append(Item(item.index, item.id, bytes([error.status])))
        return good, bad

    def _set(self, frame: Frame) -> tuple[list[Item], list[Item]]:
        statuses = self._objects.write([(item.id, item.value) for item in frame.items])
        good, bad = [], []
        for item, status in zip(frame.items, statuses, strict=True):
            if status is StatusCode.OK:
                data = b"\0" if self._profile.set_reply_status else b""
                good.append(Item(item.index, item.id, data))
            else:
                bad.append(Item(item.index, item.id, bytes([status])))
        return good, bad

    def _answer(self, frame: Frame, reply: Reply, good: list[Item], bad: list[Item]) -> None:
        """The good items in one frame, the bad ones in a second, with one sequence number."""
        sequence = frame.sequence + (0 if self._profile.sequence_echoed else 1)
        for items, above in ((good, 0x10), (bad, 0x11)):
            if items:
                kind = FrameType(frame.kind + above)
                reply(self._frame(kind, sequence % 256, frame.host, tuple(items)))

    def tick(self) -> None:
        """After each step of the controller: tell the host what changed by itself."""
        controller = self._objects.controller
        if not controller.answers:
            return
        self._note_faults()
        changed: dict[ItemId, bytes] = {}
        for attribute in (2, 3):
            id_ = item_id(13, 2, attribute, self._junction)
            value = self._objects.read(id_)
            if self._told.get(id_, value) != value:
                changed[id_] = value
            self._told[id_] = value
        for record in self._records[self._faults_seen :]:
            changed |= dict(encoded(record))
        self._faults_seen = len(self._records)
        if changed and self._host is not None:
            host, reply = self._host
            for batch in set_batches(changed.items(), self._profile):
                self._sequence = (self._sequence + 1) % 256
                reply(self._frame(FrameType.TRAP, self._sequence, host, batch))

    def _note_faults(self) -> None:
        """A record of class 16 for each fault that appeared."""
        controller = self._objects.controller
        standing = frozenset(controller.faults)
        for kind in sorted(standing - self._standing):
            number = len(self._records) + 1
            if number > _MOST_RECORDS:
                break
            at = moment_of(datetime.fromtimestamp(controller.clock_s, UTC))
            fault = _FAULT_TYPES.get(kind, FaultType.SELF_TEST)
            flashes = controller.state.flash_cause is not None
            action = FaultAction.TO_FLASH if flashes else FaultAction.NONE
            record: dict[ItemId, Value] = {
                item_id(16, 2, 1, number): number,
                item_id(16, 2, 2, number): int(fault),
                item_id(16, 2, 3, number): at,
                item_id(16, 2, 4, number): int(action),
            }
            self._records.append(record)
            for id_, value in {**record, item_id(16, 1): number}.items():
                self._objects.noted[id_] = entry_of(id_).encode(value)
        self._standing = standing

    def _frame(
        self, kind: FrameType, sequence: int, host: int, items: tuple[Item, ...] = ()
    ) -> Frame:
        return Frame(
            kind=kind,
            controller=self._number,
            sequence=sequence,
            host=host,
            junction=self._junction,
            version=self._profile.version,
            items=items,
            counted=kind in HEARTBEATS and self._profile.heartbeat_count,
        )
