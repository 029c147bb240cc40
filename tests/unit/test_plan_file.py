"""Plan files: what goes out comes back, and mistakes get one sentence with a line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from signalctl.domain.aspect import GreenKind
from signalctl.domain.corridor import Corridor, Progression, StopLine
from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.plan import (
    Form,
    GreenWindows,
    Offset,
    ReferencePoint,
    Stage,
    StageSequence,
    TimingPlan,
)
from signalctl.domain.program import GreenWindow, Program
from signalctl.domain.ring_barrier import Phase, RingBarrier
from signalctl.files.plan_file import PlanSet, dump_plans, read_plans, write_plans
from signalctl.files.plan_schema import plan_json_schema

ROOT = Path(__file__).resolve().parents[2]
P, Q = GreenKind.PROTECTED, GreenKind.PERMISSIVE

STAGES = StageSequence(
    start_s=7,
    stages=(
        Stage(id="1", split_s=50, greens=FrozenMap({"a": P, "ä 左": Q})),
        Stage(id="all red", split_s=10, greens=FrozenMap()),
    ),
)
WINDOWS = GreenWindows(windows=FrozenMap({"a": (GreenWindow(50, 70, P), GreenWindow(20, 30, Q))}))
LAMPS = Program.of({"a": "r" * 20 + "G" * 37 + "yyy", "b": "o" * 60})
RINGS = RingBarrier(
    start_s=3,
    sections=(
        (
            (Phase(number=1, split_s=30, greens=FrozenMap({"a": P}), walks=("p",), walk_s=7),),
            (Phase(number=5, split_s=30, greens=FrozenMap({"b": P, "c": Q})),),
        ),
        ((Phase(number=4, split_s=30, greens=FrozenMap({"d": P})),),),
    ),
)
CORRIDOR = Corridor(
    name="Hauptstraße",
    junction_ids=("J", "K"),
    outbound=Progression(
        stop_lines=(
            StopLine(junction_id="J", group_id="a", position_m=0.0),
            StopLine(junction_id="K", group_id="b", position_m=321.25),
        ),
        speeds_mps=(12.5,),
        edges=("e1", "e2"),
    ),
    inbound=None,
)


def plan_set(form: Form = STAGES) -> PlanSet:
    plan = TimingPlan(
        junction_id="J",
        name="peak",
        cycle_s=60,
        offset=Offset(seconds=12, point=ReferencePoint.GREEN_START, group="a"),
        form=form,
    )
    return PlanSet(
        name="a wave",
        network_file="n.net.xml",
        network_sha256="0" * 64,
        corridor=CORRIDOR,
        plans=FrozenMap({"J": plan}),
        junction_hashes=FrozenMap({"J": "sha256:1"}),
    )


@pytest.mark.parametrize("form", [STAGES, WINDOWS, LAMPS, RINGS], ids=lambda f: type(f).__name__)
def test_comes_back_as_it_went(form: Form, tmp_path: Path) -> None:
    path = tmp_path / "plans.yaml"
    wanted = plan_set(form)
    write_plans(path, wanted, "made by hand")
    assert path.read_text(encoding="utf-8").startswith("# made by hand\n")
    assert replace(read_plans(path), source=None) == wanted


def edited(tmp_path: Path, old: str, new: str) -> Path:
    text = dump_plans(plan_set())
    assert old in text
    path = tmp_path / "plans.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("cycle_s: 60", "cycle_s: sixty", r"cycle_s: .*integer"),
        ("cycle_s: 60", "cycle_s: 60.5", r"cycle_s: .*integer"),
        ("cycle_s: 60", "cycle: 60", r"cycle_s: Field required"),
        ("split_s: 50", "split_s: -1", r"split_s: .*greater than"),
        ("schema: signalctl/plan/1", "schema: signalctl/plan/9", "schema is 'signalctl/plan/9'"),
        ("name: peak", "name: &x peak", "Anchors and aliases"),
        ("name: peak", "name: [peak", "no YAML"),
        ("point: green-start, group: a", "point: green-start", "do not fit"),
        ("permissive: [ä 左]", "permissive: [a]", "both protected and permissive"),
    ],
)
def test_a_mistake_gets_one_sentence_with_a_line(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_plans(edited(tmp_path, old, new))
    where = caught.value.where.removeprefix(f"{tmp_path / 'plans.yaml'}:")
    assert int(where.split(":")[0]) >= 1
    assert "\n" not in str(caught.value)


def test_the_line_is_the_right_one(tmp_path: Path) -> None:
    path = edited(tmp_path, "split_s: 50", "split_s: fifty")
    line = next(
        n for n, text in enumerate(path.read_text().splitlines(), start=1) if "fifty" in text
    )
    with pytest.raises(InputError) as caught:
        read_plans(path)
    assert caught.value.where == f"{path}:{line}"


def test_two_plans_for_one_junction_are_refused(tmp_path: Path) -> None:
    text = dump_plans(plan_set())
    head, plan = text.split("plans:\n")
    path = tmp_path / "plans.yaml"
    path.write_text(f"{head}plans:\n{plan}{plan}", encoding="utf-8")
    with pytest.raises(InputError, match="junction 'J' has two plans"):
        read_plans(path)


@pytest.mark.parametrize("text", ["", "- 1\n", "just words", "\x00", "a: " + "[" * 5000])
def test_no_plan_file_at_all(text: str, tmp_path: Path) -> None:
    path = tmp_path / "plans.yaml"
    path.write_text(text)
    with pytest.raises(InputError):
        read_plans(path)


def test_missing_and_binary_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_plans(tmp_path / "absent.yaml")
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        read_plans(tmp_path / "b.yaml")


def test_published_schema_is_up_to_date() -> None:
    published = json.loads((ROOT / "docs" / "plan.schema.json").read_text())
    assert published == plan_json_schema()
