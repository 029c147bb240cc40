"""What a device's phases and stages mean in our words: the part of it that is certified on site.

Phases, stages, late starts and early ends (classes 4 and 6) are read and
compared, never written: a plan can only use stages that the device has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from signalctl.domain.aspect import GreenKind
from signalctl.domain.errors import InputError
from signalctl.domain.expand import earliest_start
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.domain.plan import Stage, StageSequence

MOST_NUMBER: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePhase:
    """A phase of the device: the greens it gives, by signal group."""

    number: int
    greens: FrozenMap[str, GreenKind]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteStage:
    """A stage of the device: its phases, and which of them start late or end early (s)."""

    number: int
    phases: frozenset[int]
    late_start_s: FrozenMap[int, int] = field(default_factory=FrozenMap)
    early_end_s: FrozenMap[int, int] = field(default_factory=FrozenMap)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteMap:
    """One junction of a device.

    `number` is the junction's number on the device (1-8). `lamp_groups` gives each
    signal group its lamp group. `cycles_s` are the cycles that the device takes.
    """

    junction: Junction
    phases: tuple[SitePhase, ...]
    stages: tuple[SiteStage, ...]
    lamp_groups: FrozenMap[str, int]
    number: int = 1
    cycles_s: range = range(10, 601)

    def __post_init__(self) -> None:
        where = f"site map of junction {self.junction.id}"
        phases = [phase.number for phase in self.phases]
        stages = [stage.number for stage in self.stages]
        lamps = list(self.lamp_groups.values())
        for what, numbers in (("phases", phases), ("stages", stages), ("lamp groups", lamps)):
            bad = any(not 1 <= n <= MOST_NUMBER for n in numbers)
            if bad or len(set(numbers)) != len(numbers):
                raise InputError(
                    f"The {what} {sorted(numbers)} are not different numbers of a device.",
                    where=where,
                    remedy=f"Use each number from 1 to {MOST_NUMBER} once.",
                )
        if not 1 <= self.number <= 8:
            raise InputError(f"A device has no junction {self.number}.", where=where)
        for name in (*self.lamp_groups, *(g for phase in self.phases for g in phase.greens)):
            self.junction.group(name)
        for stage in self.stages:
            if not stage.phases.issubset(phases):
                raise InputError(f"Stage {stage.number} has an unknown phase.", where=where)
            self.greens(stage)

    def phase(self, number: int) -> SitePhase:
        """A phase by its number. Raises InputError."""
        for phase in self.phases:
            if phase.number == number:
                return phase
        raise InputError(f"The site map has no phase {number}.")

    def stage(self, number: int) -> SiteStage | None:
        """A stage by its number, None if there is none."""
        return next((stage for stage in self.stages if stage.number == number), None)

    def greens(self, stage: SiteStage) -> FrozenMap[str, GreenKind]:
        """The greens of a stage. Raises InputError when two phases contradict each other."""
        greens: dict[str, GreenKind] = {}
        for phase in self.phases:
            if phase.number not in stage.phases:
                continue
            for group, kind in phase.greens.items():
                if greens.setdefault(group, kind) is not kind:
                    raise InputError(
                        f"Two phases of stage {stage.number} give group {group} different greens.",
                        where=f"site map of junction {self.junction.id}",
                    )
        return FrozenMap(greens)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interstage:
    """What happens between two stages of a chain.

    `length_s` runs from the end of the first stage's greens to the first green that
    the second stage gives. `late_s` are the gaining groups that start later still.
    """

    length_s: int
    late_s: FrozenMap[str, int]


def interstage_s(before: Stage, after: Stage, junction: Junction) -> int:
    """Seconds from the change to the first green that begins, by the intergreen matrix.

    Only what ends at this very change counts, so that it does not depend on how
    long the stages are; 0 where nothing begins.
    """
    waits = []
    for group in after.greens:
        if group in before.greens:
            continue
        ends = (foe for foe in junction.conflicts.foes(group) if foe in before.greens)
        found = (junction.intergreens.get(foe, group) for foe in ends if foe not in after.greens)
        waits.append(max((wait for wait in found if wait is not None), default=0))
    return min(waits, default=0)


def interstages(form: StageSequence, cycle_s: int, junction: Junction) -> tuple[Interstage, ...]:
    """The interstage that leads into each stage of a sequence."""
    changes = [form.start_s]
    for stage in form.stages:
        changes.append(changes[-1] + stage.split_s)
    found = []
    for k, stage in enumerate(form.stages):
        before = form.stages[k - 1]
        length_s = interstage_s(before, stage, junction)
        late = {
            group: earliest_start(group, k, form, changes, cycle_s, junction) - changes[k]
            for group in stage.greens
            if group not in before.greens
        }
        found.append(
            Interstage(
                length_s=length_s,
                late_s=FrozenMap({g: at - length_s for g, at in late.items() if at > length_s}),
            )
        )
    return tuple(found)


def site_map_for(
    junction: Junction,
    sequences: Sequence[StageSequence],
    *,
    number: int = 1,
    cycles_s: range = range(10, 601),
) -> SiteMap:
    """A device set up for these stage sequences, for emulators and as a start for real sites.

    Every kind of green of a group gets a phase; every set of greens with its late
    starts gets a stage, in order of appearance. Raises InputError when the device's 64
    phases or stages do not suffice.
    """
    kinds = sorted(
        {pair for form in sequences for stage in form.stages for pair in stage.greens.items()},
        key=lambda pair: (junction.group_ids.index(pair[0]), pair[1] is GreenKind.PERMISSIVE),
    )
    phase_of = {pair: n for n, pair in enumerate(kinds, start=1)}
    stages: list[SiteStage] = []
    for form in sequences:
        cycle_s = sum(stage.split_s for stage in form.stages)
        for stage, lead in zip(form.stages, interstages(form, cycle_s, junction), strict=True):
            phases = frozenset(phase_of[pair] for pair in stage.greens.items())
            late = FrozenMap({phase_of[g, stage.greens[g]]: s for g, s in lead.late_s.items()})
            if not any(s.phases == phases and s.late_start_s == late for s in stages):
                stages.append(SiteStage(number=len(stages) + 1, phases=phases, late_start_s=late))
    return SiteMap(
        junction=junction,
        phases=tuple(
            SitePhase(number=n, greens=FrozenMap({group: kind}))
            for (group, kind), n in phase_of.items()
        ),
        stages=tuple(stages),
        lamp_groups=FrozenMap({g: n for n, g in enumerate(junction.group_ids[:64], start=1)}),
        number=number,
        cycles_s=cycles_s,
    )
