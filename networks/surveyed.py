"""Intergreens as surveyed: what the shipped programs of a junction show.

The smallest time from the end of one group's green to the start of another's,
over all shipped programs, where the second follows the first directly. When
another conflicting group was green in between, or a whole stage ran there, the
time is only an upper bound: the programs never showed how soon the second might
start. From geometry: intergreen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Final

from signalctl.domain.aspect import UNSIGNALISED
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Conflict, ConflictMatrix, IntergreenMatrix
from signalctl.domain.program import Program

STAGE_S: Final = 5
"""A green of this length between an end and a start is a stage of its own: the
usual least green (RiLSA 2015: Mindestfreigabezeit 5 s)."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Direct successions, and upper bounds for pairs only seen with a stage between (s).

    `faults` are starts of a group within the amber of a hard conflict: kept out
    of the rest, because a program's fault is no measure for new plans.
    """

    direct: FrozenMap[tuple[str, str], int]
    bounds: FrozenMap[tuple[str, str], int]
    faults: FrozenMap[tuple[str, str], int]

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


def survey(
    programs: Iterable[Program],
    conflicts: ConflictMatrix,
    amber_s: Mapping[str, int],
) -> Survey:
    """What the programs show between each ordered pair of conflicting groups.

    Per start of a group and conflicting other group, the other's latest end of
    green before that start counts, unless the other is green at the start.
    Programs that switch the junction off at times are passed over. `amber_s`
    of the ending group tells faults from intergreens in hard conflicts.
    """
    direct: dict[tuple[str, str], int] = {}
    bounds: dict[tuple[str, str], int] = {}
    faults: dict[tuple[str, str], int] = {}
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
            found = direct
            hard = conflicts.between(*pair) is Conflict.HARD
            if hard and change.gap_s < amber_s.get(change.ended, 0):
                found = faults
            elif _waited_for_another(
                spans, change, conflicts.foes(change.started), program.cycle_s
            ):
                found = bounds
            found[pair] = min(found.get(pair, change.gap_s), change.gap_s)
    return Survey(
        direct=FrozenMap(sorted(direct.items())),
        bounds=FrozenMap(sorted(bounds.items())),
        faults=FrozenMap(sorted(faults.items())),
    )


def combined(surveyed: Survey, geometric: IntergreenMatrix) -> IntergreenMatrix:
    """The junction's own matrix: surveyed where known, else geometric.

    A geometric value never exceeds an upper bound the shipped programs show, so
    that the programs pass the matrix surveyed from them.
    """
    seconds = dict(geometric.seconds)
    for pair, bound in surveyed.bounds.items():
        seconds[pair] = min(bound, seconds.get(pair, bound))
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


def _waited_for_another(
    spans: Mapping[str, tuple[tuple[int, int], ...]],
    change: _Change,
    foes: Set[str],
    cycle_s: int,
) -> bool:
    """Whether another green than the ended one may have held the start back.

    That of a conflicting group in any second from the end to the start, or that
    of any other group for at least STAGE_S there; unless it goes on when the
    started one begins, so that the two did not exclude each other.
    """
    for group, windows in spans.items():
        if group in (change.ended, change.started):
            continue
        shown_s = 0
        for start_s, end_s in windows:
            length_s = end_s - start_s
            after_s = (start_s - change.end_s) % cycle_s
            if after_s + length_s > cycle_s:  # green already when the other ended
                shown_s += after_s + length_s - cycle_s
            shown_s += max(0, min(length_s, change.gap_s - after_s))
            if (change.end_s + change.gap_s - start_s) % cycle_s < length_s:
                break
        else:
            if shown_s >= (1 if group in foes else STAGE_S):
                return True
    return False
