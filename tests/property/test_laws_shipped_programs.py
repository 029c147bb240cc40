"""Laws 2, 4 and 5 on programs from real networks: SUMO's own and the corpus at hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sumo
from corpus import ABSENT, CORPUS

from signalctl.domain.collapse import collapse
from signalctl.domain.expand import expand
from signalctl.domain.finding import Severity
from signalctl.domain.junction import Junction
from signalctl.domain.plan import Offset, TimingPlan
from signalctl.domain.program import Program
from signalctl.networks.network import read_network
from signalctl.rules.guard import Guard
from signalctl.rules.registry import PROFILES, profile
from signalctl.rules.validate import validate_program

GAMES = Path(sumo.__file__).parent / "tools" / "game"
LONGEST_CYCLE_S = 600
"""Longer ones are sketches of no real cycle, and slow."""


def _networks() -> list[Path]:
    games = ["bs3d", "corridor", "cross", "fkk_in", "grid6", "highway", "kuehne", "ramp", "square"]
    return [
        *(f for game in games for f in sorted((GAMES / game).glob("*.net.xml*"))),
        *(f for f in sorted(CORPUS.glob("*/net.net.xml.gz")) if f.stat().st_size < 100_000),
    ]


def _programs(network: Path) -> Iterator[tuple[Junction, Program]]:
    read = read_network(network)
    for junction_id, shipped in sorted(read.programs.items()):
        for one in shipped:
            if one.program is not None and one.program.cycle_s <= LONGEST_CYCLE_S:
                yield read.junctions[junction_id], one.program


@pytest.mark.skipif(not CORPUS.exists(), reason=ABSENT)
def test_the_corpus_is_used() -> None:
    assert any(CORPUS in network.parents for network in _networks())


@pytest.mark.parametrize("network", _networks(), ids=lambda f: f.parent.name)
def test_shipped_programs_keep_the_laws(network: Path) -> None:
    for junction, program in _programs(network):
        _law_2(junction, program)
        _law_4(junction, program)
        _law_5(junction, program)


def _law_2(junction: Junction, program: Program) -> None:
    plan = TimingPlan(
        junction_id=junction.id,
        name="shipped",
        cycle_s=program.cycle_s,
        offset=Offset(seconds=0),
        form=collapse(program, junction),
    )
    assert expand(plan, junction) == program


def _law_4(junction: Junction, program: Program) -> None:
    by_s, cycle_s = program.cycle_s // 3, program.cycle_s
    gb = profile("gb")
    told = [
        sorted(
            (f.rule, f.severity, f.groups, -1 if f.second is None else (f.second - back) % cycle_s)
            for f in validate_program(shown, junction, gb)
        )
        for shown, back in ((program, 0), (program.shifted(by_s), by_s))
    ]
    # Intergreens unknown for a pair are told once, at the first such change after second 0.
    first, second = ([one for one in many if one[0] != "intergreen-unknown"] for many in told)
    assert first == second


def _law_5(junction: Junction, program: Program) -> None:
    for rules in PROFILES:
        findings = validate_program(program, junction, rules)
        if any(finding.severity is Severity.ERROR for finding in findings):
            continue
        guard = Guard.after(program, 0, junction, rules)
        for second in range(2 * program.cycle_s):
            wanted = {group: program.aspect(group, second) for group in program.group_ids}
            granted = guard.step(wanted)
            assert granted.withheld == ()
            assert granted.aspects == wanted
