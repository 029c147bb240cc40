"""A SUMO network in our language: roads, junctions, shipped programs, remarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import GroupKind, IntergreenMatrix, Junction, SignalGroup
from signalctl.domain.program import Program
from signalctl.networks.conflicts import group_conflicts
from signalctl.networks.groups import signal_groups
from signalctl.networks.intergreen import geometric_intergreens
from signalctl.networks.link_program import unroll
from signalctl.networks.program_reader import Additional, RawProgram, read_additional
from signalctl.networks.road_reader import read_net_file
from signalctl.networks.roads import RoadGraph
from signalctl.networks.shipped_program import ShippedProgram, shipped_program
from signalctl.networks.sumo_xml import sha256_of
from signalctl.networks.surveyed import Survey, combined, survey

_RAIL_NODES: Final = frozenset({"rail_signal", "rail_crossing"})


@dataclass(frozen=True, kw_only=True)
class Network:
    """Everything read from one network file and its additional files.

    `junctions` and `programs` are keyed by SUMO's traffic light id; a junction
    without programs has an empty tuple. `sha256` is of the network file as it
    lies on disk. `surveyed` and `geometric` are the two sources of each
    junction's intergreens.
    """

    path: Path
    sha256: str
    roads: RoadGraph
    junctions: FrozenMap[str, Junction]
    programs: FrozenMap[str, tuple[ShippedProgram, ...]]
    surveyed: FrozenMap[str, Survey]
    geometric: FrozenMap[str, IntergreenMatrix]
    notes: tuple[str, ...]

    def junction(self, junction_id: str) -> Junction:
        """The junction with this id; raises InputError for an unknown one."""
        found = self.junctions.get(junction_id)
        if found is None:
            known = ", ".join(sorted(self.junctions)[:20]) or "none"
            raise InputError(
                f"There is no signal-controlled junction {junction_id!r}.",
                where=str(self.path),
                remedy=f"Known ones: {known}{', ...' if len(self.junctions) > 20 else ''}.",
            )
        return found

    def default_program(self, junction_id: str) -> ShippedProgram | None:
        """The program SUMO runs at a junction by itself; None without any."""
        self.junction(junction_id)
        return next((p for p in self.programs[junction_id] if p.is_default), None)


def read_network(path: Path, additionals: Sequence[Path] = ()) -> Network:
    """The network of a .net.xml[.gz] file, programs of additional files included.

    What cannot be read is named in notes and reasons, and import goes on.
    Raises InputError, with file and line, for files that are broken or hostile.
    """
    net = read_net_file(path)
    extras = [read_additional(extra) for extra in additionals]
    raws, notes = _joined([*net.programs], extras)
    started = {light: p for extra in extras for light, p in extra.start_programs.items()}
    rail: list[str] = []
    junctions: dict[str, Junction] = {}
    programs: dict[str, tuple[ShippedProgram, ...]] = {}
    surveys: dict[str, Survey] = {}
    geometric: dict[str, IntergreenMatrix] = {}
    for light in net.roads.light_ids:
        own = raws.pop(light, [])
        if _is_rail(net.roads, light):
            rail.append(light)
            continue
        junction, programs[light], surveys[light], geometric[light] = _junction(
            net.roads, light, own, started.get(light)
        )
        junctions[light] = junction
    if rail:
        notes.append(f"Rail signals and rail crossings, left to SUMO: {', '.join(rail)}.")
    notes += [f"Light {light} has programs but controls no connection." for light in sorted(raws)]
    if not junctions:
        notes.append("The network has no signal-controlled junction.")
    return Network(
        path=path,
        sha256=sha256_of(path),
        roads=net.roads,
        junctions=FrozenMap(junctions),
        programs=FrozenMap(programs),
        surveyed=FrozenMap(surveys),
        geometric=FrozenMap(geometric),
        notes=(*net.roads.notes, *notes),
    )


def _joined(
    shipped: list[RawProgram], extras: Sequence[Additional]
) -> tuple[dict[str, list[RawProgram]], list[str]]:
    """Programs by light in loading order: the network's, then each additional file's.

    An element without steps changes the offset of a program already loaded (SUMO).
    """
    found: dict[str, list[RawProgram]] = {}
    notes = []
    for raw in [*shipped, *(raw for extra in extras for raw in extra.programs)]:
        own = found.setdefault(raw.light_id, [])
        same = next((k for k, other in enumerate(own) if other.id == raw.id), None)
        if same is None:
            own.append(raw)
        elif not raw.steps:
            own[same] = replace(own[same], offset_s=raw.offset_s)
        else:
            notes.append(
                f"Program {raw.id!r} of light {raw.light_id} is defined again in {raw.path}, line "
                f"{raw.line}; the first one is taken, SUMO refuses to load both."
            )
    return found, notes


def _is_rail(roads: RoadGraph, light_id: str) -> bool:
    nodes = [roads.node_of(c) for c in roads.of_light(light_id)]
    return all(node is not None and node.type in _RAIL_NODES for node in nodes)


def _junction(
    roads: RoadGraph, light_id: str, raws: Sequence[RawProgram], started: str | None
) -> tuple[Junction, tuple[ShippedProgram, ...], Survey, IntergreenMatrix]:
    n_links = 1 + max((c.link_index or 0 for c in roads.of_light(light_id)), default=-1)
    unrolled = [unroll(raw, n_links) for raw in raws]
    columns = [one.links for one in unrolled if one.links is not None]
    grouping = signal_groups(roads, light_id, columns)
    conflicts = group_conflicts(roads, light_id, grouping.groups, columns)
    default = started if started in {raw.id for raw in raws} else (raws[-1].id if raws else None)
    programs = tuple(
        shipped_program(raw, one, grouping.groups, is_default=raw.id == default)
        for raw, one in zip(raws, unrolled, strict=True)
    )
    readable = [p.program for p in programs if p.program is not None]
    ambers = {group.id: group.amber_s for group in grouping.groups}
    found = survey(readable, conflicts.matrix, ambers)
    geometric = geometric_intergreens(roads, light_id, grouping.groups, conflicts.matrix)
    notes = [*_node_notes(roads, light_id), *grouping.notes, *conflicts.notes]
    notes += _program_notes(programs, started)
    notes += [
        f"A shipped program starts {starting} {gap_s} s after {ending}, within its amber of "
        f"{ambers[ending]} s; new plans keep the intergreen."
        for (ending, starting), gap_s in found.faults.items()
    ]
    notes += _green_notes(readable, grouping.groups)
    junction = Junction(
        id=light_id,
        groups=grouping.groups,
        conflicts=conflicts.matrix,
        intergreens=combined(found, geometric),
        notes=tuple(notes),
    )
    return junction, programs, found, geometric


def _node_notes(roads: RoadGraph, light_id: str) -> list[str]:
    nodes = sorted({n.id for n in (roads.node_of(c) for c in roads.of_light(light_id)) if n})
    if len(nodes) < 2:
        return []
    return [f"The light controls {len(nodes)} nodes: {', '.join(nodes)}."]


def _program_notes(programs: Sequence[ShippedProgram], started: str | None) -> list[str]:
    if not programs:
        return ["The junction has no program; SUMO refuses to run it without one."]
    notes = []
    if len(programs) > 1:
        default = next((p.id for p in programs if p.is_default), "none")
        notes.append(f"Of {len(programs)} programs SUMO runs {default!r} by itself.")
    if started is not None:
        notes.append("Programs are switched by time of day (WAUT); the switch times are not read.")
    for program in programs:
        if program.reason:
            verb = "is not read" if program.program is None else "is read in part"
            notes.append(f"Program {program.id!r} {verb}. {program.reason}")
    return notes


def _green_notes(programs: Sequence[Program], groups: Sequence[SignalGroup]) -> list[str]:
    """Groups that no program serves, and greens shorter than the group's least green."""
    if not programs:
        return []
    notes = []
    used = [group for group in groups if group.kind is not GroupKind.UNUSED]
    lengths = {
        group.id: [e - s for program in programs for s, e in program.green_spans(group.id)]
        for group in used
    }
    never = [group.id for group in used if not lengths[group.id]]
    if never:
        notes.append(f"Never green in any shipped program: {', '.join(never)}.")
    short = [
        f"{group.id} ({min(lengths[group.id])} s)"
        for group in used
        if lengths[group.id] and min(lengths[group.id]) < group.min_green_s
    ]
    if short:
        notes.append(f"Shortest shipped greens below the least green: {', '.join(short)}.")
    return notes
