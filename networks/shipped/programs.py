"""SUMO programs from stages and seconds, spliced into the compiled network."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby

from signalctl.networks.shipped.lights import Light
from signalctl.networks.shipped.roads import StageSource
from signalctl.networks.shipped.timing import (
    ALL_RED_S,
    AMBER_S,
    SignalTiming,
    clearance_s,
    stage_links,
)
from signalctl.networks.shipped.xml_text import Attributes, element


def program_xml(light: Light, stages: Sequence[StageSource], timing: SignalTiming) -> str:
    """The static program of a signal: stages in order from second 0, offset 0.

    A link that loses its green shows 3 s amber, then red; a link green in both
    stages stays green. A crossing's green ends so early that pedestrians who
    stepped off in its last second are across when the next stage starts.
    """
    seconds = _seconds(light, stages, timing)
    steps = [
        element("phase", {"duration": sum(1 for _ in same), "state": state})
        for state, same in groupby(seconds)
    ]
    head: Attributes = {"id": light.id, "type": "static", "programID": "0", "offset": 0}
    return element("tlLogic", head, steps)


def _seconds(light: Light, stages: Sequence[StageSource], timing: SignalTiming) -> list[str]:
    greens = [stage_links(light, stage) for stage in stages]
    states = [light.state(green) for green in greens]
    seconds: list[str] = []
    for k, green_s in enumerate(timing.greens_s):
        now, then = states[k], states[(k + 1) % len(states)]
        amber = "".join(_leaving(a, b, "y") for a, b in zip(now, then, strict=True))
        cleared = "".join(_leaving(a, b, "r") for a, b in zip(now, then, strict=True))
        part = [now] * green_s + [amber] * AMBER_S + [cleared] * ALL_RED_S
        for walk in light.crossings:
            if walk.index in greens[k] and walk.index not in greens[(k + 1) % len(greens)]:
                part = _ended(part, walk.index, len(part) - clearance_s(walk))
        seconds += part
    return seconds


def _leaving(now: str, then: str, losing: str) -> str:
    """A link's letter in an interstage: on if green on both sides, else losing or red."""
    if now in "Gg":
        return now if then in "Gg" else losing
    return "r"


def _ended(part: list[str], index: int, at: int) -> list[str]:
    """States whose link `index` is red from second `at` on."""
    return [s if t < at else f"{s[:index]}r{s[index + 1 :]}" for t, s in enumerate(part)]


def with_programs(net_xml: str, programs: Mapping[str, str]) -> str:
    """The network with each signal's provisional program replaced by the given one."""

    def replacement(match: re.Match[str]) -> str:
        indented = "\n".join(f"    {line}" for line in programs[match[1]].splitlines())
        return indented + "\n"

    return re.sub(
        r'^ *<tlLogic id="([^"]+)".*?</tlLogic>\n', replacement, net_xml, flags=re.M | re.S
    )
