"""What SUMO says of random plans, kept on disk so that a stopped bench goes on where it was."""

from __future__ import annotations

import json
import os
import resource
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.random_plans import RandomPlan
from signalctl.domain.fingerprint import fingerprint
from signalctl.files.atomic import write_atomic
from signalctl.networks.network import Network
from signalctl.sim.experiment import run_experiment
from signalctl.sim.scenario import Scenario
from signalctl.sim.variants import plans


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One run of one plan: total delay, s per vehicle due, and the processor time it took."""

    plan: str
    seed: int
    total_delay_s: float
    unfinished: int
    cpu_s: float


class JudgedPlans:
    """A network's runs in one JSON file, each found again by scenario, plan and seed."""

    def __init__(self, path: Path, scenario: Scenario, network: Network) -> None:
        self._path = path
        self._scenario = scenario
        self._network = network
        self._known: dict[str, dict[str, Any]] = {}
        if path.exists():
            self._known = json.loads(path.read_text(encoding="utf-8"))

    def known(self, plan: RandomPlan, seed: int) -> Judged | None:
        """The run if it has been made."""
        found = self._known.get(self._key(plan, seed))
        return None if found is None else Judged(**found)

    def judge(self, plan: RandomPlan, seed: int) -> Judged:
        """The run, made now if it must be. Raises what a run raises."""
        found = self.known(plan, seed)
        if found is not None:
            return found
        before = _children_cpu_s()
        with tempfile.TemporaryDirectory(prefix="signalctl-") as folder:
            additional = Path(folder) / "plan.add.xml"
            plan.write(self._network, additional)
            result = run_experiment(
                self._scenario, [plans(plan.name, additional)], [seed], jobs=1, approaches=False
            )
        measures = result.records[0][0].measures
        judged = Judged(
            plan=plan.name,
            seed=seed,
            total_delay_s=measures.total_delay_s,
            unfinished=measures.unfinished,
            cpu_s=_children_cpu_s() - before,
        )
        self._known[self._key(plan, seed)] = asdict(judged)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(self._path, json.dumps(self._known, indent=0))
        return judged

    def _key(self, plan: RandomPlan, seed: int) -> str:
        shown = [
            (junction, timing.offset_s, dict(timing.program.seconds))
            for junction, timing in plan.timings.items()
        ]
        return fingerprint([self._scenario.fingerprint, shown, seed])

    def __iter__(self) -> Iterator[Judged]:
        return (Judged(**found) for found in self._known.values())


def _children_cpu_s() -> float:
    """Processor time of the processes below this one, those that have ended included.

    SUMO's runs are children of a nursery that goes on living.
    """
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    ticks = 0
    for task in Path("/proc/self/task").iterdir():
        for child in (task / "children").read_text(encoding="ascii").split():
            # After the name in brackets: its own and its ended children's time (proc(5), stat).
            fields = Path(f"/proc/{child}/stat").read_text(encoding="utf-8").rpartition(")")[2]
            ticks += sum(int(field) for field in fields.split()[11:15])
    return used.ru_utime + used.ru_stime + ticks / os.sysconf("SC_CLK_TCK")
