"""A bench's result as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from signalctl.diagrams.bench_plot import Mark, Strip, draw_bench
from signalctl.workflow.bench.rows import PLAN, BenchRow


def draw(rows: Sequence[BenchRow], path: Path) -> None:
    """Delay by scenario and variant, median and range over seeds. Raises InputError."""
    draw_bench(
        [
            Strip(
                scenario=row.entry.name,
                seeds=len(row.seeds),
                marks=tuple(
                    Mark(
                        variant=line.name,
                        median_s=delay.median,
                        lowest_s=delay.lowest,
                        highest_s=delay.highest,
                        open=line.unfinished > 0,
                    )
                    for line in row.lines
                    if (delay := line.delay) is not None and delay.lowest > 0
                ),
            )
            for row in rows
        ],
        PLAN,
        path,
    )
