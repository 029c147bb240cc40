"""The signal timing diagram of one junction: what it says, in which words and where."""

import re
import warnings
from pathlib import Path

import pytest

from signalctl.diagrams.paper import sheet
from signalctl.diagrams.signal_timing import draw_signal_timing, offset_in_words
from signalctl.diagrams.signal_timing_rows import TimingView, draw_row
from signalctl.domain.aspect import GreenKind
from signalctl.domain.errors import InputError
from signalctl.domain.expand import expand
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import (
    ConflictMatrix,
    GroupKind,
    IntergreenMatrix,
    Junction,
    Movement,
    SignalGroup,
)
from signalctl.domain.plan import Offset, ReferencePoint, Stage, StageSequence, TimingPlan
from signalctl.domain.program import Program


def junction(*ids: str) -> Junction:
    groups = tuple(
        SignalGroup(
            id=name,
            kind=GroupKind.PEDESTRIAN if name.startswith("walk") else GroupKind.VEHICLE,
            approach=f"edge-{name}",
            movements=(Movement.THROUGH,),
            links=(i,),
            amber_s=0 if name.startswith("walk") else 3,
        )
        for i, name in enumerate(ids)
    )
    pairs = {(a, b) for a in ids for b in ids if a < b}
    both = pairs | {(b, a) for a, b in pairs}
    return Junction(
        "J1",
        groups,
        ConflictMatrix(hard=frozenset(pairs)),
        IntergreenMatrix.of(dict.fromkeys(both, 5)),
    )


def plan(*ids: str, start_s: int = 0, offset: Offset | None = None) -> TimingPlan:
    return TimingPlan(
        junction_id="J1",
        name="peak",
        cycle_s=20 * len(ids),
        offset=offset or Offset(seconds=7),
        form=StageSequence(
            stages=tuple(
                Stage(id=f"S{i}", split_s=20, greens=FrozenMap({name: GreenKind.PROTECTED}))
                for i, name in enumerate(ids)
            ),
            start_s=start_s,
        ),
    )


def draw(made: TimingPlan, at: Junction, path: Path) -> None:
    draw_signal_timing(at, expand(made, at), path, plan=made)


def words(path: Path) -> str:
    """Texts of an svg drawn with a name no font has, so that text stays text."""
    return " | ".join(re.findall(r"<text[^>]*>([^<]*)</text>", path.read_text(encoding="utf-8")))


def test_greens_stages_sum_and_offset_are_written(tmp_path: Path) -> None:
    ids = ("ns", "ew", "walk 人民路")
    path = tmp_path / "x.svg"
    draw(plan(*ids), junction(*ids), path)
    said = words(path)
    for text in ("5-20", "25-40", "45-60", "20 + 20 + 20 = 60 s", "S1: 20 s", "walk 人民路"):
        assert text in said
    assert "cycle 60 s" in said
    assert "offset 7 s: second 0 of this plan comes 7 s after system zero" in said
    assert "row ends green" in said


def test_a_green_over_second_zero_is_told_by_its_seconds(tmp_path: Path) -> None:
    ids = ("ns", "ew 路")
    path = tmp_path / "x.svg"
    draw(plan(*ids, start_s=30), junction(*ids), path)
    said = words(path)
    assert "35-10" in said
    assert "15-30" in said


def test_the_offset_names_its_event() -> None:
    mark = Offset(seconds=12, point=ReferencePoint.GREEN_START, group="ns")
    assert offset_in_words(mark) == (
        "offset 12 s: start of green of ns comes 12 s after system zero"
    )


def test_rows_report_what_they_show(tmp_path: Path) -> None:
    program = Program.of({"ns": "G" * 10 + "yyy" + "r" * 17})
    with sheet(tmp_path / "x.png", 5, 2) as figure:
        axes = figure.add_axes((0.2, 0.2, 0.6, 0.6))
        view = TimingView(program=program, second_pt=7.0, rows_pt=21.0)
        assert draw_row(axes, junction("ns").group("ns"), "ns", 0.0, view) == {
            "green", "amber", "red",
        }  # fmt: skip
        texts = [text.get_text() for text in axes.texts]
    assert {"0", "10", "0-10", "5"} <= set(texts)


@pytest.mark.parametrize(("suffix", "form"), [("svg", "stages"), ("png", "letters")])
def test_same_bytes_each_time_and_no_warning(tmp_path: Path, suffix: str, form: str) -> None:
    ids = ("ns", "ew", "walk")
    made = plan(*ids)
    if form == "letters":
        letters = {"ns": "G" * 57 + "yyr", "ew": "rs" * 30, "walk": "O" * 60}
        made = TimingPlan(
            junction_id="J1",
            name="odd",
            cycle_s=60,
            offset=Offset(seconds=0),
            form=Program.of(letters),
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for n in (1, 2):
            draw(made, junction(*ids), tmp_path / f"{n}.{suffix}")
    assert (tmp_path / f"1.{suffix}").read_bytes() == (tmp_path / f"2.{suffix}").read_bytes()


def test_thirty_groups(tmp_path: Path) -> None:
    many = tuple(f"g{i:02}" for i in range(30))
    draw(plan(*many), junction(*many), tmp_path / "many.png")
    assert (tmp_path / "many.png").stat().st_size > 10_000


def test_a_plan_of_another_junction_is_refused(tmp_path: Path) -> None:
    at, good = junction("ns", "ew"), tmp_path / "x.svg"
    program = expand(plan("ns", "ew"), at)
    with pytest.raises(InputError, match="groups are not"):
        draw_signal_timing(junction("a", "b"), program, good)
    with pytest.raises(InputError, match="does not expand"):
        draw_signal_timing(at, program.shifted(1), good, plan=plan("ns", "ew"))
    with pytest.raises(InputError, match="written as"):
        draw_signal_timing(at, program, tmp_path / "x.jpeg")
    assert not list(tmp_path.iterdir())


def test_without_a_plan_the_program_alone_is_drawn(tmp_path: Path) -> None:
    at = junction("ns", "ew 路")
    path = tmp_path / "x.svg"
    program = expand(plan("ns", "ew 路"), at)
    draw_signal_timing(at, program, path, title="evening", offset_s=11)
    said = words(path)
    assert "J1   ·   evening" in said
    assert "offset 11 s" in said
    assert "1: 20 s" in said
    draw_signal_timing(at, program, path)
    assert "offset" not in words(path)
