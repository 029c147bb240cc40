"""Signal programs as SUMO writes them (<tlLogic>), element by element, unjudged.

What they mean second by second is decided in shipped_program.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.networks.sumo_xml import at, elements, line_of, number, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a program (SUMO's phase): a state for a while. `next`: written jumps."""

    duration_s: float
    state: str
    min_s: float | None = None
    max_s: float | None = None
    next: tuple[int, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawProgram:
    """A <tlLogic> as written: light, program id, type, offset, steps, parameters."""

    light_id: str
    id: str
    type: str
    offset_s: float | str
    steps: tuple[Step, ...]
    params: FrozenMap[str, str]
    path: Path
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Additional:
    """Signal programs of an additional file.

    `start_programs`: the program a light starts with where a WAUT (SUMO's
    switching of programs by time of day) controls it.
    """

    programs: tuple[RawProgram, ...]
    start_programs: FrozenMap[str, str]


def read_additional(path: Path) -> Additional:
    """Signal programs of an additional file; other elements are passed over.

    Raises InputError, with file and line, for a broken or hostile file.
    """
    stream = elements(path, ("tlLogic", "WAUT", "wautJunction"))
    if next(stream, None) is None:
        raise InputError("The file is empty.", where=str(path))
    programs: list[RawProgram] = []
    starts: dict[str, str] = {}
    switched: dict[str, str] = {}
    for element in stream:
        if element.tag == "WAUT":
            starts[text(path, element, "id")] = text(path, element, "startProg")
        elif element.tag == "wautJunction":
            switched[text(path, element, "junctionID")] = text(path, element, "wautID")
        else:
            programs.append(raw_program(path, element))
    return Additional(
        programs=tuple(programs),
        start_programs=FrozenMap(
            {light: starts[waut] for light, waut in switched.items() if waut in starts}
        ),
    )


def raw_program(path: Path, element: etree._Element) -> RawProgram:
    """One <tlLogic> element as written. Raises InputError for what no program can hold."""
    steps = tuple(_step(path, step) for step in element.iterchildren("phase"))
    written = element.get("offset", "0")
    return RawProgram(
        light_id=text(path, element, "id"),
        id=text(path, element, "programID"),
        # An element that only moves an offset need not repeat the type (tlsCoordinator.py).
        type=text(path, element, "type") if steps else element.get("type", ""),
        offset_s=written if written == "begin" else number(path, element, "offset", 0.0),
        steps=steps,
        params=FrozenMap(
            {p.get("key", ""): p.get("value", "") for p in element.iterchildren("param")}
        ),
        path=path,
        line=line_of(element),
    )


def _step(path: Path, element: etree._Element) -> Step:
    try:
        jumps = tuple(int(index) for index in element.get("next", "").split())
    except ValueError:
        raise InputError(
            f"Attribute next={element.get('next')!r} of <phase> holds no step numbers.",
            where=at(path, element),
        ) from None
    duration_s = number(path, element, "duration")
    if duration_s < 0:
        raise InputError(f"A step of {duration_s:g} s cannot be shown.", where=at(path, element))
    return Step(
        duration_s=duration_s,
        state=text(path, element, "state"),
        min_s=number(path, element, "minDur") if "minDur" in element.attrib else None,
        max_s=number(path, element, "maxDur") if "maxDur" in element.attrib else None,
        next=jumps,
        name=element.get("name", ""),
    )
