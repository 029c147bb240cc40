"""All small moves of a junction's plan: seconds from part to part, and of the offset.

A second taken from one part and given to another moves the changes between the two,
either those after the giver or those after the taker, depending on which way round
the cycle one goes; the two ways differ by a second of offset. Both are proposed.
Moves that show vehicles the same lamps are one move, the one that leaves people on
foot most green; a move that changes nothing for vehicles is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

from signalctl.domain.aspect import GREENS
from signalctl.domain.errors import SignalctlError
from signalctl.domain.expand import timed
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import GroupKind, Junction
from signalctl.domain.plan import TimingPlan
from signalctl.domain.program import Program
from signalctl.rules.registry import Profile
from signalctl.workflow.tune.one_second import STAGE, Change, Part, changed, parts_of, refusal

Lamps = FrozenMap[str, str]
"""Letters of the groups that vehicles obey, in system time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A change the rules allow, the plan it leads to, and what vehicles then see."""

    change: Change
    plan: TimingPlan
    lamps: Lamps


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedMove:
    """A change the rules forbid: which one, at which second, and why.

    `rule` is empty where the plan's form itself leaves no room.
    """

    change: Change
    rule: str
    second: int | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What may be moved at a junction, and what may not; `lamps` are shown as it stands."""

    lamps: Lamps
    allowed: tuple[Move, ...]
    refused: tuple[RefusedMove, ...]


def moves_of(plan: TimingPlan, junction: Junction, step_s: int, profile: Profile) -> Moves:
    """Every move of `step_s` seconds, each way of showing vehicles the lamps once."""
    here = vehicle_lamps(timed(plan, junction), junction)
    best: dict[Lamps, tuple[int, Move]] = {}
    refused: list[RefusedMove] = []
    for change in changes_of(plan, junction, step_s):
        try:
            after = changed(plan, junction, change)
            program = timed(after, junction)
        except SignalctlError as error:
            refused.append(RefusedMove(change=change, rule="", second=None, why=error.message))
            continue
        lamps = vehicle_lamps(program, junction)
        on_foot = walking_s(program, junction)
        if lamps == here or (lamps in best and best[lamps][0] >= on_foot):
            continue
        broken = refusal(after, junction, profile)
        if broken is not None:
            refused.append(
                RefusedMove(
                    change=change, rule=broken.rule, second=broken.second, why=broken.message
                )
            )
            continue
        best[lamps] = (on_foot, Move(change=change, plan=after, lamps=lamps))
    return Moves(
        lamps=here, allowed=tuple(move for _, move in best.values()), refused=tuple(refused)
    )


def stretched(
    move: Move, times: int, plan: TimingPlan, junction: Junction, profile: Profile
) -> TimingPlan | None:
    """The plan after the same move `times` over; None where a rule or the form forbids it."""
    change = move.change
    more = Change(
        junction_id=change.junction_id,
        parts=FrozenMap({name: by_s * times for name, by_s in change.parts.items()}),
        noun=change.noun,
        offset_s=change.offset_s * times,
    )
    try:
        after = changed(plan, junction, more)
        return after if refusal(after, junction, profile) is None else None
    except SignalctlError:
        return None


def changes_of(plan: TimingPlan, junction: Junction, step_s: int) -> Iterator[Change]:
    """Changes by `step_s`: the offset, neighbours, then parts farther apart."""
    for by_s in (step_s, -step_s):
        yield Change(junction_id=junction.id, offset_s=by_s)
    parts = parts_of(plan, junction)
    noun = parts[0].noun if parts else STAGE
    pairs = [(i, j) for i, j in permutations(range(len(parts)), 2) if _may(parts[i], parts[j])]
    for giver, taker in sorted(pairs, key=lambda p: (_apart(p[0], p[1], len(parts)), p)):
        deltas = FrozenMap({parts[taker].name: step_s, parts[giver].name: -step_s})
        # Counted from the plan's own start, a taker behind its giver begins earlier. The other
        # way round everything else is later: a whole step of offset between the two.
        round_s = step_s if giver < taker else -step_s
        for offset_s in (0, round_s):
            yield Change(junction_id=junction.id, parts=deltas, noun=noun, offset_s=offset_s)


def vehicle_lamps(program: Program, junction: Junction) -> Lamps:
    """What the program shows to vehicles."""
    return FrozenMap(
        {
            group.id: program.seconds[group.id]
            for group in junction.groups
            if group.kind not in (GroupKind.PEDESTRIAN, GroupKind.UNUSED)
        }
    )


def walking_s(program: Program, junction: Junction) -> int:
    """Seconds of green of all pedestrian groups together."""
    return sum(
        letter in GREENS
        for group in junction.groups
        if group.kind is GroupKind.PEDESTRIAN
        for letter in program.seconds[group.id]
    )


def _may(giver: Part, taker: Part) -> bool:
    return giver.ring == taker.ring


def _apart(i: int, j: int, n: int) -> int:
    return min((i - j) % n, (j - i) % n)
