"""The service killed under load: python -m bench.service_kills [--kills 30] [--seed N].

`signalctl serve` runs with its emulated controllers, on SQLite or PostgreSQL. An engineer
writes plans and orders simulations, an approver approves, an operator pushes; all go on
while the service is killed (SIGKILL) at moments counted by what it has told them, now and
then again while it starts. When everybody has rested, it is proven that nothing that was
told is lost or was done twice: no plan, no approval, no job, no push, no audit entry; that
jobs have ended or are marked, pushes are finished or undone, the devices run what the last
one says, and the chain of the audit log is whole.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.postgresql_server import NotInstalled, postgresql
from bench.served_site import ServedSite, wait_for
from bench.service_clients import OPEN_JOB, ROLES, Client, Crowd, Told
from signalctl.store.audit import Audit
from signalctl.store.database import Database
from signalctl.store.jobs import Jobs, JobState
from signalctl.store.journal import Journal
from signalctl.store.plans import Plans, PlanState
from signalctl.store.users import Role

SHORT: Final = "short"
PROTOCOLS: Final = ("ntcip1202", "gbt20999")
START_KILLED: Final = 0.25
"""Share of the kills after which the starting service is killed too."""
_PATIENCE_S: Final = 20.0
_SETTLE_S: Final = 300.0


@dataclass
class Figures:
    """What the kills met and led to."""

    kills: int = 0
    start_kills: int = 0
    met: Counter[str] = field(default_factory=Counter)
    """What was under way at a kill, kill by kill."""
    told: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    wrong: list[str] = field(default_factory=list)

    def said(self) -> str:
        """The figures for people."""

        def listed(counter: Counter[str]) -> str:
            return ", ".join(f"{word} {n}" for word, n in sorted(counter.items())) or "nothing"

        return (
            f"{self.kills} kills and {self.start_kills} at the start; under way then: "
            f"{listed(self.met)}; told: {listed(self.told)}; {self.repeated} requests sent again; "
            f"refused: {listed(self.refused)}; "
            f"ended: {listed(self.ends)}; {len(self.wrong)} wrong."
        )


def short_scenario(arterial: Path) -> None:
    """The first five minutes of the shipped off-peak hour, as a scenario of its own."""
    root = ET.parse(arterial / "offpeak.sumocfg").getroot()
    lines = ["schema: signalctl/scenario/1", f"name: {SHORT}", "network: net.net.xml"]
    for tag, name in (("route-files", "routes"), ("additional-files", "additionals")):
        found = [node.get("value", "") for node in root.iter(tag)]
        lines += [f"{name}: [{found[0]}]"] if found else []
    lines += ["begin_s: 0", "end_s: 300"]
    (arterial / f"{SHORT}.scenario.yaml").write_text("\n".join(lines) + "\n")


class Killing:
    """A served site with a crowd, killed and proven."""

    def __init__(self, served: ServedSite, seed: int) -> None:
        self.figures = Figures()
        self._served = served
        self._random = random.Random(seed)
        with Database(served.database) as database:
            plan = Plans(database).page(limit=1)[0].id
        self.crowd = Crowd(served, plan, self._one_of_each(), SHORT)

    def _one_of_each(self) -> list[str]:
        """A device of each protocol, once all have been read."""
        client = Client(self._served, "otto", Told(), threading.Event())
        wait_for(lambda: all(d["state"] for d in client.read("/devices")))
        found = client.read("/devices")
        return [next(d["id"] for d in found if d["protocol"] == name) for name in PROTOCOLS]

    def kill(self) -> None:
        """Kill at some moment of the work, and start again."""
        told, figures = self.crowd.told, self.figures
        wanted = len(told.facts) + self._random.randint(1, 8)
        give_up = time.monotonic() + _PATIENCE_S
        while len(told.facts) < wanted and time.monotonic() < give_up:
            time.sleep(0.005)
        time.sleep(self._random.uniform(0.0, 0.3))
        self._served.kill()
        figures.kills += 1
        met = {f"a {action}" for action, count in told.under_way.items() if count > 0}
        with Database(self._served.database) as database:
            met |= {"an open push"} if Journal(database).open() else set()
            jobs = Jobs(database).page(None, 200)
            met |= {"a running job"} if any(j.state is JobState.RUNNING for j in jobs) else set()
        figures.met.update(met or {"nothing"})
        if self._random.random() < START_KILLED:
            self._served.begin()
            time.sleep(self._random.uniform(0.0, 4.0))
            self._served.kill()
            figures.start_kills += 1
        self._served.start()

    def prove(self) -> Figures:
        """Let everybody come to rest, and hold what is there against what was told."""
        self.crowd.rest()
        emil, otto = self.crowd.clients["emil"], self.crowd.clients["otto"]

        def quiet() -> bool:
            jobs = emil.read("/jobs?limit=200")["items"]
            pushes = otto.read("/pushes")["items"]
            return not any(j["state"] in OPEN_JOB for j in jobs) and not any(
                p["state"] == "open" for p in pushes
            )

        wait_for(quiet, _SETTLE_S)
        with Database(self._served.database) as database:
            self._prove_records(database)
            self._prove_street(database, otto)
        self.figures.refused = self.crowd.told.refused
        self.figures.repeated = self.crowd.told.repeated
        self.figures.wrong += self.crowd.told.wrong
        return self.figures

    def _prove_records(self, database: Database) -> None:
        told, wrong, ends = self.crowd.told, self.figures.wrong, self.figures.ends
        self.figures.told.update(action for action, _ in told.facts)
        audit = Audit(database)
        if (broken := audit.verify()) is not None:
            wrong.append(f"the chain is broken: {broken}")
        noted = Counter((e.action, e.subject) for e in audit.entries(limit=1_000_000))
        for fact in told.facts:
            if noted[fact] != 1:
                wrong.append(f"{fact} was told and stands {noted[fact]} times in the audit log")
        plans, jobs = Plans(database), Jobs(database)
        for plan_id, approved in told.hashes.items():
            found = plans.read(plan_id)
            decisions = [d for d in plans.decisions(plan_id) if d.state is PlanState.APPROVED]
            if (found.state, found.hash) != (PlanState.APPROVED, approved) or len(decisions) != 1:
                wrong.append(f"plan {plan_id} was approved and is {found.state}: {decisions}")
        for action, subject in told.facts:
            if action == "job-ordered":
                job = jobs.read(subject.removeprefix("job "))
                ends[f"job {job.state}"] += 1
                if job.state not in (JobState.DONE, JobState.INTERRUPTED):
                    wrong.append(f"{subject} is {job.state}: {job.error}")

    def _prove_street(self, database: Database, otto: Any) -> None:
        pushes = Journal(database).history(limit=10_000)
        self.figures.ends.update(f"push {push.state}" for push in pushes)
        for push in pushes:
            if push.state not in ("done", "undone"):
                self.figures.wrong.append(f"push {push.id} is {push.state}: {push.message}")
        done = [push for push in pushes if push.state == "done"]
        if not done:
            return
        last = {each.device_id: each.plan_hash for each in done[0].devices}

        def runs() -> dict[str, str]:
            return {d["id"]: d["running_plan"]["hash"] for d in otto.read("/devices")}

        try:
            wait_for(lambda: last.items() <= runs().items(), 30.0)
        except TimeoutError:
            self.figures.wrong.append(f"the devices run {runs()}, the last push says {last}")


def kills(count: int, seed: int, served: ServedSite) -> Figures:
    """Kill the service of a prepared site so many times, prove, and end it."""
    served.start()
    killing = Killing(served, seed)
    try:
        for number in range(count):
            killing.kill()
            if (number + 1) % 10 == 0:
                sys.stderr.write(f"{number + 1} kills\n")
        figures = killing.prove()
    finally:
        killing.crowd.leave()
        code = served.stop()
    if code != 0:
        figures.wrong.append(f"the service ended with {code} at SIGTERM")
    return figures


def prepared(site: Path, url: str, built: Path | None = None) -> ServedSite:
    """A site with the arterial, its short scenario and the crowd's people."""
    served = ServedSite(site, url)
    short_scenario(served.take_arterial(built))
    served.admit({name: {Role(role)} for name, role in ROLES.items()})
    return served


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; 1 when something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.service_kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    options = parser.parse_args(arguments)
    begun = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder}/s.db"
        if options.database == "postgresql":
            try:
                url = stack.enter_context(postgresql()).new_database()
            except NotInstalled as reason:
                print(reason)
                return 0
        found = kills(options.kills, options.seed, prepared(folder / "site", url))
    print(found.said())
    for sentence in found.wrong:
        print(sentence)
    took_s = time.monotonic() - begun
    print(f"{options.database}, seed {options.seed}, {took_s:.0f} s.")
    return 1 if found.wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
