"""Programs as SUMO states: phases, and an additional file any SUMO user can load.

Holds law 1 together with the reader: a program read from a network and written
here drives SUMO with the same state string in every second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from lxml import etree

from signalctl.domain.errors import InputError
from signalctl.domain.expand import expand, zero_s
from signalctl.domain.junction import Junction
from signalctl.domain.plan import TimingPlan
from signalctl.domain.program import Program
from signalctl.files.atomic import write_atomic

SumoPhases = tuple[tuple[int, str], ...]
"""(duration in s, state string over all link indices) one after another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SumoLogic:
    """A static tlLogic: its phases from second 0, which happens at system second offset_s."""

    junction_id: str
    program_id: str
    offset_s: int
    phases: SumoPhases


def phases(program: Program, junction: Junction) -> SumoPhases:
    """Run lengths of the program's states over all link indices of the junction.

    Raises InputError when program and junction do not have the same groups, or
    the links of the junction leave a gap.
    """
    if set(program.group_ids) != set(junction.group_ids):
        raise InputError(
            "The program's groups are not the junction's.", where=f"junction {junction.id}"
        )
    group_of = {link: group.id for group in junction.groups for link in group.links}
    if sorted(group_of) != list(range(len(group_of))):
        raise InputError(
            "The junction's links are not numbered without gap from 0.",
            where=f"junction {junction.id}",
        )
    order = [group_of[link] for link in range(len(group_of))]
    states = (program.state(order, second) for second in range(program.cycle_s))
    return tuple((sum(1 for _ in same), state) for state, same in groupby(states))


def sumo_logic(plan: TimingPlan, junction: Junction) -> SumoLogic:
    """A plan as SUMO runs it: expanded, with the offset SUMO counts.

    SUMO shows second p of a program at simulation second t with
    p = (t - offset) mod cycle, so its offset is the system second of the
    program's second 0. Raises what expand and zero_s raise.
    """
    program = expand(plan, junction)
    return SumoLogic(
        junction_id=junction.id,
        program_id=plan.name,
        offset_s=zero_s(plan.offset, program),
        phases=phases(program, junction),
    )


def sumo_logics(
    plans: Sequence[TimingPlan], junctions: Mapping[str, Junction]
) -> tuple[SumoLogic, ...]:
    """Every plan as SUMO runs it; raises InputError for a plan of an unknown junction."""
    logics = []
    for plan in plans:
        junction = junctions.get(plan.junction_id)
        if junction is None:
            raise InputError(
                f"The plan is for junction {plan.junction_id!r}, which the network does not have.",
                remedy="Use the network the plan was made for.",
            )
        logics.append(sumo_logic(plan, junction))
    return tuple(logics)


def tl_logic_xml(entries: Sequence[SumoLogic]) -> bytes:
    """An additional file with one static tlLogic per entry, in the given order.

    SUMO runs the program loaded last, so the file overrides the network's own.
    Raises InputError when two entries share light and program id.
    """
    root = etree.Element("additional")
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        key = (entry.junction_id, entry.program_id)
        if key in seen:
            raise InputError(
                f"Two programs of junction {entry.junction_id} are called {entry.program_id!r}.",
                remedy="Give each its own name; SUMO refuses to load both.",
            )
        seen.add(key)
        attributes = {
            "id": entry.junction_id,
            "type": "static",
            "programID": entry.program_id,
            "offset": str(entry.offset_s),
        }
        try:
            logic = etree.SubElement(root, "tlLogic", attributes)
        except ValueError as error:
            raise InputError(
                f"The name {entry.program_id!r} cannot be written as XML.",
                where=f"junction {entry.junction_id}",
                remedy="Use printable characters.",
            ) from error
        for duration_s, state in entry.phases:
            etree.SubElement(logic, "phase", duration=str(duration_s), state=state)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def write_tls(path: Path, entries: Sequence[SumoLogic]) -> None:
    """Write the entries as an additional file, whole or not at all."""
    write_atomic(path, tl_logic_xml(entries))
