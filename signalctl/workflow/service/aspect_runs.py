"""What a group shows over one cycle, as runs for the wire."""

from __future__ import annotations

from itertools import pairwise

from signalctl.domain.program import Program


def runs(program: Program, group: str) -> list[list[int | str]]:
    """[from_s, to_s, letter] over one cycle from second 0, cut at second 0."""
    text = program.seconds[group]
    edges = [0, *(t for t in range(1, len(text)) if text[t] != text[t - 1]), len(text)]
    return [[start, end, text[start]] for start, end in pairwise(edges)]
