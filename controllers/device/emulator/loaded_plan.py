"""A plan made ready to run: its seconds, and how much each may be stretched or cut.

The lamps stand still in some stretches of a program: nothing but greens and reds.
Such a *rest* may last longer without harm. It may be shorter by as much as every
minimum green and every clearance over it has to spare; `cut_s` shares what they
have to spare among the rests once and for all, so that any cuts up to it, together
and in any cycle, keep all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from signalctl.domain.aspect import GREENS, RESTS, Aspect
from signalctl.domain.expand import expand, zero_s
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import GroupKind, Junction
from signalctl.domain.plan import StageSequence, TimingPlan
from signalctl.domain.program import Program
from signalctl.rules.registry import Profile
from signalctl.rules.requirements import clearance_s, min_green_s

_STILL = GREENS | RESTS


@dataclass(frozen=True, slots=True)
class Rest:
    """Seconds `start` to `start + length_s` (wrapping) in which nothing changes.

    `add_s` and `cut_s` are the most by which one cycle may stretch or cut it.
    `entry_s`: who arrives here from anything else must stay so long at its first
    second, so that what follows in the program comes late enough.
    """

    start: int
    length_s: int
    greens: frozenset[str]
    add_s: int = 0
    cut_s: int = 0
    entry_s: int = 0


@dataclass(frozen=True, slots=True)
class LoadedPlan:
    """A plan's seconds: `states[t]` is one object for as long as nothing changes.

    `zero_s` is the system second, modulo the cycle, of second 0. `rest_at[t]` is
    the rest that second t lies in, None in a change. `stage_at` names the plan's
    stage in each second, where it has stages.
    """

    plan: TimingPlan
    cycle_s: int
    zero_s: int
    states: tuple[FrozenMap[str, Aspect], ...]
    rest_at: tuple[Rest | None, ...]
    rests: tuple[Rest, ...]
    stage_at: tuple[str, ...] | None

    def remaining_s(self, second: int) -> int:
        """Seconds from `second` to the next change of the lamps, 0 when they never change."""
        state = self.states[second]
        for ahead in range(1, self.cycle_s):
            if self.states[(second + ahead) % self.cycle_s] is not state:
                return ahead
        return 0


def load(
    plan: TimingPlan,
    junction: Junction,
    profile: Profile,
    *,
    most_add: float,
    most_subtract: float,
    dwell: bool,
) -> LoadedPlan:
    """Make a plan ready. `dwell`: only the longest rest with green is stretched, none is cut.

    Raises as `domain.expand` does.
    """
    program = expand(plan, junction)
    cycle_s = program.cycle_s
    interned: dict[str, FrozenMap[str, Aspect]] = {}
    states = []
    for second in range(cycle_s):
        key = program.state(program.group_ids, second)
        if key not in interned:
            interned[key] = FrozenMap(zip(program.group_ids, map(Aspect, key), strict=True))
        states.append(interned[key])
    demands = _demands(program, junction, profile)
    rests = _stretched(_rests(states), round(most_add * cycle_s), dwell=dwell)
    if not dwell:
        rests = _cut(rests, demands, cycle_s, int(most_subtract * cycle_s))
    rests = tuple(replace(rest, entry_s=_entry_s(rest, demands, cycle_s)) for rest in rests)
    rest_at: list[Rest | None] = [None] * cycle_s
    for rest in rests:
        for second in range(rest.start, rest.start + rest.length_s):
            rest_at[second % cycle_s] = rest
    return LoadedPlan(
        plan=plan,
        cycle_s=cycle_s,
        zero_s=zero_s(plan.offset, program),
        states=tuple(states),
        rest_at=tuple(rest_at),
        rests=rests,
        stage_at=_stage_at(plan),
    )


def _rests(states: Sequence[FrozenMap[str, Aspect]]) -> tuple[Rest, ...]:
    cycle_s = len(states)
    begins = [t for t in range(cycle_s) if states[t] is not states[t - 1]] or [0]
    rests = []
    for number, start in enumerate(begins):
        length_s = (begins[(number + 1) % len(begins)] - start - 1) % cycle_s + 1
        if all(aspect in _STILL for aspect in states[start].values()):
            greens = frozenset(g for g, aspect in states[start].items() if aspect in GREENS)
            rests.append(Rest(start, length_s, greens))
    return tuple(rests)


def _stretched(rests: tuple[Rest, ...], most_s: int, *, dwell: bool) -> tuple[Rest, ...]:
    """Share what a cycle may be longer among the rests with green, by their length."""
    open_ = [rest for rest in rests if rest.greens] or list(rests)
    if dwell:
        open_ = [max(open_, key=lambda rest: rest.length_s)] if open_ else []
    total_s = sum(rest.length_s for rest in open_)
    most_s = max(1, most_s)
    shares: dict[int, int] = {}
    lived_s = given_s = 0
    for rest in open_:
        lived_s += rest.length_s
        upto_s = most_s * lived_s // total_s
        shares[rest.start] = upto_s - given_s
        given_s = upto_s
    return tuple(replace(rest, add_s=shares.get(rest.start, 0)) for rest in rests)


@dataclass(frozen=True, slots=True)
class _Demand:
    """A stretch that must last `least_s`: a green, or a clearance that ends with a gain.

    `length_s` is what the program gives it. `group` is the one whose loss begins the
    clearance, or who is green; `clearance` says which of the two.
    """

    end: int
    length_s: int
    least_s: int
    group: str
    clearance: bool


def _demands(program: Program, junction: Junction, profile: Profile) -> tuple[_Demand, ...]:
    """Every green, and every clearance from a group to one in conflict with it."""
    cycle_s, limits = program.cycle_s, profile.limits
    groups = [g for g in junction.groups if g.kind is not GroupKind.UNUSED]
    found = []
    for group in groups:
        for start, end in program.green_spans(group.id):
            if end - start < cycle_s:
                least_s = min_green_s(group, limits)
                found.append(_Demand(end % cycle_s, end - start, least_s, group.id, False))
    for ending in groups:
        losses = _edges(program, ending.id, gains=False)
        for starting in (g for g in groups if g.id in junction.conflicts.foes(ending.id)):
            # Whatever a loss and a gain are of, the longest clearance of the pair holds.
            need_s = max(
                junction.intergreens.get(ending.id, starting.id) or 0,
                clearance_s(ending, starting, limits),
                ending.amber_s,
            )
            for gain in _edges(program, starting.id, gains=True):
                length_s = min(((gain - loss) % cycle_s for loss in losses), default=cycle_s)
                found.append(_Demand(gain, length_s, need_s, ending.id, True))
    return tuple(found)


def _edges(program: Program, group: str, *, gains: bool) -> list[int]:
    """Seconds at which a group gains (or loses) green or protection."""
    rank = {Aspect.PROTECTED.value: 2, Aspect.PERMISSIVE.value: 1}
    text = program.seconds[group]
    steps = [(rank.get(text[t], 0), rank.get(text[t - 1], 0)) for t in range(program.cycle_s)]
    return [t for t, (now, before) in enumerate(steps) if (now > before if gains else now < before)]


def _cut(
    rests: tuple[Rest, ...], demands: Sequence[_Demand], cycle_s: int, most_s: int
) -> tuple[Rest, ...]:
    """Share what greens and clearances have to spare among the rests, longest first.

    No rest gives more than half of itself, and all together not more than `most_s`.
    """
    spare = [max(0, demand.length_s - demand.least_s) for demand in demands]
    cut: dict[int, int] = {}
    for rest in sorted(rests, key=lambda r: (-r.length_s, r.start)):
        over = [
            n
            for n, demand in enumerate(demands)
            if (rest.start - demand.end + demand.length_s) % cycle_s < demand.length_s
        ]
        cut_s = min([rest.length_s // 2, most_s, *(spare[n] for n in over)])
        for n in over:
            spare[n] -= cut_s
        most_s -= cut_s
        cut[rest.start] = cut_s
    return tuple(replace(rest, cut_s=cut[rest.start]) for rest in rests)


def _entry_s(rest: Rest, demands: Sequence[_Demand], cycle_s: int) -> int:
    """How long to stay for what may have begun only just before.

    A green of this rest may have just begun; a group that is not green here may have
    just lost it. All else begins later, at the program's own times.
    """
    return max(
        (
            demand.least_s - ((demand.end - rest.start - 1) % cycle_s + 1)
            for demand in demands
            if demand.clearance != (demand.group in rest.greens)
        ),
        default=0,
    )


def _stage_at(plan: TimingPlan) -> tuple[str, ...] | None:
    form = plan.form
    if not isinstance(form, StageSequence):
        return None
    names = [""] * plan.cycle_s
    at = form.start_s
    for stage in form.stages:
        for second in range(at, at + stage.split_s):
            names[second % plan.cycle_s] = stage.id
        at += stage.split_s
    return tuple(names)
