"""Scenarios of a corpus: a folder each, with a SUMO configuration and a manifest.

The manifest says what the configuration cannot: where the files come from and under
which licence, and options the scenario needs beside its configuration.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import yaml

from signalctl.domain.errors import InputError
from signalctl.sim.scenario import Scenario, time_s
from signalctl.sim.sumo_options import option_named
from signalctl.workflow.source import Source

MANIFEST: Final = "manifest.yaml"
CONFIGURATION: Final = "scenario.sumocfg"
MAX_BYTES: Final = 100_000
"""A manifest is a page of text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a corpus says of a scenario: period, origin and licence in words, options.

    `options` are SUMO options by name as they stand in `extra_options`; a step length
    among them is the scenario's own.
    """

    begin_s: float | None = None
    end_s: float | None = None
    source: str = ""
    licence: str = ""
    notes: str = ""
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusScenario:
    """One scenario of a corpus, not read yet."""

    name: str
    configuration: Path
    manifest: Manifest


def corpus_scenarios(folder: Path) -> tuple[CorpusScenario, ...]:
    """Every scenario of a corpus, by name. Raises InputError for a broken manifest.

    A folder without any scenario gives none.
    """
    return tuple(
        CorpusScenario(name=file.parent.name, configuration=file, manifest=read_manifest(file))
        for file in sorted(folder.glob(f"*/{CONFIGURATION}"))
    )


def read_manifest(configuration: Path) -> Manifest:
    """The manifest beside a configuration; an empty one where none lies there.

    Raises InputError for one that is no plain mapping or holds an unknown SUMO option.
    """
    path = configuration.parent / MANIFEST
    if not path.exists():
        return Manifest()
    where = str(path)
    written = _mapping(path)

    def words(key: str) -> str:
        return " ".join(str(written.get(key) or "").split())

    def second(key: str) -> float | None:
        return None if written.get(key) is None else time_s(str(written[key]), f"{where}: {key}")

    return Manifest(
        begin_s=second("begin"),
        end_s=second("end"),
        source=words("source"),
        licence=words("licence"),
        notes=words("notes"),
        options=_options(words("extra_options"), where),
    )


def with_manifest(source: Source, manifest: Manifest) -> Source:
    """The source under the manifest's options.

    Raises InputError when the manifest states another period than the configuration.
    """
    scenario = source.scenario
    if scenario is None:
        return source
    _same_period(scenario, manifest)
    options = dict(manifest.options)
    step_s = float(options.pop("step-length", scenario.step_s))
    return replace(source, scenario=replace(scenario, step_s=step_s).with_options(options))


def _mapping(path: Path) -> dict[str, Any]:
    where = str(path)
    if path.stat().st_size > MAX_BYTES:
        raise InputError("The manifest is larger than a page of text.", where=where)
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        if any(
            isinstance(t, yaml.tokens.AnchorToken | yaml.tokens.AliasToken) for t in yaml.scan(text)
        ):
            raise InputError("Anchors have no place in a manifest.", where=where)
        written = yaml.safe_load(text)
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split())
        raise InputError(f"This is no YAML: {problem}.", where=where) from error
    if not isinstance(written, dict):
        raise InputError("A manifest is a list of names and values.", where=where)
    return written


def _options(text: str, where: str) -> tuple[tuple[str, str], ...]:
    words = shlex.split(text)
    named = words[::2]
    if len(words) % 2 or not all(word.startswith("--") for word in named):
        raise InputError(
            f"extra_options {text!r} are no options with a value each.",
            where=where,
            remedy="Write --name value --name value.",
        )
    return tuple(
        (option_named(name.removeprefix("--"), where).name, value)
        for name, value in zip(named, words[1::2], strict=True)
    )


def _same_period(scenario: Scenario, manifest: Manifest) -> None:
    for what, ours, theirs in (
        ("begin", scenario.begin_s, manifest.begin_s),
        ("end", scenario.end_s, manifest.end_s),
    ):
        if theirs is not None and theirs != ours:
            raise InputError(
                f"The manifest's {what} is {theirs:g} s, the configuration's {ours:g} s.",
                where=str(scenario.source),
                remedy="Correct one of them.",
            )
