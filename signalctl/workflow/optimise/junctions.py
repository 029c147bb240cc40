"""The junctions that get new plans: what each ships, and what stages it may have instead."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from signalctl.domain.collapse import collapse
from signalctl.domain.errors import SolveError
from signalctl.domain.finding import Finding, Severity
from signalctl.domain.fingerprint import fingerprint
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import GroupKind, Junction
from signalctl.domain.plan import Offset, TimingPlan
from signalctl.networks.flows import TurningFlows, flow_ratios
from signalctl.networks.network import Network
from signalctl.networks.shipped_program import ShippedProgram
from signalctl.networks.short_roads import turns_on_short_roads
from signalctl.optimiser.mend import mended
from signalctl.optimiser.retime import under_rules
from signalctl.optimiser.search.point import JunctionPoint
from signalctl.optimiser.search.space import Keep
from signalctl.optimiser.skeleton import Skeleton
from signalctl.optimiser.stage_design.designs import StageDesign, stage_designs
from signalctl.optimiser.stage_design.permission import Permission, TurnRule, shown_permissive
from signalctl.rules.registry import Profile
from signalctl.rules.validate import validate, validate_program
from signalctl.workflow.optimise.request import OptimiseRequest
from signalctl.workflow.optimise.starts import volumes_vph

WAITS_SHORT: Final = (
    "waits for gaps on a short road behind another signal, and is searched protected where plans "
    "lock up:"
)
NEW_STAGES: Final = (
    "its shipped program breaks a rule, so that only stages composed anew are a choice:"
)
TRIED_CYCLES_S = (60, 75, 90, 105, 120, 45, 150)
"""Cycles at which a shipped program may prove safe when its own is not, s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedJunction:
    """A junction that gets a new plan: what it ships, and what it may become.

    `skeletons` begin with the shipped stages; `designs` tells of each by skeleton
    hash what was dropped and made permissive. `clear` are those of `skeletons` with
    which no turn waits for gaps on a road too short for it (`turns_on_short_roads`);
    empty where there is no such turn, or nothing else serves it; the quickest first.
    `narrower` are further stages, of the turns as shipped, where the permission is wider.
    """

    junction: Junction
    shipped: ShippedProgram
    skeletons: tuple[Skeleton, ...]
    designs: FrozenMap[str, StageDesign]
    start: JunctionPoint
    clear: tuple[Skeleton, ...] = ()
    narrower: tuple[Skeleton, ...] = ()
    notes: tuple[str, ...] = ()

    def widens(self, skeleton: Skeleton) -> bool:
        """Whether it shows a turn permissive that no shipped program shows so."""
        design = self.designs.get(skeleton_hash(skeleton))
        return design is not None and bool(design.made_permissive)

    def choice(self, *, is_wary: bool, is_narrow: bool) -> tuple[Skeleton, ...]:
        """Stages to choose among: in a wary search clear ones, in a narrow one turns as shipped.

        Where nothing is both, clear ones, for a lock-up costs more.
        """
        found = self.skeletons
        if is_narrow and any(self.widens(skeleton) for skeleton in found):
            narrow = [s for s in (*found, *self.narrower) if not self.widens(s)]
            found = tuple(sorted(narrow, key=self._delay_s))
        if is_wary and self.clear:
            found = tuple(s for s in self.clear if s in found) or self.clear
        return found

    def _delay_s(self, skeleton: Skeleton) -> float:
        return _delay_s(self.designs.get(skeleton_hash(skeleton)))


def skeleton_hash(skeleton: Skeleton) -> str:
    """A short name for a skeleton by content, the same in every process."""
    return fingerprint(skeleton.base).removeprefix("sha256:")[:12]


def planned_junctions(
    network: Network,
    request: OptimiseRequest,
    permission: Permission,
    flows: TurningFlows | None,
    chosen: Sequence[str],
) -> tuple[FrozenMap[str, PlannedJunction], FrozenMap[str, str]]:
    """Each chosen junction ready for the search, and why each other one keeps its program."""
    planned: dict[str, PlannedJunction] = {}
    kept: dict[str, str] = {}
    short_m = turns_on_short_roads(network)
    for junction_id in sorted(network.junctions):
        if junction_id not in chosen:
            kept[junction_id] = "It is not among the junctions to plan."
            continue
        found = _planned_junction(network, request, permission, flows, junction_id)
        if isinstance(found, str):
            kept[junction_id] = found
        else:
            own_m = {group: m for (j, group), m in short_m.items() if j == junction_id}
            found = _with_clear(network, request, permission, flows, found, own_m)
            planned[junction_id] = _with_narrower(network, request, permission, flows, found)
    return FrozenMap(planned), FrozenMap(kept)


def _with_narrower(
    network: Network,
    request: OptimiseRequest,
    permission: Permission,
    flows: TurningFlows | None,
    found: PlannedJunction,
) -> PlannedJunction:
    """The junction with the stages it would have if only shipped turns were permissive.

    What the engineer has said of single turns holds.
    """
    if not any(found.widens(skeleton) for skeleton in found.skeletons):
        return found
    narrow = replace(permission, default=TurnRule.AS_SHIPPED)
    added, designs = _further(network, request, narrow, flows, found)
    return replace(found, narrower=added, designs=designs)


def _further(
    network: Network,
    request: OptimiseRequest,
    permission: Permission,
    flows: TurningFlows | None,
    found: PlannedJunction,
) -> tuple[tuple[Skeleton, ...], FrozenMap[str, StageDesign]]:
    """Stages of another permission that the junction has not yet, and all designs with theirs."""
    known, designs = list(found.skeletons), dict(found.designs)
    for design in _designs(network, found.junction, flows, permission, request.profile):
        candidate = Skeleton(known[0].junction, design.program, design.label)
        if _is_permitted(candidate, found.junction, permission) and _is_usable(
            candidate, known, found.shipped, found.junction, request.profile
        ):
            designs[skeleton_hash(candidate)] = design
            known.append(candidate)
    return tuple(known[len(found.skeletons) :]), FrozenMap(designs)


def _with_clear(
    network: Network,
    request: OptimiseRequest,
    permission: Permission,
    flows: TurningFlows | None,
    found: PlannedJunction,
    short_m: Mapping[str, float],
) -> PlannedJunction:
    """The junction with stages that protect the turns on short roads, told of in a note.

    What the engineer has said of a turn holds: it may wait there.
    """
    junction = found.junction
    said = permission.exceptions
    waiting = [group for group in short_m if (junction.id, group) not in said]
    waiting = [g for g in waiting if any(shown_permissive(s.base, g) for s in found.skeletons)]
    if not waiting or Keep.STAGES in request.keep:
        return found
    protected = dict.fromkeys(((junction.id, g) for g in waiting), TurnRule.PROTECTED_ONLY)
    strict = replace(permission, exceptions=FrozenMap({**said, **protected}))
    added, designs = _further(network, request, strict, flows, found)
    skeletons = (*found.skeletons, *added)
    clear = [skeleton for skeleton in skeletons if _is_permitted(skeleton, junction, strict)]
    if not clear:
        return found
    told = ", ".join(f"{group} ({short_m[group]:.0f} m)" for group in waiting)
    return replace(
        found,
        skeletons=skeletons,
        designs=designs,
        clear=tuple(sorted(clear, key=lambda s: _delay_s(designs.get(skeleton_hash(s))))),
        notes=(*found.notes, f"{junction.id}: {WAITS_SHORT} {told}."),
    )


def _planned_junction(
    network: Network,
    request: OptimiseRequest,
    permission: Permission,
    flows: TurningFlows | None,
    junction_id: str,
) -> PlannedJunction | str:
    """The junction ready for the search, or why it keeps its program."""
    junction = network.junction(junction_id)
    shipped = network.default_program(junction_id)
    if shipped is None or shipped.program is None:
        return shipped.reason if shipped is not None else "The network ships no program for it."
    base = mended(shipped.program, junction)
    demanding = under_rules(junction, request.profile)
    skeleton = Skeleton(demanding, base.program, "shipped")
    if not skeleton.stretchable:
        return "Its program has no green that could be given another length."
    start, why = _safe_start(skeleton, junction, shipped, request.profile)
    if start is None and Keep.STAGES in request.keep:
        return f"Its shipped program breaks a rule: {why}"
    notes = list(base.notes) if start is not None else [f"{junction_id}: {NEW_STAGES} {why}"]
    if shipped.type != "static":
        notes.append(
            f"{junction_id}: its shipped program is {shipped.type}; the new plan is fixed-time."
        )
    if any(group.kind is GroupKind.TRAM for group in junction.groups):
        notes.append(f"{junction_id}: trams pass here; their priority is not planned.")
    skeletons = [skeleton] if start is not None else []
    designs: dict[str, StageDesign] = {}
    if Keep.STAGES not in request.keep:
        for design in _designs(network, junction, flows, permission, request.profile):
            candidate = Skeleton(demanding, design.program, design.label)
            designs[skeleton_hash(candidate)] = design
            if _is_usable(candidate, skeletons, shipped, junction, request.profile):
                skeletons.append(candidate)
    if not skeletons:
        return f"Its shipped program breaks a rule, and no other stages serve it: {why}"
    if not all(_is_permitted(s, junction, permission) for s in skeletons):
        # What the engineer forbids is no choice any more.
        skeletons = [s for s in skeletons if _is_permitted(s, junction, permission)]
        if not skeletons:
            return "No stages serve it with the turns that are to be protected only."
    if skeletons[0] is not skeleton:
        start, why = _safe_start(skeletons[0], junction, shipped, request.profile)
    if start is None:
        return f"Stages with protected turns only break a rule: {why}"
    if Keep.CYCLE in request.keep and start.cycle_s != shipped.cycle_s:
        return "It is safe only at another cycle than the shipped one, which is to be kept."
    return PlannedJunction(
        junction=junction,
        shipped=shipped,
        skeletons=tuple(skeletons),
        designs=FrozenMap(designs),
        start=start,
        notes=tuple(notes),
    )


def _delay_s(design: StageDesign | None) -> float:
    """The screen's delay of a design that has one; without any it comes last."""
    return (design.estimated_delay_s if design is not None else 0.0) or math.inf


def _designs(
    network: Network,
    junction: Junction,
    flows: TurningFlows | None,
    permission: Permission,
    rules: Profile,
) -> tuple[StageDesign, ...]:
    readable = [each for each in network.programs[junction.id] if each.program is not None]
    readable.sort(key=lambda each: not each.is_default)
    return stage_designs(
        junction,
        [each.program for each in readable if each.program is not None],
        permission,
        flow_ratios(flows, junction) if flows is not None else {},
        volumes_vph(flows, junction),
        rules=rules,
        lanes=[lane.group_ids for lane in flows.lane_flows(junction.id)] if flows else [],
    )


def _is_usable(
    candidate: Skeleton,
    known: Sequence[Skeleton],
    shipped: ShippedProgram,
    junction: Junction,
    rules: Profile,
) -> bool:
    """Whether a design is new, stretches, and is safe at some cycle."""
    if not candidate.stretchable or candidate.base in [skeleton.base for skeleton in known]:
        return False
    return _safe_start(candidate, junction, shipped, rules)[0] is not None


def _is_permitted(skeleton: Skeleton, junction: Junction, permission: Permission) -> bool:
    """Whether no group that is to be protected only is shown permissive."""
    return not any(
        permission.of(junction.id, group) is TurnRule.PROTECTED_ONLY
        and shown_permissive(skeleton.base, group)
        for group in junction.group_ids
    )


def _safe_start(
    skeleton: Skeleton, junction: Junction, shipped: ShippedProgram, rules: Profile
) -> tuple[JunctionPoint | None, str]:
    """The stages at the shipped cycle, or at the first one at which they are safe."""
    own_s = skeleton.base.cycle_s
    shipped_s = shipped.cycle_s or own_s
    why = ""
    offset_s = shipped.offset_s or 0
    shares = [float(length) for length in skeleton.base_lengths]
    for cycle_s in (shipped_s, own_s, *TRIED_CYCLES_S, skeleton.shortest_cycle_s):
        try:
            # Given shares, the minimums are kept where the shipped program does not.
            lengths = skeleton.lengths_at(cycle_s, shares)
        except SolveError as error:
            why = why or error.message
            continue
        point = JunctionPoint(skeleton=skeleton, lengths=lengths, offset_s=offset_s % cycle_s)
        # Only what the lamps show is asked here: a plan that is to run is asked everything.
        errors = [
            finding
            for finding in validate_program(skeleton.program(lengths), junction, rules)
            if finding.severity is Severity.ERROR
        ]
        if not errors:
            return point, ""
        why = why or _said(errors)
    return None, why


def why_unsafe(point: JunctionPoint, junction: Junction, rules: Profile) -> str | None:
    """The first error a rule has to say about a point's plan; None when it is safe."""
    program = point.skeleton.program(point.lengths)
    plan = TimingPlan(
        junction_id=junction.id,
        name="candidate",
        cycle_s=program.cycle_s,
        offset=Offset(seconds=point.offset_s % program.cycle_s),
        form=collapse(program, junction),
    )
    errors = validate(plan, junction, rules).errors
    return _said(errors) if errors else None


def _said(errors: Sequence[Finding]) -> str:
    return f"{errors[0].message} ({errors[0].rule})"
