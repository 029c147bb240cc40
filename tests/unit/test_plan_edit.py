"""A plan file changed by the tool: the numbers change, comments and layout stay."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from signalctl.domain.aspect import GreenKind
from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.plan import Form, GreenWindows, Offset, Stage, StageSequence, TimingPlan
from signalctl.domain.program import GreenWindow, Program
from signalctl.domain.ring_barrier import RingBarrier
from signalctl.files.plan_edit import edit_plans
from signalctl.files.plan_file import read_plans

TEXT = """\
# Reviewed by the night shift.   Keep the odd   spacing!
schema: signalctl/plan/1
name: "two junctions"
network: {file: net.net.xml, sha256: null}
plans:
- junction: A        # the busy one
  name: am
  cycle_s: 60   # agreed with the bus company
  offset: {seconds: 12, point: cycle-start}
  stages:
        start_s: 0
        sequence:
        # main road
        - {id: main, split_s: 35, protected: [E, W], permissive: ['WL']}
        -   id: side
            split_s: 25     # not below 20!
            protected: [N]
  # the end of A
- junction: B
  name: am
  cycle_s: 60
  offset: {point: green-start, group: N, seconds: 7}
  windows:
    N: [[5, 30, protected]]   # people walk beside
    E:
      - [40, 58, permissive]
- junction: C
  name: rings
  cycle_s: 60
  offset: {seconds: 0}
  ring_barrier:
    sections:
      - - [{number: 2, split_s: 30, protected: [a]}]
        - [{number: 6, split_s: 30, protected: [b]}]
      - - [{number: 4, split_s: 30, protected: [c]}]
        - [{number: 8, split_s: 30, protected: [d]}]   # side
- junction: D
  name: lamps
  cycle_s: 60
  offset: {seconds: 0}
  lamps:
    a: r10 G35 y3 r12   # as shipped
    b: 'G60'
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plans.yaml"
    path.write_bytes(TEXT.encode())
    return path


def with_form(plan: TimingPlan, form: Form, **other: int) -> TimingPlan:
    return replace(plan, form=form, **other)  # type: ignore[arg-type]  # fields of a plan


def split(plan: TimingPlan, *splits: int) -> TimingPlan:
    assert isinstance(plan.form, StageSequence)
    stages = tuple(
        replace(stage, split_s=s) for stage, s in zip(plan.form.stages, splits, strict=True)
    )
    return with_form(plan, replace(plan.form, stages=stages))


def differing(before: str, after: str) -> list[tuple[str, str]]:
    pairs = zip(before.splitlines(), after.splitlines(), strict=True)
    return [(a.strip(), b.strip()) for a, b in pairs if a != b]


def test_splits_and_offset_change_and_nothing_else(file: Path, tmp_path: Path) -> None:
    plans = read_plans(file).plans
    tuned = replace(split(plans["A"], 34, 26), offset=Offset(seconds=59))
    out = tmp_path / "tuned.yaml"
    edit_plans(file, out, {"A": tuned})
    assert differing(TEXT, out.read_text()) == [
        ("offset: {seconds: 12, point: cycle-start}", "offset: {seconds: 59, point: cycle-start}"),
        (
            "- {id: main, split_s: 35, protected: [E, W], permissive: ['WL']}",
            "- {id: main, split_s: 34, protected: [E, W], permissive: ['WL']}",
        ),
        ("split_s: 25     # not below 20!", "split_s: 26     # not below 20!"),
    ]
    assert read_plans(out).plans == FrozenMap({**plans, "A": tuned})
    assert file.read_text() == TEXT


def test_windows_rings_and_lamps_change_in_place(file: Path) -> None:
    plans = read_plans(file).plans
    windows = GreenWindows(
        windows=FrozenMap(
            {
                "N": (GreenWindow(5, 31),),
                "E": (GreenWindow(40, 57, GreenKind.PERMISSIVE),),
            }
        )
    )
    ring = plans["C"].form
    assert isinstance(ring, RingBarrier)
    longer = {2: 31, 6: 31, 4: 29, 8: 29}
    sections = tuple(
        tuple(tuple(replace(p, split_s=longer[p.number]) for p in r) for r in section)
        for section in ring.sections
    )
    lamps = Program.of({"a": "r" * 10 + "G" * 36 + "yyy" + "r" * 11, "b": "G" * 60})
    wanted = {
        "B": with_form(plans["B"], windows),
        "C": with_form(plans["C"], replace(ring, sections=sections)),
        "D": with_form(plans["D"], lamps),
    }
    edit_plans(file, file, wanted)
    assert [after for _, after in differing(TEXT, file.read_text())] == [
        "N: [[5, 31, protected]]   # people walk beside",
        "- [40, 57, permissive]",
        "- - [{number: 2, split_s: 31, protected: [a]}]",
        "- [{number: 6, split_s: 31, protected: [b]}]",
        "- - [{number: 4, split_s: 29, protected: [c]}]",
        "- [{number: 8, split_s: 29, protected: [d]}]   # side",
        "a: r10 G36 y3 r11   # as shipped",
    ]
    assert read_plans(file).plans == FrozenMap({**plans, **wanted})


def test_windows_line_ends_stay(tmp_path: Path) -> None:
    path = tmp_path / "dos.yaml"
    path.write_bytes(TEXT.replace("\n", "\r\n").encode())
    plans = read_plans(path).plans
    edit_plans(path, path, {"A": split(plans["A"], 36, 24)})
    raw = path.read_bytes().decode()
    assert raw.count("\r\n") == TEXT.count("\n")
    assert "split_s: 36, protected" in raw
    assert "split_s: 24     # not below 20!" in raw


@pytest.mark.parametrize("what", ["start_s", "stages", "form"])
def test_what_was_not_written_is_laid_out_anew_with_other_comments_kept(
    file: Path, what: str
) -> None:
    plans = read_plans(file).plans
    form = plans["A"].form
    ring = plans["C"].form
    assert isinstance(form, StageSequence)
    assert isinstance(ring, RingBarrier)
    more = Stage(id="third", split_s=5, greens=FrozenMap({"F": GreenKind.PROTECTED}))
    main, side = form.stages
    wanted = {
        "start_s": {"C": with_form(plans["C"], replace(ring, start_s=3))},
        "stages": {
            "A": with_form(
                plans["A"], replace(form, stages=(main, replace(side, split_s=20), more))
            )
        },
        "form": {"A": with_form(plans["A"], Program.of({"E": "G" * 60}))},
    }[what]
    edit_plans(file, file, wanted)
    text = file.read_text()
    assert read_plans(file).plans == FrozenMap({**plans, **wanted})
    for comment in ("# Reviewed by the night shift.", "# agreed with", "# people walk", "# side"):
        assert comment in text


def test_nothing_changed_is_the_same_file(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "same.yaml"
    edit_plans(file, out, read_plans(file).plans)
    assert out.read_bytes() == file.read_bytes()


def test_a_plan_the_file_has_not_is_refused_and_nothing_written(file: Path, tmp_path: Path) -> None:
    plan = replace(read_plans(file).plans["A"], junction_id="Z")
    out = tmp_path / "out.yaml"
    with pytest.raises(InputError, match="no plan of junction Z"):
        edit_plans(file, out, {"Z": plan})
    assert not out.exists()
