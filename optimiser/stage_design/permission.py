"""Who may be shown permissive green: a rule the engineer states, never a by-product.

A permissive turn saves a stage and may lock up in dense traffic, so by default a
group is shown permissive only where the junction's own programs show it so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from signalctl.domain.aspect import GREENS, Aspect
from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.domain.program import Program


class TurnRule(StrEnum):
    """Whether a group's green may give way to others."""

    AS_SHIPPED = "as shipped"
    """Only where a program of the junction shows it so."""
    MAY_YIELD = "may yield"
    """Wherever the conflict matrix lets the group give way."""
    PROTECTED_ONLY = "protected only"
    """Never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """The rule for everybody, and exceptions by (junction id, group id)."""

    default: TurnRule = TurnRule.AS_SHIPPED
    exceptions: FrozenMap[tuple[str, str], TurnRule] = field(default_factory=FrozenMap)

    def of(self, junction_id: str, group_id: str) -> TurnRule:
        """The rule that holds for one group."""
        return self.exceptions.get((junction_id, group_id), self.default)


def permitted_yields(
    junction: Junction, shipped: Sequence[Program], permission: Permission
) -> frozenset[tuple[str, str]]:
    """The pairs (who gives way, to whom) of the matrix that may be green together.

    As shipped: every yield of a group that a shipped program shows permissive;
    and, of a group shown protected only, those to groups it is green beside
    (a near-side turn into a road, which programs often show protected).
    """
    allowed = set()
    for group, other in junction.conflicts.yields:
        rule = permission.of(junction.id, group)
        if rule is TurnRule.MAY_YIELD or (
            rule is TurnRule.AS_SHIPPED
            and any(_shown(program, group, other) for program in shipped)
        ):
            allowed.add((group, other))
    return frozenset(allowed)


def may_be_permissive(
    junction: Junction, shipped: Sequence[Program], permission: Permission
) -> frozenset[str]:
    """The groups that may be shown permissive to somebody (`permitted_yields`)."""
    return frozenset(group for group, _ in permitted_yields(junction, shipped, permission))


def shown_permissive(program: Program, group: str) -> bool:
    """Whether a program shows a group permissive in any second."""
    return Aspect.PERMISSIVE.value in program.seconds.get(group, "")


def exceptions_from(
    words: Iterable[str], rule: TurnRule, junctions: Mapping[str, Junction]
) -> FrozenMap[tuple[str, str], TurnRule]:
    """Exceptions from an engineer's words JUNCTION:GROUP, in lists separated by commas.

    The last colon separates, for junction ids may hold colons. Raises InputError
    for a word without colon, an unknown junction or an unknown group.
    """
    found: dict[tuple[str, str], TurnRule] = {}
    for word in (part.strip() for text in words for part in text.split(",")):
        if not word:
            continue
        junction_id, colon, group_id = word.rpartition(":")
        if not colon or not junction_id or not group_id:
            raise InputError(
                f"{word!r} does not name a signal group of a junction.",
                remedy="Write JUNCTION:GROUP, several of them separated by commas.",
            )
        junction = junctions.get(junction_id)
        if junction is None:
            some = ", ".join(sorted(junctions)[:20]) or "none"
            raise InputError(
                f"There is no signal-controlled junction {junction_id!r} (in {word!r}).",
                remedy=f"Known ones: {some}{', ...' if len(junctions) > 20 else ''}.",
            )
        junction.group(group_id)
        found[junction_id, group_id] = rule
    return FrozenMap(found)


def permission_from(
    junctions: Mapping[str, Junction],
    *,
    default: TurnRule = TurnRule.AS_SHIPPED,
    may_yield: Iterable[str] = (),
    protected_only: Iterable[str] = (),
) -> Permission:
    """A permission from the engineer's lists; raises InputError as `exceptions_from` does.

    Also raises InputError for a group named in both lists.
    """
    free = exceptions_from(may_yield, TurnRule.MAY_YIELD, junctions)
    bound = exceptions_from(protected_only, TurnRule.PROTECTED_ONLY, junctions)
    both = sorted(set(free) & set(bound))
    if both:
        raise InputError(
            f"Group {both[0][1]} may yield and is protected only at once.",
            where=f"junction {both[0][0]}",
            remedy="Name it in one of the two lists.",
        )
    return Permission(default=default, exceptions=FrozenMap({**free, **bound}))


def _shown(program: Program, group: str, other: str) -> bool:
    own, beside = program.seconds.get(group, ""), program.seconds.get(other, "")
    if Aspect.PERMISSIVE.value in own:
        return True
    return any(a in GREENS and b in GREENS for a, b in zip(own, beside, strict=True))
