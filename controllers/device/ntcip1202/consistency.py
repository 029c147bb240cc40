"""What a pattern must keep, lest the controller run free: cycle, rings, barriers, offset.

Asked before a plan is written, and by the emulator when a pattern is commanded. The
transaction's own check (`verification`) looks at none of this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from signalctl.controllers.device.ntcip1202.verification import concurrency_groups

LEAST_CYCLE_S = 30
MOST_CYCLE_S = 255
OMITTED = 7
PED_RECALLS = frozenset({5, 6})


class FreeReason(IntEnum):
    """Values of localFreeStatus that a bad pattern gives."""

    COORD_FREE = 6
    BAD_PLAN = 7
    BAD_CYCLE_TIME = 8
    SPLIT_OVERRUN = 9
    INVALID_OFFSET = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseRow:
    """What the phase table holds of one phase; `_ds` is tenths of a second."""

    number: int
    walk_s: int
    ped_clear_s: int
    min_green_s: int
    yellow_ds: int
    red_clear_ds: int
    ring: int
    concurrency: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRow:
    """What the split table holds of one phase."""

    time_s: int
    mode: int
    coordinated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A pattern with everything it refers to: its splits and sequence, and the phases."""

    cycle_s: int
    offset_s: int
    split_number: int
    sequence_number: int
    splits: Mapping[int, SplitRow]
    """By phase number."""
    sequence: Sequence[bytes]
    """Phase numbers in service order, by ring."""
    phases: Mapping[int, PhaseRow]

    def served(self, ring: int) -> tuple[int, ...]:
        """The phases of a ring (from 0 on) that are not omitted, in order."""
        return tuple(
            number
            for number in self.sequence[ring]
            if number in self.splits and self.splits[number].mode != OMITTED
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """A check that fails: what the controller will say, and a sentence."""

    reason: FreeReason
    message: str


def faults(pattern: Pattern) -> tuple[Fault, ...]:
    """Every reason why a controller would run free on this pattern, gravest first."""
    return tuple(_faults(pattern))


def _faults(pattern: Pattern) -> Iterator[Fault]:
    rings = [pattern.served(ring) for ring in range(len(pattern.sequence))]
    rings = [ring for ring in rings if ring]
    if not rings:
        yield Fault(FreeReason.BAD_PLAN, "No phase is served.")
        return
    unknown = [n for ring in rings for n in ring if n not in pattern.phases]
    if unknown:
        yield Fault(FreeReason.BAD_PLAN, f"Phases {unknown} do not exist.")
        return
    if not LEAST_CYCLE_S <= pattern.cycle_s <= MOST_CYCLE_S:
        yield Fault(
            FreeReason.BAD_CYCLE_TIME,
            f"The cycle of {pattern.cycle_s} s is not within {LEAST_CYCLE_S} to {MOST_CYCLE_S} s.",
        )
    for number, ring in enumerate(rings, start=1):
        total_s = sum(pattern.splits[phase].time_s for phase in ring)
        if total_s != pattern.cycle_s:
            yield Fault(
                FreeReason.BAD_CYCLE_TIME,
                f"Splits of ring {number} sum to {total_s} s, the cycle is {pattern.cycle_s} s.",
            )
    yield from _barriers(pattern, rings)
    for ring in rings:
        for phase in ring:
            yield from _minimum(pattern.phases[phase], pattern.splits[phase])
    if not 0 <= pattern.offset_s < pattern.cycle_s:
        yield Fault(
            FreeReason.INVALID_OFFSET,
            f"The offset of {pattern.offset_s} s is not within the cycle of {pattern.cycle_s} s.",
        )
    yield from _coordinated(pattern, rings)


def _barriers(pattern: Pattern, rings: Sequence[tuple[int, ...]]) -> Iterator[Fault]:
    """Rings that do not meet at their barriers, or phases that must not time together."""
    groups = concurrency_groups({n: row.concurrency for n, row in pattern.phases.items()})
    lengths = []
    for ring in rings:
        spans: list[tuple[int, int]] = []
        for phase in ring:
            group, split_s = groups[phase], pattern.splits[phase].time_s
            alone = len(rings) == 1
            if spans and (alone or spans[-1][0] == group):
                spans[-1] = (spans[-1][0], spans[-1][1] + split_s)
            else:
                spans.append((group, split_s))
        lengths.append(spans)
    if len({tuple(spans) for spans in lengths}) > 1:
        yield Fault(
            FreeReason.BAD_PLAN,
            "The rings do not meet at their barriers: "
            + " and ".join("+".join(str(s) for _, s in spans) for spans in lengths)
            + " s.",
        )
        return
    starts: dict[int, tuple[int, int]] = {}
    for ring in rings:
        at = 0
        for phase in ring:
            split_s = pattern.splits[phase].time_s
            starts[phase] = (at, at + split_s)
            at += split_s
    for mine in rings:
        for theirs in rings:
            for a in mine:
                for b in theirs:
                    together = starts[a][0] < starts[b][1] and starts[b][0] < starts[a][1]
                    if mine is not theirs and together and b not in pattern.phases[a].concurrency:
                        yield Fault(
                            FreeReason.BAD_PLAN, f"Phases {a} and {b} must not time together."
                        )


def _minimum(phase: PhaseRow, split: SplitRow) -> Iterator[Fault]:
    """A split too short for the phase's minimum green, walk and clearances."""
    least_ds = 10 * phase.min_green_s
    if split.mode in PED_RECALLS:
        least_ds = max(least_ds, 10 * (phase.walk_s + phase.ped_clear_s))
    least_ds += phase.yellow_ds + phase.red_clear_ds
    if 10 * split.time_s < least_ds:
        yield Fault(
            FreeReason.SPLIT_OVERRUN,
            f"The split of phase {phase.number} is {split.time_s} s and must be at least "
            f"{least_ds / 10:g} s.",
        )


def _coordinated(pattern: Pattern, rings: Sequence[tuple[int, ...]]) -> Iterator[Fault]:
    groups = concurrency_groups({n: row.concurrency for n, row in pattern.phases.items()})
    chosen = [[p for p in ring if pattern.splits[p].coordinated] for ring in rings]
    if any(len(found) != 1 for found in chosen) or (
        len({groups[p] for found in chosen for p in found}) > 1
    ):
        yield Fault(
            FreeReason.BAD_PLAN,
            f"Coordinated phases {[p for found in chosen for p in found]} are not one of each "
            "ring between the same barriers.",
        )
