"""A program as the network ships it: read into our language, or not, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import SignalGroup
from signalctl.domain.plan import Offset, TimingPlan
from signalctl.domain.program import Program
from signalctl.networks.link_program import LinkProgram
from signalctl.networks.program_reader import RawProgram


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedProgram:
    """One program of one light.

    `program` is None when it cannot be said second by second; `reason` says
    why, or what of a traffic-dependent program was not read. `offset_s` is the
    simulation second of program second 0, None when it is no fixed whole
    second. `is_default`: SUMO runs it when nothing else is asked for (the one
    loaded last). `type` is SUMO's: static, actuated, delay_based, NEMA.
    `written` holds what stands in the file: steps with their shortest and
    longest durations, and parameters such as NEMA rings.
    """

    id: str
    type: str
    cycle_s: int | None
    offset_s: int | None
    program: Program | None
    reason: str
    is_default: bool
    written: RawProgram

    @property
    def path(self) -> Path:
        """The file the program stands in."""
        return self.written.path

    @property
    def line(self) -> int:
        """The line of that file it begins in; 0 when not known."""
        return self.written.line

    def plan(self, junction_id: str) -> TimingPlan | None:
        """The program as a plan, letter by letter; None when it cannot be read or timed."""
        if self.program is None or self.offset_s is None:
            return None
        return TimingPlan(
            junction_id=junction_id,
            name=self.id,
            cycle_s=self.program.cycle_s,
            offset=Offset(seconds=self.offset_s % self.program.cycle_s),
            form=self.program,
        )


def shipped_program(
    raw: RawProgram, unrolled: LinkProgram, groups: Sequence[SignalGroup], *, is_default: bool
) -> ShippedProgram:
    """A raw program in the words of its light's groups.

    Groups must come from the same unrolled programs (signal_groups), so that
    all links of a group show the same. A link index beyond the program's own
    states shows red.
    """
    program: Program | None = None
    if unrolled.links is not None and unrolled.cycle_s is not None:
        dark = "r" * unrolled.cycle_s
        links = unrolled.links
        seconds = {
            group.id: links[group.links[0]] if group.links[0] < len(links) else dark
            for group in groups
        }
        program = Program(unrolled.cycle_s, FrozenMap(seconds))
    return ShippedProgram(
        id=raw.id,
        type=raw.type,
        cycle_s=unrolled.cycle_s,
        offset_s=unrolled.offset_s,
        program=program,
        reason=unrolled.reason,
        is_default=is_default,
        written=raw,
    )
