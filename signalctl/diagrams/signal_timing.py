"""Signal timing diagram (信号配时图) of one junction: the sheet pinned in the cabinet.

A bar for each signal group over the cycle, with the seconds written at the
greens, the stages above, and the times once more as a table beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from signalctl.diagrams.intergreen_table import draw_intergreens, table_height_in
from signalctl.diagrams.lamps import legend_entries
from signalctl.diagrams.paper import (
    AXIS,
    INK,
    INK_2,
    POINTS_PER_INCH,
    axes_at,
    picture_format,
    sheet,
    shortened,
)
from signalctl.diagrams.signal_timing_rows import (
    ROW_PT,
    TimingView,
    column_heads,
    draw_row,
    time_axis,
)
from signalctl.domain.collapse import collapse_stages
from signalctl.domain.errors import InputError, NotExpressible
from signalctl.domain.expand import expand
from signalctl.domain.fingerprint import fingerprint
from signalctl.domain.junction import GroupKind, Junction, SignalGroup
from signalctl.domain.plan import Offset, ReferencePoint, StageSequence, TimingPlan
from signalctl.domain.program import Program

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH_IN = 12.0
_TOP_IN, _BOTTOM_IN, _RIGHT_IN = 0.82, 0.95, 1.95
_STRIP_PT = 30.0
_LONGEST_SUM = 22

_ORDER: Final = (
    GroupKind.VEHICLE,
    GroupKind.BUS,
    GroupKind.TRAM,
    GroupKind.CYCLE,
    GroupKind.PEDESTRIAN,
)


def draw_signal_timing(
    junction: Junction,
    program: Program,
    path: Path,
    *,
    title: str = "",
    plan: TimingPlan | None = None,
    offset_s: int | None = None,
) -> None:
    """Draw one junction's program as its timing diagram, to an svg, png or pdf file.

    `program` is in the plan's own time: its second 0 is the plan's zero, which
    `offset_s` or, with its reference point, `plan` places in system time. `plan`
    also gives the stages their names and the sheet its number; it must be the
    one that expands to `program`. Unused groups are left out. Raises InputError
    when program, plan and junction do not belong together or the suffix is unknown.
    """
    picture_format(path)
    if set(program.group_ids) != set(junction.group_ids):
        raise InputError(
            "The program's groups are not the junction's.", where=f"junction {junction.id}"
        )
    if plan is not None and expand(plan, junction) != program:
        raise InputError(
            f"Plan {plan.name!r} does not expand to the program to be drawn.",
            where=f"junction {junction.id}",
        )
    groups = _in_order(junction)
    stages = _stages(plan, program, junction)
    names = [shortened(group.id, 24) for group in groups]
    name = title or (f"plan {shortened(plan.name, 30)}" if plan else "")
    if plan is not None:
        offset = offset_in_words(plan.offset)
    else:
        offset = "" if offset_s is None else offset_in_words(Offset(seconds=offset_s))
    left_in = 0.42 + max(0.072 * max((len(label) for label in names), default=0), 0.9)
    plot_pt = ROW_PT * max(len(groups), 1) + (_STRIP_PT if stages else 8.0)
    table_in = table_height_in(groups, junction)
    height_in = plot_pt / POINTS_PER_INCH + _TOP_IN + _BOTTOM_IN + table_in
    with sheet(path, _WIDTH_IN, height_in) as figure:
        axes = axes_at(figure, left_in, _BOTTOM_IN + table_in, _RIGHT_IN, _TOP_IN)
        axes.set_xlim(0, program.cycle_s)
        axes.set_ylim(0, plot_pt)
        second_pt = (_WIDTH_IN - left_in - _RIGHT_IN) * POINTS_PER_INCH / program.cycle_s
        view = TimingView(program=program, second_pt=second_pt, rows_pt=ROW_PT * len(groups))
        time_axis(axes, view)
        used: set[str] = set()
        for number, (group, label) in enumerate(zip(groups, names, strict=True)):
            y = view.rows_pt - (number + 1) * ROW_PT
            used |= draw_row(axes, group, label, y, view)
        column_heads(axes, view)
        _stage_strip(axes, stages, plot_pt, view)
        _reference(axes, plan.offset if plan else Offset(seconds=0), view)
        draw_intergreens(figure, groups, junction, left_in, 0.5, table_in)
        entries = legend_entries(used)
        figure.legend(
            [artist for artist, _ in entries],
            [label for _, label in entries],
            loc="lower left",
            bbox_to_anchor=(left_in / _WIDTH_IN - 0.008, 0.02 / height_in),
            ncols=max(len(entries), 1),
            frameon=False,
            fontsize=7.5,
            handlelength=2.2,
            columnspacing=1.6,
        )
        figure.text(
            1 - 0.2 / _WIDTH_IN,
            0.12 / height_in,
            f"{plan_number(program, plan)}    checked: ______________",
            fontsize=7,
            color=INK_2,
            ha="right",
        )
        figure.text(
            left_in / _WIDTH_IN,
            1 - 0.15 / height_in,
            "   ·   ".join(part for part in (shortened(junction.id, 60), name) if part),
            fontsize=12.5,
            fontweight="bold",
            va="top",
        )
        figure.text(
            left_in / _WIDTH_IN,
            1 - 0.43 / height_in,
            "   ·   ".join(part for part in (f"cycle {program.cycle_s} s", offset) if part),
            fontsize=8.5,
            va="top",
            color=INK_2,
        )


def plan_number(program: Program, plan: TimingPlan | None) -> str:
    """The start of the fingerprint that tells this sheet's plan from any other."""
    if plan is None:
        return f"program {fingerprint(program)[7:19]}"
    return f"plan {fingerprint(plan)[7:19]}"


def offset_in_words(offset: Offset) -> str:
    """The offset with the event it speaks of: nobody has to guess the reference."""
    event = {
        ReferencePoint.CYCLE_START: "second 0 of this plan",
        ReferencePoint.GREEN_START: f"start of green of {offset.group}",
        ReferencePoint.GREEN_END: f"end of green of {offset.group}",
    }[offset.point]
    return f"offset {offset.seconds} s: {event} comes {offset.seconds} s after system zero"


def _in_order(junction: Junction) -> list[SignalGroup]:
    """Vehicles first, crossings last, otherwise as the junction has them."""
    used = [group for group in junction.groups if group.kind in _ORDER]
    return sorted(used, key=lambda group: _ORDER.index(group.kind))


def _stages(
    plan: TimingPlan | None, program: Program, junction: Junction
) -> list[tuple[str, int, int]]:
    """(id, start_s, length_s) of the stages, empty where the plan has no such form."""
    form = plan.form if plan else None
    if not isinstance(form, StageSequence):
        try:
            form = collapse_stages(program, junction)
        except NotExpressible:
            return []
    found = []
    at = form.start_s
    for stage in form.stages:
        found.append((stage.id, at % program.cycle_s, stage.split_s))
        at += stage.split_s
    return found


def _stage_strip(
    axes: Axes, stages: Sequence[tuple[str, int, int]], plot_pt: float, view: TimingView
) -> None:
    """Stages above the rows, their changes as thin lines through them, and their sum."""
    c = view.program.cycle_s
    low, high = view.rows_pt + 7.0, plot_pt - 7.0
    for stage_id, start, length in stages:
        axes.plot([start, start], [0, high], color=INK, linewidth=0.7, zorder=4, dashes=(1, 2))
        pieces = [(start, min(start + length, c))]
        if start + length > c:
            pieces.append((0, start + length - c))
        for begin, end in pieces:
            axes.broken_barh(
                [(begin, end - begin)],
                (low, high - low),
                facecolor="#F0F2F4",
                edgecolor=AXIS,
                linewidth=0.8,
                zorder=3,
            )
        begin, end = max(pieces, key=lambda piece: piece[1] - piece[0])
        room = int((end - begin) * view.second_pt / 5.2)
        label = f"{stage_id}: {length} s"
        if len(label) > room:
            label = shortened(stage_id, room) if room >= min(len(stage_id), 2) else ""
        axes.text(
            (begin + end) / 2,
            (low + high) / 2 - 0.4,
            label,
            ha="center",
            va="center",
            fontsize=8,
            fontweight="bold",
            zorder=5,
        )
    if stages:
        total = " + ".join(str(length) for _, _, length in stages)
        if len(total) > _LONGEST_SUM:
            total = f"{len(stages)} stages"
        axes.annotate(
            f"{total} = {sum(length for _, _, length in stages)} s",
            (1, (low + high) / 2 + 4),
            (8, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
            fontsize=7.8,
        )


def _reference(axes: Axes, offset: Offset, view: TimingView) -> None:
    """A triangle on the axis at the event the offset speaks of."""
    at = 0
    if offset.group is not None:
        spans = view.program.green_spans(offset.group)
        if len(spans) == 1:
            start, end = spans[0]
            at = start if offset.point is ReferencePoint.GREEN_START else end
    axes.plot(
        [at % view.program.cycle_s],
        [0],
        marker="v" if offset.point is not ReferencePoint.CYCLE_START else "D",
        markersize=5.5,
        color=INK,
        clip_on=False,
        zorder=9,
    )
