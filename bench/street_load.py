"""The speed of the street: python -m bench.street_load.

Status: N emulated controllers in one process are polled once a second from another. It
holds when no poll is lost (each is sent once) and 99 of 100 statuses are replaced before
they are 2 s old; their age counts from the sending of the question.
Push (--push N): one plan to each of N devices, as one journalled push.
CPU seconds per second are those of each process; other work on the machine shows in the
load average beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from time import process_time
from typing import Final

from bench.street_emulators import Kind, Spent, allow_sockets, device_at, emulators, plan_of
from signalctl.controllers.device.device import Device
from signalctl.controllers.device.ntcip1202.exchange import Exchange
from signalctl.domain.errors import DeviceError
from signalctl.domain.fingerprint import fingerprint
from signalctl.domain.push import Push, Step
from signalctl.store.database import Database
from signalctl.store.journal import Journal
from signalctl.store.leases import Leases
from signalctl.workflow.push.prepare import Order
from signalctl.workflow.push.progress import Moved
from signalctl.workflow.push.run import Records, push
from signalctl.workflow.push.terms import Terms

OLDEST_S: Final = 2.0
WARM_S: Final = 5.0
PUSH_SLOTS: Final = range(2, 6)
HEAD: Final = (
    "| protocol | devices | polls/s | lost | age p50 s | p99 s | most s | answer p99 ms "
    "| poller CPU | emulators CPU | emulators MB | load | holds |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
)


@dataclass(slots=True)
class Tally:
    """What polling met. Times in s."""

    answers_s: list[float] = field(default_factory=list)
    ages_s: list[float] = field(default_factory=list)
    lost: int = 0
    """Polls without an answer, or not made because the one before was not over."""


def kinds_of(protocol: str, count: int) -> list[Kind]:
    """So many devices: of one protocol, or of both by turns."""
    both = list(Kind) if protocol == "both" else [Kind(protocol)]
    return [both[number % len(both)] for number in range(count)]


def nth(values: Sequence[float], share: float) -> float:
    """The value that this share of all does not exceed; infinite of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("inf")


async def _poll(device: Device, due_s: float, until_s: float, tally: Tally) -> None:
    """Ask once a second until the end; the age of a status is that at which it is replaced."""
    loop = asyncio.get_running_loop()
    last_s: float | None = None
    while due_s < until_s:
        await asyncio.sleep(max(0.0, due_s - loop.time()))
        asked_s = loop.time()
        try:
            await device.status()
        except DeviceError:
            tally.lost += 1
        else:
            now_s = loop.time()
            tally.answers_s.append(now_s - asked_s)
            if last_s is not None:
                tally.ages_s.append(now_s - last_s)
            last_s = asked_s
        due_s += 1.0
        late = int(loop.time() - due_s + 1.0)
        tally.lost += late
        due_s += late


async def _polled(devices: Sequence[Device], seconds: float) -> Tally:
    """Every device, their polls spread over the second."""
    tally = Tally()
    begin_s = asyncio.get_running_loop().time() + 0.1
    async with asyncio.TaskGroup() as group:
        for number, device in enumerate(devices):
            due_s = begin_s + number / len(devices)
            group.create_task(_poll(device, due_s, begin_s + seconds, tally))
    return tally


async def measured(protocol: str, count: int, seconds: float) -> bool:
    """Poll so many for so long and print the row; whether it held."""
    kinds = kinds_of(protocol, count)
    with emulators(kinds) as (ports, line):
        exchange = Exchange()
        devices = [
            device_at(number, kind, port, exchange)
            for number, (kind, port) in enumerate(zip(kinds, ports, strict=True))
        ]
        try:
            await _polled(devices, WARM_S)
            before = _spent(line)
            begun_s, cpu_s = time.monotonic(), process_time()
            tally = await _polled(devices, seconds)
            took_s, cpu_s = time.monotonic() - begun_s, process_time() - cpu_s
            after = _spent(line)
        finally:
            for device in devices:
                await device.close()
            exchange.close()
    holds = not tally.lost and nth(tally.ages_s, 0.99) < OLDEST_S
    print(
        f"| {protocol} | {count} | {len(tally.answers_s) / seconds:.0f} | {tally.lost} "
        f"| {nth(tally.ages_s, 0.5):.2f} | {nth(tally.ages_s, 0.99):.2f} "
        f"| {max(tally.ages_s, default=float('inf')):.2f} "
        f"| {1000 * nth(tally.answers_s, 0.99):.0f} | {cpu_s / took_s:.2f} "
        f"| {(after.cpu_s - before.cpu_s) / took_s:.2f} | {after.memory_mb:.0f} "
        f"| {os.getloadavg()[0]:.1f} | {'yes' if holds else 'no'} |",
        flush=True,
    )
    return holds


def _spent(line: Connection) -> Spent:
    line.send("spent?")
    found = line.recv()
    assert isinstance(found, Spent)
    return found


async def pushed(protocol: str, count: int, at_once: int, speed: float) -> bool:
    """Push one plan to each of so many devices and print how long it took; whether it was done."""
    kinds = kinds_of(protocol, count)
    with emulators(kinds, speed) as (ports, _), tempfile.TemporaryDirectory() as folder:
        exchange = Exchange()
        devices = {
            str(number): device_at(number, kind, port, exchange, attempts=3)
            for number, (kind, port) in enumerate(zip(kinds, ports, strict=True))
        }
        orders = [_order(number, kind) for number, kind in enumerate(kinds)]
        database = Database(f"sqlite:///{Path(folder) / 'push.db'}")
        reached_s: dict[Step, float] = {}
        begun_s, cpu_s = time.monotonic(), process_time()

        def report(moved: Moved) -> None:
            reached_s[moved.step] = time.monotonic() - begun_s

        try:
            ended: Push = await push(
                orders,
                devices,
                Records(journal=Journal(database), leases=Leases(database)),
                actor="bench",
                reason="the time it takes",
                terms=Terms(at_once=at_once, poll_s=1.0 / speed),
                report=report,
            )
            took_s, cpu_s = time.monotonic() - begun_s, process_time() - cpu_s
        finally:
            for device in devices.values():
                await device.close()
            exchange.close()
            database.close()
    print(
        f"push to {count} devices ({protocol}), {at_once} at once, emulators at {speed:g} times "
        f"real time: {ended.state}; all written and read back after "
        f"{reached_s.get(Step.WRITTEN, float('inf')):.1f} s, all commanded after "
        f"{reached_s.get(Step.ACTIVATING, float('inf')):.1f} s, over after {took_s:.1f} s "
        f"({cpu_s:.1f} s of CPU); load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    if ended.message:
        print(f"  {ended.message}")
    return ended.state == "done"


def _order(number: int, kind: Kind) -> Order:
    plan = plan_of(kind, number, "new")
    return Order(
        device_id=str(number),
        plan=plan,
        plan_hash=fingerprint(plan),
        certificate_hash="sha256:bench",
        slots=PUSH_SLOTS,
    )


def highest(protocol: str, counts: Sequence[int], seconds: float) -> int:
    """The highest of these counts that holds; where not even the lowest does, halves of it."""
    held = 0
    for count in sorted(counts):
        if not asyncio.run(measured(protocol, count, seconds)):
            break
        held = count
    below = min(counts) // 2
    while not held and below:
        held = below if asyncio.run(measured(protocol, below, seconds)) else 0
        below //= 2
    return held


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; 1 when a count that was asked for did not hold."""
    parser = argparse.ArgumentParser(prog="python -m bench.street_load", description=__doc__)
    choices = [*map(str, Kind), "both"]
    parser.add_argument("--protocol", nargs="+", choices=choices, default=choices)
    parser.add_argument("--devices", type=int, nargs="+", default=[1000])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--push", type=int, default=0, help="time a push to so many instead")
    parser.add_argument("--at-once", type=int, default=Terms().at_once)
    parser.add_argument("--speed", type=float, default=1.0, help="of the emulators, for --push")
    options = parser.parse_args(arguments)
    allow_sockets()
    if options.push:
        done = [
            asyncio.run(pushed(protocol, options.push, options.at_once, options.speed))
            for protocol in options.protocol
        ]
        return 0 if all(done) else 1
    print(HEAD)
    held = {p: highest(p, options.devices, options.seconds) for p in options.protocol}
    for protocol, count in held.items():
        print(f"{protocol}: {count} devices hold at 1 Hz")
    return 0 if all(count >= max(options.devices) for count in held.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
