"""A run in its own process: started, watched, ended, and what it left behind read."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from signalctl.domain.errors import InputError, SimulationError
from signalctl.sim.detectors import detector_file
from signalctl.sim.edge_delays import ROUTE_OPTIONS, ROUTES
from signalctl.sim.measures import Measures
from signalctl.sim.nursling import STDERR, Nursling
from signalctl.sim.outputs import STATISTICS, TRIPS
from signalctl.sim.record import measures_from_json
from signalctl.sim.run_limits import RunLimits
from signalctl.sim.run_order import RunOrder
from signalctl.sim.worker import ALIVE, REQUEST, RESULT, STOPPED

LOG: Final = "sumo.log"
SUMMARY: Final = "summary.xml"
MAX_WARNINGS: Final = 200
_TAIL_LINES: Final = 12
_DETECTORS: Final = "detectors.add.xml"


class RunDied(SimulationError):
    """The simulator's process ended without an answer; another attempt may succeed."""


class RunStopped(SimulationError):
    """The run was given up as hopeless, as its order asked; there is nothing to measure."""

    code = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a finished run says, plain enough to come from another machine."""

    measures: Measures
    sumo_version: str
    warnings: tuple[str, ...]
    warning_count: int
    wall_s: float
    simulated_s: float

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Answer:
        """What `to_json` made of it, back. Raises SimulationError for anything else."""
        try:
            return cls(
                measures=measures_from_json(value["measures"]),
                sumo_version=str(value["sumo_version"]),
                warnings=tuple(str(line) for line in value["warnings"]),
                warning_count=int(value["warning_count"]),
                wall_s=float(value["wall_s"]),
                simulated_s=float(value["simulated_s"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise SimulationError(f"This is no answer of a run: {error!r}.") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Driven:
    """Lights that are driven from outside during the run (sim.driven_lights).

    `fd` is a connected socket that the process gets; `zones` are the places before
    their stop lines: light -> group -> `lanes` and `walks`.
    """

    fd: int
    zones: Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]]


class RunProcess:
    """A run in its own process; leaving the context kills it and clears its folder."""

    def __init__(
        self,
        order: RunOrder,
        *,
        limits: RunLimits | None = None,
        keep_outputs: Path | None = None,
        driven: Driven | None = None,
    ) -> None:
        """Start the process."""
        self.order = order
        self._driven = driven
        self.keep_outputs = keep_outputs
        self._limits = limits or RunLimits()
        self._overdue = ""
        self._seen = ""
        self._begun_s = self._moved_s = time.monotonic()
        self._folder = Path(tempfile.mkdtemp(prefix="signalctl-run-"))
        try:
            self._process = self._start()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def _start(self) -> Nursling:
        order = self.order
        outputs = {
            "tripinfo-output": TRIPS,
            "statistic-output": STATISTICS,
            "log": LOG,
            **({"summary-output": SUMMARY} if self.keep_outputs else {}),
            **({"vehroute-output": ROUTES} if order.edge_delays else {}),
        }
        additionals = list(order.additionals)
        if order.watched.detectors:
            (self._folder / _DETECTORS).write_text(detector_file(order.watched), encoding="utf-8")
            additionals.append(self._folder / _DETECTORS)
        files = {
            "net-file": [order.net],
            "route-files": order.routes,
            "additional-files": additionals,
        }
        arguments: list[str] = []
        for name, paths in files.items():
            if paths:
                arguments += [f"--{name}", ",".join(str(path.resolve()) for path in paths)]
        for name, value in order.options.items():
            arguments += [f"--{name}", value]
        for name, output in outputs.items():
            arguments += [f"--{name}", str(self._folder / output)]
        if order.edge_delays:
            arguments += ROUTE_OPTIONS
        request = {
            "arguments": arguments,
            "begin_s": order.begin_s,
            "end_s": order.end_s,
            "limit_s": order.limit_s,
            "stop_above_vehicle_s": order.stop_above_vehicle_s,
            "watched": asdict(order.watched),
            "edge_delays": order.edge_delays,
            "control": _control(order),
            "zones": None if self._driven is None else self._driven.zones,
        }
        (self._folder / REQUEST).write_text(json.dumps(request), encoding="utf-8")
        handles = () if self._driven is None else (self._driven.fd,)
        return Nursling("signalctl.sim.worker", self._folder, *handles)

    @property
    def is_over(self) -> bool:
        """Whether the process has ended, well or not; one beyond its limits is ended here."""
        if self._process.poll() is not None:
            return True
        self._overdue = self._beyond_limits()
        if self._overdue:
            self.stop()
        return bool(self._overdue)

    @property
    def reached_s(self) -> float:
        """The simulated second it was last seen at; where it begins, before the first."""
        try:
            return float(self._seen)
        except ValueError:
            return self.order.begin_s

    def _beyond_limits(self) -> str:
        """Why the run has to be ended; empty while it may go on."""
        now_s = time.monotonic()
        order = self.order
        seen = _text(self._folder / ALIVE)
        if seen != self._seen:
            self._seen, self._moved_s = seen, now_s
        stands = f"at second {seen}" if seen else "before its first second"
        silent_s = self._limits.silence_s if seen else self._limits.loading_s
        if now_s - self._moved_s > silent_s:
            return f"stood still {stands} for {silent_s:g} s and was ended"
        limit_s = self._limits.wall_limit_s(order.limit_s - order.begin_s, order.step_s)
        if now_s - self._begun_s > limit_s:
            return f"was still {stands} after {limit_s:g} s on the clock and was ended"
        return ""

    def answer(self) -> Answer:
        """What the finished run says.

        Raises InputError when SUMO refused an input, RunDied when the process
        ended without an answer, RunStopped when it was given up as hopeless,
        SimulationError for anything else SUMO says.
        """
        status = self._process.wait()
        log = _lines(self._folder / LOG)
        said = _lines(self._folder / STDERR)
        if self.keep_outputs is not None:
            self._keep(self.keep_outputs)
        where = self.order.where
        try:
            result = json.loads((self._folder / RESULT).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            end = self._overdue or f"ended with status {status} without a result"
            raise RunDied(
                f"The simulator's process {end}. {_tail(log, said)}", where=where
            ) from None
        if STOPPED in result:
            raise RunStopped(f"Given up at second {result[STOPPED]:g} as hopeless.", where=where)
        if "failed" in result:
            raise _failure(result, log, said, where)
        warnings = [line for line in log if line.startswith("Warning:")]
        return Answer(
            measures=measures_from_json(result["measures"]),
            sumo_version=str(result["sumo_version"]),
            warnings=tuple(warnings[:MAX_WARNINGS]),
            warning_count=len(warnings),
            wall_s=float(result["wall_s"]),
            simulated_s=float(result["simulated_s"]),
        )

    def stop(self) -> None:
        """End the process now, if it still runs, with anything it started."""
        self._process.stop()

    def __enter__(self) -> Self:
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


def _control(order: RunOrder) -> dict[str, Any] | None:
    """What the worker must know to let a strategy run the lights."""
    control = order.control
    if control is None:
        return None
    return {
        "net": str(order.net.resolve()),
        "additionals": [str(path.resolve()) for path in order.surveyed],
        "strategy": control.strategy,
        "settings": dict(control.settings),
        "rules": control.rules,
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
    return _text(path).splitlines()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
