"""A scenario: which roads and demand, from when to when, and how SUMO shall run them.

Step length and teleporting are part of the scenario because they change capacity
and delay; seeds and signal programs are not, because they are what is compared.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from signalctl.domain.errors import InputError
from signalctl.domain.fingerprint import fingerprint
from signalctl.domain.frozen import FrozenMap
from signalctl.networks.sumo_xml import sha256_of
from signalctl.sim.sumo_options import FIXED, option_named

DRAIN_LIMIT_S: Final = 3600.0
"""How long after the demand's end a network may take to empty, unless the scenario says."""
NO_TELEPORT_S: Final = -1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What is simulated, except for signal programs and seed.

    Demand departs in [begin_s, end_s); the simulation then runs on until the
    network is empty, at most `drain_limit_s`. `options` are further SUMO options
    by their full name. `inputs` maps each file that is read to its SHA-256;
    `notes` say what of the source was left out and why.
    """

    name: str
    source: Path
    net: Path
    routes: tuple[Path, ...]
    additionals: tuple[Path, ...] = ()
    begin_s: float
    end_s: float
    step_s: float = 1.0
    time_to_teleport_s: float = NO_TELEPORT_S
    drain_limit_s: float = DRAIN_LIMIT_S
    options: FrozenMap[str, str]
    inputs: FrozenMap[str, str]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        where = str(self.source)
        for key, value in (("begin", self.begin_s), ("end", self.end_s), ("step", self.step_s)):
            if not math.isfinite(value):
                raise InputError(f"{key} is no finite time.", where=where)
        if self.end_s <= self.begin_s:
            raise InputError(
                f"The demand's end, {self.end_s:g} s, is not after its begin, {self.begin_s:g} s.",
                where=where,
            )
        if not 0 < self.step_s <= 1:
            raise InputError(
                f"A step of {self.step_s:g} s is not between 0 and 1 s.",
                where=where,
                remedy="Signals change on whole seconds: use 1, 0.5, 0.2 or 0.1 s.",
            )
        if self.drain_limit_s < 0:
            raise InputError("The drain limit is below 0 s.", where=where)

    @property
    def limit_s(self) -> float:
        """Second at which the simulation ends even if vehicles are still inside."""
        return self.end_s + self.drain_limit_s

    @property
    def fingerprint(self) -> str:
        """Hash of everything that decides a run except programs and seed.

        Files count by content, not by place, so that a moved folder keeps its records.
        """
        files = [[self.inputs[str(f)] for f in part] for part in self._parts()]
        named = {str(f) for part in self._parts() for f in part}
        rest = sorted(hash_ for path, hash_ in self.inputs.items() if path not in named)
        numbers = [
            self.begin_s,
            self.end_s,
            self.step_s,
            self.time_to_teleport_s,
            self.drain_limit_s,
        ]
        # A file option's path may move with its folder: its content stands in `rest`.
        options = {
            key: Path(value).name if value in self.inputs else value
            for key, value in self.options.items()
        }
        return fingerprint([files, rest, numbers, options])

    def _parts(self) -> tuple[tuple[Path, ...], ...]:
        return ((self.net,), self.routes, self.additionals)

    def with_options(self, options: Mapping[str, str]) -> Scenario:
        """The same scenario with further SUMO options, e.g. {"scale": "1.2"}.

        Raises InputError for an option SUMO does not know or that is not the
        scenario's to set.
        """
        found = dict(self.options)
        for key, value in sorted(options.items()):
            option = option_named(key, "option")
            if option.name in FIXED or option.is_ours or option.name in OWN_FIELDS:
                reason = FIXED.get(option.name, "it has its own place in the scenario")
                raise InputError(f"Option {option.name!r} cannot be set here: {reason}.")
            found[option.name] = value
        return replace(self, options=FrozenMap(found))


OWN_FIELDS: Final = frozenset(
    {
        "net-file",
        "route-files",
        "additional-files",
        "begin",
        "end",
        "step-length",
        "time-to-teleport",
    }
)
"""SUMO options that are fields of a Scenario."""


def read_scenario(path: Path) -> Scenario:
    """A scenario from a SUMO configuration (.sumocfg) or our YAML.

    Every file named is looked up beside the source and must exist. Raises
    InputError naming file, line and key for anything missing or unknown.
    """
    from signalctl.sim.scenario_file import read_sumocfg, read_yaml_scenario

    if path.suffix.lower() in {".yaml", ".yml"}:
        return read_yaml_scenario(path)
    if path.suffix.lower() in {".sumocfg", ".cfg", ".xml"} and not path.name.endswith(".net.xml"):
        return read_sumocfg(path)
    raise InputError(
        "This is no scenario.",
        where=str(path),
        remedy="Give a SUMO configuration (.sumocfg) or a scenario file (.yaml).",
    )


def time_s(text: str, where: str) -> float:
    """A time as SUMO writes it, `90`, `1:30:00` or `1:00:00:00` (days first), in s."""
    try:
        parts = [float(part) for part in text.strip().split(":")]
        if len(parts) == 1 and math.isfinite(parts[0]):
            return parts[0]
        if len(parts) in (3, 4) and all(math.isfinite(part) for part in parts):
            days, hours, minutes, seconds = [0.0] * (4 - len(parts)) + parts
            return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    except ValueError:
        pass
    raise InputError(f"{text!r} is no time.", where=where, remedy="Write seconds or H:MM:SS.")


def hashed(files: tuple[Path, ...]) -> FrozenMap[str, str]:
    """Path -> SHA-256 of each file."""
    return FrozenMap({str(file): sha256_of(file) for file in files})
