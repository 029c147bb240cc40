"""An arterial as the band engines see it, and what they answer.

Only numbers that matter to a band are here: when each signal is green in each
direction (in program time, from a Program), how long the drive between them
takes, and which offsets are free. Everything is for one whole-second cycle;
`best_cycle` asks for one such problem per cycle.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from signalctl.domain.errors import InputError

Windows: TypeAlias = tuple[tuple[float, float], ...]
"""Green windows (start_s, end_s) in program time, as `Program.green_spans` gives them."""

Direction: TypeAlias = Literal["outbound", "inbound"]
DIRECTIONS: tuple[Direction, Direction] = ("outbound", "inbound")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One way a signal may run in this cycle: a stage sequence, or a set of splits.

    Windows are in program second zero's time. None: this direction does not
    stop here. An empty tuple: this direction is never green, so no band passes.
    Several windows, windows past the cycle's end and a window of the whole cycle
    are all meant as they stand; a half-cycle signal simply has its windows twice.
    """

    label: str
    outbound: Windows | None
    inbound: Windows | None
    allowed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ArterialSignal:
    """A signal: its candidates and, if it may not move, its offset.

    `offset_s` is the system second of program second zero. The queue advances
    are the seconds by which the band leaves this signal before the traffic it
    carries arrives, so that the standing queue is gone (Little, Kelson & Gartner
    1981, tau); they add up along the arterial.
    """

    id: str
    candidates: tuple[Candidate, ...]
    fixed_offset_s: int | None = None
    outbound_queue_s: float = 0.0
    inbound_queue_s: float = 0.0

    @property
    def choices(self) -> tuple[Candidate, ...]:
        """The candidates that are allowed."""
        return tuple(c for c in self.candidates if c.allowed)


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelTime:
    """Travel time of a link in one direction: lo_s = hi_s fixed, else free in the range."""

    lo_s: float
    hi_s: float

    def __post_init__(self) -> None:
        if not 0 <= self.lo_s <= self.hi_s:
            raise InputError(f"{self.lo_s} to {self.hi_s} s is no range of travel times.")

    @classmethod
    def fixed(cls, seconds: float) -> TravelTime:
        """A travel time that cannot be chosen."""
        return cls(lo_s=seconds, hi_s=seconds)

    @classmethod
    def at_speed(
        cls, length_m: float, slow_mps: float, fast_mps: float | None = None
    ) -> TravelTime:
        """From a length and a speed, or a range of speeds (slowest, fastest) in m/s."""
        fast = slow_mps if fast_mps is None else fast_mps
        if not 0 < slow_mps <= fast:
            raise InputError(f"{slow_mps} to {fast} m/s is no range of speeds.")
        return cls(lo_s=length_m / fast, hi_s=length_m / slow_mps)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArterialLink:
    """The drive between signal i and i + 1 in each direction (inbound: i + 1 to i).

    The weights count only for per-link bands (MULTIBAND).
    """

    outbound: TravelTime
    inbound: TravelTime
    outbound_weight: float = 1.0
    inbound_weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ArterialProblem:
    """Signals in outbound order, the links between them, and one common cycle.

    `directions` names the directions that want a band: one of them makes the
    arterial one-way. Raises InputError when the parts do not fit together.
    """

    cycle_s: int
    signals: tuple[ArterialSignal, ...]
    links: tuple[ArterialLink, ...]
    directions: tuple[Direction, ...] = DIRECTIONS

    def __post_init__(self) -> None:
        if self.cycle_s < 1:
            raise InputError(f"A cycle of {self.cycle_s} s is not a cycle.")
        if not self.signals or len(self.links) != len(self.signals) - 1:
            raise InputError(
                f"{len(self.signals)} signals need {max(len(self.signals) - 1, 0)} links "
                f"between them, not {len(self.links)}."
            )
        if not self.directions or len(set(self.directions)) != len(self.directions):
            raise InputError("An arterial needs one or two different directions.")
        ids = [signal.id for signal in self.signals]
        if len(set(ids)) != len(ids):
            raise InputError("A signal stands twice in the arterial.", where=", ".join(ids))
        for signal in self.signals:
            for candidate in signal.candidates:
                for direction in DIRECTIONS:
                    _check_windows(candidate, direction, signal.id, self.cycle_s)


def windows_of(candidate: Candidate, direction: Direction) -> Windows | None:
    """The candidate's windows in one direction."""
    return candidate.outbound if direction == "outbound" else candidate.inbound


def _check_windows(candidate: Candidate, direction: Direction, signal: str, cycle_s: int) -> None:
    for start, end in windows_of(candidate, direction) or ():
        if not 0 < end - start <= cycle_s:
            raise InputError(
                f"The {direction} green from {start:g} to {end:g} s does not fit a cycle of "
                f"{cycle_s} s.",
                where=f"signal {signal}, candidate {candidate.label}",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What the two bands b (outbound) and b' (inbound) are worth; weights w and w'.

    "ratio": make min(b / w, b' / w') as large as possible, that is the largest
    pair of bands in the ratio w : w'; then give what slack is left to where
    w b + w' b' gains most, neither band falling below that pair. 1:1 are equal
    bands, then the surplus (Little 1966; MAXBAND's target ratio k = w'/w).
    "sum": make w b + w' b' as large as possible, however lopsided; ties go to
    the wider narrow band.
    A weight of 0 in either mode: that direction gets only what is left over. A
    direction the problem does not want has none. Weights count to one part in a
    thousand of each other.
    """

    outbound: float = 1.0
    inbound: float = 1.0
    mode: Literal["ratio", "sum"] = "ratio"

    def __post_init__(self) -> None:
        low, high = sorted((self.outbound, self.inbound))
        if not (low >= 0 and 0 < high < float("inf")):
            raise InputError(
                f"Weights {self.outbound}:{self.inbound} say nothing about the bands.",
                remedy="Give two numbers of 0 or more, one of them above 0.",
            )

    def whole_weights(self) -> tuple[int, int]:
        """The weights as whole numbers in the same proportion (to one part in a thousand)."""
        high = max(self.outbound, self.inbound)
        out = Fraction(self.outbound / high).limit_denominator(1000)
        back = Fraction(self.inbound / high).limit_denominator(1000)
        scale = out.denominator * back.denominator
        return int(out * scale), int(back * scale)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalTiming:
    """What a signal is to do: its candidate and its whole-second offset.

    The offset is the system second of program second zero, 0 <= offset_s < cycle.
    Alone, it may move `earlier_s` back and `later_s` on before a band narrows.
    `binding` are the directions whose band touches this signal's green.
    """

    id: str
    candidate: str
    candidate_index: int
    offset_s: int
    earlier_s: int
    later_s: int
    binding: tuple[Direction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectionBand:
    """One direction's band, measured in real travel times under the final offsets.

    `start_s[i]`: system second modulo the cycle at which the front passes signal i
    (outbound order in both directions). `link_times_s[i]`: drive between i and
    i + 1. `binding`: ids of the signals whose green stops the band being wider.
    """

    width_s: float
    start_s: tuple[float, ...]
    link_times_s: tuple[float, ...]
    binding: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleRow:
    """What was learnt about one cycle.

    status "optimal": solved, widths hold. "cut": proved not to beat the best
    (`bound_s` is the figure it was shown not to exceed). "not admitted": no
    problem exists at this cycle. "no green": a direction cannot pass.
    `bound_s` is in the objective's seconds, see ArterialResult.value_s.
    """

    cycle_s: int
    status: Literal["optimal", "cut", "not admitted", "no green"]
    outbound_s: float | None = None
    inbound_s: float | None = None
    bound_s: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArterialResult:
    """The best bands of an arterial, with the proof that there are none better.

    `value_s`: the objective reached, measured in real travel times. With the
    weights normalised to max(w, w') = 1: ratio, min(b / w, b' / w'); sum,
    w b + w' b'. `bound_s`: no whole-second offsets give more at this cycle,
    whatever the candidates and the travel times in their ranges; no other cycle
    beats it by the criterion, `tolerance_s` apart. `continuous_bound_s`: no
    offsets at all give more at this cycle. `gap_s` = bound_s - value_s.
    `tolerance_s`: the gap that rounding to the engine's tick of 0.1 s can leave;
    0 for whole-second greens and travel times in tenths.
    `explanation`: sentences for an engineer, what binds and what would help.
    """

    status: Literal["optimal"]
    cycle_s: int
    objective: Objective
    signals: tuple[SignalTiming, ...]
    outbound: DirectionBand | None
    inbound: DirectionBand | None
    value_s: float
    bound_s: float
    continuous_bound_s: float
    gap_s: float
    tolerance_s: float
    cycles: tuple[CycleRow, ...]
    explanation: tuple[str, ...]
    elapsed_s: float

    @property
    def offsets_s(self) -> dict[str, int]:
        """Offset by signal id."""
        return {signal.id: signal.offset_s for signal in self.signals}


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkBand:
    """The band of one link in one direction (MULTIBAND), around the progression line.

    `width_s` counts in the objective: it is centred on the line, to within half
    a second. `clear_s` is what a driver meets on this link alone under the final
    offsets, in real travel times: the longest stretch of green at its first
    signal that arrives in green at the second.
    """

    width_s: float
    clear_s: float
    travel_time_s: float
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkBandResult:
    """Per-link bands: `value_s` is the weighted sum of all link bands, s.

    `outbound[i]` and `inbound[i]` belong to link i; a direction the problem does
    not want has none. `bound_s` = `value_s` is proved on the grid of whole
    seconds to which arrival times are rounded (each within `tolerance_s`).
    """

    status: Literal["optimal"]
    cycle_s: int
    signals: tuple[SignalTiming, ...]
    outbound: tuple[LinkBand, ...]
    inbound: tuple[LinkBand, ...]
    value_s: float
    bound_s: float
    tolerance_s: float
    cycles: tuple[CycleRow, ...]
    elapsed_s: float

    @property
    def offsets_s(self) -> dict[str, int]:
        """Offset by signal id."""
        return {signal.id: signal.offset_s for signal in self.signals}
