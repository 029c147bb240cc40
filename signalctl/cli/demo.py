"""signalctl demo: the main job on the shipped arterial, the whole way through."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from signalctl.cli.app import app
from signalctl.cli.arguments import AsJson, Jobs
from signalctl.cli.console import Reporter, emit_json, progress, say
from signalctl.cli.greenwave import show_wave, wave_json
from signalctl.cli.simulate import show_verdict, verdict_json


@app.command()
def demo(
    output: Annotated[
        Path, typer.Option("-o", "--output", help="folder for everything it makes")
    ] = Path("out/demo"),
    seeds: Annotated[int, typer.Option(min=2, max=100, help="number of seeds")] = 5,
    jobs: Jobs = None,
    as_json: AsJson = False,
) -> int:
    """Build the shipped arterial, find its green wave, check, simulate and draw it."""
    from signalctl.workflow.demo import demonstrate

    started = time.perf_counter()
    with ExitStack() as bars:

        def reporter(label: str) -> Reporter:
            bars.pop_all().close()
            return bars.enter_context(progress(label))

        done = demonstrate(output, seeds, jobs, reporter)
    elapsed_s = time.perf_counter() - started
    if as_json:
        emit_json(
            {
                "wave": wave_json(done.wave, elapsed_s),
                "warnings": done.warnings,
                "files": [str(path) for path in done.files],
                **verdict_json(done.verdict),
            }
        )
        return 0
    show_wave(done.wave, elapsed_s)
    say(f"safety rules: no error, {done.warnings} warnings")
    say()
    show_verdict(done.verdict, as_json=False)
    say()
    for path in done.files:
        say(str(path))
    return 0
