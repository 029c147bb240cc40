"""Shipped programs second by second, or the reason why not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.networks.link_program import MAX_CYCLE_S, LinkProgram, unroll
from signalctl.networks.program_reader import RawProgram, Step, read_additional


def raw(
    *steps: tuple[float, str] | Step, kind: str = "static", offset: float | str = 0.0, **params: str
) -> RawProgram:
    return RawProgram(
        light_id="c",
        id="0",
        type=kind,
        offset_s=offset,
        steps=tuple(s if isinstance(s, Step) else Step(duration_s=s[0], state=s[1]) for s in steps),
        params=FrozenMap(params),
        path=Path("n.net.xml"),
        line=7,
    )


def columns(program: LinkProgram) -> tuple[str, ...]:
    assert program.links is not None
    return program.links


def test_a_static_program_gives_a_letter_a_second_and_link() -> None:
    read = unroll(raw((2, "Gr"), (1, "yr"), (3, "rg"), offset=-4.0), 2)
    assert read.cycle_s == 6
    assert read.offset_s == -4
    assert columns(read) == ("GGyrrr", "rrrggg")
    assert read.reason == ""


def test_every_state_letter_is_read() -> None:
    assert columns(unroll(raw((1, "ruyYgGsoO")), 9)) == tuple("ruyYgGsoO")


def test_more_letters_than_links_are_kept() -> None:
    assert columns(unroll(raw((1, "Grr")), 1)) == ("G", "r", "r")


@pytest.mark.parametrize(
    ("program", "n_links", "reason"),
    [
        (raw(), 1, "no steps"),
        (raw((5, "G")), 2, "1 letters for 2 links"),
        (raw((5, "GG"), (5, "G")), 1, "different lengths: 1, 2"),
        (raw((5, "X")), 1, "unknown letters: X"),
        (raw((5, "G"), (0, "r")), 1, "step of 0 s"),
        (raw((5.5, "G"), (5, "r")), 1, "cycle of 10.5 s is no whole second"),
        (raw((5.5, "G"), (4.5, "r")), 1, "changes within a second, at 5.5 s"),
        (raw((MAX_CYCLE_S + 1, "G")), 1, "longer than two days"),
        (raw((5, "G"), Step(duration_s=5, state="r", next=(1,))), 1, "never return to step 0"),
        (raw(Step(duration_s=5, state="G", next=(9,))), 1, "next step does not exist"),
        (raw((1, "G"), Step(duration_s=5, state="r", next=(0, 1))), 1, "several next steps"),
        (raw((5, "G"), kind="NEMA", ring1="1,2"), 1, r"rings and barriers \(ring1 1,2\)"),
    ],
)
def test_what_cannot_be_said_in_seconds_has_a_reason(
    program: RawProgram, n_links: int, reason: str
) -> None:
    read = unroll(program, n_links)
    assert read.links is None
    assert read.cycle_s is None
    assert re.search(reason, read.reason)


def test_fractions_within_one_state_do_no_harm() -> None:
    read = unroll(raw((2.5, "G"), (2.5, "G"), (3, "r")), 1)
    assert columns(read) == ("GGGGGrrr",)


def test_jumps_are_followed_and_leave_the_offset_open() -> None:
    jump = raw((2, "G"), Step(duration_s=1, state="y", next=(3,)), (9, "s"), (2, "r"), offset=5.0)
    read = unroll(jump, 1)
    assert columns(read) == ("GGyrr",)
    assert read.offset_s is None
    assert "Steps never reached: 2." in read.reason
    assert "depends on the simulation's begin" in read.reason


def test_jumps_that_only_name_the_order_change_nothing() -> None:
    steps = (Step(duration_s=2, state="G", next=(1,)), Step(duration_s=3, state="r", next=(0,)))
    read = unroll(raw(*steps, offset=5.0), 1)
    assert columns(read) == ("GGrrr",)
    assert (read.offset_s, read.reason) == (5, "")


def test_an_actuated_program_says_what_is_not_read() -> None:
    varying = Step(duration_s=20, state="G", min_s=5, max_s=50)
    read = unroll(raw(varying, (3, "y"), kind="actuated"), 1)
    assert read.cycle_s == 23
    assert "actuated" in read.reason
    assert "0: 5-50 s" in read.reason


@pytest.mark.parametrize(("offset", "told"), [("begin", "begin of the simulation"), (2.5, "2.5 s")])
def test_offsets_that_are_no_fixed_second_stay_open(offset: float | str, told: str) -> None:
    read = unroll(raw((5, "G"), offset=offset), 1)
    assert read.links == ("GGGGG",)
    assert read.offset_s is None
    assert told in read.reason


def test_additional_files_are_read_with_lines_and_time_switching(tmp_path: Path) -> None:
    path = tmp_path / "a.add.xml"
    path.write_text(
        "<additional>\n<vType id='x'/>\n"
        "<tlLogic id='c' programID='p' type='actuated' offset='begin'>\n"
        "<phase duration='5' state='G' minDur='3' maxDur='9' next='0' name='n'/>\n"
        "<param key='show-detectors' value='1'/></tlLogic>\n"
        "<WAUT id='w' refTime='0' startProg='p'/><wautJunction wautID='w' junctionID='c'/>\n"
        "</additional>"
    )
    found = read_additional(path)
    (program,) = found.programs
    assert (program.light_id, program.id, program.type) == ("c", "p", "actuated")
    assert (program.offset_s, program.line) == ("begin", 3)
    assert program.steps == (Step(duration_s=5, state="G", min_s=3, max_s=9, next=(0,), name="n"),)
    assert program.params["show-detectors"] == "1"
    assert dict(found.start_programs) == {"c": "p"}


@pytest.mark.parametrize(
    ("logic", "told"),
    [
        ("<tlLogic programID='p' type='static'/>", "no attribute 'id'"),
        ("<tlLogic id='c' type='static'/>", "no attribute 'programID'"),
        (
            "<tlLogic id='c' programID='p'><phase duration='5' state='G'/></tlLogic>",
            "no attribute 'type'",
        ),
        ("<tlLogic id='c' programID='p' type='static' offset='x'/>", "not a number"),
        (
            "<tlLogic id='c' programID='p' type='static'>"
            "<phase duration='-1' state='G'/></tlLogic>",
            "cannot be shown",
        ),
        (
            "<tlLogic id='c' programID='p' type='static'><phase duration='1'/></tlLogic>",
            "no attribute 'state'",
        ),
        (
            "<tlLogic id='c' programID='p' type='static'>"
            "<phase duration='1' state='G' next='a'/></tlLogic>",
            "no step numbers",
        ),
    ],
)
def test_faulty_programs_name_file_and_line(tmp_path: Path, logic: str, told: str) -> None:
    path = tmp_path / "a.add.xml"
    path.write_text(f"<additional>\n{logic}\n</additional>")
    with pytest.raises(InputError, match=told) as caught:
        read_additional(path)
    assert "line 2" in caught.value.where
