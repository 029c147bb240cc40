"""Random junctions and plans for the property tests: small, but with every awkward trait."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from signalctl.domain.aspect import Aspect, GreenKind
from signalctl.domain.errors import InputError, NotExpressible
from signalctl.domain.expand import expand
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import (
    ConflictMatrix,
    GroupKind,
    IntergreenMatrix,
    Junction,
    Movement,
    SignalGroup,
)
from signalctl.domain.plan import (
    GreenWindows,
    Offset,
    ReferencePoint,
    Stage,
    StageSequence,
    TimingPlan,
)
from signalctl.domain.program import Program
from signalctl.domain.ring_barrier import Phase, RingBarrier

P, Q = GreenKind.PROTECTED, GreenKind.PERMISSIVE
KINDS = (GroupKind.VEHICLE,) * 4 + (GroupKind.PEDESTRIAN, GroupKind.CYCLE, GroupKind.BUS)


def plan_of(form: object, cycle_s: int, offset: Offset | None = None) -> TimingPlan:
    """A plan for junction J around any form."""
    return TimingPlan(
        junction_id="J",
        name="p",
        cycle_s=cycle_s,
        offset=offset or Offset(seconds=0),
        form=form,  # type: ignore[arg-type]  # any form
    )


@st.composite
def groups(draw: st.DrawFn, number: int, red_amber_s: int = 2) -> SignalGroup:
    """A group of any kind with lamps of its own."""
    kind = draw(st.sampled_from(KINDS))
    walks = kind is GroupKind.PEDESTRIAN
    movement = draw(st.sampled_from([Movement.THROUGH, Movement.LEFT, Movement.RIGHT]))
    return SignalGroup(
        id=f"g{number}",
        kind=kind,
        approach=draw(st.sampled_from(["n", "e", "s", "w"])),
        movements=(Movement.CROSSING if walks else movement,),
        links=(number,),
        min_green_s=draw(st.integers(1, 6)),
        amber_s=0 if walks else draw(st.integers(2 if kind is GroupKind.CYCLE else 3, 4)),
        red_amber_s=0 if walks else draw(st.integers(0, red_amber_s)),
        rest=draw(st.sampled_from([Aspect.RED] * 4 + [Aspect.AFTER_STOP])),
        crossing_m=draw(st.sampled_from([None, 3.0, 6.0])) if walks else None,
    )


@st.composite
def junctions(
    draw: st.DrawFn, *, most_groups: int = 5, gaps: bool = False, red_amber_s: int = 2
) -> Junction:
    """A junction; with `gaps`, some intergreens are unknown."""
    found = tuple(draw(groups(n, red_amber_s)) for n in range(draw(st.integers(1, most_groups))))
    hard, yields, seconds = set(), set(), {}
    for i, a in enumerate(found):
        for b in found[i + 1 :]:
            relation = draw(
                st.sampled_from(["none", "hard", "hard", "a yields", "b yields", "both yield"])
            )
            if relation == "none":
                continue
            if relation == "hard":
                hard.add((a.id, b.id))
            if relation in ("a yields", "both yield"):
                yields.add((a.id, b.id))
            if relation in ("b yields", "both yield"):
                yields.add((b.id, a.id))
            for pair in ((a.id, b.id), (b.id, a.id)):
                if not gaps or draw(st.integers(0, 5)):
                    seconds[pair] = draw(st.integers(0, 9))
    return Junction(
        id="J",
        groups=found,
        conflicts=ConflictMatrix(hard=frozenset(hard), yields=frozenset(yields)),
        intergreens=IntergreenMatrix.of(seconds),
    )


@st.composite
def stage_sequences(draw: st.DrawFn, junction: Junction) -> StageSequence:
    """Stages without conflicts; a group that gives way in a stage is permissive there."""
    stages = []
    for number in range(draw(st.integers(1, 4))):
        greens: dict[str, GreenKind] = {}
        for group in draw(st.permutations(junction.group_ids)):
            clear = all((group, o) not in _hard(junction) for o in greens)
            if clear and draw(st.integers(0, 3)):
                greens[group] = draw(st.sampled_from([P, P, P, Q]))
        for group in greens:
            if any(junction.conflicts.gives_way(group, other) for other in greens):
                greens[group] = Q
        stages.append(
            Stage(id=str(number), split_s=draw(st.integers(1, 25)), greens=FrozenMap(greens))
        )
    return StageSequence(stages=tuple(stages), start_s=draw(st.integers(-5, 70)))


def _hard(junction: Junction) -> frozenset[tuple[str, str]]:
    return junction.conflicts.hard | {(b, a) for a, b in junction.conflicts.hard}


@st.composite
def staged(
    draw: st.DrawFn, *, most_groups: int = 5, gaps: bool = False, red_amber_s: int = 2
) -> tuple[Junction, TimingPlan, Program]:
    """A junction and a stage plan that unrolls, with its program."""
    junction = draw(junctions(most_groups=most_groups, gaps=gaps, red_amber_s=red_amber_s))
    form = draw(stage_sequences(junction))
    for lengthen_s in (0, 8, 16, 24):
        longer = replace(
            form,
            stages=tuple(replace(s, split_s=s.split_s + lengthen_s) for s in form.stages),
        )
        plan = plan_of(longer, sum(stage.split_s for stage in longer.stages))
        try:
            return junction, plan, expand(plan, junction)
        except (InputError, NotExpressible):
            continue
    everybody = GreenWindows(windows=FrozenMap({}))
    plan = plan_of(everybody, 60)
    return junction, plan, expand(plan, junction)


@st.composite
def programs(draw: st.DrawFn, group_ids: tuple[str, ...], *, most_s: int = 40) -> Program:
    """Letters without any rule, in runs."""
    cycle_s = draw(st.integers(1, most_s))
    seconds = {}
    for group in group_ids:
        text = ""
        while len(text) < cycle_s:
            text += draw(st.sampled_from("rrGGgyus")) * draw(st.integers(1, 12))
        seconds[group] = text[:cycle_s]
    return Program.of(seconds)


@st.composite
def ring_barriers(draw: st.DrawFn) -> tuple[Junction, TimingPlan]:
    """Rings and barriers, every phase with a group of its own; walks and permissive lefts."""
    found: list[SignalGroup] = []

    def group(kind: GroupKind, amber_s: int) -> str:
        number = len(found)
        found.append(
            SignalGroup(
                id=f"g{number}",
                kind=kind,
                approach="a",
                movements=(Movement.THROUGH,),
                links=(number,),
                amber_s=amber_s,
            )
        )
        return found[-1].id

    amber_s = draw(st.integers(3, 5))
    n_rings, number = draw(st.integers(1, 3)), 0
    sections = []
    for _ in range(draw(st.integers(1, 3))):
        rings, total_s = [], draw(st.integers(30, 60))
        for _ in range(n_rings):
            n_phases = draw(st.integers(1, 2))
            splits = [total_s]
            if n_phases == 2:
                splits = [draw(st.integers(12, total_s - 12))]
                splits.append(total_s - splits[0])
            ring = []
            for split_s in splits:
                number += 1
                greens = {group(GroupKind.VEHICLE, amber_s): P}
                walks: tuple[str, ...] = ()
                walk_s = 0
                if draw(st.booleans()):
                    walks, walk_s = (group(GroupKind.PEDESTRIAN, 0),), draw(st.integers(1, 5))
                ring.append(
                    Phase(
                        number=number,
                        split_s=split_s,
                        greens=FrozenMap(greens),
                        amber_s=amber_s,
                        red_clearance_s=draw(st.integers(0, 2)),
                        walks=walks,
                        walk_s=walk_s,
                    )
                )
            if n_phases == 2 and draw(st.booleans()):
                left = next(iter(ring[0].greens))
                ring[1] = replace(ring[1], greens=FrozenMap({**ring[1].greens, left: Q}))
            rings.append(tuple(ring))
        sections.append(tuple(rings))
    cycle_s = sum(sum(p.split_s for p in section[0]) for section in sections)
    form = RingBarrier(sections=tuple(sections), start_s=draw(st.integers(0, cycle_s - 1)))
    return Junction(id="J", groups=tuple(found)), plan_of(form, cycle_s)


@st.composite
def offsets(draw: st.DrawFn, cycle_s: int, group: str | None = None) -> Offset:
    """An offset within the cycle, by any reference point the group allows."""
    seconds = draw(st.integers(0, cycle_s - 1))
    point = draw(st.sampled_from(list(ReferencePoint)))
    if group is None or point is ReferencePoint.CYCLE_START:
        return Offset(seconds=seconds)
    return Offset(seconds=seconds, point=point, group=group)
