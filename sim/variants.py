"""What is compared: a scenario's signals as shipped, or with other programs loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from signalctl.domain.fingerprint import fingerprint
from signalctl.domain.frozen import FrozenMap
from signalctl.networks.sumo_xml import sha256_of


class VariantKind(StrEnum):
    """Where a variant's programs come from."""

    SHIPPED = "shipped"
    PLANS = "plans"
    ACTUATED = "actuated"
    SUMO_TOOLS = "sumo-tools"
    DELAY_BASED = "delay-based"
    ADAPTIVE = "adaptive"
    DEVICES = "devices"
    """What field controllers show, read from them during the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A strategy that runs the lights second by second, inside the simulation's process.

    `strategy` is a name and `settings` its numbers (controllers.adaptive); `rules` is
    the profile of the guard between it and the lamps. `revision` counts changes of the
    code behind the name that change what it does, so that old records are not mistaken
    for new ones.
    """

    strategy: str
    settings: FrozenMap[str, float] = field(default_factory=FrozenMap)
    rules: str = "as-surveyed"
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """Programs and options added to a scenario.

    `additionals` are SUMO additional files with tlLogics, loaded after the
    scenario's own: SUMO runs the program loaded last. `notes` say what the variant
    could not do, e.g. which lights a tool had to skip.
    """

    name: str
    kind: VariantKind
    additionals: tuple[Path, ...] = ()
    options: FrozenMap[str, str] = field(default_factory=FrozenMap)
    notes: tuple[str, ...] = ()
    control: Control | None = None
    """Who moves the lights during the run; None leaves them to their programs."""

    @property
    def fingerprint(self) -> str:
        """Hash of what the variant adds; files count by content."""
        added = [[sha256_of(file) for file in self.additionals], dict(self.options)]
        return fingerprint(added if self.control is None else [*added, self.control])


def shipped(name: str = "shipped") -> Variant:
    """The scenario's own programs, nothing added."""
    return Variant(name=name, kind=VariantKind.SHIPPED)


def plans(name: str, additional: Path) -> Variant:
    """Programs of a written tlLogic additional file."""
    return Variant(name=name, kind=VariantKind.PLANS, additionals=(additional,))
