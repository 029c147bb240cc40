"""What stage design works on: bundles of groups, who may go together, what they need.

Groups that always go together make a *bundle*, so that a light of forty groups
is a problem of a dozen. Bundles that share a lane make a *cluster*: a lane moves
when all of its groups are green, so a stage serves a cluster as a whole or
hardly at all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from signalctl.domain.aspect import UNSIGNALISED, Aspect
from signalctl.domain.finding import Severity
from signalctl.domain.junction import Conflict, GroupKind, Junction
from signalctl.domain.program import Program
from signalctl.optimiser.lengths import Floats
from signalctl.optimiser.retime import under_rules
from signalctl.optimiser.stage_design.permission import Permission, permitted_yields
from signalctl.rules.registry import Profile

Flags = npt.NDArray[np.bool_]

_SAME: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StageProblem:
    """A junction as stage design sees it.

    `junction` carries the minimum greens of the rules. `bundles` are tuples of
    group ids, `clusters` tuples of bundle numbers. `compatible[i, j]`: bundles i
    and j may be green together, some of them permissive; `protected[i, j]`: and
    neither gives way to the other. `yields` are the permitted pairs of groups.
    `required` are the clusters that every design must serve; `dark` are groups
    that every shipped program leaves flashing or dark, with their letter.
    `ratio` and `volume_vph` are of the bundles.
    """

    junction: Junction
    rules: Profile
    bundles: tuple[tuple[str, ...], ...]
    clusters: tuple[tuple[int, ...], ...]
    compatible: Flags
    protected: Flags
    yields: frozenset[tuple[str, str]]
    required: frozenset[int]
    dark: Mapping[str, str]
    ratios: Mapping[str, float]
    volumes_vph: Mapping[str, float]
    ratio: Floats
    volume_vph: Floats

    def groups_of(self, bundles: Collection[int]) -> frozenset[str]:
        """The groups of some bundles."""
        return frozenset(group for b in bundles for group in self.bundles[b])

    def permissive_in(self, green: Collection[str]) -> frozenset[str]:
        """The groups that must give way when these groups are green together."""
        return frozenset(a for a, b in self.yields if a in green and b in green)


def stage_problem(
    junction: Junction,
    shipped: Sequence[Program],
    permission: Permission,
    ratios: Mapping[str, float],
    volumes_vph: Mapping[str, float],
    *,
    rules: Profile,
    lanes: Collection[Collection[str]] = (),
) -> StageProblem:
    """The problem of a junction; `shipped` are its programs, mended.

    `lanes` are the sets of groups that share a lane; where none are given, groups
    of one approach with the same flow ratio above 0 are taken to share one.
    """
    strict = under_rules(junction, rules)
    yields = permitted_yields(junction, shipped, permission)
    dark = _dark(junction, shipped)
    used = [g.id for g in junction.groups if g.kind is not GroupKind.UNUSED and g.id not in dark]
    bundles = _bundles(strict, used, shipped, yields)
    n = len(bundles)
    compatible, protected = np.ones((n, n), dtype=bool), np.ones((n, n), dtype=bool)
    for i, one in enumerate(bundles):
        for j, other in enumerate(bundles):
            if i != j:
                pairs = [(a, b) for a in one for b in other]
                compatible[i, j] = all(_together(junction, yields, a, b) for a, b in pairs)
                protected[i, j] = compatible[i, j] and all(
                    junction.conflicts.between(a, b) is Conflict.NONE for a, b in pairs
                )
    clusters = _clusters(bundles, compatible, junction, ratios, lanes)
    return StageProblem(
        junction=strict,
        rules=rules,
        bundles=bundles,
        clusters=clusters,
        compatible=compatible,
        protected=protected,
        yields=yields,
        required=_required(bundles, clusters, strict, shipped, ratios, volumes_vph, rules),
        dark=dark,
        ratios=ratios,
        volumes_vph=volumes_vph,
        ratio=np.array([max(ratios.get(g, 0.0) for g in bundle) for bundle in bundles]),
        volume_vph=np.array([sum(volumes_vph.get(g, 0.0) for g in bundle) for bundle in bundles]),
    )


def _together(junction: Junction, yields: frozenset[tuple[str, str]], a: str, b: str) -> bool:
    """Whether two groups may be green together: no conflict, or a permitted yield."""
    between = junction.conflicts.between(a, b)
    if between is Conflict.YIELDS:
        # Where both are named to give way, one who may is enough.
        return (a, b) in yields or (b, a) in yields
    return between is Conflict.NONE


def _dark(junction: Junction, shipped: Sequence[Program]) -> dict[str, str]:
    letters = {aspect.value for aspect in UNSIGNALISED}
    found = {}
    for group in junction.groups:
        texts = [program.seconds.get(group.id, "") for program in shipped]
        if texts and all(text and set(text) <= letters for text in texts):
            found[group.id] = texts[0][0]
    return found


def _bundles(
    junction: Junction,
    used: Sequence[str],
    shipped: Sequence[Program],
    yields: frozenset[tuple[str, str]],
) -> tuple[tuple[str, ...], ...]:
    """Groups that always go together: always did, on one approach; or conflict alike."""

    def like(group: str) -> tuple[object, ...]:
        conflicts = junction.conflicts
        return (
            junction.group(group).kind,
            tuple(sorted((f, conflicts.between(group, f)) for f in conflicts.foes(group))),
            tuple(sorted(f for a, f in yields if a == group)),
            tuple(sorted(a for a, f in yields if f == group)),
        )

    def shown(group: str) -> tuple[object, ...]:
        spans = tuple(program.green_spans(group) for program in shipped)
        return (junction.group(group).approach, junction.group(group).kind, spans)

    found: list[list[str]] = []
    for group in used:
        for bundle in found:
            alike = like(group) == like(bundle[0]) or (
                bool(shipped)
                and any(program.green_spans(group) for program in shipped)
                and shown(group) == shown(bundle[0])
            )
            if alike and all(_together(junction, yields, group, other) for other in bundle):
                bundle.append(group)
                break
        else:
            found.append([group])
    return tuple(tuple(bundle) for bundle in found)


def _clusters(
    bundles: Sequence[Sequence[str]],
    compatible: Flags,
    junction: Junction,
    ratios: Mapping[str, float],
    lanes: Collection[Collection[str]],
) -> tuple[tuple[int, ...], ...]:
    """Bundles that share a lane, joined as far as they may be green together."""

    def share(i: int, j: int) -> bool:
        if lanes:
            return any(
                any(a in lane for a in bundles[i]) and any(b in lane for b in bundles[j])
                for lane in lanes
            )
        return any(
            junction.group(a).approach == junction.group(b).approach
            and ratios.get(a, 0.0) > 0
            and abs(ratios.get(a, 0.0) - ratios.get(b, 0.0)) < _SAME
            for a in bundles[i]
            for b in bundles[j]
        )

    found: list[list[int]] = []
    for i in range(len(bundles)):
        for cluster in found:
            if any(share(i, j) for j in cluster) and all(compatible[i, j] for j in cluster):
                cluster.append(i)
                break
        else:
            found.append([i])
    return tuple(tuple(cluster) for cluster in found)


def _required(
    bundles: Sequence[Sequence[str]],
    clusters: Sequence[Sequence[int]],
    junction: Junction,
    shipped: Sequence[Program],
    ratios: Mapping[str, float],
    volumes_vph: Mapping[str, float],
    rules: Profile,
) -> frozenset[int]:
    """Clusters with a group that is served, has demand, or must be served by the rules."""
    everybody = rules.severities.get("group-served") is Severity.ERROR or not shipped

    def needs(group: str) -> bool:
        return (
            any(program.green_spans(group) for program in shipped)
            or ratios.get(group, 0.0) > 0
            or volumes_vph.get(group, 0.0) > 0
            or (everybody and junction.group(group).rest is not Aspect.AFTER_STOP)
        )

    return frozenset(
        number
        for number, cluster in enumerate(clusters)
        if any(needs(group) for b in cluster for group in bundles[b])
    )
