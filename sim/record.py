"""The record of one run: enough to repeat it and to believe it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from signalctl.domain.errors import SimulationError
from signalctl.domain.frozen import FrozenMap
from signalctl.sim.measures import Measures

RECORD_SCHEMA: Final = "signalctl/run/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """What was run and what came out.

    `inputs` are the SHA-256 of every file read, the variant's included.
    `warnings` are SUMO's own, in order, `warning_count` of them before the list
    was cut. `wall_s` is the only figure that a repetition changes.
    """

    scenario: str
    scenario_fingerprint: str
    variant: str
    variant_fingerprint: str
    seed: int
    sumo_version: str
    signalctl_version: str
    options: FrozenMap[str, str]
    inputs: FrozenMap[str, str]
    measures: Measures
    warnings: tuple[str, ...]
    warning_count: int
    wall_s: float
    simulated_s: float


def to_json(record: RunRecord) -> dict[str, Any]:
    """The record as plain JSON values."""
    plain = {
        name: getattr(record, name)
        for name in RunRecord.__slots__
        if name not in {"options", "inputs", "measures", "warnings"}
    }
    return {
        "schema": RECORD_SCHEMA,
        **plain,
        "options": dict(record.options),
        "inputs": dict(record.inputs),
        "warnings": list(record.warnings),
        "measures": asdict(record.measures),
    }


def measures_from_json(value: object) -> Measures:
    """Measures as a worker or a cache wrote them. Raises SimulationError."""
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(Measures).validate_python(value)
    except ValidationError as error:
        raise SimulationError(f"A run's measures cannot be read: {error}.") from error


def from_json(value: dict[str, Any]) -> RunRecord:
    """A record from its JSON values. Raises SimulationError for anything else."""
    try:
        fields = {name: value[name] for name in RunRecord.__slots__}
        fields["measures"] = measures_from_json(value["measures"])
        fields["options"] = FrozenMap({str(k): str(v) for k, v in value["options"].items()})
        fields["inputs"] = FrozenMap({str(k): str(v) for k, v in value["inputs"].items()})
        fields["warnings"] = tuple(str(w) for w in value["warnings"])
        if value["schema"] != RECORD_SCHEMA:
            raise SimulationError(f"This is no record of schema {RECORD_SCHEMA}.")
        return RunRecord(**fields)
    except (KeyError, TypeError, AttributeError) as error:
        raise SimulationError(f"This is no record of a run: {error!r}.") from error
