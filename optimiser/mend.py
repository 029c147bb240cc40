"""A shipped program made to keep the rules where that takes no judgement.

Real programs show right turns protected beside the traffic they merge into, end
green without amber, or show amber to a turn that then goes on green. All three can
be said right without touching who drives when: the turn is shown permissive, the
amber is taken from the red that follows, the amber between two greens is green.
Anything else that is wrong stays as it is, for the rules to report.
"""

from __future__ import annotations

from dataclasses import dataclass

from signalctl.domain.aspect import AMBERS, GREENS, RESTS, Aspect
from signalctl.domain.junction import Conflict, GroupKind, Junction
from signalctl.domain.program import Program

Letters = dict[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """A program that was mended, and what was done, in sentences."""

    program: Program
    notes: tuple[str, ...]


def mended(program: Program, junction: Junction) -> Mended:
    """The program with permissive turns and ambers shown where they belong.

    Returns the program itself, without notes, where nothing is to mend.
    """
    seconds = {group: list(text) for group, text in program.seconds.items()}
    done = {
        "amber between two greens is shown green": _join_greens(seconds, junction),
        "shown permissive, because they give way": _show_permissive(seconds, junction),
        "amber was missing and is taken from the red after green": _show_amber(seconds, junction),
    }
    notes = tuple(
        f"{junction.id}: {what}: {', '.join(groups)}." for what, groups in done.items() if groups
    )
    if not notes:
        return Mended(program=program, notes=())
    return Mended(
        program=Program.of({group: "".join(letters) for group, letters in seconds.items()}),
        notes=notes,
    )


def _join_greens(seconds: Letters, junction: Junction) -> list[str]:
    """Show amber that lies between two greens as green.

    Between two protected greens it is protected where nobody who crosses is green or
    clearing: falling to permissive and back would make drivers brake for nothing. Left
    alone where a group that may never be green with it is green meanwhile.
    """
    shown = {group: "".join(letters) for group, letters in seconds.items()}
    changed = []
    for group, letters in seconds.items():
        n = len(letters)
        starts = [t for t in range(n) if letters[t] in AMBERS and letters[t - 1] in GREENS]
        for start in starts:
            end = start
            while end < start + n and letters[end % n] in AMBERS:
                end += 1
            foes = [f for f in junction.conflicts.foes(group) if _is_hard(junction, group, f)]
            free = all(seconds[f][t % n] not in GREENS for f in foes for t in range(start, end))
            if letters[end % n] in GREENS and free:
                sides = {letters[start - 1], letters[end % n]}
                for t in range(start, end):
                    alone = sides == {Aspect.PROTECTED.value} and _is_alone(
                        shown, junction, group, t % n
                    )
                    kind = Aspect.PROTECTED if alone else Aspect.PERMISSIVE
                    letters[t % n] = kind.value
                if group not in changed:
                    changed.append(group)
    return changed


def _is_alone(shown: dict[str, str], junction: Junction, group: str, second: int) -> bool:
    """Whether no group in conflict of any kind is green, or was within its clearance."""
    for foe in junction.conflicts.foes(group):
        text = shown[foe]
        clearing_s = junction.intergreens.get(foe, group) or 0
        if any(text[(second - back) % len(text)] in GREENS for back in range(clearing_s + 1)):
            return False
    return True


def _is_hard(junction: Junction, a: str, b: str) -> bool:
    return junction.conflicts.between(a, b) is Conflict.HARD


def _show_permissive(seconds: Letters, junction: Junction) -> list[str]:
    """Change protected greens that give way to a group green, or just ended, meanwhile."""
    shown = {group: "".join(letters) for group, letters in seconds.items()}
    changed = set()
    for group, other in sorted(junction.conflicts.yields):
        if junction.conflicts.gives_way(other, group):
            # Each could give way to the other: which one does is for a person to say.
            continue
        foe = shown[other]
        n = len(foe)
        clearing_s = junction.intergreens.get(other, group) or 0
        for second in range(n):
            recent = (foe[(second - back) % n] in GREENS for back in range(clearing_s + 1))
            if shown[group][second] == Aspect.PROTECTED and any(recent):
                seconds[group][second] = Aspect.PERMISSIVE.value
                changed.add(group)
    return [group for group in junction.group_ids if group in changed]


def _show_amber(seconds: Letters, junction: Junction) -> list[str]:
    """Paint a vehicle group's amber over the rest that follows its green at once."""
    changed = []
    for group in junction.groups:
        letters = seconds[group.id]
        if group.kind in (GroupKind.PEDESTRIAN, GroupKind.UNUSED) or not group.amber_s:
            continue
        n = len(letters)
        for end in [t for t in range(n) if letters[t - 1] in GREENS and letters[t] in RESTS]:
            # Amber must lead to rest, so one second more has to be free.
            after = [t % n for t in range(end, end + group.amber_s + 1)]
            if all(letters[t] in RESTS for t in after):
                for t in after[:-1]:
                    letters[t] = Aspect.AMBER.value
                if group.id not in changed:
                    changed.append(group.id)
    return changed
