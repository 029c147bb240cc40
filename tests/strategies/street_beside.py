"""A street of emulated controllers on a thread of its own, beside what asks them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from signalctl.controllers.device.emulator.controller import Controller
from signalctl.files.devices_file import DeviceList
from signalctl.networks.network import Network
from signalctl.workflow.emulation import Street


class BesideStreet:
    """A street that lives in real time; acted on from any thread."""

    def __init__(self, street: Street, loop: asyncio.AbstractEventLoop) -> None:
        self._street = street
        self._loop = loop

    @property
    def devices(self) -> DeviceList:
        return self._street.devices

    def act(self, device_id: str, act: Callable[[Controller], Any]) -> Any:
        """Do something with a controller, between two of its seconds."""

        async def acted() -> Any:
            return act(self._street.controllers[device_id])

        return asyncio.run_coroutine_threadsafe(acted(), self._loop).result(10)


@contextmanager
def beside(devices: DeviceList, network: Network) -> Iterator[BesideStreet]:
    """The street, for as long as the block lasts."""
    ready: Future[BesideStreet] = Future()
    ends: Future[None] = Future()
    lived: Future[None] = Future()

    async def live() -> None:
        try:
            async with Street(devices, network) as street:
                task = asyncio.create_task(street.run())
                ready.set_result(BesideStreet(street, asyncio.get_running_loop()))
                over = asyncio.wrap_future(ends)
                await asyncio.wait({task, over}, return_when=asyncio.FIRST_COMPLETED)
                if task.done():  # a street lives until its block ends
                    task.result()
                    raise RuntimeError("The street ended by itself.")
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            lived.set_result(None)
        except Exception as error:  # noqa: BLE001 - told to who waits for the street or ends its block
            (lived if ready.done() else ready).set_exception(error)

    thread = threading.Thread(target=lambda: asyncio.run(live()), daemon=True)
    thread.start()
    try:
        yield ready.result(60)
    finally:
        ends.set_result(None)
        thread.join(20)
    lived.result(0)
