"""One-second changes as people write them: "J3: stage 2 +1, stage 4 -1; J5: offset +2"."""

from __future__ import annotations

import re
from collections.abc import Mapping

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.domain.plan import TimingPlan
from signalctl.workflow.tune.one_second import STAGE, Change, Part, known_parts, parts_of
from signalctl.workflow.tune.one_second_green import GreenShift

WHERE = "--try"
EXAMPLE = 'Write --try "J3: stage 2 +1, stage 4 -1" or "J3: offset +2; J5: group B +1 at its end".'
MAX_LENGTH = 10_000

_SECONDS = r"([+-]\d{1,4})(?:\s*s)?"
_PART = re.compile(rf"(stage|phase)\s+(\S.*?)\s*{_SECONDS}", re.I)
_SUM = re.compile(rf"(offset|cycle)\s*{_SECONDS}", re.I)
_GROUP = re.compile(
    rf"group\s+(\S.*?)(?:\s+green\s+(\d{{1,3}}))?\s+{_SECONDS}\s+at\s+(?:its\s+)?(start|end)", re.I
)


def parse_changes(
    text: str, plans: Mapping[str, TimingPlan], junctions: Mapping[str, Junction]
) -> tuple[Change, ...]:
    """What a person wrote, one Change a junction; raises InputError, one sentence a mistake."""
    if len(text) > MAX_LENGTH:
        raise _mistake(f"More than {MAX_LENGTH} letters are no small change.")
    # A minus is often typeset as a dash or written full width.
    text = text.translate({0x2212: "-", 0x2013: "-", 0xFF0B: "+", 0xFF0D: "-", 0xFF1A: ":"})
    found: dict[str, Change] = {}
    for sentence in (part.strip() for part in re.split("[;；]", text)):
        if not sentence:
            continue
        junction_id, rest = _junction(sentence, plans, junctions)
        if junction_id in found:
            raise _mistake(
                f"Junction {junction_id} is named twice.", "Put its changes into one list."
            )
        found[junction_id] = _change(rest, plans[junction_id], junctions[junction_id])
    if not found:
        raise _mistake("Nothing is to be changed.")
    return tuple(found.values())


def in_words(change: Change) -> str:
    """A change as `parse_changes` reads it, with units: "J3: stage 2 +1 s, stage 4 -1 s"."""
    noun = change.noun
    items = [f"{noun} {name} {by_s:+d} s" for name, by_s in change.parts.items()]
    if change.cycle_s:
        items.append(f"cycle {change.cycle_s:+d} s")
    if change.offset_s:
        items.append(f"offset {change.offset_s:+d} s")
    for shift in change.greens:
        which = "" if shift.green is None else f" green {shift.green}"
        edge = "end" if shift.at_end else "start"
        items.append(f"group {shift.group_id}{which} {shift.by_s:+d} s at its {edge}")
    return f"{change.junction_id}: {', '.join(items)}"


def _mistake(message: str, remedy: str = EXAMPLE) -> InputError:
    return InputError(message, where=WHERE, remedy=remedy)


def _junction(
    sentence: str, plans: Mapping[str, TimingPlan], junctions: Mapping[str, Junction]
) -> tuple[str, str]:
    # An id may hold a colon itself, so known ids come first.
    for known in sorted(plans, key=len, reverse=True):
        if sentence.startswith(known) and sentence[len(known) :].lstrip().startswith(":"):
            return known, sentence[len(known) :].lstrip()[1:]
    name, colon, _ = sentence.partition(":")
    name = name.strip()
    if not colon:
        raise _mistake(f"{sentence!r} names no junction before a colon.")
    if name in junctions:
        raise _mistake(f"The plan file has no plan of junction {name}.", _listed(plans))
    raise _mistake(f"There is no junction {name!r}.", _listed(plans))


def _listed(plans: Mapping[str, TimingPlan]) -> str:
    names = list(plans)
    more = ", ..." if len(names) > 20 else ""
    return f"There are plans of {', '.join(names[:20])}{more}."


def _change(text: str, plan: TimingPlan, junction: Junction) -> Change:
    where = f"{WHERE}, junction {junction.id}"
    parts = parts_of(plan, junction)
    deltas: dict[str, int] = {}
    sums = {"offset": 0, "cycle": 0}
    shifts: list[GreenShift] = []
    said: set[str] = set()
    for item in (part.strip() for part in re.split("[,，]", text)):
        if not item:
            raise _mistake(f"The list of changes {text.strip()!r} has an empty place.")
        by_s: int
        if found := _PART.fullmatch(item):
            part = _part(found[1].lower(), found[2], parts, where)
            key, by_s = f"{part.noun} {part.name}", int(found[3])
            deltas[part.name] = by_s
        elif found := _SUM.fullmatch(item):
            key, by_s = found[1].lower(), int(found[2])
            sums[key] = by_s
        elif found := _GROUP.fullmatch(item):
            by_s = int(found[3])
            green = None if found[2] is None else int(found[2])
            at_end = found[4].lower() == "end"
            key = f"the {found[4].lower()} of group {found[1]}, green {green or 1}"
            shifts.append(GreenShift(group_id=found[1], by_s=by_s, at_end=at_end, green=green))
        else:
            raise _mistake(f"{item!r} is no change.")
        if by_s == 0:
            raise InputError(
                f"{item!r} changes nothing.", where=where, remedy="Write +1 or -1 or more."
            )
        if key in said:
            raise InputError(f"{key} is changed twice.", where=where, remedy="Name it once.")
        said.add(key)
    if abs(sums["offset"]) >= plan.cycle_s:
        raise InputError(
            f"The offset cannot move by {sums['offset']:+d} s in a cycle of {plan.cycle_s} s.",
            where=where,
            remedy="Offsets a whole cycle apart are the same.",
        )
    return Change(
        junction_id=junction.id,
        parts=FrozenMap(deltas),
        noun=parts[0].noun if parts else STAGE,
        offset_s=sums["offset"],
        cycle_s=sums["cycle"],
        greens=tuple(shifts),
    )


def _part(noun: str, name: str, parts: tuple[Part, ...], where: str) -> Part:
    """The part by its name, else by its number in order."""
    if parts and parts[0].noun != noun:
        raise InputError(
            f"The plan is written in {parts[0].noun}s, not in {noun}s.",
            where=where,
            remedy=known_parts(parts),
        )
    named = [part for part in parts if part.name == name]
    if named:
        return named[0]
    if noun == "stage" and name.isdecimal() and 1 <= int(name) <= len(parts):
        return parts[int(name) - 1]
    raise InputError(f"There is no {noun} {name}.", where=where, remedy=known_parts(parts))
