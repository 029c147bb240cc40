"""Finished records on disk, found again by what decided them."""

from __future__ import annotations

import json
from pathlib import Path

from signalctl import __version__
from signalctl.domain.errors import InputError, SimulationError
from signalctl.domain.fingerprint import fingerprint
from signalctl.files.atomic import write_atomic
from signalctl.sim.record import RunRecord, from_json, to_json
from signalctl.sim.run import Prepared
from signalctl.sim.sumo_options import sumo_version
from signalctl.sim.variants import Variant


class RecordCache:
    """A folder of records, one file each, named by the hash of everything that decides it.

    Scenario, variant and their files count by content; so do seed, what is
    watched, and the releases of SUMO and signalctl. A damaged file is as good as
    none: the run is made again.
    """

    def __init__(self, folder: Path, ready: Prepared) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"Records cannot be kept: {error.strerror or error}.", where=str(folder)
            ) from error
        self._folder = folder
        self._ready = ready

    def get(self, variant: Variant, seed: int) -> RunRecord | None:
        """The record of an equal run, under this variant's name; None when there is none."""
        path = self._path(variant, seed)
        try:
            return from_json({**json.loads(path.read_text("utf-8")), "variant": variant.name})
        except (OSError, ValueError, SimulationError):
            return None

    def put(self, variant: Variant, seed: int, record: RunRecord) -> None:
        """Keep a record. Raises InputError when the folder cannot be written."""
        write_atomic(self._path(variant, seed), json.dumps(to_json(record)))

    def is_above(self, variant: Variant, seed: int, vehicle_s: float) -> bool:
        """Whether an equal run was given up once vehicles had stood for at least so long."""
        try:
            kept = json.loads(self._above_path(variant, seed).read_text("utf-8"))
            return float(kept["above_vehicle_s"]) >= vehicle_s
        except (OSError, ValueError, KeyError, TypeError):
            return False

    def put_above(self, variant: Variant, seed: int, vehicle_s: float) -> None:
        """Keep that a run was given up when vehicles had stood for so long.

        Raises InputError when the folder cannot be written.
        """
        kept = {
            "scenario": self._ready.scenario.name,
            "variant": variant.name,
            "variant_fingerprint": variant.fingerprint,
            "seed": seed,
            "above_vehicle_s": vehicle_s,
        }
        write_atomic(self._above_path(variant, seed), json.dumps(kept))

    def _above_path(self, variant: Variant, seed: int) -> Path:
        return self._path(variant, seed).with_suffix(".above.json")

    def _path(self, variant: Variant, seed: int) -> Path:
        decides: list[object] = [
            self._ready.scenario.fingerprint,
            variant.fingerprint,
            seed,
            self._ready.watched,
            __version__,
            sumo_version(),
        ]
        if self._ready.edge_delays:
            # Named only where asked for: records made without keep their names.
            decides.append("edge delays")
        key = fingerprint(decides)
        return self._folder / f"{key.removeprefix('sha256:')}.json"
