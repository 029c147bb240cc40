"""Phases, rings and barriers that show a program: a first site for an NTCIP controller.

Vehicles time in ring 1, one phase from each start of a green to the next. Pedestrians
time in rings beside it, in phases of their own, so that a longer vehicle green is a
longer walk, and what stands certified is the time from the end of the walk to the
barrier. Barriers stand wherever no pedestrian is walking.

The result is a proposal for emulators, and for sites whose phases were set up like
this; a real controller's phases are written into the devices file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

from signalctl.domain.aspect import GREEN_KIND, Aspect, GreenKind
from signalctl.domain.errors import InputError, NotExpressible
from signalctl.domain.expand import expand
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import GroupKind, Junction
from signalctl.domain.plan import Offset, TimingPlan
from signalctl.domain.program import GreenWindow, Program
from signalctl.domain.ring_barrier import Phase, RingBarrier, Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Rings that show a program, and their coordinated phases: those of the longest green."""

    form: RingBarrier
    coordinated: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A phase before it has a number, from second `start_s` on."""

    start_s: int
    split_s: int
    greens: FrozenMap[str, GreenKind]
    amber_s: int = 0
    red_clearance_s: int = 0

    def phase(self, number: int) -> Phase:
        return Phase(
            number=number,
            split_s=self.split_s,
            greens=self.greens,
            amber_s=self.amber_s,
            red_clearance_s=self.red_clearance_s,
        )


def ring_layout(program: Program, junction: Junction) -> Layout:
    """The layout of a program. Raises NotExpressible for one that no such rings show."""
    where = f"junction {junction.id}"
    vehicles = _vehicle_stretches(program, junction, where)
    windows = _walks(program, junction)
    sections = _sections(vehicles, windows, program.cycle_s, where)
    main = max(range(len(sections)), key=lambda at: max(s.split_s for s in sections[at][0]))
    sections = [*sections[main:], *sections[:main]]
    numbers = count(1)
    rings = max(len(section) for section in sections)
    numbered: list[list[tuple[Phase, ...]]] = [[] for _ in sections]
    for ring in range(rings):
        for at, section in enumerate(sections):
            numbered[at].append(tuple(one.phase(next(numbers)) for one in section[ring]))
    timed: tuple[Section, ...] = tuple(tuple(section) for section in numbered)
    start_s = sections[0][0][0].start_s
    form = RingBarrier(sections=timed, start_s=start_s)
    _must_show(form, program, junction, where)
    first = timed[0]
    longest = max(first[0], key=lambda phase: phase.split_s)
    return Layout(form=form, coordinated=(longest.number, *(ring[-1].number for ring in first[1:])))


def _vehicle_stretches(program: Program, junction: Junction, where: str) -> list[_Stretch]:
    """Ring 1: from start to start, cut once more where groups of a stretch end apart."""
    shown = {
        group: [GREEN_KIND.get(Aspect(letter)) for letter in program.seconds[group]]
        for group in program.group_ids
        if junction.group(group).kind is not GroupKind.PEDESTRIAN
    }
    c = program.cycle_s
    starts = {
        second
        for lamps in shown.values()
        for second in range(c)
        if lamps[second] is not None and lamps[second] is not lamps[second - 1]
    }
    if not starts:
        raise NotExpressible("No vehicle group begins a green.", where=where)
    while True:
        order = sorted(starts)
        found = []
        cut: int | None = None
        for at, after in zip(order, [*order[1:], order[0] + c], strict=True):
            greens = {g: lamps[at] for g, lamps in shown.items() if lamps[at] is not None}
            ends = {
                g: _end(shown[g], at, after)
                for g, kind in greens.items()
                if shown[g][after % c] is not kind or _end(shown[g], at, after) < after
            }
            ambers = {junction.group(g).amber_s for g in ends}
            last = max(ends.values(), default=after)
            early = sorted((end, g) for g, end in ends.items() if end < last)
            if early:
                cut = (early[0][0] + junction.group(early[0][1]).amber_s) % c
                break
            if not ends:
                found.append(_Stretch(at, after - at, _kinds(greens)))
                continue
            amber_s = min(max(ambers), after - last)
            found.append(_Stretch(at, after - at, _kinds(greens), amber_s, after - last - amber_s))
        if cut is None:
            return found
        if cut in starts:
            raise NotExpressible(
                "Groups that start together end at times that no ring of phases has.", where=where
            )
        starts.add(cut)


def _end(lamps: list[GreenKind | None], at: int, after: int) -> int:
    """The second in which the green that shows at `at` ends, at most `after`."""
    kind = lamps[at]
    return next((s for s in range(at, after) if lamps[s % len(lamps)] is not kind), after)


def _kinds(greens: Mapping[str, GreenKind | None]) -> FrozenMap[str, GreenKind]:
    return FrozenMap({group: kind for group, kind in greens.items() if kind is not None})


def _walks(program: Program, junction: Junction) -> dict[GreenWindow, list[str]]:
    """The windows in which pedestrians walk, with the groups that do."""
    found: dict[GreenWindow, list[str]] = {}
    for group in program.group_ids:
        if junction.group(group).kind is GroupKind.PEDESTRIAN:
            for window in program.greens(group):
                found.setdefault(window, []).append(group)
    return found


def _sections(
    vehicles: list[_Stretch], walks: Mapping[GreenWindow, list[str]], cycle_s: int, where: str
) -> list[list[list[_Stretch]]]:
    """Stretches by section and ring: a barrier stands where nobody walks across it."""
    barriers = [
        at
        for at, one in enumerate(vehicles)
        if not any(_inside(one.start_s, window, cycle_s) for window in walks)
    ]
    if not barriers:
        raise NotExpressible("Somebody walks at every start of a vehicle green.", where=where)
    sections = []
    for at, after in zip(barriers, [*barriers[1:], barriers[0] + len(vehicles)], strict=True):
        ring = [vehicles[k % len(vehicles)] for k in range(at, after)]
        begin = ring[0].start_s
        length_s = sum(one.split_s for one in ring)
        own = sorted(
            ((window.start_s - begin) % cycle_s, window.length_s, groups, window.kind)
            for window, groups in walks.items()
            if (window.start_s - begin) % cycle_s < length_s
        )
        beside = [
            _walking(begin, length_s, late_s, walk_s, FrozenMap(dict.fromkeys(groups, kind)))
            for late_s, walk_s, groups, kind in own
        ]
        sections.append([ring, *beside])
    rings = max(len(section) for section in sections)
    for section in sections:
        length_s = sum(one.split_s for one in section[0])
        while len(section) < rings:
            section.append([_Stretch(section[0][0].start_s, length_s, FrozenMap({}))])
    return sections


def _inside(second: int, window: GreenWindow, cycle_s: int) -> bool:
    """Whether somebody who walks already at the second before walks on in it."""
    return 0 < (second - window.start_s) % cycle_s < window.length_s


def _walking(
    begin: int, length_s: int, late_s: int, walk_s: int, greens: FrozenMap[str, GreenKind]
) -> list[_Stretch]:
    """A ring beside the vehicles: perhaps nothing, then a walk and its clearance."""
    rest_s = length_s - late_s
    walk = _Stretch(begin + late_s, rest_s, greens, 0, rest_s - walk_s)
    return [_Stretch(begin, late_s, FrozenMap({})), walk] if late_s else [walk]


def _must_show(form: RingBarrier, program: Program, junction: Junction, where: str) -> None:
    plan = TimingPlan(
        junction_id=junction.id,
        name="layout",
        cycle_s=program.cycle_s,
        offset=Offset(seconds=0),
        form=form,
    )
    try:
        if expand(plan, junction) == program:
            return
        reason = "The rings would show other lamps than the program."
    except InputError as error:
        reason = error.message
    raise NotExpressible(
        f"No rings of phases with fixed clearances show the program. {reason}",
        where=where,
        remedy="Write the controller's phases into the devices file (ring_barrier).",
    )
