"""Lanes that end at a signal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from signalctl.domain.errors import InputError
from signalctl.networks.network import Network

_EXAMPLES: Final = 5


def signalled_lanes(network: Network) -> frozenset[str]:
    """Ids of the lanes that end at one of the network's lights."""
    return frozenset(
        network.roads.start_lane(connection).id
        for light in network.junctions
        for connection in network.roads.of_light(light)
        if connection.link_index is not None
    )


def require_signalled(network: Network, lane_ids: Iterable[str], where: str) -> None:
    """Raises InputError, at `where`, for the first lane that ends at no signal."""
    known = signalled_lanes(network)
    for lane_id in sorted(lane_ids):
        if lane_id not in known:
            examples = ", ".join(sorted(known)[:_EXAMPLES])
            raise InputError(
                f"Lane {lane_id!r} ends at no signal of this network.",
                where=where,
                remedy=f"Give lanes that do, such as {examples}.",
            )
