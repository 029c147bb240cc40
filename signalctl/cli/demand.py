"""signalctl demand: flows of a known demand, or a demand that reproduces counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from signalctl.cli.app import app
from signalctl.cli.arguments import AnySource, AsJson
from signalctl.cli.console import emit_json, remark, say, table
from signalctl.domain.errors import InputError

WORST = 10
"""Counts shown one by one, the worst first."""


@app.command()
def demand(
    source: AnySource,
    turning_counts: Annotated[
        Path | None, typer.Option(help="CSV: junction, from, to, begin, end, vehicles [, class]")
    ] = None,
    detector_counts: Annotated[
        Path | None, typer.Option(help="CSV: detector, lane or edge, begin, end, count")
    ] = None,
    begin: Annotated[str | None, typer.Option(help="begin of the period, s or HH:MM")] = None,
    end: Annotated[str | None, typer.Option(help="end of the period, s or HH:MM")] = None,
    time_slice: Annotated[
        str | None, typer.Option("--slice", help="show flows by slices, such as 15min")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="decides how vehicles are drawn")] = 1,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="route file to write from counts")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Show flows by group and time slice, or write vehicles that reproduce counts."""
    from signalctl.workflow.counts import CountFiles, demand_of_counts, flows_by_slice
    from signalctl.workflow.source import open_source

    has_counts = turning_counts is not None or detector_counts is not None
    if not has_counts:
        if output is not None or begin is not None or end is not None:
            raise InputError(
                "-o, --begin and --end belong to counts.",
                remedy="Give --turning-counts or --detector-counts.",
            )
        slice_s = parse_duration_s(time_slice) if time_slice is not None else None
        flows = flows_by_slice(open_source(source), slice_s)
        if as_json:
            emit_json({"slices": [flows_json(each) for each in flows]})
        else:
            show_flows(flows)
        return 0
    if output is None:
        raise InputError("Counts need a file to write to.", where="-o", remedy="Give -o FILE.")
    if time_slice is not None:
        raise InputError(
            "Counts have their own intervals.", where="--slice", remedy="Leave it out."
        )
    files = CountFiles(
        turning=turning_counts,
        detectors=detector_counts,
        begin_s=_time_s("--begin", begin),
        end_s=_time_s("--end", end),
    )
    made = demand_of_counts(open_source(source), files, seed, output)
    if as_json:
        emit_json(
            {
                "routes": str(made.routes),
                "scenario": str(made.scenario),
                "vehicles": len(made.demand.vehicles),
                "geh_below_5_share": made.demand.good_share,
                "counts": [fit_json(fit) for fit in made.demand.fits],
                "imbalances": list(made.imbalances),
                "notes": list(made.notes),
                "slices": [flows_json(each) for each in made.flows],
            }
        )
    else:
        _show_fit(made)
    return 0


def parse_duration_s(text: str) -> float:
    """`15min`, `1h`, `900s` or `900` in s; raises InputError."""
    found = re.fullmatch(r"(\d{1,5})\s*(s|min|h)?", text.strip())
    seconds = int(found[1]) * {"s": 1, "min": 60, "h": 3600}[found[2] or "s"] if found else 0
    if not seconds:
        raise InputError(
            f"{text!r} is no length of time.", where="--slice", remedy="Write 15min, 1h or 900."
        )
    return float(seconds)


def flows_json(flows: Any) -> dict[str, Any]:
    """Turning flows of a slice as JSON, veh/h."""
    return {
        "begin_s": flows.begin_s,
        "end_s": flows.end_s,
        "groups": [
            {"junction": junction, "group": group, "vph": vph}
            for (junction, group), vph in flows.groups.items()
        ],
        "movements": [
            {"from": start, "to": end, "vph": vph} for (start, end), vph in flows.movements.items()
        ],
        "notes": list(flows.notes),
    }


def fit_json(fit: Any) -> dict[str, Any]:
    """How well a count is met, as JSON."""
    return {
        "place": list(fit.place),
        "class": fit.v_class,
        "begin_s": fit.begin_s,
        "end_s": fit.end_s,
        "counted": fit.counted,
        "modelled": fit.modelled,
        "geh": fit.geh,
    }


def show_flows(flows: Sequence[Any]) -> None:
    """Flows of every group, a column for each slice."""
    from signalctl.networks.counted_balance import clock

    groups = sorted({key for each in flows for key in each.groups})
    table(
        ("junction", "group", *(f"{clock(f.begin_s)}-{clock(f.end_s)}" for f in flows)),
        [
            (junction, group, *(f"{each.groups.get((junction, group), 0.0):.0f}" for each in flows))
            for junction, group in groups
        ],
        title="veh/h by the time of departure",
    )
    for note in dict.fromkeys(note for each in flows for note in each.notes):
        remark(f"note: {note}")


def _show_fit(made: Any) -> None:
    from signalctl.networks.counted_balance import clock

    fits = sorted(made.demand.fits, key=lambda fit: (-fit.geh, fit.place, fit.begin_s))
    table(
        ("place", "class", "begin", "counted", "modelled", "GEH"),
        [
            (
                " -> ".join(fit.place),
                fit.v_class,
                clock(fit.begin_s),
                f"{fit.counted:.0f}",
                f"{fit.modelled:.0f}",
                f"{fit.geh:.1f}",
            )
            for fit in fits[:WORST]
        ],
        title=f"the {min(WORST, len(fits))} worst of {len(fits)} counts",
    )
    for sentence in (*made.imbalances[:WORST], *made.notes):
        remark(f"note: {sentence}")
    if len(made.imbalances) > WORST:
        remark(f"note: {len(made.imbalances) - WORST} more roads whose counts disagree (--json).")
    share = 100 * made.demand.good_share
    say(f"{share:.1f} % of {len(fits)} counts are met with a GEH below 5.")
    say(f"{made.routes}: {len(made.demand.vehicles)} vehicles; {made.scenario}: the scenario.")


def _time_s(option: str, text: str | None) -> float | None:
    from signalctl.files.counts_table import Row

    return None if text is None else Row(cells={option: text}, where=option).time_s(option)
