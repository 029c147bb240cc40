"""What a network holds, with what the safety rules say of its shipped programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from signalctl.domain.finding import Finding
from signalctl.networks.inspect import inspect_network
from signalctl.networks.network import Network
from signalctl.rules.registry import Profile
from signalctl.rules.validate import validate_program
from signalctl.workflow.source import open_source


def inspect_source(path: Path, junction_id: str | None, profile: Profile) -> dict[str, Any]:
    """The network behind NET|SUMOCFG as JSON-ready values, findings beside each program."""
    network = open_source(path).network
    document = inspect_network(network, junction_id)
    document["rules"] = profile.name
    for junction in document["junctions"]:
        for program, found in zip(
            junction["programs"], _findings(network, junction["id"], profile), strict=True
        ):
            program["findings"] = [
                {
                    "rule": finding.rule,
                    "severity": str(finding.severity),
                    "groups": list(finding.groups),
                    "second": finding.second,
                    "message": finding.message,
                }
                for finding in found
            ]
    return document


def _findings(network: Network, junction_id: str, profile: Profile) -> list[tuple[Finding, ...]]:
    junction = network.junction(junction_id)
    return [
        validate_program(shipped.program, junction, profile) if shipped.program is not None else ()
        for shipped in network.programs[junction_id]
    ]
