"""Intergreens as surveyed: what the shipped programs of a junction show.

The smallest time from the end of one group's green to the start of another's,
over all shipped programs, where the second follows the first directly. When a
stage of others lies between, the time is only an upper bound: the programs never
showed how soon the second might start. From geometry: intergreen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from signalctl.domain.aspect import UNSIGNALISED
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import ConflictMatrix, IntergreenMatrix
from signalctl.domain.program import Program

STAGE_S: Final = 5
"""A green of this length between an end and a start is a stage of its own: the
usual least green (RiLSA 2015: Mindestfreigabezeit 5 s)."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Direct successions, and upper bounds for pairs only seen with a stage between (s)."""

    direct: FrozenMap[tuple[str, str], int]
    bounds: FrozenMap[tuple[str, str], int]

    @property
    def matrix(self) -> IntergreenMatrix:
        """The directly surveyed intergreens alone."""
        return IntergreenMatrix(self.direct)


@dataclass(frozen=True, slots=True)
class _Change:
    """Green of `ended` ended at `end_s`; green of `started` starts `gap_s` later."""

    ended: str
    started: str
    end_s: int
    gap_s: int


def survey(programs: Iterable[Program], conflicts: ConflictMatrix) -> Survey:
    """What the programs show between each ordered pair of conflicting groups.

    Per start of a group and conflicting other group, the other's latest end of
    green before that start counts, unless the other is green at the start.
    Programs that switch the junction off at times are passed over.
    """
    direct: dict[tuple[str, str], int] = {}
    bounds: dict[tuple[str, str], int] = {}
    for program in programs:
        if any(set(text) & set(UNSIGNALISED) for text in program.seconds.values()):
            continue
        spans = {
            group: program.green_spans(group)
            for group in program.group_ids
            if conflicts.foes(group)
        }
        for change in _changes(program, spans, conflicts):
            pair = (change.ended, change.started)
            stage = _stage_between(spans, change, program.cycle_s)
            found = bounds if stage else direct
            found[pair] = min(found.get(pair, change.gap_s), change.gap_s)
    return Survey(
        direct=FrozenMap(sorted(direct.items())), bounds=FrozenMap(sorted(bounds.items()))
    )


def combined(surveyed: Survey, geometric: IntergreenMatrix) -> IntergreenMatrix:
    """The junction's own matrix: surveyed where known, else geometric.

    A geometric value never exceeds an upper bound the shipped programs show, so
    that the programs pass the matrix surveyed from them.
    """
    seconds = {
        pair: min(value, surveyed.bounds.get(pair, value))
        for pair, value in geometric.seconds.items()
    }
    return IntergreenMatrix.of(dict(sorted((seconds | dict(surveyed.direct)).items())))


def _changes(
    program: Program,
    spans: Mapping[str, tuple[tuple[int, int], ...]],
    conflicts: ConflictMatrix,
) -> Iterable[_Change]:
    cycle_s = program.cycle_s
    for started, own in spans.items():
        for start_s, own_end_s in own:
            if own_end_s - start_s >= cycle_s:
                continue
            for ended in sorted(conflicts.foes(started)):
                theirs = spans.get(ended, ())
                if not theirs or any((start_s - s) % cycle_s < e - s for s, e in theirs):
                    continue
                gap_s = min((start_s - end_s) % cycle_s for _, end_s in theirs)
                yield _Change(ended, started, (start_s - gap_s) % cycle_s, gap_s)


def _stage_between(
    spans: Mapping[str, tuple[tuple[int, int], ...]], change: _Change, cycle_s: int
) -> bool:
    """Whether some green of at least STAGE_S began and ran between the end and the start."""
    for group, windows in spans.items():
        if group in (change.ended, change.started):
            continue
        for start_s, end_s in windows:
            began_s = (start_s - change.end_s) % cycle_s
            if began_s < change.gap_s and min(end_s - start_s, change.gap_s - began_s) >= STAGE_S:
                return True
    return False
