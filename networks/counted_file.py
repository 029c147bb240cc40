"""Vehicles found for counts as a SUMO route file."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import quoteattr

from signalctl.files.atomic import write_atomic
from signalctl.networks.counted_fit import CountedDemand
from signalctl.networks.counted_routes import Route


def write_routes(path: Path, demand: CountedDemand) -> None:
    """Vehicle types, the routes that are used, and the vehicles by departure.

    Vehicles enter on the best lane at the speed of the traffic there. Raises
    InputError when the file cannot be written.
    """
    names: dict[Route, str] = {}
    for edges in sorted({vehicle.edges for vehicle in demand.vehicles}):
        names[edges] = f"r{len(names)}"
    lines = ["<routes>"]
    lines += [
        f"    <vType id={quoteattr(v_class)} vClass={quoteattr(v_class)}/>"
        for v_class in sorted({vehicle.v_class for vehicle in demand.vehicles})
    ]
    lines += [
        f"    <route id={quoteattr(name)} edges={quoteattr(' '.join(edges))}/>"
        for edges, name in names.items()
    ]
    for number, vehicle in enumerate(demand.vehicles):
        lines.append(
            f'    <vehicle id="v{number}" type={quoteattr(vehicle.v_class)} '
            f'depart="{vehicle.depart_s:.1f}" route={quoteattr(names[vehicle.edges])} '
            'departLane="best" departSpeed="max"/>'
        )
    write_atomic(path, "\n".join([*lines, "</routes>", ""]))
