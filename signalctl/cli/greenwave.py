"""signalctl greenwave: the two-way green wave of a corridor, with its proof."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from signalctl.cli.app import app
from signalctl.cli.arguments import AllowUnsafe, AnySource, AsJson, Rules
from signalctl.cli.console import emit_json, progress, remark, say, table
from signalctl.cli.options import parse_cycles, parse_ids, parse_speed, parse_weight
from signalctl.domain.errors import InputError

if TYPE_CHECKING:
    from signalctl.workflow.wave.cycle import Aim

NOTES_SHOWN = 8


@app.command()
def greenwave(
    source: AnySource,
    corridor: Annotated[str | None, typer.Option(help="junction ids in order: J1,J2,J3")] = None,
    from_edge: Annotated[
        str | None, typer.Option("--from", help="first edge of the corridor")
    ] = None,
    to_edge: Annotated[str | None, typer.Option("--to", help="last edge of the corridor")] = None,
    auto: Annotated[
        bool, typer.Option("--auto", help="take the most important arterial found")
    ] = False,
    cycle: Annotated[str, typer.Option(help="cycle in s, or a range")] = "60..120",
    speed: Annotated[
        str | None,
        typer.Option(
            help="progression speed in km/h, or a range; default: 90 to 100 % of the limits"
        ),
    ] = None,
    weight: Annotated[str, typer.Option(help="weights of the bands, OUT:IN")] = "1:1",
    per_link: Annotated[
        bool, typer.Option("--per-link", help="a band for each link (MULTIBAND)")
    ] = False,
    sequence: Annotated[str, typer.Option(help="stage sequence: keep or optimise")] = "keep",
    aim: Annotated[
        str | None,
        typer.Option(help="choose the cycle by band or delay; default: delay if demand is known"),
    ] = None,
    rules: Rules = "as-surveyed",
    allow_unsafe: AllowUnsafe = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="plan file to write")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Find the widest two-way green wave, proven optimal in whole seconds."""
    from signalctl.files.plan_file import write_plans
    from signalctl.rules.registry import profile
    from signalctl.workflow.wave.greenwave import WaveRequest
    from signalctl.workflow.wave.search import CorridorChoice, find_wave

    started = time.perf_counter()
    if sequence not in ("keep", "optimise"):
        raise InputError(
            f"There is no sequence choice {sequence!r}.",
            where="--sequence",
            remedy="Write keep or optimise.",
        )
    if aim not in (None, "band", "delay"):
        raise InputError(
            f"There is no aim {aim!r}.", where="--aim", remedy="Write --aim band or --aim delay."
        )
    speeds = parse_speed(speed) if speed is not None else None
    choice = CorridorChoice.of(
        junctions=parse_ids(corridor) if corridor is not None else None,
        from_edge=from_edge,
        to_edge=to_edge,
        auto=auto,
    )
    request = WaveRequest(
        cycles=parse_cycles(cycle),
        speeds=(speeds.low_mps, speeds.high_mps) if speeds is not None else None,
        weights=parse_weight(weight),
        per_link=per_link,
        sequence="optimise" if sequence == "optimise" else "keep",
        aim=cast("Aim | None", aim),
        profile=None if allow_unsafe else profile(rules),
    )
    with progress("greenwave") as report:
        wave = find_wave(source, choice, request, report)
    if output is not None:
        write_plans(output, wave.plans, f"{wave.plans.name}, made by signalctl greenwave")
    for note in wave.notes[:NOTES_SHOWN]:
        remark(f"note: {note}")
    if len(wave.notes) > NOTES_SHOWN:
        remark(f"note: {len(wave.notes) - NOTES_SHOWN} more notes, all of them with --json")
    elapsed_s = time.perf_counter() - started
    if as_json:
        emit_json(wave_json(wave, elapsed_s))
    else:
        show_wave(wave, elapsed_s)
        if output is not None:
            say(f"{output}: {len(wave.plans.plans)} plans.")
    return 0


def wave_json(wave: Any, elapsed_s: float) -> dict[str, Any]:
    """The wave as the JSON document that is promised to programs."""
    result = wave.result
    return {
        "status": result.status,
        "corridor": wave.corridor.name,
        "cycle_s": result.cycle_s,
        "value_s": result.value_s,
        "bound_s": result.bound_s,
        "bands": {
            direction: {"width_s": round(band.width_s, 3), "start_s": round(band.start_s, 3)}
            for direction, band in wave.bands.items()
        },
        "link_bands": _link_bands(result),
        "front": [{"outbound_s": out, "inbound_s": back} for out, back in wave.front],
        "junctions": [
            {
                "id": timing.id,
                "offset_s": timing.offset_s,
                "sequence": wave.sequences[timing.id],
                "earlier_s": timing.earlier_s,
                "later_s": timing.later_s,
                "binding": list(timing.binding),
            }
            for timing in result.signals
        ],
        "cycles": [
            {
                "cycle_s": row.cycle_s,
                "status": row.status,
                "bound_s": row.bound_s,
                "note": row.note,
            }
            for row in result.cycles
        ],
        "explanation": list(getattr(result, "explanation", ())),
        "notes": list(wave.notes),
        "elapsed_s": elapsed_s,
    }


def _link_bands(result: Any) -> dict[str, list[float]]:
    """Widths of per-link bands by direction; empty where one band runs through."""
    per_link = {direction: getattr(result, direction) for direction in ("outbound", "inbound")}
    return {
        direction: [link.width_s for link in links]
        for direction, links in per_link.items()
        if isinstance(links, tuple)
    }


def show_wave(wave: Any, elapsed_s: float) -> None:
    """The wave as a table for people."""
    result = wave.result
    count = len(wave.corridor.junction_ids)
    say(f"{wave.corridor.name}: {count} junctions, cycle {result.cycle_s} s")
    table(
        ("junction", "offset s", "may move s", "sequence", "x max", "binds"),
        [
            (
                timing.id,
                timing.offset_s,
                f"-{timing.earlier_s} .. +{timing.later_s}",
                wave.sequences[timing.id],
                f"{wave.worksheets[timing.id].largest_saturation:.2f}"
                if timing.id in wave.worksheets
                else "-",
                ", ".join(timing.binding),
            )
            for timing in result.signals
        ],
    )
    for direction, band in wave.bands.items():
        progression = wave.corridor.directions[direction]
        length_m = progression.stop_lines[-1].position_m
        time_s = progression.travel_times_s[-1]
        pace = f" at {3.6 * length_m / time_s:.0f} km/h" if time_s else ""
        say(f"{direction:9}band {band.width_s:.1f} s of {result.cycle_s} s{pace}")
    for direction, widths in _link_bands(result).items():
        say(f"{direction:9}bands link by link: {', '.join(f'{width:g}' for width in widths)} s")
    if wave.front:
        picked = wave.front[:: max(1, len(wave.front) // 6)]
        say(f"bands out/in to be had: {', '.join(f'{o}/{i}' for o, i in picked)} s (--weight)")
    for sentence in getattr(result, "explanation", ()):
        say(sentence)
    sums = "weighted sum of link bands " if _link_bands(result) else ""
    say(
        f"{result.status}: {sums}{result.value_s:.1f} s reached, {result.bound_s:.1f} s proven "
        f"bound, {elapsed_s:.1f} s of work"
    )
