"""What a network holds, as plain values for tables and JSON; everything unusual in words."""

from __future__ import annotations

from typing import Any

from signalctl.domain.junction import Junction
from signalctl.networks.network import Network


def inspect_network(network: Network, junction_id: str | None = None) -> dict[str, Any]:
    """The whole network, or one junction of it, as JSON-ready values.

    Intergreens carry their source: surveyed from the shipped programs, or
    geometric (computed from the roads). Raises InputError for an unknown id.
    """
    chosen = (
        list(network.junctions.values()) if junction_id is None else [network.junction(junction_id)]
    )
    return {
        "network": {
            "path": str(network.path),
            "sha256": network.sha256,
            "version": network.roads.version,
            "left_hand": network.roads.left_hand,
            "edges": sum(1 for e in network.roads.edges.values() if e.function == "normal"),
            "lights": len(network.junctions),
            "programs": sum(len(programs) for programs in network.programs.values()),
        },
        "junctions": [_junction(network, junction) for junction in chosen],
        "notes": list(network.notes),
    }


def _junction(network: Network, junction: Junction) -> dict[str, Any]:
    return {
        "id": junction.id,
        "groups": [
            {
                "id": group.id,
                "kind": group.kind.value,
                "approach": group.approach,
                "movement": group.movement,
                "links": list(group.links),
                "amber_s": group.amber_s,
                "red_amber_s": group.red_amber_s,
                "min_green_s": group.min_green_s,
                "crossing_m": group.crossing_m,
            }
            for group in junction.groups
        ],
        "conflicts": _conflicts(junction),
        "intergreens": _intergreens(network, junction),
        "programs": [
            {
                "id": program.id,
                "type": program.type,
                "cycle_s": program.cycle_s,
                "offset_s": program.offset_s,
                "default": program.is_default,
                "read": program.program is not None,
                "reason": program.reason,
            }
            for program in network.programs[junction.id]
        ],
        "notes": list(junction.notes),
    }


def _conflicts(junction: Junction) -> list[dict[str, Any]]:
    """Hard pairs, then yielding ones with the group that gives way first."""
    order = {group: number for number, group in enumerate(junction.group_ids)}

    def by_group(pair: tuple[str, str]) -> tuple[int, int]:
        return order[pair[0]], order[pair[1]]

    return [
        {"groups": list(pair), "kind": kind}
        for kind, pairs in (
            ("hard", junction.conflicts.hard),
            ("yields", junction.conflicts.yields),
        )
        for pair in sorted(pairs, key=by_group)
    ]


def _intergreens(network: Network, junction: Junction) -> list[dict[str, Any]]:
    """The junction's matrix with both sources beside each value."""
    surveyed = network.surveyed[junction.id]
    geometric = network.geometric[junction.id]
    return [
        {
            "ending": pair[0],
            "starting": pair[1],
            "seconds": seconds,
            "source": "surveyed" if surveyed.direct.get(pair) == seconds else "geometric",
            "surveyed_s": surveyed.direct.get(pair),
            "geometric_s": geometric.get(*pair),
        }
        for pair, seconds in junction.intergreens.seconds.items()
    ]
