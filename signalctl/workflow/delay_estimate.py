"""The quick estimate of delay along a corridor, from its plans and the demand.

A junction's approach on the corridor is fed by the groups of the junction before it;
all other traffic arrives evenly. See `optimiser.flow_profiles` for the model and what
it does not see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from signalctl.domain.aspect import Aspect
from signalctl.domain.corridor import Corridor
from signalctl.domain.junction import GroupKind, Junction
from signalctl.domain.program import Program
from signalctl.networks.flows import TurningFlows, flow_ratios
from signalctl.networks.network import Network
from signalctl.optimiser.capacity import permissive_share
from signalctl.optimiser.delay import AMBER_USE_S, SNEAKERS_PER_CYCLE, STARTUP_LOSS_S
from signalctl.optimiser.flow_profiles import Feeder, FlowProfiles, ProfileEstimate, ProfileLink


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """Mean delay of a vehicle at a junction, s: on the corridor each way, and of all vehicles."""

    outbound: float | None
    inbound: float | None
    all: float


class CorridorTraffic:
    """What no program changes: who drives where along a corridor.

    Links of a junction are kept with the program they were made for: of many candidates
    for one junction the others' are made once.
    """

    def __init__(self, network: Network, corridor: Corridor, flows: TurningFlows) -> None:
        self.network = network
        self.corridor = corridor
        self.flows = flows
        self._fed = _fed_groups(network, corridor)
        self._onto = {
            (name, line.junction_id): _flows_onto(network, line.junction_id, set(way.edges), flows)
            for name, way in corridor.directions.items()
            for line in way.stop_lines
        }
        self._kept: dict[str, tuple[Program, list[ProfileLink]]] = {}

    def links(self, programs: Mapping[str, Program]) -> list[ProfileLink]:
        """Links of every vehicle group with traffic: side streets first, then each way in order."""
        made: dict[str, ProfileLink] = {}
        for junction_id in self.corridor.junction_ids:
            for link in self._of_junction(junction_id, programs[junction_id]):
                made[link.id] = link
        feeders = _feeders(self.network, self.corridor, self._onto, made)
        order = [i for i in made if i not in self._fed] + [i for i in self._fed if i in made]
        return [replace(made[i], feeders=feeders.get(i, ())) for i in order]

    def _of_junction(self, junction_id: str, program: Program) -> list[ProfileLink]:
        kept = self._kept.get(junction_id)
        if kept is None or kept[0] is not program:
            junction = self.network.junctions[junction_id]
            kept = (program, _junction_links(junction, program, self.flows))
            self._kept[junction_id] = kept
        return kept[1]


class CorridorDelay:
    """The estimate for one set of programs in system time, at any shifts of whole junctions."""

    def __init__(self, traffic: CorridorTraffic, programs: Mapping[str, Program]) -> None:
        """Programs by junction, all of one cycle; every junction of the corridor has one."""
        cycle_s = next(iter(programs.values())).cycle_s
        self._ways = {
            name: [f"{line.junction_id}/{line.group_id}" for line in way.stop_lines]
            for name, way in traffic.corridor.directions.items()
        }
        links = traffic.links(programs)
        known = {link.id for link in links}
        self._ways = {name: [i for i in ids if i in known] for name, ids in self._ways.items()}
        self._places = {link.id: place for place, link in enumerate(links)}
        self._flows_vph = [link.flow_vph for link in links]
        self._profiles = FlowProfiles(cycle_s, links)

    def at(self, shifts_s: Mapping[str, int]) -> Delay:
        """The delay with junctions' programs later by so many seconds; others stay as they are."""
        estimate = self._profiles.estimate(shifts_s)
        return Delay(
            outbound=self._mean(estimate, self._ways.get("outbound", [])),
            inbound=self._mean(estimate, self._ways.get("inbound", [])),
            all=estimate.delay_s,
        )

    def _mean(self, estimate: ProfileEstimate, ids: Sequence[str]) -> float | None:
        places = [self._places[i] for i in ids]
        served = sum(self._flows_vph[p] for p in places)
        if served <= 0:
            return None
        lost = sum(
            float(estimate.uniform_s[p] + estimate.random_s[p]) * self._flows_vph[p] for p in places
        )
        return lost / served


def _junction_links(junction: Junction, program: Program, flows: TurningFlows) -> list[ProfileLink]:
    ratios = flow_ratios(flows, junction)
    volumes = {g: flows.groups.get((junction.id, g), 0.0) for g in junction.group_ids}
    found = []
    for group in junction.groups:
        volume, ratio = volumes[group.id], ratios[group.id]
        spans = program.green_spans(group.id)
        if group.kind is GroupKind.PEDESTRIAN or volume <= 0 or ratio <= 0 or not spans:
            continue
        greens = tuple(
            (start + STARTUP_LOSS_S, max(end + AMBER_USE_S, start + STARTUP_LOSS_S))
            if end - start < program.cycle_s
            else (0.0, float(program.cycle_s))
            for start, end in spans
        )
        # The group's part of its lanes' saturation flow: a shared lane gives it its share only.
        saturation = volume / ratio
        if Aspect.PROTECTED.value not in program.seconds[group.id]:
            share = permissive_share(group.id, program, junction, ratios, volumes)
            green_s = sum(end - start for start, end in greens)
            saturation = max(saturation * share, SNEAKERS_PER_CYCLE * 3600.0 / max(green_s, 1.0))
        found.append(
            ProfileLink(
                id=f"{junction.id}/{group.id}",
                junction_id=junction.id,
                flow_vph=volume,
                saturation_vph=saturation,
                greens=greens,
            )
        )
    return found


def _fed_groups(network: Network, corridor: Corridor) -> dict[str, None]:
    """Links on the corridor's own approaches, each way in order of travel."""
    fed: dict[str, None] = {}
    for way in corridor.directions.values():
        for line in way.stop_lines:
            junction = network.junctions[line.junction_id]
            approach = junction.group(line.group_id).approach
            for group in junction.groups:
                if group.approach == approach:
                    fed.setdefault(f"{junction.id}/{group.id}")
    return fed


def _feeders(
    network: Network,
    corridor: Corridor,
    onto: Mapping[tuple[str, str], Mapping[str, float]],
    made: Mapping[str, ProfileLink],
) -> dict[str, tuple[Feeder, ...]]:
    found: dict[str, tuple[Feeder, ...]] = {}
    for name, way in corridor.directions.items():
        for (before, here), (from_s, to_s) in zip(
            pairwise(way.stop_lines), pairwise(way.travel_times_s), strict=True
        ):
            junction = network.junctions[here.junction_id]
            approach = junction.group(here.group_id).approach
            into = onto[name, before.junction_id]
            arriving = {
                f"{junction.id}/{g.id}": made[f"{junction.id}/{g.id}"].flow_vph
                for g in junction.groups
                if g.approach == approach and f"{junction.id}/{g.id}" in made
            }
            total = max(sum(arriving.values()), sum(into.values()), 1e-9)
            for link_id, volume in arriving.items():
                # Who comes from where turns off in the same shares.
                found[link_id] = tuple(
                    Feeder(stop_line=source, flow_vph=vph * volume / total, travel_s=to_s - from_s)
                    for source, vph in into.items()
                    if source in made and vph > 0
                )
    return found


def _flows_onto(
    network: Network, junction_id: str, edges: set[str], flows: TurningFlows
) -> dict[str, float]:
    """Vehicles an hour that leave a junction onto the driven way, by the link they come from."""
    group_of = {
        link: group.id for group in network.junctions[junction_id].groups for link in group.links
    }
    found: dict[str, float] = {}
    seen: set[tuple[str, str]] = set()
    for connection in network.roads.of_light(junction_id):
        movement = (connection.from_edge, connection.to_edge)
        if connection.to_edge not in edges or movement in seen or connection.link_index is None:
            continue
        seen.add(movement)
        group = group_of.get(connection.link_index)
        if group is not None:
            key = f"{junction_id}/{group}"
            found[key] = found.get(key, 0.0) + flows.movements.get(movement, 0.0)
    return found
