"""Plans leave the house as files of other tools, after the safety rules have spoken."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, count
from pathlib import Path

from signalctl.files.plan_file import PlanSet
from signalctl.networks.network import Network
from signalctl.networks.sumo_program import SumoLogic, sumo_logics, write_tls
from signalctl.rules.registry import Profile
from signalctl.workflow.fitting import fit, require_safe


def export_sumo(
    plans: PlanSet, network: Network, path: Path, profile: Profile, *, allow_unsafe: bool = False
) -> None:
    """Write the plans as a SUMO additional file of tlLogics.

    This is the one way from a plan to SUMO, for people and for our own runs.
    Raises SafetyViolation when a plan breaks a rule of the profile and
    `allow_unsafe` is not set; InputError when plans and network do not fit. A program
    whose id one of the junction's own has already gets the next free one: SUMO would
    refuse to load both.
    """
    fitted = fit(plans, network)
    require_safe(fitted, profile, allow_unsafe=allow_unsafe)
    logics = sumo_logics([each.plan for each in fitted], network.junctions)
    write_tls(path, [_named_apart(logic, network) for logic in logics])


def _named_apart(logic: SumoLogic, network: Network) -> SumoLogic:
    taken = {program.id for program in network.programs[logic.junction_id]}
    ids = (f"{logic.program_id}-{number}" for number in count(2))
    free = next(each for each in chain((logic.program_id,), ids) if each not in taken)
    return replace(logic, program_id=free)
