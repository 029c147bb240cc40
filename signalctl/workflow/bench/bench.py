"""The bench: every scenario of a suite, every peer and the plan, one result file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

from signalctl.domain.errors import InputError
from signalctl.networks.shipped import SHIPPED, build
from signalctl.workflow.bench.rows import BenchEntry, BenchRow, BenchSettings
from signalctl.workflow.bench.scenario import bench_scenario
from signalctl.workflow.manifest import Manifest, corpus_scenarios

Progress = Callable[[int, int, str], None]
DEFAULT_PEERS: Final = (
    "shipped",
    "sumo-tools",
    "actuated",
    "delay-based",
    "max-pressure",
    "max-pressure-acyclic",
)
CORPUS_VARIABLE: Final = "SIGNALCTL_CORPUS"


class Suite(StrEnum):
    """Which scenarios are benched."""

    CORPUS = "corpus"
    SHIPPED = "shipped"


def suite_entries(
    suite: Suite, folder: Path, corpus: Path | None = None, only: Sequence[str] = ()
) -> tuple[BenchEntry, ...]:
    """The scenarios of a suite, all or those named; shipped networks are built in `folder`.

    The corpus lies in `corpus`, else where SIGNALCTL_CORPUS says. Raises InputError
    for a corpus that is not there or a name that it does not hold.
    """
    found = _shipped(folder) if suite is Suite.SHIPPED else _corpus(corpus)
    names = [entry.name for entry in found]
    unknown = sorted(set(only) - set(names))
    if unknown:
        raise InputError(
            f"The suite {suite} has no scenario {unknown[0]!r}.",
            where="--only",
            remedy=f"It has {', '.join(names)}.",
        )
    return tuple(entry for entry in found if not only or entry.name in only)


def _shipped(folder: Path) -> list[BenchEntry]:
    manifest = Manifest(source="signalctl networks", licence="Apache-2.0")
    found = []
    for network in SHIPPED:
        built = build(network.name, folder / "networks" / network.name)
        found += [
            BenchEntry(name=f"{network.name}-{key}", configuration=path, manifest=manifest)
            for key, path in built.scenarios.items()
        ]
    return found


def _corpus(folder: Path | None) -> list[BenchEntry]:
    named = os.environ.get(CORPUS_VARIABLE)
    place = folder or (Path(named) if named else None)
    if place is None:
        raise InputError(
            "It is not said where the corpus lies.",
            remedy=f"Give --corpus FOLDER or set {CORPUS_VARIABLE}.",
        )
    found = [
        BenchEntry(name=each.name, configuration=each.configuration, manifest=each.manifest)
        for each in corpus_scenarios(place)
    ]
    if not found:
        raise InputError(
            "The corpus holds no scenario.",
            where=str(place),
            remedy="Give a folder of folders, each with a scenario.sumocfg.",
        )
    return found


def bench(
    entries: Sequence[BenchEntry], settings: BenchSettings, progress: Progress
) -> Iterator[BenchRow]:
    """Each scenario's row as it is finished; runs made before are found again."""
    for entry in entries:
        yield bench_scenario(entry, settings, progress)
