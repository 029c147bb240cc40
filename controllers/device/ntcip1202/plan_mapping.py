"""A ring-barrier plan as pattern, splits and sequence of a controller, and back.

Exact both ways: what comes back is the canonical plan that went in. Phase objects
(clearances, walks, rings, concurrency) are never written, only required to be what the
site map says. Offsets pass through the profile's reference point.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from signalctl.controllers.device.ntcip1202.consistency import (
    MOST_CYCLE_S,
    OMITTED,
    Pattern,
    PhaseRow,
    SplitRow,
    faults,
)
from signalctl.controllers.device.ntcip1202.objects import (
    Oid,
    Value,
    instance,
    phase_octets,
)
from signalctl.controllers.device.ntcip1202.profile import OffsetReference
from signalctl.controllers.device.ntcip1202.site_map import SiteMap, canonical
from signalctl.controllers.device.ntcip1202.verification import concurrency_groups
from signalctl.domain.errors import Mismatch, NotExpressible
from signalctl.domain.plan import Offset, TimingPlan
from signalctl.domain.ring_barrier import Phase, RingBarrier, phase_starts

MAX_RECALL = 4
MAX_AND_PED_RECALL = 6
FIXED_TIME = frozenset({MAX_RECALL, MAX_AND_PED_RECALL})
"""Split modes under which a phase takes its whole split in every cycle."""

PHASE_COLUMNS = (
    "phaseWalk",
    "phasePedestrianClear",
    "phaseMinimumGreen",
    "phaseYellowChange",
    "phaseRedClear",
    "phaseRing",
    "phaseConcurrency",
)
SPLIT_COLUMNS = ("splitTime", "splitMode", "splitCoordPhase")
PATTERN_COLUMNS = (
    "patternCycleTime",
    "patternOffsetTime",
    "patternSplitNumber",
    "patternSequenceNumber",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanObjects:
    """What a plan is on the wire, in the order of writing: sequence, splits, pattern last."""

    sequence: tuple[tuple[Oid, Value], ...]
    splits: tuple[tuple[Oid, Value], ...]
    pattern: tuple[tuple[Oid, Value], ...]

    @property
    def written(self) -> tuple[tuple[Oid, Value], ...]:
        """Everything a push writes."""
        return self.sequence + self.splits + self.pattern


def required(site: SiteMap) -> dict[Oid, Value]:
    """The phase objects a controller must hold for this site: its certified set."""
    found: dict[Oid, Value] = {}
    for number, phase in site.phases.items():
        row: tuple[Value, ...] = (
            phase.walk_s,
            site.ped_clears_s.get(number, 0),
            site.min_greens_s.get(number, 0),
            10 * phase.amber_s,
            10 * phase.red_clearance_s,
            site.ring(number),
            phase_octets(site.concurrent(number)),
        )
        for name, value in zip(PHASE_COLUMNS, row, strict=True):
            found[instance(name, number)] = value
    return found


def to_objects(
    plan: TimingPlan,
    site: SiteMap,
    reference: OffsetReference,
    *,
    slot: int,
    sequence: int,
    phases: Iterable[int],
    rings: int,
) -> PlanObjects:
    """The objects that make pattern `slot`, split `slot` and a sequence show the plan.

    `phases` are all phases that the controller has: those the plan does not serve
    are omitted. `rings` is the number of rings the controller has.
    Raises NotExpressible with what to change.
    """
    held = canonical(plan, site)
    form = held.form
    if not isinstance(form, RingBarrier):
        raise NotExpressible(f"Plan {plan.name} has no rings.")
    where = f"junction {site.junction.id}"
    if held.cycle_s > MOST_CYCLE_S:
        raise NotExpressible(
            f"A cycle of {held.cycle_s} s cannot be told to this controller.",
            where=where,
            remedy=f"NTCIP 1202 v02 ends at {MOST_CYCLE_S} s.",
        )
    coordinated = site.coordinated_phases(form)
    served = {phase.number: phase for phase in form.phases}
    unserved = [number for number in coordinated if number not in served]
    if unserved:
        raise NotExpressible(
            f"Coordinated phase {unserved[0]} is not served by the plan.",
            where=where,
            remedy="Serve it, or coordinate another phase in the site map.",
        )
    offset_s = (held.offset.seconds + _reference_s(form, coordinated, reference)) % held.cycle_s
    splits: list[tuple[Oid, Value]] = []
    for number in sorted({*phases, *served}):
        phase = served.get(number)
        row: tuple[Value, ...] = (0, OMITTED, 0)
        if phase is not None:
            mode = MAX_AND_PED_RECALL if phase.walk_s else MAX_RECALL
            row = (phase.split_s, mode, int(number in coordinated))
        splits += [
            (instance(name, slot, number), value)
            for name, value in zip(SPLIT_COLUMNS, row, strict=True)
        ]
    rows = sequence_rows(held, site, rings)
    found = PlanObjects(
        sequence=tuple(
            (instance("sequenceData", sequence, ring), row)
            for ring, row in enumerate(rows, start=1)
        ),
        splits=tuple(splits),
        pattern=tuple(
            (instance(name, slot), value)
            for name, value in zip(
                PATTERN_COLUMNS, (held.cycle_s, offset_s, slot, sequence), strict=True
            )
        ),
    )
    wrong = faults(pattern_of({**required(site), **dict(found.written)}, slot, site, rings))
    if wrong:
        raise NotExpressible(
            f"The controller would run free on this plan: {wrong[0].message}",
            where=where,
            remedy="Change the plan, or the site map if it does not say what the device holds.",
        )
    return found


def sequence_rows(held: TimingPlan, site: SiteMap, rings: int) -> list[bytes]:
    """Phase numbers by ring of a canonical plan: its order, then the phases it leaves out.

    Those stand after the others of their section, because a controller wants every
    enabled phase in every sequence. Raises NotExpressible for a plan without rings.
    """
    form = held.form
    if not isinstance(form, RingBarrier):
        raise NotExpressible(f"Plan {held.name} has no rings.")
    rows: list[list[int]] = [[] for _ in range(rings)]
    done: set[int] = set()
    sections = [site.section(section[0][0].number) for section in form.sections]
    for section, place in zip(form.sections, sections, strict=True):
        for ring, phases in enumerate(section):
            rows[ring] += [phase.number for phase in phases]
        served = {phase.number for ring in section for phase in ring}
        for number in site.phases:
            if site.section(number) == place and number not in served:
                rows[site.ring(number) - 1].append(number)
        done.add(place)
    for number in site.phases:
        if site.section(number) not in done:
            rows[site.ring(number) - 1].append(number)
    return [phase_octets(row) for row in rows]


def _reference_s(
    form: RingBarrier, coordinated: tuple[int, ...], reference: OffsetReference
) -> int:
    """Second after the form's start at which the offset's reference point happens."""
    starts = {number: at - form.start_s for number, at in phase_starts(form).items()}
    greens = {phase.number: phase.green_s for phase in form.phases}
    begins = [starts[number] for number in coordinated]
    yellows = [starts[number] + greens[number] for number in coordinated]
    match reference:
        case OffsetReference.FIRST_GREEN:
            return min(begins)
        case OffsetReference.LAST_GREEN:
            return max(begins)
        case OffsetReference.FIRST_YELLOW:
            return min(yellows)
        case OffsetReference.LAST_YELLOW:
            return max(yellows)
        case OffsetReference.BARRIER:
            section = next(
                s
                for s in form.sections
                if any(phase.number in coordinated for ring in s for phase in ring)
            )
            return starts[section[0][0].number]


def pattern_of(values: Mapping[Oid, Value], slot: int, site: SiteMap, rings: int) -> Pattern:
    """The pattern `slot` with its splits, sequence and phases, out of a site's objects."""
    return read_pattern(values, slot, tuple(site.phases), rings)


def read_pattern(
    values: Mapping[Oid, Value], slot: int, phases: Iterable[int], rings: int
) -> Pattern:
    """The pattern `slot` out of objects; what is missing counts as 0, empty or omitted."""
    cycle_s, offset_s, split, sequence = (_number(values, name, slot) for name in PATTERN_COLUMNS)
    rows = {}
    splits = {}
    for number in phases:
        walk, clear, least, yellow, red, ring = (
            _number(values, name, number) for name in PHASE_COLUMNS[:-1]
        )
        rows[number] = PhaseRow(
            number=number,
            walk_s=walk,
            ped_clear_s=clear,
            min_green_s=least,
            yellow_ds=yellow,
            red_clear_ds=red,
            ring=ring,
            concurrency=_octets(values, "phaseConcurrency", number),
        )
        time_s, mode, coordinated = (_number(values, n, split, number) for n in SPLIT_COLUMNS)
        splits[number] = SplitRow(
            time_s=time_s, mode=mode or OMITTED, coordinated=bool(coordinated)
        )
    return Pattern(
        cycle_s=cycle_s,
        offset_s=offset_s,
        split_number=split,
        sequence_number=sequence,
        splits=splits,
        sequence=[_octets(values, "sequenceData", sequence, r) for r in range(1, rings + 1)],
        phases=rows,
    )


def from_pattern(
    pattern: Pattern, site: SiteMap, reference: OffsetReference, *, name: str
) -> TimingPlan | None:
    """The plan that a pattern states; None for an empty one (cycle 0).

    Raises Mismatch when the phases are not the site's, NotExpressible for a pattern
    that no plan can state: served on demand, tenths of seconds, would run free.
    """
    if not pattern.cycle_s:
        return None
    where = f"junction {site.junction.id}, {name}"
    wrong = faults(pattern)
    if wrong:
        raise NotExpressible(
            f"The controller would run free on it: {wrong[0].message}", where=where
        )
    groups = concurrency_groups({n: row.concurrency for n, row in pattern.phases.items()})
    alone = sum(bool(pattern.served(ring)) for ring in range(len(pattern.sequence))) == 1
    by_ring = []
    for ring in range(len(pattern.sequence)):
        served = [_phase(number, pattern, site, where) for number in pattern.served(ring)]
        if served:
            by_ring.append(
                [
                    tuple(found)
                    for _, found in groupby(served, key=lambda p: 0 if alone else groups[p.number])
                ]
            )
    form = RingBarrier(sections=tuple(zip(*by_ring, strict=True)))
    coordinated = tuple(
        number for number, row in pattern.splits.items() if row.coordinated and row.mode != OMITTED
    )
    begin = pattern.offset_s - _reference_s(form, coordinated, reference)
    return TimingPlan(
        junction_id=site.junction.id,
        name=name,
        cycle_s=pattern.cycle_s,
        offset=Offset(seconds=begin % pattern.cycle_s),
        form=form,
    )


def _phase(number: int, pattern: Pattern, site: SiteMap, where: str) -> Phase:
    row, split = pattern.phases[number], pattern.splits[number]
    known = site.phases.get(number)
    if known is None:
        raise Mismatch(
            f"The controller serves phase {number}, which the site map has not.", where=where
        )
    if split.mode not in FIXED_TIME:
        raise NotExpressible(
            f"Phase {number} is served on demand (split mode {split.mode}).",
            where=where,
            remedy="A plan needs recall to maximum on every phase.",
        )
    if row.yellow_ds % 10 or row.red_clear_ds % 10:
        raise NotExpressible(
            f"Phase {number} has {row.yellow_ds / 10} s of yellow and {row.red_clear_ds / 10} s "
            "of red clearance; plans are in whole seconds.",
            where=where,
        )
    return Phase(
        number=number,
        split_s=split.time_s,
        greens=known.greens,
        amber_s=row.yellow_ds // 10,
        red_clearance_s=row.red_clear_ds // 10,
        walks=known.walks,
        walk_s=row.walk_s if split.mode == MAX_AND_PED_RECALL else 0,
    )


def _number(values: Mapping[Oid, Value], name: str, *index: int) -> int:
    found = values.get(instance(name, *index), 0)
    return found if isinstance(found, int) else 0


def _octets(values: Mapping[Oid, Value], name: str, *index: int) -> bytes:
    found = values.get(instance(name, *index), b"")
    return found if isinstance(found, bytes) else b""
