"""One second from here to there: a plan changed in the form it is written in.

*Parts* are the pieces whose lengths a person changes: stages of a stage sequence,
phases of a ring, and in plans of green windows or lamps the stretchable steps of the
program, numbered from the first change of lamps at or after second 0. What comes out
may be unsafe: the rules judge it (`refusal`), never this file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from signalctl.domain.collapse import collapse_windows
from signalctl.domain.errors import InputError, NotExpressible
from signalctl.domain.expand import expand, zero_s
from signalctl.domain.finding import Finding, Severity
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.domain.plan import Form, GreenWindows, StageSequence, TimingPlan
from signalctl.domain.program import Program
from signalctl.domain.ring_barrier import RingBarrier, Section
from signalctl.optimiser.skeleton import Skeleton
from signalctl.rules.registry import Profile
from signalctl.rules.validate import validate, validate_program
from signalctl.workflow.tune.one_second_green import GreenShift, shifted_greens

STAGE = "stage"
PHASE = "phase"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stage or phase: its name, its length and who is green in it.

    `noun` is `stage` or `phase`. `ring` is (section, ring) of a phase, None for stages.
    """

    noun: str
    name: str
    length_s: int
    greens: tuple[str, ...]
    ring: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is changed at one junction, in seconds; negative seconds are taken away.

    `parts` maps names of parts to seconds, `noun` is what the plan calls them. The sum
    over parts is the change of the cycle (`cycle_s`), 0 unless that is wanted. A later
    offset delays.
    """

    junction_id: str
    parts: FrozenMap[str, int] = field(default_factory=FrozenMap)
    noun: str = STAGE
    offset_s: int = 0
    cycle_s: int = 0
    greens: tuple[GreenShift, ...] = ()


def parts_of(plan: TimingPlan, junction: Junction) -> tuple[Part, ...]:
    """The parts of a plan in order; raises what `expand` raises."""
    match plan.form:
        case StageSequence() as form:
            ids = [stage.id for stage in form.stages]
            names = ids if len(set(ids)) == len(ids) else [str(n + 1) for n in range(len(ids))]
            return tuple(
                Part(noun=STAGE, name=name, length_s=stage.split_s, greens=tuple(stage.greens))
                for name, stage in zip(names, form.stages, strict=True)
            )
        case RingBarrier() as form:
            return tuple(
                Part(
                    noun=PHASE,
                    name=str(phase.number),
                    length_s=phase.split_s,
                    greens=tuple(phase.greens),
                    ring=(i, j),
                )
                for i, section in enumerate(form.sections)
                for j, ring in enumerate(section)
                for phase in ring
            )
        case GreenWindows() | Program():
            skeleton, _ = _skeleton(plan, junction)
            return tuple(
                Part(noun=STAGE, name=str(number), length_s=step.length_s, greens=step.greens)
                for number, step in enumerate(skeleton.stretchable, start=1)
            )


def changed(plan: TimingPlan, junction: Junction, change: Change) -> TimingPlan:
    """The plan with the change made, in its own form where that can say it.

    Raises InputError for a part or group the plan has not and for seconds that do not
    keep the cycle, NotExpressible or SolveError where the form leaves no room.
    """
    _check(plan, junction, change)
    cycle_s = plan.cycle_s + change.cycle_s
    form = _stretched(plan, junction, change.parts) if change.parts else plan.form
    offset = replace(plan.offset, seconds=(plan.offset.seconds + change.offset_s) % cycle_s)
    after = replace(plan, cycle_s=cycle_s, offset=offset, form=form)
    if change.greens:
        return shifted_greens(after, junction, change.greens)
    return after


def refusal(plan: TimingPlan, junction: Junction, profile: Profile) -> Finding | None:
    """The first rule a changed plan breaks, with its second; None for one that may run.

    Asked hundreds of times, so lamps are judged first: whatever of the way a plan is
    written a change of seconds can break, `expand` refuses as well.
    """
    try:
        program = expand(plan, junction)
        zero_s(plan.offset, program)
    except (InputError, NotExpressible):
        errors = validate(plan, junction, profile).errors
    else:
        found = validate_program(program, junction, profile)
        errors = tuple(f for f in found if f.severity is Severity.ERROR)
    return errors[0] if errors else None


def _check(plan: TimingPlan, junction: Junction, change: Change) -> None:
    where = f"junction {junction.id}"
    parts = parts_of(plan, junction)
    known = {part.name for part in parts}
    noun = parts[0].noun if parts else STAGE
    unknown = [name for name in change.parts if name not in known]
    if unknown:
        raise InputError(
            f"There is no {noun} {unknown[0]}.", where=where, remedy=known_parts(parts)
        )
    total_s = sum(change.parts.values())
    if total_s != change.cycle_s:
        raise InputError(
            f"The {noun}s change by {total_s:+d} s together, the cycle by {change.cycle_s:+d} s.",
            where=where,
            remedy=f"Take the seconds from another {noun}, or say `cycle {total_s:+d}` as well.",
        )
    if plan.cycle_s + change.cycle_s < 1:
        raise InputError(
            f"A cycle of {plan.cycle_s + change.cycle_s} s is not a cycle.", where=where
        )
    if isinstance(plan.form, RingBarrier) and change.parts:
        _check_rings(parts, change.parts, where)


def _check_rings(parts: tuple[Part, ...], deltas: Mapping[str, int], where: str) -> None:
    """Raises InputError unless all rings still meet at every barrier."""
    sums: dict[int, dict[int, int]] = {}
    for part in parts:
        if part.ring is not None:
            section, ring = part.ring
            rings = sums.setdefault(section, {})
            rings[ring] = rings.get(ring, 0) + part.length_s + deltas.get(part.name, 0)
    for section, rings in sums.items():
        if len(set(rings.values())) > 1:
            told = " and ".join(f"ring {ring + 1} {sum_s} s" for ring, sum_s in rings.items())
            raise InputError(
                f"The rings would not meet at barrier {section + 1}: {told}.",
                where=where,
                remedy="Exchange seconds inside one ring between two barriers, or change every "
                "ring of the section by the same.",
            )


def known_parts(parts: tuple[Part, ...]) -> str:
    """What parts there are, for a remedy."""
    if not parts:
        return "The plan has nothing that could be given another length."
    names = ", ".join(f"{part.name} ({part.length_s} s)" for part in parts)
    return f"The {parts[0].noun}s are {names}."


def _stretched(plan: TimingPlan, junction: Junction, deltas: Mapping[str, int]) -> Form:
    match plan.form:
        case StageSequence() as form:
            names = [part.name for part in parts_of(plan, junction)]
            return replace(
                form,
                stages=tuple(
                    replace(stage, split_s=stage.split_s + deltas.get(name, 0))
                    for name, stage in zip(names, form.stages, strict=True)
                ),
            )
        case RingBarrier() as form:
            return replace(form, sections=tuple(_section(s, deltas) for s in form.sections))
        case GreenWindows() | Program():
            skeleton, first_s = _skeleton(plan, junction)
            lengths = [
                step.length_s + deltas.get(str(number), 0)
                for number, step in enumerate(skeleton.stretchable, start=1)
            ]
            program = skeleton.program(lengths).shifted(first_s)
            if isinstance(plan.form, Program):
                return program
            return collapse_windows(program, junction)


def _section(section: Section, deltas: Mapping[str, int]) -> Section:
    return tuple(
        tuple(
            replace(phase, split_s=phase.split_s + deltas.get(str(phase.number), 0))
            for phase in ring
        )
        for ring in section
    )


def _skeleton(plan: TimingPlan, junction: Junction) -> tuple[Skeleton, int]:
    """The plan's lamps from their first change on, and the second at which that is.

    Cut there, no step is parted by second 0, which may lie anywhere.
    """
    program = expand(plan, junction)
    texts = list(program.seconds.values())
    first_s = next(
        (t for t in range(program.cycle_s) if any(text[t] != text[t - 1] for text in texts)), 0
    )
    return Skeleton(junction, program.shifted(-first_s)), first_s
