"""Many pages on one service: python -m bench.page_load [--sessions 200] [--seconds 60].

Each page is a session of its own, from an address of its own: it listens to the event
stream (the state of all devices once a second, by SSE) and reads the plan every four
seconds, now and then the diagram. `signalctl serve` runs as its own process with the
emulated controllers of the shipped arterial; the pages share one process beside it.

It holds when 99 of 100 plan reads take less than 100 ms, and no event is missed.
CPU is cores taken: by the service, by the clients, by everything else on the machine, and,
of a virtual machine, what its host did not give when it was wanted.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bench.page_clients import Habits, Tally, pages
from bench.postgresql_server import NotInstalled, postgresql
from bench.served_site import ServedSite
from signalctl.store.database import Database
from signalctl.store.plans import Plans
from signalctl.store.users import Role

HOLDS_S: Final = 0.1
DATABASES: Final = ("sqlite", "postgresql")
HEAD: Final = (
    "| database | pages | plan reads | p50 ms | p95 | p99 | most | diagrams | p99 ms "
    "| events | missed | spread p99 ms | reading's age p50 ms | p99 "
    "| CPU service | clients | others | stolen | load | holds |\n" + "| --- " * 20 + "|"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """CPU seconds so far, and the moment."""

    at_s: float
    service_s: float
    clients_s: float
    machine_s: float
    stolen_s: float

    @classmethod
    def now(cls, pid: int) -> Spent:
        """As it stands."""
        tick_s = 1.0 / os.sysconf("SC_CLK_TCK")
        # proc(5): fields 14 and 15 of stat, counted from behind the name in brackets.
        own = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        # user, nice, system, and irq, softirq; not idle, iowait, steal.
        busy = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
        machine = sum(int(busy[i]) for i in (0, 1, 2, 5, 6))
        return cls(
            at_s=time.monotonic(),
            service_s=(int(own[11]) + int(own[12])) * tick_s,
            clients_s=time.process_time(),
            machine_s=machine * tick_s,
            stolen_s=int(busy[7]) * tick_s,
        )


def nth_ms(values_s: Sequence[float], share: float) -> str:
    """The milliseconds that this share of all does not exceed."""
    ordered = sorted(values_s)
    if not ordered:
        return "-"
    return f"{1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]:.1f}"


def row(
    database: str, sessions: int, tally: Tally, before: Spent, after: Spent
) -> tuple[str, bool]:
    """The line of the table, and whether it holds."""
    took_s = after.at_s - before.at_s
    service = (after.service_s - before.service_s) / took_s
    clients = (after.clients_s - before.clients_s) / took_s
    others = (after.machine_s - before.machine_s) / took_s - service - clients
    stolen = (after.stolen_s - before.stolen_s) / took_s
    # The last ones may be on their way when the pages leave.
    whole = [each for n, each in sorted(tally.heard.items()) if each.delays_s][1:-1]
    spread = [delay_s for each in whole for delay_s in each.delays_s]
    ages = [
        each.first_at - each.read_at + d for each in whole if each.read_at for d in each.delays_s
    ]
    missed = tally.missed + tally.resyncs + tally.lost
    missed += sum(sessions - len(each.delays_s) for each in whole)
    p99 = nth_ms(tally.plan_s, 0.99)
    holds = not missed and bool(whole) and float(p99) < 1000 * HOLDS_S
    cells = [
        *(database, sessions, len(tally.plan_s)),
        *(nth_ms(tally.plan_s, 0.5), nth_ms(tally.plan_s, 0.95), p99, nth_ms(tally.plan_s, 1.0)),
        *(len(tally.diagram_s), nth_ms(tally.diagram_s, 0.99)),
        *(len(whole), missed, nth_ms(spread, 0.99), nth_ms(ages, 0.5), nth_ms(ages, 0.99)),
        *(f"{service:.2f}", f"{clients:.2f}", f"{max(0.0, others):.2f}", f"{stolen:.2f}"),
        *(f"{os.getloadavg()[0]:.1f}", "yes" if holds else "no"),
    ]
    return "| " + " | ".join(map(str, cells)) + " |", holds


@contextmanager
def a_database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database. Raises NotInstalled."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/s.db"
        return
    with postgresql() as server:
        yield server.new_database()


def measured(kind: str, sessions: int, seconds: float) -> bool:
    """Measure one database and print the row; whether it holds."""
    with tempfile.TemporaryDirectory() as name, a_database(kind, Path(name)) as url:
        served = ServedSite(Path(name) / "site", url)
        served.take_arterial()
        served.admit({f"page{page}": {Role.ENGINEER} for page in range(sessions)})
        served.start()
        try:
            with Database(url) as database:
                plan = Plans(database).page(limit=1)[0].id
            place = urlsplit(served.base)
            assert place.hostname is not None
            assert place.port is not None
            begun: list[Spent] = []
            tally = asyncio.run(
                pages(
                    place.hostname,
                    place.port,
                    sessions,
                    Habits(plan=plan),
                    seconds,
                    lambda: begun.append(Spent.now(served.pid)),
                )
            )
            line, holds = row(kind, sessions, tally, begun[0], Spent.now(served.pid))
        finally:
            served.stop()
    print(line, flush=True)
    first = ", ".join(f"{path} {1000 * took_s:.0f} ms" for path, took_s in tally.first_s.items())
    print(f"{kind}: the first read of all, computed and then kept: {first}")
    return holds


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; 1 when a database does not hold."""
    parser = argparse.ArgumentParser(prog="python -m bench.page_load", description=__doc__)
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--database", nargs="+", choices=DATABASES, default=DATABASES)
    options = parser.parse_args(arguments)
    print(HEAD)
    held = []
    for kind in options.database:
        try:
            held.append(measured(kind, options.sessions, options.seconds))
        except NotInstalled as reason:
            print(f"{kind}: {reason}")
    return 0 if all(held) else 1


if __name__ == "__main__":
    raise SystemExit(main())
