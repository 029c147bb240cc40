"""The consistency check of a transaction: phase structure, sequences, start-up.

The messages are those of NTCIP 1202 v02 Annex B. What it does not look at (cycle,
splits, offset) is accepted here and makes the controller run free afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from signalctl.controllers.device.ntcip1202.objects import Oid, Value, instance
from signalctl.controllers.device.ntcip1202.transaction import NO_ERROR


def verify(values: Mapping[Oid, Value], sizes: Mapping[str, int]) -> str:
    """NO_ERROR or the first fault's message, for a whole set of parameters.

    `values` holds the instances of the phase, sequence, overlap and preempt
    tables; `sizes` says how many rows each index has. Phases with ring 0 are not
    in use. A sequence without any phase is not in use.
    """
    for fault in _faults(values, sizes):
        return fault
    return NO_ERROR


def _faults(values: Mapping[Oid, Value], sizes: Mapping[str, int]) -> Iterator[str]:
    rings = {phase: _number(values, "phaseRing", phase) for phase in range(1, sizes["phase"] + 1)}
    used = {phase: ring for phase, ring in rings.items() if ring}
    with_me = {phase: _octets(values, "phaseConcurrency", phase) for phase in used}
    for phase, others in with_me.items():
        if any(used.get(other, used[phase]) == used[phase] for other in others):
            yield f"PHASE {phase:02} CONCURRENCY FAULT"
        if any(phase not in with_me.get(other, ()) for other in others):
            yield f"PHASE {phase:02} MUTUAL FAULT"
    for sequence in range(1, sizes["sequence"] + 1):
        yield from _sequence_faults(values, sizes, sequence, used, with_me)
    starting = [p for p in used if _number(values, "phaseStartup", p) > 2]
    for phase in starting:
        if any(other != phase and other not in with_me[phase] for other in starting):
            yield "START PHASE CG FAULT"
    for preempt in range(1, sizes.get("preempt", 0) + 1):
        dwell = [used.get(p) for p in _octets(values, "preemptDwellPhase", preempt)]
        if len(set(dwell)) != len(dwell):
            yield "PE DWELL PHASE RING FAULT"
    for overlap in range(1, sizes.get("overlap", 0) + 1):
        included = _octets(values, "overlapIncludedPhases", overlap)
        if len(set(included)) != len(included):
            yield "OVLP INC PHASE MULTI FAULT"


def _sequence_faults(
    values: Mapping[Oid, Value],
    sizes: Mapping[str, int],
    sequence: int,
    used: Mapping[int, int],
    with_me: Mapping[int, bytes],
) -> Iterator[str]:
    rows = {
        ring: _octets(values, "sequenceData", sequence, ring)
        for ring in range(1, sizes["ring"] + 1)
    }
    listed = [phase for row in rows.values() for phase in row]
    if not listed:
        return
    if len(set(listed)) != len(listed):
        yield f"SEQ {sequence:02} SAME PHASE FAULT"
    for ring, row in rows.items():
        if any(used.get(phase) != ring for phase in row):
            yield f"SEQ {sequence:02} RING {ring} FAULT"
    for phase, ring in used.items():
        if phase not in listed:
            yield f"SEQ {sequence:02} RING {ring} PHS OMITTED"
    groups = concurrency_groups(with_me)
    orders = {
        tuple(group for group, _ in groupby(groups[p] for p in row if with_me.get(p)))
        for row in rows.values()
        if any(with_me.get(p) for p in row)
    }
    if len(orders) > 1 or any(len(set(order)) != len(order) for order in orders):
        yield f"SEQ {sequence:02} CG SEQ FAULT"


def concurrency_groups(with_me: Mapping[int, bytes]) -> dict[int, int]:
    """The concurrency group of each phase, named by its lowest phase number.

    Phases that may time together, directly or through others, form a group: the
    phases between two barriers. One that may time with nobody is a group alone.
    """
    group = {phase: phase for phase in with_me}

    def root(phase: int) -> int:
        while group[phase] != phase:
            phase = group[phase]
        return phase

    for phase, others in with_me.items():
        for other in others:
            if other in group:
                low, high = sorted((root(phase), root(other)))
                group[high] = low
    return {phase: root(phase) for phase in with_me}


def _number(values: Mapping[Oid, Value], name: str, *index: int) -> int:
    found = values.get(instance(name, *index), 0)
    return found if isinstance(found, int) else 0


def _octets(values: Mapping[Oid, Value], name: str, *index: int) -> bytes:
    found = values.get(instance(name, *index), b"")
    return found if isinstance(found, bytes) else b""
