"""How a junction's groups stand on an NTCIP controller's phases, and its commissioned timing.

The site map is what was certified when the controller was set up: phases, rings,
barriers, clearances, minima. A plan is held against it; nothing in it is ever written
by a push.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise, permutations, product

from signalctl.domain.aspect import GreenKind
from signalctl.domain.errors import InputError, NotExpressible
from signalctl.domain.expand import expand, timed, zero_s
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.domain.plan import Offset, StageSequence, TimingPlan
from signalctl.domain.program import Program
from signalctl.domain.ring_barrier import (
    Phase,
    RingBarrier,
    Section,
    collapse_ring_barrier,
    phase_starts,
)

MOST_ORDERS = 256
"""Orders of phases that are tried before a program counts as not expressible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteMap:
    """A junction and its phases on the controller.

    `layout` says which phases there are, their rings and barriers, the groups they
    serve, their clearances and their walks; its splits are only a first timing.
    `coordinated` are the coordinated phases, one a ring and all between the same
    barriers; without them the last phase of each ring before the first barrier.
    `min_greens_s` and `ped_clears_s` are by phase; 0 where none is named. `channels` are
    the load switches of the groups; without them the groups' places in the junction, from 1.
    """

    junction: Junction
    layout: RingBarrier
    coordinated: tuple[int, ...] = ()
    min_greens_s: FrozenMap[int, int] = field(default_factory=FrozenMap)
    ped_clears_s: FrozenMap[int, int] = field(default_factory=FrozenMap)
    channels: FrozenMap[str, int] = field(default_factory=FrozenMap)

    def __post_init__(self) -> None:
        where = f"junction {self.junction.id}"
        rings = {len(section) for section in self.layout.sections}
        if len(rings) != 1 or not all(all(section) for section in self.layout.sections):
            raise InputError(
                "A ring has no phase between two barriers.",
                where=where,
                remedy="Give every ring a phase in every section of the site's layout.",
            )
        numbers = [phase.number for phase in self.layout.phases]
        if len(set(numbers)) != len(numbers) or not all(1 <= n <= 255 for n in numbers):
            raise InputError(
                f"Phases {numbers} are not different numbers from 1 to 255.", where=where
            )
        if self.coordinated:
            rings_of = [self.ring(number) for number in self.coordinated]
            sections = {self.section(number) for number in self.coordinated}
            if sorted(rings_of) != list(range(1, rings.pop() + 1)) or len(sections) != 1:
                raise InputError(
                    f"Phases {self.coordinated} cannot be coordinated together.",
                    where=where,
                    remedy="Name one phase of each ring, all between the same two barriers.",
                )

        channels = [self.channel(group.id) for group in self.junction.groups]
        if len(set(channels)) != len(channels) or not all(1 <= n <= 255 for n in channels):
            raise InputError(
                f"Channels {channels} are not different numbers from 1 to 255.", where=where
            )

    def channel(self, group: str) -> int:
        """The channel of a group's lamps. Raises InputError for an unknown group."""
        if self.channels:
            found = self.channels.get(group)
            if found is None:
                raise InputError(
                    f"Group {group} has no channel.",
                    where=f"junction {self.junction.id}",
                    remedy="Give every group its channel, or none.",
                )
            return found
        return self.junction.group_ids.index(group) + 1

    @property
    def phases(self) -> dict[int, Phase]:
        """The layout's phases by number."""
        return {phase.number: phase for phase in self.layout.phases}

    def _place(self, number: int) -> tuple[int, int]:
        for s, section in enumerate(self.layout.sections):
            for r, ring in enumerate(section, start=1):
                if any(phase.number == number for phase in ring):
                    return s, r
        raise NotExpressible(
            f"The controller has no phase {number}.",
            where=f"junction {self.junction.id}",
            remedy=f"Use phases {', '.join(map(str, self.phases))}.",
        )

    def ring(self, number: int) -> int:
        """The ring of a phase, from 1 on. Raises NotExpressible for an unknown one."""
        return self._place(number)[1]

    def section(self, number: int) -> int:
        """Its section; one ring has no barriers, so all its phases are in section 0."""
        section, _ = self._place(number)
        return section if len(self.layout.sections[0]) > 1 else 0

    def concurrent(self, number: int) -> tuple[int, ...]:
        """The phases that may time with it: those of other rings in its section."""
        section, own = self._place(number)
        return tuple(
            phase.number
            for r, ring in enumerate(self.layout.sections[section], start=1)
            if r != own
            for phase in ring
        )

    def coordinated_phases(self, form: RingBarrier) -> tuple[int, ...]:
        """The coordinated phases of a plan, one a ring, by ring."""
        if self.coordinated:
            return tuple(sorted(self.coordinated, key=self.ring))
        return tuple(ring[-1].number for ring in form.sections[0])


def canonical(plan: TimingPlan, site: SiteMap) -> TimingPlan:
    """The one way in which a controller's tables state a ring-barrier plan.

    The cycle and the offset begin with the first section; barriers are the
    controller's; a phase that does not walk names the walks it could serve. Shows
    the same, second by second. Raises NotExpressible, with what to change, when the
    controller's rings, barriers or phases cannot run it.
    """
    form = _ring_barrier(plan, site)
    where = f"junction {site.junction.id}"
    program = expand(replace(plan, form=form), site.junction)
    begin = (zero_s(plan.offset, program) + form.start_s) % plan.cycle_s
    sections: list[Section] = []
    before: int | None = None
    for section in form.sections:
        places = {site.section(phase.number) for ring in section for phase in ring}
        if len(places) != 1 or len(section) != len(site.layout.sections[0]):
            raise NotExpressible(
                "A section of the plan "
                f"({', '.join(str(p.number) for ring in section for p in ring)}) "
                "crosses a barrier of the controller or leaves out a ring.",
                where=where,
                remedy="Give every ring a phase between the same barriers as on the controller.",
            )
        timed_rings = tuple(tuple(_as_held(phase, site) for phase in ring) for ring in section)
        for number, ring in enumerate(timed_rings, start=1):
            for phase in ring:
                if site.ring(phase.number) != number:
                    raise NotExpressible(
                        f"Phase {phase.number} stands in ring {number} of the plan and in ring "
                        f"{site.ring(phase.number)} of the controller.",
                        where=where,
                    )
        place = places.pop()
        if place == before:
            sections[-1] = tuple(a + b for a, b in zip(sections[-1], timed_rings, strict=True))
        else:
            sections.append(timed_rings)
        before = place
    seen = [site.section(section[0][0].number) for section in sections]
    if len(set(seen)) != len(seen):
        raise NotExpressible(
            "The plan enters the same section between barriers twice in a cycle.",
            where=where,
            remedy="Serve the phases between two barriers once a cycle.",
        )
    found = replace(
        plan,
        form=RingBarrier(sections=tuple(sections)),
        offset=Offset(seconds=begin),
    )
    if timed(found, site.junction) != timed(replace(plan, form=form), site.junction):
        raise NotExpressible(
            "The controller would show other lamps than the plan.",
            where=where,
            remedy="Use the groups, clearances and walks of the site's phases.",
        )
    return found


def _as_held(phase: Phase, site: SiteMap) -> Phase:
    """The phase as the controller states it. Raises NotExpressible where it differs."""
    known = site.phases.get(phase.number)
    if known is None:
        site.ring(phase.number)
        return phase
    where = f"junction {site.junction.id}, phase {phase.number}"
    if phase.greens != known.greens:
        raise NotExpressible(
            f"The plan serves {_named(phase)} and the controller {_named(known)}.",
            where=where,
            remedy="Serve the groups that the phase is wired to.",
        )
    for name, have, want in (
        ("amber", phase.amber_s, known.amber_s),
        ("red clearance", phase.red_clearance_s, known.red_clearance_s),
    ):
        if have != want:
            raise NotExpressible(
                f"The plan has {have} s of {name}, the certified value is {want} s.",
                where=where,
                remedy=f"Plan with {want} s; a push never changes clearances.",
            )
    if not phase.walks or not phase.walk_s:
        return replace(phase, walks=known.walks, walk_s=0)
    if set(phase.walks) != set(known.walks) or phase.walk_s != known.walk_s:
        raise NotExpressible(
            f"The plan walks {phase.walk_s} s on {', '.join(phase.walks)}; the controller "
            f"{known.walk_s} s on {', '.join(known.walks) or 'nothing'}.",
            where=where,
            remedy="Plan with the certified walk; a push never changes it.",
        )
    return replace(phase, walks=known.walks)


def _named(phase: Phase) -> str:
    return ", ".join(f"{g} {kind}" for g, kind in sorted(phase.greens.items())) or "nothing"


def _ring_barrier(plan: TimingPlan, site: SiteMap) -> RingBarrier:
    """The plan's rings, or those that show the same program as its other form."""
    if isinstance(plan.form, RingBarrier):
        return plan.form
    program = expand(plan, site.junction)
    for layout in islice(_orders(site.layout), MOST_ORDERS):
        try:
            form = collapse_ring_barrier(program, layout)
            if expand(replace(plan, form=form), site.junction) == program:
                return form
        except (NotExpressible, InputError):
            continue
    raise NotExpressible(
        f"The phases of the controller do not show what plan {plan.name} shows.",
        where=f"junction {site.junction.id}",
        remedy="Let the groups of one phase start and end together, with the phase's clearance "
        "before what follows, or write the plan as rings and barriers.",
    )


def _orders(layout: RingBarrier) -> Iterator[RingBarrier]:
    """The layout, then itself with the phases of each ring and section in every other order."""
    rings = [ring for section in layout.sections for ring in section]
    width = len(layout.sections[0])
    for chosen in product(*(permutations(ring) for ring in rings)):
        sections = tuple(tuple(chosen[at : at + width]) for at in range(0, len(chosen), width))
        yield replace(layout, sections=sections)


def single_ring(plan: TimingPlan, junction: Junction) -> RingBarrier:
    """One ring of phases that shows what a stage plan shows: a layout for its controller.

    Each stage is a phase; its red clearance is what passes until the next stage's
    first green. Raises NotExpressible when stages do not show a single ring: a
    group that starts late, clearances that differ within a stage.
    """
    form = plan.form
    if not isinstance(form, StageSequence):
        raise NotExpressible(
            f"Plan {plan.name} is not written in stages.",
            where=f"junction {junction.id}",
        )
    program = expand(plan, junction)
    changes = [form.start_s]
    for stage in form.stages:
        changes.append(changes[-1] + stage.split_s)
    begins = []
    for (change, after), stage in zip(pairwise(changes), form.stages, strict=True):
        begins.append(_first_gain(program, change, after, frozenset(stage.greens)))
    begins.append(begins[0] + plan.cycle_s)
    phases = []
    for number, stage in enumerate(form.stages, start=1):
        following = form.stages[number % len(form.stages)]
        losing = [g for g in stage.greens if g not in following.greens]
        amber_s = max((junction.group(g).amber_s for g in losing), default=3)
        gap_s = begins[number] - changes[number]
        phases.append(
            Phase(
                number=number,
                split_s=begins[number] - begins[number - 1],
                greens=stage.greens,
                amber_s=min(amber_s, gap_s) if not losing else amber_s,
                red_clearance_s=max(gap_s - amber_s, 0),
            )
        )
    ring = RingBarrier(sections=((tuple(phases),),), start_s=begins[0] % plan.cycle_s)
    try:
        same = expand(replace(plan, form=ring), junction) == program
    except InputError as error:
        raise NotExpressible(
            f"Plan {plan.name} is no single ring: {error.message}", where=f"junction {junction.id}"
        ) from error
    if not same:
        raise NotExpressible(
            f"Plan {plan.name} is no single ring of phases.",
            where=f"junction {junction.id}",
            remedy="Let all groups of a stage start together, and none start late.",
        )
    return ring


def _first_gain(program: Program, change: int, after: int, greens: frozenset[str]) -> int:
    """Second at or after a change in which the first group of the stage starts, else the change."""
    for second in range(change, after):
        for group in greens:
            if group in program.seconds:
                now = program.aspect(group, second).value in "Gg"
                if now and program.aspect(group, second - 1).value not in "Gg":
                    return second
    return change


def site_map(
    junction: Junction, layout: RingBarrier, *, coordinated: tuple[int, ...] = ()
) -> SiteMap:
    """A site map whose minimum greens are the groups' own; pedestrian clearances are 0.

    For junctions without a certified site file: an emulator's, a study's. Raises
    InputError when the layout's rings do not meet.
    """
    phase_starts(layout)
    return SiteMap(
        junction=junction,
        layout=layout,
        coordinated=coordinated,
        min_greens_s=FrozenMap(
            {
                phase.number: max(
                    (
                        junction.group(group).min_green_s
                        for group, kind in phase.greens.items()
                        if kind is GreenKind.PROTECTED
                    ),
                    default=0,
                )
                for phase in layout.phases
            }
        ),
    )
