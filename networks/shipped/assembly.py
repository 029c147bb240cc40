"""Puts a benchmark network on disk: network, programs, routes, configurations."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.files.atomic import write_atomic
from signalctl.networks.shipped import BuiltNetwork
from signalctl.networks.shipped.arterial import arterial
from signalctl.networks.shipped.compiling import compile_network
from signalctl.networks.shipped.demand import routes_xml, turn_flows
from signalctl.networks.shipped.expressway import expressway
from signalctl.networks.shipped.grid import grid
from signalctl.networks.shipped.lights import read_lights
from signalctl.networks.shipped.programs import program_xml, with_programs
from signalctl.networks.shipped.roads import Sources
from signalctl.networks.shipped.timing import SignalTiming, best_timing
from signalctl.networks.shipped.xml_text import element

SOURCES = {"arterial": arterial, "grid": grid, "expressway": expressway}
_NET = "net.net.xml"
_STOPS = "stops.add.xml"


def assemble(name: str, folder: Path) -> BuiltNetwork:
    """Build one shipped network into `folder`, whole or not at all."""
    sources = SOURCES[name]()
    files = network_files(sources)
    _write_folder(folder, files)
    return BuiltNetwork(
        folder=folder,
        net=folder / _NET,
        scenarios=FrozenMap({key: folder / f"{key}.sumocfg" for key in sources.demand}),
    )


def timings(sources: Sources, net_xml: str) -> dict[str, SignalTiming]:
    """The shipped timing of every signal, for the design demand."""
    flows = turn_flows(sources.demand[sources.design])
    return {
        name: best_timing(light, sources.stages[name], flows)
        for name, light in sorted(read_lights(net_xml).items())
    }


def network_files(sources: Sources) -> dict[str, str]:
    """Every file of a benchmark network: name -> text."""
    compiled = compile_network(sources)
    lights = read_lights(compiled)
    programs = {
        name: program_xml(lights[name], sources.stages[name], timing)
        for name, timing in timings(sources, compiled).items()
    }
    files = {_NET: _xml(with_programs(compiled, programs))}
    if sources.stops:
        files[_STOPS] = _xml(
            element(
                "additional",
                {},
                (
                    element(
                        "busStop",
                        {
                            "id": stop.id,
                            "lane": f"{stop.edge}_1",
                            "startPos": f"{stop.start_m:.1f}",
                            "endPos": f"{stop.end_m:.1f}",
                        },
                    )
                    for stop in sources.stops
                ),
            )
        )
    for scenario, demand in sources.demand.items():
        files[f"{scenario}.rou.xml"] = _xml(routes_xml(demand))
        files[f"{scenario}.sumocfg"] = _xml(_configuration(scenario, stops=bool(sources.stops)))
    return files


def _configuration(scenario: str, *, stops: bool) -> str:
    inputs = [
        element("net-file", {"value": _NET}),
        element("route-files", {"value": f"{scenario}.rou.xml"}),
    ]
    if stops:
        inputs.append(element("additional-files", {"value": _STOPS}))
    return element(
        "configuration",
        {},
        [
            element("input", {}, inputs),
            element(
                "time",
                {},
                [
                    element("begin", {"value": 0}),
                    element("end", {"value": 3600}),
                    element("step-length", {"value": 1}),
                ],
            ),
            element("processing", {}, [element("time-to-teleport", {"value": -1})]),
        ],
    )


def _xml(text: str) -> str:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return text if text.startswith("<?xml") else f"{head}{text.rstrip()}\n"


def _write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """The files in their folder.

    A new folder appears whole. In one that already holds a shipped network each
    file is replaced whole and whatever else lies there (plans, results) stays.
    """
    if folder.exists() and not _replaceable(folder):
        raise InputError(
            "The folder holds something other than a shipped network.",
            where=str(folder),
            remedy="Name a new or empty folder.",
        )
    if folder.exists():
        for name, text in files.items():
            write_atomic(folder / name, text)
        return
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            for name, text in files.items():
                (made / name).write_text(text, encoding="utf-8")
            made.chmod(0o755)
            made.replace(folder)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise InputError(
            f"Cannot write the network: {error.strerror or error}.",
            where=str(folder),
            remedy="Check the folder, its rights and the free space; nothing was changed.",
        ) from error


def _replaceable(folder: Path) -> bool:
    """Whether a path is an empty folder or one that holds a shipped network."""
    if not folder.is_dir():
        return False
    names = {path.name for path in folder.iterdir()}
    return not names or _NET in names
