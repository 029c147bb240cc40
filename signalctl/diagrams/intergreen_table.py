"""The intergreen matrix as a table at the foot of a timing diagram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from signalctl.diagrams.paper import GRID, INK, INK_2, shortened
from signalctl.domain.junction import Conflict, Junction, SignalGroup

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_GROUPS: Final = 24
"""Above this many groups the table would not be legible and is left out."""

_CELL_IN = 0.2
_HEAD_IN = 0.98


def table_height_in(groups: Sequence[SignalGroup], junction: Junction) -> float:
    """Inches the table takes; 0 where there is nothing to tell or too much."""
    if not 2 <= len(groups) <= MOST_GROUPS or not junction.intergreens.seconds:
        return 0.0
    return _HEAD_IN + _CELL_IN * len(groups) + 0.15


def draw_intergreens(
    figure: Figure,
    groups: Sequence[SignalGroup],
    junction: Junction,
    left_in: float,
    bottom_in: float,
    height_in: float,
) -> None:
    """Intergreens in s, ending groups as rows, starting groups as columns.

    A dot is a conflict whose intergreen nobody knows, an empty cell no conflict.
    """
    if not height_in:
        return
    n = len(groups)
    width, height = (float(size) for size in figure.get_size_inches())
    cell_w = 0.27
    axes = figure.add_axes(
        (
            left_in / width,
            bottom_in / height,
            cell_w * n / width,
            _CELL_IN * n / height,
        )
    )
    axes.set_xlim(0, n)
    axes.set_ylim(n, 0)
    axes.axis("off")
    for k in range(n + 1):
        axes.plot([0, n], [k, k], color=GRID, linewidth=0.7, clip_on=False)
        axes.plot([k, k], [0, n], color=GRID, linewidth=0.7, clip_on=False)
    for i, ending in enumerate(groups):
        name = shortened(ending.id, 20)
        axes.text(-0.2, i + 0.53, name, ha="right", va="center", fontsize=7)
        axes.text(
            i + 0.35,
            -0.2,
            shortened(ending.id, 14),
            rotation=55,
            ha="left",
            va="bottom",
            fontsize=7,
            rotation_mode="anchor",
        )
        for j, starting in enumerate(groups):
            seconds = junction.intergreens.get(ending.id, starting.id)
            if i == j:
                axes.plot([j, j + 1], [i, i + 1], color=GRID, linewidth=0.7)
            elif seconds is not None:
                axes.text(
                    j + 0.5,
                    i + 0.53,
                    str(seconds),
                    ha="center",
                    va="center",
                    fontsize=7.2,
                    color=INK,
                )
            elif junction.conflicts.between(ending.id, starting.id) is Conflict.HARD:
                axes.text(j + 0.5, i + 0.53, "·", ha="center", va="center", fontsize=8)
    axes.text(
        n + 0.6 if n > 6 else n + 3.2,
        n,
        "intergreen, s: row ends green, column starts\ndot: conflict without known intergreen",
        fontsize=7,
        color=INK_2,
        va="bottom",
    )
