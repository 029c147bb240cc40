"""Random safe plans of a network, to try a traffic model on.

Every plan draws one cycle for the network, and for each junction a stage design,
splits and an offset. Splits are drawn around those that the flows ask for, some
close and some far, because a search meets both. Plan number k is the same whatever
number of plans is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from signalctl.domain.errors import SolveError
from signalctl.domain.finding import Severity
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.domain.program import Program
from signalctl.networks.flows import TurningFlows, flow_ratios
from signalctl.networks.network import Network
from signalctl.networks.sumo_program import SumoLogic, phases, write_tls
from signalctl.optimiser.mend import mended
from signalctl.optimiser.retime import under_rules
from signalctl.optimiser.signal_table import SignalTable, table_of
from signalctl.optimiser.skeleton import Skeleton
from signalctl.optimiser.splits import timed_program
from signalctl.optimiser.stage_design.designs import stage_designs
from signalctl.optimiser.stage_design.permission import Permission, TurnRule
from signalctl.rules.registry import Profile
from signalctl.rules.validate import validate_program

PROGRAM_ID: Final = "random"
SHORTEST_CYCLE_S: Final = 40
LONGEST_CYCLE_S: Final = 110
LONGER: Final = 1.4
"""Where stages need more than LONGEST_CYCLE_S: cycles up to so many times the shortest."""
ATTEMPTS: Final = 20
DESIGNS: Final = 12
"""Stage designs a junction is given by each rule of yielding."""
NOISE: Final = (0.05, 0.15, 0.4, 0.8)
"""Standard deviations of the logarithm of a stage's share, one drawn for each plan."""


@dataclass(frozen=True, slots=True)
class JunctionTiming:
    """What one junction shows in one plan: a program whose second 0 happens at `offset_s`."""

    program: Program
    offset_s: int
    design: str


@dataclass(frozen=True)
class RandomPlan:
    """One plan: junction id -> timing."""

    name: str
    cycle_s: int
    timings: FrozenMap[str, JunctionTiming]

    def write(self, network: Network, path: Path) -> None:
        """Write the plan as a SUMO additional file."""
        write_tls(
            path,
            [
                SumoLogic(
                    junction_id=junction_id,
                    program_id=PROGRAM_ID,
                    offset_s=timing.offset_s,
                    phases=phases(timing.program, network.junctions[junction_id]),
                )
                for junction_id, timing in self.timings.items()
            ],
        )

    def to_json(self) -> dict[str, object]:
        """The plan as plain data, for `plan_from_json`."""
        return {
            "name": self.name,
            "cycle_s": self.cycle_s,
            "timings": {
                junction: {
                    "seconds": dict(timing.program.seconds),
                    "offset_s": timing.offset_s,
                    "design": timing.design,
                }
                for junction, timing in self.timings.items()
            },
        }

    def tables(self, network: Network) -> dict[str, SignalTable]:
        """The plan for the model: junction id -> lamps."""
        return {
            junction_id: table_of(
                timing.program, network.junctions[junction_id].group_ids, timing.offset_s
            )
            for junction_id, timing in self.timings.items()
        }


def plan_from_json(data: dict[str, Any]) -> RandomPlan:
    """A plan written by `RandomPlan.to_json`."""
    return RandomPlan(
        data["name"],
        data["cycle_s"],
        FrozenMap(
            {
                junction: JunctionTiming(
                    Program.of(each["seconds"]), each["offset_s"], each["design"]
                )
                for junction, each in data["timings"].items()
            }
        ),
    )


@dataclass(frozen=True)
class Choices:
    """What plans of one network are drawn from; `kept` names junctions left as shipped."""

    network: Network
    flows: TurningFlows
    profile: Profile
    skeletons: FrozenMap[str, tuple[Skeleton, ...]]
    kept: tuple[str, ...]
    _splits: dict[tuple[str, str, int], tuple[int, ...]] = field(default_factory=dict)

    def plan(self, number: int) -> RandomPlan:
        """Plan `number` of the network; every second one keeps the shipped stages."""
        rng = np.random.default_rng(_seed(self.network.sha256, number))
        designs = {
            junction: skeletons[0]
            if number % 2 == 0 or len(skeletons) == 1
            else skeletons[int(rng.integers(1, len(skeletons)))]
            for junction, skeletons in self.skeletons.items()
        }
        least = max((s.shortest_cycle_s for s in designs.values()), default=SHORTEST_CYCLE_S)
        low = max(SHORTEST_CYCLE_S, least)
        high = LONGEST_CYCLE_S if low < LONGEST_CYCLE_S else round(low * LONGER)
        cycle_s = int(rng.integers(low, high + 1))
        noise = float(rng.choice(NOISE))
        timings = {}
        for junction_id, skeleton in designs.items():
            offset_s = int(rng.integers(cycle_s))
            timings[junction_id] = JunctionTiming(
                self._program(skeleton, cycle_s, noise, rng), offset_s, skeleton.label
            )
        return RandomPlan(f"plan{number}", cycle_s, FrozenMap(timings))

    def _program(
        self, skeleton: Skeleton, cycle_s: int, noise: float, rng: np.random.Generator
    ) -> Program:
        """A safe program at this cycle, its splits drawn around those the flows ask for."""
        wanted = np.array(self._split(skeleton, cycle_s), dtype=float)
        for attempt in range(ATTEMPTS):
            # Less and less noise, so that a junction where most splits break a rule gets one.
            spread = noise * (1.0 - attempt / ATTEMPTS)
            shares = wanted * np.exp(rng.normal(0.0, spread, len(wanted)))
            program = skeleton.program(skeleton.lengths_at(cycle_s, tuple(shares)))
            if is_safe(program, skeleton.junction, self.profile):
                return program
        raise SolveError(
            f"No safe splits were found at {cycle_s} s in {ATTEMPTS} draws.",
            where=f"junction {skeleton.junction.id}, {skeleton.label}",
        )

    def _split(self, skeleton: Skeleton, cycle_s: int) -> tuple[int, ...]:
        """Lengths that the flows ask for at a cycle."""
        junction = skeleton.junction
        key = (junction.id, skeleton.label, cycle_s)
        if key not in self._splits:
            volumes = {
                group: vph
                for (light, group), vph in self.flows.groups.items()
                if light == junction.id
            }
            ratios = flow_ratios(self.flows, junction)
            timed = timed_program(skeleton.base, junction, cycle_s, ratios, volumes_vph=volumes)
            other = Skeleton(junction, timed.program, skeleton.label)
            self._splits[key] = other.lengths_like(skeleton)
        return self._splits[key]


def choices(network: Network, flows: TurningFlows, profile: Profile) -> Choices:
    """Stage designs to draw from at every junction that has a safe one."""
    found: dict[str, tuple[Skeleton, ...]] = {}
    kept = []
    for junction_id, junction in network.junctions.items():
        skeletons = tuple(_skeletons(network, junction, flows, profile))
        if skeletons:
            found[junction_id] = skeletons
        else:
            kept.append(junction_id)
    return Choices(network, flows, profile, FrozenMap(found), tuple(kept))


def is_safe(program: Program, junction: Junction, profile: Profile) -> bool:
    """Whether no rule of the profile finds an error."""
    findings = validate_program(program, junction, profile)
    return all(finding.severity is not Severity.ERROR for finding in findings)


def _skeletons(
    network: Network, junction: Junction, flows: TurningFlows, profile: Profile
) -> Iterator[Skeleton]:
    """The shipped stages first, then others that can be designed; only safe ones."""
    demanding = under_rules(junction, profile)
    for base, label in _bases(network, junction, flows, profile):
        skeleton = Skeleton(demanding, base, label)
        if not skeleton.stretchable:
            continue
        try:
            cycle_s = max(skeleton.shortest_cycle_s, base.cycle_s)
            program = skeleton.program(skeleton.lengths_at(cycle_s))
        except SolveError:
            continue
        if is_safe(program, junction, profile):
            yield skeleton


def _bases(
    network: Network, junction: Junction, flows: TurningFlows, profile: Profile
) -> Iterator[tuple[Program, str]]:
    """Base programs: the one SUMO runs, then designs as turns were shipped or may yield."""
    default = network.default_program(junction.id)
    if default is None or default.program is None:
        return
    yield mended(default.program, junction).program, "shipped"
    shipped = [each.program for each in network.programs[junction.id] if each.program is not None]
    ratios = flow_ratios(flows, junction)
    volumes = {group: vph for (light, group), vph in flows.groups.items() if light == junction.id}
    for rule in (TurnRule.AS_SHIPPED, TurnRule.MAY_YIELD):
        try:
            designs = stage_designs(
                junction,
                shipped,
                Permission(default=rule),
                ratios,
                volumes,
                rules=profile,
                at_most=DESIGNS,
            )
        except SolveError:
            continue
        for design in designs:
            if not design.label.startswith("shipped"):
                yield design.program, f"{rule}: {design.label}"


def _seed(sha256: str, number: int) -> Sequence[int]:
    digest = hashlib.sha256(f"{sha256} {number}".encode()).digest()
    return [int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4)]
