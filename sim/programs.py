"""Which signal programs a scenario runs, and their XML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from xml.sax.saxutils import quoteattr

from signalctl.networks.program_reader import RawProgram, raw_program
from signalctl.networks.sumo_xml import elements, number, text


def active_programs(net: Path, additionals: Sequence[Path]) -> dict[str, RawProgram]:
    """Light id -> the program SUMO starts with.

    SUMO runs the program loaded last: the network's in file order, then the
    additional files' in theirs. A tlLogic without steps only moves the offset of
    the program it names. Raises InputError for a file that cannot be read.
    """
    loaded: dict[tuple[str, str], RawProgram] = {}
    active: dict[str, str] = {}
    for path in (net, *additionals):
        for element in elements(path, ("tlLogic",)):
            if element.tag != "tlLogic":
                continue
            if element.find("phase") is None:
                key = (text(path, element, "id"), text(path, element, "programID"))
                if key in loaded:
                    offset_s = number(path, element, "offset", 0.0)
                    loaded[key] = replace(loaded[key], offset_s=offset_s)
                continue
            program = raw_program(path, element)
            loaded[program.light_id, program.id] = program
            active[program.light_id] = program.id
    return {light: loaded[light, active[light]] for light in sorted(active)}


def tl_logic_file(programs: Iterable[RawProgram]) -> str:
    """An additional file with these programs."""
    return (
        "<additional>\n" + "".join(_tl_logic(program) for program in programs) + "</additional>\n"
    )


def _tl_logic(program: RawProgram) -> str:
    head = {
        "id": program.light_id,
        "type": program.type,
        "programID": program.id,
        "offset": program.offset_s
        if isinstance(program.offset_s, str)
        else f"{program.offset_s:g}",
    }
    lines = [f"    <tlLogic {_attributes(head)}>"]
    for key, value in program.params.items():
        lines.append(f"        <param {_attributes({'key': key, 'value': value})}/>")
    for step in program.steps:
        written = {"duration": f"{step.duration_s:g}", "state": step.state}
        if step.min_s is not None:
            written["minDur"] = f"{step.min_s:g}"
        if step.max_s is not None:
            written["maxDur"] = f"{step.max_s:g}"
        if step.next:
            written["next"] = " ".join(map(str, step.next))
        if step.name:
            written["name"] = step.name
        lines.append(f"        <phase {_attributes(written)}/>")
    return "\n".join([*lines, "    </tlLogic>\n"])


def _attributes(values: dict[str, str]) -> str:
    return " ".join(f"{name}={quoteattr(value)}" for name, value in values.items())
