"""A crossing with four arms, lefts and walks, and seeded random plans for it that pass the rules.

What the benches of the street share: `street_load` puts hundreds of it on the wire, `law3`
writes a thousand plans for it and reads them back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from signalctl.controllers.device.gbt20999.site_map import SiteMap as GbtSite
from signalctl.controllers.device.gbt20999.site_map import site_map_for
from signalctl.controllers.device.ntcip1202.site_map import SiteMap as NtcipSite
from signalctl.domain.aspect import GreenKind
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import (
    ConflictMatrix,
    GroupKind,
    IntergreenMatrix,
    Junction,
    Movement,
    SignalGroup,
)
from signalctl.domain.plan import Offset, ReferencePoint, Stage, StageSequence, TimingPlan
from signalctl.domain.ring_barrier import Phase, RingBarrier
from signalctl.rules.registry import profile
from signalctl.rules.validate import validate

P, Q = GreenKind.PROTECTED, GreenKind.PERMISSIVE
RULES: Final = "as-surveyed"
VEHICLES: Final = ("Wl", "E", "Sl", "N", "El", "W", "Nl", "S")
"""The groups of NEMA phases 1 to 8: throughs by the side they come from, lefts with an l."""
WALKS: Final = FrozenMap({2: "pE", 4: "pN", 6: "pW", 8: "pS"})
RINGS: Final = (((1, 2), (3, 4)), ((5, 6), (7, 8)))
YIELDS: Final = frozenset({("Wl", "E"), ("El", "W"), ("Sl", "N"), ("Nl", "S")})
STAGES: Final[tuple[tuple[Mapping[str, GreenKind], ...], ...]] = (
    (
        {"E": P, "W": P, "pE": P, "pW": P},
        {"E": P, "W": P, "El": Q, "Wl": Q},
        {"E": P, "El": P},
        {"W": P, "Wl": P},
        {"El": P, "Wl": P},
    ),
    (
        {"N": P, "S": P, "pN": P, "pS": P},
        {"N": P, "S": P, "Nl": Q, "Sl": Q},
        {"N": P, "Nl": P},
        {"S": P, "Sl": P},
        {"Nl": P, "Sl": P},
    ),
)
"""What may be green together, east-west and north-south."""
COORDINATED: Final = (2, 6)
WALK_S: Final = 7
LEAST_SPLIT_S, MOST_SPLIT_S = 14, 40
DRAWS: Final = 200


def crossing(junction_id: str) -> Junction:
    """Eight vehicle groups and four walks; the streets exclude each other, lefts give way."""
    vehicles = tuple(
        SignalGroup(
            id=name,
            kind=GroupKind.VEHICLE,
            approach=name[0],
            movements=(Movement.LEFT if name.endswith("l") else Movement.THROUGH,),
            links=(link,),
        )
        for link, name in enumerate(VEHICLES)
    )
    walks = tuple(
        SignalGroup(
            id=name,
            kind=GroupKind.PEDESTRIAN,
            approach=name[1],
            movements=(Movement.CROSSING,),
            links=(len(VEHICLES) + link,),
            amber_s=0,
            min_green_s=5,
        )
        for link, name in enumerate(WALKS.values())
    )
    groups = (*vehicles, *walks)
    hard = frozenset(
        (a.id, b.id)
        for n, a in enumerate(groups)
        for b in groups[n + 1 :]
        if (a.approach in "EW") != (b.approach in "EW")
    )
    intergreens = {pair: 5 for a, b in hard | YIELDS for pair in ((a, b), (b, a))}
    return Junction(
        id=junction_id,
        groups=groups,
        conflicts=ConflictMatrix(hard=hard, yields=YIELDS),
        intergreens=IntergreenMatrix.of(intergreens),
    )


def ntcip_site(junction: Junction) -> NtcipSite:
    """Its eight phases in two rings."""
    split_s = dict.fromkeys(range(1, 9), 25)
    sections = tuple(
        tuple(tuple(_phase(n, split_s[n]) for n in ring[half]) for ring in RINGS) for half in (0, 1)
    )
    return NtcipSite(
        junction=junction,
        layout=RingBarrier(sections=sections),
        coordinated=COORDINATED,
        min_greens_s=FrozenMap(dict.fromkeys(range(1, 9), 5)),
        ped_clears_s=FrozenMap(dict.fromkeys(WALKS, 0)),
    )


def gbt_site(junction: Junction, *plans: TimingPlan) -> GbtSite:
    """The stages that these plans use."""
    return site_map_for(junction, [p.form for p in plans if isinstance(p.form, StageSequence)])


def _phase(number: int, split_s: int, walk_s: int = WALK_S) -> Phase:
    walks = (WALKS[number],) if number in WALKS else ()
    return Phase(
        number=number,
        split_s=split_s,
        greens=FrozenMap({VEHICLES[number - 1]: P}),
        amber_s=3,
        red_clearance_s=2,
        walks=walks,
        walk_s=walk_s if walks else 0,
    )


def ring_plan(junction: Junction, random: Random, name: str = "ring") -> TimingPlan:
    """A ring-barrier plan that passes the rules: splits, orders, walks and offset drawn."""
    return _valid(junction, lambda: _rings(junction, random, name))


def stage_plan(junction: Junction, random: Random, name: str = "stages") -> TimingPlan:
    """A stage plan that passes the rules: stages, splits and offset drawn."""
    return _valid(junction, lambda: _stages(junction, random, name))


def _valid(junction: Junction, draw: Callable[[], TimingPlan]) -> TimingPlan:
    rules = profile(RULES)
    for _ in range(DRAWS):
        plan = draw()
        if validate(plan, junction, rules).ok:
            return plan
    raise RuntimeError(f"No plan of {DRAWS} drawn passes the rules {RULES}.")


def _rings(junction: Junction, random: Random, name: str) -> TimingPlan:
    sections = []
    for half in random.sample((0, 1), 2):
        total_s = random.randint(2 * LEAST_SPLIT_S, 2 * MOST_SPLIT_S)
        sections.append(tuple(_ring(ring[half], total_s, random) for ring in RINGS))
    cycle_s = sum(sum(phase.split_s for phase in section[0]) for section in sections)
    form = RingBarrier(sections=tuple(sections), start_s=random.randrange(cycle_s))
    return _plan(junction, name, cycle_s, form, random)


def _ring(numbers: tuple[int, int], total_s: int, random: Random) -> tuple[Phase, ...]:
    """Left and through in either order, or the through alone."""
    walk_s = random.choice((0, WALK_S))
    left, through = numbers
    if random.random() < 0.2:
        return (_phase(through, total_s, walk_s),)
    split_s = random.randint(LEAST_SPLIT_S, total_s - LEAST_SPLIT_S)
    ring = [_phase(left, split_s, walk_s), _phase(through, total_s - split_s, walk_s)]
    random.shuffle(ring)
    return tuple(ring)


def _stages(junction: Junction, random: Random, name: str) -> TimingPlan:
    chosen = [
        greens
        for half in random.sample(STAGES, 2)
        for greens in random.sample(half, random.randint(1, 3))
    ]
    stages = tuple(
        Stage(
            id=str(number),
            split_s=random.randint(LEAST_SPLIT_S, MOST_SPLIT_S),
            greens=FrozenMap(greens),
        )
        for number, greens in enumerate(chosen, start=1)
    )
    cycle_s = sum(stage.split_s for stage in stages)
    form = StageSequence(stages=stages, start_s=random.randrange(cycle_s))
    return _plan(junction, name, cycle_s, form, random)


def _plan(
    junction: Junction,
    name: str,
    cycle_s: int,
    form: RingBarrier | StageSequence,
    random: Random,
) -> TimingPlan:
    seconds = random.randrange(cycle_s)
    point = random.choice(tuple(ReferencePoint))
    by_group = point is not ReferencePoint.CYCLE_START
    offset = Offset(seconds=seconds, point=point, group="E" if by_group else None)
    return TimingPlan(junction_id=junction.id, name=name, cycle_s=cycle_s, offset=offset, form=form)
