"""NEMA ring-barrier timing: phases in rings, rings meeting at barriers.

Here *phase* means a NEMA phase and nothing else. Source: FHWA Signal Timing
Manual 2nd ed. (2015), ch. 5; NTCIP 1202 v03, 2.x phase and ring objects.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from signalctl.domain.aspect import Aspect, GreenKind
from signalctl.domain.errors import InputError, NotExpressible
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.program import GreenWindow

if TYPE_CHECKING:
    from signalctl.domain.junction import Junction
    from signalctl.domain.program import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A NEMA phase: the groups it serves and its split.

    `split_s` contains green, amber and red clearance. `greens` are the vehicle
    groups served: protected, or permissive (a left turn through gaps). A group
    that is protected in two phases following each other stays green between
    them (an overlap). `walks` are pedestrian groups that start with the phase
    and walk for `walk_s`.
    """

    number: int
    split_s: int
    greens: FrozenMap[str, GreenKind]
    amber_s: int = 3
    red_clearance_s: int = 1
    walks: tuple[str, ...] = ()
    walk_s: int = 0

    @property
    def green_s(self) -> int:
        """Green time: split less amber and red clearance."""
        return self.split_s - self.amber_s - self.red_clearance_s


Section = tuple[tuple[Phase, ...], ...]
"""The phases between two barriers: one sequence for each ring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RingBarrier:
    """Sections between barriers in order; the first one starts at second `start_s`.

    Any number of rings (one included) and of barriers. In a section all rings
    must take the same time: the barrier is crossed together.
    """

    sections: tuple[Section, ...]
    start_s: int = 0

    @property
    def phases(self) -> tuple[Phase, ...]:
        """All phases, section by section, ring by ring."""
        return tuple(p for section in self.sections for ring in section for p in ring)

    def ring_sums_s(self) -> tuple[tuple[int, ...], ...]:
        """Sum of splits for each section and ring, s."""
        return tuple(
            tuple(sum(p.split_s for p in ring) for ring in section) for section in self.sections
        )


def phase_starts(form: RingBarrier) -> dict[int, int]:
    """Second at which each phase starts, by number; not wrapped to the cycle.

    Raises InputError when the rings of a section do not meet at their barrier.
    """
    starts: dict[int, int] = {}
    at = form.start_s
    for number, (section, sums) in enumerate(
        zip(form.sections, form.ring_sums_s(), strict=True), start=1
    ):
        if len(set(sums)) != 1:
            raise InputError(
                f"The rings do not meet at barrier {number}: their splits sum to "
                f"{' and '.join(map(str, sums))} s.",
                remedy="Make the sums of all rings between two barriers equal.",
            )
        for ring in section:
            begin = at
            for phase in ring:
                if phase.number in starts:
                    raise InputError(f"Phase {phase.number} stands twice in the rings.")
                starts[phase.number] = begin
                begin += phase.split_s
        at += sums[0]
    return starts


def ring_barrier_windows(
    form: RingBarrier, cycle_s: int, junction: Junction
) -> dict[str, list[GreenWindow]]:
    """Green windows of every group served by the rings.

    A protected green keeps its amber even where another phase would show the
    same group a permissive green. Raises InputError for bad sums.
    """
    starts = phase_starts(form)
    total = sum(sums[0] for sums in form.ring_sums_s())
    if total != cycle_s:
        raise InputError(
            f"The barriers' sections sum to {total} s, the cycle is {cycle_s} s.",
            where=f"junction {junction.id}",
        )
    follows = _following(form)
    shown: dict[str, list[GreenKind | None]] = {}
    blocked: dict[str, list[bool]] = {}
    # Protected greens first, so that permissive ones give way to them and their ambers.
    for kind in (GreenKind.PROTECTED, GreenKind.PERMISSIVE):
        for phase in form.phases:
            _check_phase(phase, junction)
            for group, green in phase.greens.items():
                if green is not kind:
                    continue
                junction.group(group)
                overlap = follows[phase.number].greens.get(group) is kind
                lamps = shown.setdefault(group, [None] * cycle_s)
                taken = blocked.setdefault(group, [False] * cycle_s)
                length = phase.split_s if overlap else phase.green_s
                for second in range(starts[phase.number], starts[phase.number] + phase.split_s):
                    at = second % cycle_s
                    if kind is GreenKind.PROTECTED:
                        taken[at] = True
                    elif taken[at]:
                        continue
                    if second - starts[phase.number] < length:
                        lamps[at] = kind
    for phase in form.phases:
        for group in phase.walks:
            junction.group(group)
            lamps = shown.setdefault(group, [None] * cycle_s)
            for second in range(starts[phase.number], starts[phase.number] + phase.walk_s):
                lamps[second % cycle_s] = GreenKind.PROTECTED
    return {group: _windows(lamps) for group, lamps in shown.items()}


def _check_phase(phase: Phase, junction: Junction) -> None:
    where = f"junction {junction.id}"
    if phase.green_s < 1 or phase.amber_s < 0 or phase.red_clearance_s < 0:
        raise InputError(
            f"Phase {phase.number} has a split of {phase.split_s} s, an amber of {phase.amber_s} s "
            f"and a red clearance of {phase.red_clearance_s} s: no green is left.",
            where=where,
        )
    if not 0 <= phase.walk_s <= phase.green_s:
        raise InputError(
            f"Phase {phase.number} walks for {phase.walk_s} s of its {phase.green_s} s of green.",
            where=where,
            remedy="Shorten the walk or lengthen the split.",
        )


def _following(form: RingBarrier) -> dict[int, Phase]:
    """The phase after each one in its own ring, past barriers and the cycle's end."""
    rings = max(len(section) for section in form.sections)
    follows: dict[int, Phase] = {}
    for ring in range(rings):
        order = [p for section in form.sections if ring < len(section) for p in section[ring]]
        for i, phase in enumerate(order):
            follows[phase.number] = order[(i + 1) % len(order)]
    return follows


def _windows(lamps: list[GreenKind | None]) -> list[GreenWindow]:
    cycle_s = len(lamps)
    starts = [t for t in range(cycle_s) if lamps[t] is not None and lamps[t - 1] is not lamps[t]]
    if not starts and lamps[0] is not None:
        return [GreenWindow(0, cycle_s, lamps[0])]
    windows = []
    for start in starts:
        kind = lamps[start]
        end = start + 1
        while lamps[end % cycle_s] is kind:
            end += 1
        windows.append(GreenWindow(start, end, kind or GreenKind.PROTECTED))
    return windows


def collapse_ring_barrier(program: Program, layout: RingBarrier) -> RingBarrier:
    """The ring-barrier timing with this layout that shows the program's greens.

    `layout` gives rings, barriers, phase order, served groups and clearances;
    its splits, walks and start are ignored. The caller expands the result to
    check it against the whole program.
    Raises NotExpressible when a phase cannot be found in the program.
    """
    starts = _section_starts(layout, program)
    heads = [min((starts[ring[0].number] for ring in s), default=0) for s in layout.sections]
    sections: list[Section] = []
    for i, section in enumerate(layout.sections):
        barrier = heads[(i + 1) % len(heads)]
        timed_rings = []
        for ring in section:
            ends = [starts[phase.number] for phase in ring[1:]] + [barrier]
            timed_rings.append(
                tuple(
                    replace(
                        phase,
                        split_s=(end - starts[phase.number] - 1) % program.cycle_s + 1,
                        walk_s=_walk(phase, starts[phase.number], program),
                    )
                    for phase, end in zip(ring, ends, strict=True)
                )
            )
        sections.append(tuple(timed_rings))
    return RingBarrier(sections=tuple(sections), start_s=heads[0])


def _section_starts(layout: RingBarrier, program: Program) -> dict[int, int]:
    """Start of each phase; rings start a section together, so one that is seen is enough."""
    starts: dict[int, int] = {}
    if not layout.sections or not all(section and all(section) for section in layout.sections):
        raise NotExpressible(
            "The layout has a ring without a phase between two barriers.",
            remedy="Give every ring a phase in every section.",
        )
    for section in layout.sections:
        seen = {p.number: _phase_start(p, layout, program) for ring in section for p in ring}
        heads = [seen[ring[0].number] for ring in section]
        head = next((start for start in heads if start is not None), None)
        if head is None and len(layout.sections) == 1 and _never_ends(section, program):
            head = 0  # any start shows the same
        for ring in section:
            for place, phase in enumerate(ring):
                found = seen[phase.number]
                start = head if found is None and place == 0 else found
                if start is None:
                    raise NotExpressible(
                        f"Phase {phase.number} cannot be found: no group is served by it alone "
                        "with one protected green a cycle.",
                        remedy="Use stages or green windows.",
                    )
                starts[phase.number] = start
    return starts


def _never_ends(section: Section, program: Program) -> bool:
    """Whether every ring is one phase whose green lasts the whole cycle."""
    always = {g for g, text in program.seconds.items() if set(text) == {Aspect.PROTECTED.value}}
    return all(len(ring) == 1 and always & set(ring[0].greens) for ring in section)


def _phase_start(phase: Phase, layout: RingBarrier, program: Program) -> int | None:
    """Start of the one protected green, else walk, of a group that no other phase serves."""
    protected = [g for g, kind in phase.greens.items() if kind is GreenKind.PROTECTED]
    for group in (*protected, *phase.walks):
        served = sum(
            p.greens.get(group) is GreenKind.PROTECTED or group in p.walks for p in layout.phases
        )
        if group not in program.seconds or served != 1:
            continue
        windows = [w for w in program.greens(group) if w.kind is GreenKind.PROTECTED]
        if len(windows) == 1 and windows[0].length_s < program.cycle_s:
            return windows[0].start_s
    return None


def _walk(phase: Phase, start_s: int, program: Program) -> int:
    for group in phase.walks:
        for window in program.greens(group) if group in program.seconds else ():
            if window.start_s == start_s:
                return window.length_s
    return 0
