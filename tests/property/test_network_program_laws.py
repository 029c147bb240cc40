"""Whatever a program shows, writing it for SUMO and reading it back gives the same letters."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from signalctl.domain.aspect import Aspect
from signalctl.domain.junction import GroupKind, Junction, Movement, SignalGroup
from signalctl.domain.program import Program
from signalctl.networks.link_program import unroll
from signalctl.networks.program_reader import read_additional
from signalctl.networks.sumo_program import SumoLogic, phases, write_tls

LETTERS = st.sampled_from([aspect.value for aspect in Aspect])


@st.composite
def programs(draw: st.DrawFn) -> tuple[Junction, Program]:
    """A junction whose groups own shuffled link indices, and any program on it."""
    n_links = draw(st.integers(1, 8))
    order = draw(st.permutations(range(n_links)))
    cuts = sorted(draw(st.sets(st.integers(1, n_links - 1)))) if n_links > 1 else []
    parts = [order[a:b] for a, b in zip([0, *cuts], [*cuts, n_links], strict=True)]
    groups = tuple(
        SignalGroup(
            id=f"g{k}",
            kind=GroupKind.VEHICLE,
            approach="e",
            movements=(Movement.THROUGH,),
            links=tuple(part),
        )
        for k, part in enumerate(parts)
    )
    cycle_s = draw(st.integers(1, 40))
    seconds = {
        group.id: draw(st.text(LETTERS, min_size=cycle_s, max_size=cycle_s)) for group in groups
    }
    return Junction(id="c", groups=groups), Program.of(seconds)


@given(programs(), st.integers(-500, 500))
def test_written_programs_come_back_letter_by_letter(
    given_program: tuple[Junction, Program], offset_s: int
) -> None:
    junction, program = given_program
    steps = phases(program, junction)
    assert sum(duration_s for duration_s, _ in steps) == program.cycle_s
    assert all(a[1] != b[1] for a, b in pairwise(steps))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tls.add.xml"
        entry = SumoLogic(junction_id="c", program_id="p", offset_s=offset_s, phases=steps)
        write_tls(path, [entry])
        (raw,) = read_additional(path).programs
    again = unroll(raw, sum(len(group.links) for group in junction.groups))
    assert again.links is not None
    assert again.offset_s == offset_s
    for group in junction.groups:
        for link in group.links:
            assert again.links[link] == program.seconds[group.id]
