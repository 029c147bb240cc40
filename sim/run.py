"""One run: a scenario under a variant's programs with one seed, in its own process."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from signalctl import __version__
from signalctl.domain.errors import InputError, SimulationError
from signalctl.domain.frozen import FrozenMap
from signalctl.networks.sumo_xml import sha256_of
from signalctl.sim.demand_period import demand_within
from signalctl.sim.detectors import Watched, detector_file, watch
from signalctl.sim.outputs import STATISTICS, TRIPS
from signalctl.sim.record import RunRecord, measures_from_json
from signalctl.sim.scenario import Scenario
from signalctl.sim.sumo_options import sumo_environment
from signalctl.sim.variants import Variant
from signalctl.sim.worker import REQUEST, RESULT

LOG: Final = "sumo.log"
STDERR: Final = "worker.stderr"
SUMMARY: Final = "summary.xml"
MAX_WARNINGS: Final = 200
_TAIL_LINES: Final = 12
_DETECTORS: Final = "detectors.add.xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What all runs of a scenario share: its demand cut to the period, its lanes watched."""

    scenario: Scenario
    routes: tuple[Path, ...]
    additionals: tuple[Path, ...]
    watched: Watched


class RunDied(SimulationError):
    """The simulator's process ended without an answer; another attempt may succeed."""


@contextmanager
def prepared(
    scenario: Scenario,
    *,
    corridor_edges: Collection[str] = (),
    queue_edges: Collection[str] = (),
    approaches: bool = True,
) -> Iterator[Prepared]:
    """A scenario ready to run, its temporary files gone afterwards.

    `approaches` watches queues on every edge that feeds a signal (about a fifth
    of the run's time on small networks) and `queue_edges` adds others, such as
    ramps; `corridor_edges` are watched for stops.
    Raises InputError for a demand file or an edge that is not there.
    """
    with tempfile.TemporaryDirectory(prefix="signalctl-") as folder:
        demand = demand_within(scenario, Path(folder))
        yield Prepared(
            scenario=scenario,
            routes=tuple(demand[path] for path in scenario.routes),
            additionals=tuple(demand[path] for path in scenario.additionals),
            watched=watch(
                scenario.net,
                approaches=approaches,
                stop_edges=corridor_edges,
                queue_edges=queue_edges,
            ),
        )


def run(
    scenario: Scenario,
    variant: Variant,
    seed: int,
    *,
    corridor_edges: Collection[str] = (),
    queue_edges: Collection[str] = (),
    approaches: bool = True,
    keep_outputs: Path | None = None,
) -> RunRecord:
    """Simulate once and measure; the same arguments give the same numbers bit for bit.

    SUMO's own outputs are kept in the folder `keep_outputs` when one is given.
    Raises InputError when SUMO refuses an input, SimulationError when it fails.
    """
    with (
        prepared(
            scenario,
            corridor_edges=corridor_edges,
            queue_edges=queue_edges,
            approaches=approaches,
        ) as ready,
        RunningRun(ready, variant, seed, keep_outputs=keep_outputs) as running,
    ):
        while not running.is_over:
            time.sleep(0.01)
        return running.record()


class RunningRun:
    """A run in its own process; leaving the context kills it and clears its folder."""

    def __init__(
        self,
        ready: Prepared,
        variant: Variant,
        seed: int,
        *,
        keep_outputs: Path | None = None,
        stop_s: float | None = None,
    ) -> None:
        """Start the process. `stop_s` ends the run early, for who only wants a look."""
        self.ready = ready
        self._limit_s = ready.scenario.limit_s if stop_s is None else stop_s
        self.variant = variant
        self.seed = seed
        self.keep_outputs = keep_outputs
        self._folder = Path(tempfile.mkdtemp(prefix="signalctl-run-"))
        self._options = _options(ready, variant, seed)
        try:
            self._process = self._start()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def _start(self) -> subprocess.Popen[bytes]:
        ready, scenario = self.ready, self.ready.scenario
        outputs = {
            "tripinfo-output": TRIPS,
            "statistic-output": STATISTICS,
            "log": LOG,
            **({"summary-output": SUMMARY} if self.keep_outputs else {}),
        }
        additionals = [*ready.additionals, *self.variant.additionals]
        if ready.watched.detectors:
            (self._folder / _DETECTORS).write_text(detector_file(ready.watched), encoding="utf-8")
            additionals.append(self._folder / _DETECTORS)
        files = {
            "net-file": [scenario.net],
            "route-files": ready.routes,
            "additional-files": additionals,
        }
        arguments: list[str] = []
        for name, paths in files.items():
            if paths:
                arguments += [f"--{name}", ",".join(str(path.resolve()) for path in paths)]
        for name, value in self._options.items():
            arguments += [f"--{name}", value]
        for name, output in outputs.items():
            arguments += [f"--{name}", str(self._folder / output)]
        request = {
            "arguments": arguments,
            "begin_s": scenario.begin_s,
            "end_s": scenario.end_s,
            "limit_s": self._limit_s,
            "watched": asdict(ready.watched),
            "control": _control(scenario, self.variant),
        }
        (self._folder / REQUEST).write_text(json.dumps(request), encoding="utf-8")
        with (self._folder / STDERR).open("wb") as errors:
            return subprocess.Popen(  # noqa: S603 - our own module, arguments from a file
                [sys.executable, "-m", "signalctl.sim.worker", str(self._folder)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env=sumo_environment(dict(os.environ)),
                # Ctrl-C at the terminal reaches us alone; we end the run.
                start_new_session=True,
            )

    @property
    def is_over(self) -> bool:
        """Whether the process has ended, well or not."""
        return self._process.poll() is not None

    def record(self) -> RunRecord:
        """The finished run's record.

        Raises InputError when SUMO refused an input, RunDied when the process
        ended without an answer, SimulationError for anything else SUMO says.
        """
        status = self._process.wait()
        log = _lines(self._folder / LOG)
        said = _lines(self._folder / STDERR)
        if self.keep_outputs is not None:
            self._keep(self.keep_outputs)
        where = f"{self.ready.scenario.name}, {self.variant.name}, seed {self.seed}"
        try:
            result = json.loads((self._folder / RESULT).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise RunDied(
                f"The simulator's process ended with status {status} without a result. "
                + _tail(log, said),
                where=where,
            ) from None
        if "failed" in result:
            raise _failure(result, log, said, where)
        warnings = [line for line in log if line.startswith("Warning:")]
        scenario = self.ready.scenario
        added = {str(path): sha256_of(path) for path in self.variant.additionals}
        return RunRecord(
            scenario=scenario.name,
            scenario_fingerprint=scenario.fingerprint,
            variant=self.variant.name,
            variant_fingerprint=self.variant.fingerprint,
            seed=self.seed,
            sumo_version=str(result["sumo_version"]),
            signalctl_version=__version__,
            options=FrozenMap(self._options),
            inputs=FrozenMap({**scenario.inputs, **added}),
            measures=measures_from_json(result["measures"]),
            warnings=tuple(warnings[:MAX_WARNINGS]),
            warning_count=len(warnings),
            wall_s=float(result["wall_s"]),
            simulated_s=float(result["simulated_s"]),
        )

    def stop(self) -> None:
        """End the process now, if it still runs, with anything it started."""
        if self._process.poll() is None:
            # It may have ended between the two lines.
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def __enter__(self) -> RunningRun:
        return self

    def __exit__(self, *exception: object) -> None:
        self.clear()

    def clear(self) -> None:
        """End the process and remove its folder; may be called again."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _keep(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for file in sorted(self._folder.iterdir()):
                shutil.copy2(file, folder / file.name)
        except OSError as error:
            raise InputError(
                f"Outputs cannot be kept: {error.strerror or error}.", where=str(folder)
            ) from error


def _control(scenario: Scenario, variant: Variant) -> dict[str, Any] | None:
    """What the worker must know to let a strategy run the lights."""
    control = variant.control
    if control is None:
        return None
    return {
        "net": str(scenario.net.resolve()),
        "additionals": [str(path.resolve()) for path in scenario.additionals],
        "strategy": control.strategy,
        "settings": dict(control.settings),
        "rules": control.rules,
    }


def _options(ready: Prepared, variant: Variant, seed: int) -> dict[str, str]:
    """SUMO options of a run that decide its numbers, by name."""
    scenario = ready.scenario
    return {
        **dict(sorted(scenario.options.items())),
        **dict(sorted(variant.options.items())),
        "begin": f"{scenario.begin_s:g}",
        "step-length": f"{scenario.step_s:g}",
        "time-to-teleport": f"{scenario.time_to_teleport_s:g}",
        "seed": str(seed),
        "tripinfo-output.write-unfinished": "true",
        "tripinfo-output.write-undeparted": "true",
        "no-step-log": "true",
        "duration-log.disable": "true",
        "xml-validation": "never",
    }


_INPUT_WORDS: Final = re.compile(
    r"route|vehicle|edge|lane|flow|trip|person|type|file|tlLogic|program|attribute|option", re.I
)
_NOISE: Final = re.compile(r"pj_obj_create|^\s*$|^Quitting")


def _failure(
    result: dict[str, Any], log: list[str], said: list[str], where: str
) -> InputError | SimulationError:
    errors = [
        line.removeprefix("Error:").strip() for line in [*log, *said] if line.startswith("Error:")
    ]
    sentence = " ".join((errors[0] if errors else str(result["message"])).split())
    is_input = result["failed"] == "start" or _INPUT_WORDS.search(sentence)
    if is_input and result["failed"] != "measure" and sentence:
        return InputError(
            f"SUMO refuses an input: {sentence.rstrip('.')}.",
            where=where,
            remedy="Correct the file it names.",
        )
    return SimulationError(f"The run failed: {sentence}. {_tail(log, said)}", where=where)


def _tail(log: list[str], said: list[str]) -> str:
    tail = [line for line in [*log, *said] if not _NOISE.search(line)][-_TAIL_LINES:]
    return "SUMO's last words: " + " | ".join(tail) if tail else "SUMO said nothing."


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
