"""Other safe orders of a program's stages, to let a green wave choose among them.

Bands need the greens of the two directions at different seconds, and the order
of stages decides which seconds there are. Every variant is unrolled with the
junction's own intergreens and kept only when it breaks no rule that the
program itself keeps. Splits are computed for each variant afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice, permutations, product
from typing import Final

from signalctl.domain.collapse import collapse_stages
from signalctl.domain.errors import InputError, NotExpressible, SolveError
from signalctl.domain.expand import expand
from signalctl.domain.finding import Severity
from signalctl.domain.junction import Junction
from signalctl.domain.plan import Offset, StageSequence, TimingPlan
from signalctl.domain.program import Program
from signalctl.optimiser.retime import retime, under_rules
from signalctl.optimiser.steps import steps
from signalctl.optimiser.street import Block, glued, patterns, renumbered, street_of
from signalctl.rules.registry import Profile, profile
from signalctl.rules.validate import validate_program

MOST_VARIANTS: Final = 24
MOST_BLOCKS: Final = 6
"""Stages, with what is glued to them, up to which other orders are tried."""

MOST_TRIED: Final = 60
"""Orders that are unrolled and judged before the search ends."""

_ROOM_S = 10

AS_IT_IS: Final = "as it is"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A program with another order of stages, at the same cycle.

    `label` says the order for people: "lead-lag (N-left, S-left)" (N-left leads,
    S-left lags), or the stages' numbers in the program as it was, "1-3-2-4". `why_not` says, on the
    variant "as it is", why there can be no others; empty when others were tried.
    """

    label: str
    program: Program
    why_not: str = ""


def variants(
    program: Program,
    junction: Junction,
    rules: Profile | None = None,
    limit: int = MOST_VARIANTS,
) -> tuple[Variant, ...]:
    """The program itself, then other safe orders of its stages, at most `limit` in all.

    Left-turn patterns of streets come first, then permutations of all stages.
    A variant is dropped when it cannot be unrolled, leaves a group less than its
    minimum green at this cycle, gives a group more greens than it had, or breaks
    a rule of `rules` (as-surveyed by default) that the program keeps.
    """
    rules = rules or profile("as-surveyed")
    strict = under_rules(junction, rules)
    try:
        form = collapse_stages(program, junction)
    except NotExpressible as error:
        return (Variant(label=AS_IT_IS, program=program, why_not=error.message),)
    blocks = glued(form.stages, junction)
    if not 2 <= len(blocks) <= MOST_BLOCKS:
        why = f"{len(blocks)} stages: only programs of 2 to {MOST_BLOCKS} stages are reordered."
        return (Variant(label=AS_IT_IS, program=program, why_not=why),)
    allowed = _errors(program, junction, rules)
    found = [Variant(label=AS_IT_IS, program=program)]
    seen = {_order_of_lamps(program)}
    for label, order in islice(_orders(blocks, junction), MOST_TRIED):
        if len(found) >= limit:
            break
        made = _unrolled(order, form, program, strict)
        if made is None or _order_of_lamps(made) in seen:
            continue
        seen.add(_order_of_lamps(made))
        more_greens = any(
            len(made.green_spans(g)) > len(program.green_spans(g))
            or (not made.green_spans(g) and program.green_spans(g))
            for g in junction.group_ids
        )
        if not more_greens and _errors(made, junction, rules) <= allowed:
            found.append(Variant(label=label, program=made))
    return tuple(found)


def _orders(blocks: list[Block], junction: Junction) -> Iterator[tuple[str, list[Block]]]:
    """Labelled orders of blocks, the most telling first: one street, both, all stages."""
    both_streets: list[tuple[str, list[Block]]] = []
    n = len(blocks)
    for first, length in product(range(n), range(1, n + 1)):
        if length == n and first > 0:
            continue
        turned = [*blocks[first:], *blocks[:first]]
        one = street_of(turned[:length], junction)
        if one is None:
            continue
        rest = turned[length:]
        other = street_of(rest, junction) if rest else None
        for label, pattern in patterns(one, junction).items():
            yield label, [*pattern, *rest]
            if other is not None:
                both_streets += [
                    (f"{label}; {label_2}", [*pattern, *pattern_2])
                    for label_2, pattern_2 in patterns(other, junction).items()
                ]
    yield from both_streets
    numbers = {id(block): str(i) for i, block in enumerate(blocks, start=1)}
    for order in permutations(blocks[1:]):
        whole = [blocks[0], *order]
        yield "-".join(numbers[id(block)] for block in whole), whole


def _unrolled(
    blocks: list[Block], form: StageSequence, program: Program, junction: Junction
) -> Program | None:
    """The blocks as a program of the original's cycle, minimums kept; None if impossible."""
    heads = {id(block[0]) for block in blocks}
    # Room for interstages the stages did not have before; retiming takes it back.
    longer = [
        replace(stage, split_s=stage.split_s + (_ROOM_S if id(stage) in heads else 0))
        for block in blocks
        for stage in block
    ]
    cycle_s = sum(stage.split_s for stage in longer)
    plan = TimingPlan(
        junction_id=junction.id,
        name="variant",
        cycle_s=cycle_s,
        offset=Offset(seconds=0),
        form=StageSequence(stages=renumbered(longer), start_s=form.start_s % cycle_s),
    )
    try:
        made = expand(plan, junction)
        shares = [max(s.length_s - _ROOM_S, 1) for s in steps(made, junction) if s.stretchable]
        return retime(made, junction, program.cycle_s, shares)
    except (InputError, NotExpressible, SolveError):
        return None


def _errors(
    program: Program, junction: Junction, rules: Profile
) -> frozenset[tuple[str, frozenset[str]]]:
    """Rules broken, and by whom; the second does not matter between orders."""
    return frozenset(
        (finding.rule, frozenset(finding.groups))
        for finding in validate_program(program, junction, rules)
        if finding.severity is Severity.ERROR or finding.rule == "yellow-trap"
    )


def _order_of_lamps(program: Program) -> tuple[str, ...]:
    """The states in order, less how long they last and where second 0 lies."""
    states = [program.state(program.group_ids, t) for t in range(program.cycle_s)]
    order = [state for t, state in enumerate(states) if state != states[t - 1]]
    turns = [tuple(order[k:] + order[:k]) for k in range(len(order))]
    return min(turns, default=())
