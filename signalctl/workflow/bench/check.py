"""A bench against a committed baseline: what became worse, clearly beyond noise."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from signalctl.domain.errors import InputError
from signalctl.sim.statistics import paired_difference
from signalctl.workflow.bench.rows import BenchRow, VariantLine

SCHEMA: Final = "signalctl/bench-baseline/1"
TOLERANCE: Final = 0.02
"""Share of the baseline's median that a regression must pass beside its interval: two
releases of a dependency may round apart, and nobody drives 2 % worse by a mistake
worth stopping work for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One variant of one scenario, as it was and as it is, in a sentence."""

    scenario: str
    variant: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What became worse, and what became better (for people, who may renew the baseline)."""

    regressions: tuple[Change, ...]
    gains: tuple[Change, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """How a baseline was made, so that a check can do the same."""

    suite: str
    peers: tuple[str, ...]
    planner: str
    seeds: int
    heavy_seeds: int
    rules: str
    evaluations: int | None = None


def baseline_json(rows: Sequence[BenchRow], made: Made) -> dict[str, Any]:
    """The baseline to commit: how it was made, delay of every seed, counts, SUMO's version."""
    return {
        "schema": SCHEMA,
        "made": asdict(made),
        "sumo_version": next((row.sumo_version for row in rows if row.sumo_version), ""),
        "scenarios": {
            row.entry.name: {
                "seeds": list(row.seeds),
                "variants": {line.name: _figures(line) for line in row.lines if line.delays_s},
            }
            for row in rows
            if not row.failed
        },
    }


def read_baseline(path: Path) -> dict[str, Any]:
    """A committed baseline. Raises InputError for anything else."""
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"The baseline cannot be read: {error}.", where=str(path)) from error
    if not isinstance(written, dict) or written.get("schema") != SCHEMA:
        raise InputError(
            f"This is no baseline of schema {SCHEMA}.",
            where=str(path),
            remedy="Write one by signalctl bench --write-baseline FILE.",
        )
    return written


def made_of(baseline: dict[str, Any]) -> Made:
    """How the baseline was made. Raises InputError when it does not say."""
    try:
        return Made(**{**baseline["made"], "peers": tuple(baseline["made"]["peers"])})
    except (KeyError, TypeError) as error:
        raise InputError(
            f"The baseline does not say how it was made: {error}.",
            remedy="Write one by signalctl bench --write-baseline FILE.",
        ) from error


def check(rows: Sequence[BenchRow], baseline: dict[str, Any]) -> Check:
    """Every scenario and variant of the baseline that ran against what it was.

    A regression is a paired difference whose 95 % interval lies above zero and whose
    mean passes TOLERANCE, more unfinished vehicles or collisions, or a variant or
    scenario that is gone. Raises InputError for another SUMO, whose figures differ.
    """
    version = next((row.sumo_version for row in rows if row.sumo_version), "")
    if version and version != baseline["sumo_version"]:
        raise InputError(
            f"The baseline was made with {baseline['sumo_version']}, this is {version}.",
            remedy="Compare within one release of SUMO; write a new baseline.",
        )
    found = {row.entry.name: row for row in rows}
    regressions: list[Change] = []
    gains: list[Change] = []
    for name, was in sorted(baseline["scenarios"].items()):
        row = found.get(name)
        if row is None or row.failed:
            why = "was not run" if row is None else f"fails: {row.failed}"
            regressions.append(Change(scenario=name, variant="", sentence=f"{name} {why}"))
            continue
        for variant, figures in sorted(was["variants"].items()):
            worse, better = _judged(row, variant, figures, was["seeds"])
            if worse:
                sentence = f"{name}, {variant}: {worse}"
                regressions.append(Change(scenario=name, variant=variant, sentence=sentence))
            elif better:
                sentence = f"{name}, {variant}: {better}"
                gains.append(Change(scenario=name, variant=variant, sentence=sentence))
    return Check(regressions=tuple(regressions), gains=tuple(gains))


def _judged(
    row: BenchRow, variant: str, was: dict[str, Any], seeds: Sequence[int]
) -> tuple[str, str]:
    """(what became worse, what became better), empty where nothing clearly did."""
    line = next((each for each in row.lines if each.name == variant), None)
    if line is None or not line.delays_s:
        return (line.failed if line and line.failed else "is gone"), ""
    if list(row.seeds) != list(seeds):
        return f"ran with seeds {list(row.seeds)}, the baseline with {list(seeds)}", ""
    for key, words in (("unfinished", "vehicles unfinished"), ("collisions", "collisions")):
        now, before = getattr(line, key), int(was[key])
        if now > before:
            return f"{now} {words}, {before} before", ""
    difference = paired_difference(was["delays_s"], line.delays_s)
    mean = sum(was["delays_s"]) / len(was["delays_s"])
    low, high = difference.interval or (difference.mean, difference.mean)
    sentence = (
        f"{mean + difference.mean:.2f} s/veh, {mean:.2f} before "
        f"({difference.mean:+.2f} s, 95 % {low:+.2f} .. {high:+.2f})"
    )
    if low > 0 and difference.mean > TOLERANCE * mean:
        return sentence, ""
    return "", (sentence if high < 0 and -difference.mean > TOLERANCE * mean else "")


def _figures(line: VariantLine) -> dict[str, Any]:
    delay = line.delay
    assert delay is not None
    return {
        "median_s": delay.median,
        "lowest_s": delay.lowest,
        "highest_s": delay.highest,
        "delays_s": list(line.delays_s),
        "unfinished": line.unfinished,
        "collisions": line.collisions,
    }
