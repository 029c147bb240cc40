"""SUMO's own options: which exist, how else they are called, which we decide ourselves.

The list is asked of the installed SUMO, so that it is always the right release's.
"""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from lxml import etree

from signalctl.domain.errors import InputError, SimulationError

FIXED: Final = {
    "seed": "the seed is given for each run",
    "random": "every run must be repeatable",
    "threads": "one thread keeps runs repeatable",
    "device.rerouting.threads": "one thread keeps runs repeatable",
    "max-depart-delay": "every vehicle due counts, however late it gets in",
    "device.tripinfo.probability": "every vehicle is measured",
    "device.tripinfo.explicit": "every vehicle is measured",
}
"""Options a scenario cannot set, with the reason a person is told."""
_OWN_SECTIONS: Final = frozenset({"configuration", "output", "report", "gui_only", "traci_server"})
"""Sections about files written, screen and remote control: no part of a scenario."""


@dataclass(frozen=True, slots=True)
class SumoOption:
    """An option of SUMO: name, value type (FILE, BOOL, TIME, ...), section."""

    name: str
    kind: str
    section: str

    @property
    def is_ours(self) -> bool:
        """Whether the option says nothing about traffic, so that runs leave it out."""
        return self.section in _OWN_SECTIONS or self.name.startswith("save-state.")


def sumo_home() -> Path:
    """Folder of the installed SUMO (its wheel). Raises SimulationError when missing."""
    try:
        import sumo
    except ImportError as error:
        raise SimulationError(
            "SUMO is not installed in this Python.",
            remedy="Install the package eclipse-sumo 1.28.",
        ) from error
    return Path(sumo.__file__).parent


def sumo_version() -> str:
    """Release of the installed SUMO, e.g. `1.28.0`. Raises SimulationError."""
    try:
        return version("eclipse-sumo")
    except PackageNotFoundError as error:
        raise SimulationError("The package eclipse-sumo is not installed.") from error


def sumo_environment(base: dict[str, str]) -> dict[str, str]:
    """Environment for a SUMO child process: SUMO_HOME is the wheel's folder."""
    return {**base, "SUMO_HOME": str(sumo_home())}


@cache
def known_options() -> dict[str, SumoOption]:
    """SUMO's options by every name they go by. Raises SimulationError."""
    with tempfile.TemporaryDirectory(prefix="signalctl-") as folder:
        template = Path(folder) / "template.xml"
        try:
            subprocess.run(  # noqa: S603 - a fixed program with a path of our own
                [str(sumo_home() / "bin" / "sumo"), "--save-template", str(template)],
                check=True,
                capture_output=True,
                timeout=60,
            )
            root = etree.parse(str(template), etree.XMLParser(resolve_entities=False)).getroot()
        except (OSError, subprocess.SubprocessError, etree.XMLSyntaxError) as error:
            raise SimulationError(f"SUMO does not tell its options: {error}.") from error
    found: dict[str, SumoOption] = {}
    for section in root:
        for element in section:
            name = str(element.tag)
            option = SumoOption(name, element.get("type", ""), str(section.tag))
            for alias in (name, *element.get("synonymes", "").split()):
                found[alias] = option
    return found


def option_named(name: str, where: str) -> SumoOption:
    """The option of this name or synonym; raises InputError when SUMO has none."""
    option = known_options().get(name)
    if option is None:
        raise InputError(
            f"SUMO has no option {name!r}.",
            where=where,
            remedy="Look it up with `sumo --help`.",
        )
    return option
