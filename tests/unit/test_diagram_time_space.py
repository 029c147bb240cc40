"""The time-space diagram: its geometry, what it refuses, and what reaches the file."""

import subprocess
import sys
import warnings
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from signalctl.diagrams.heights import heights, label_places
from signalctl.diagrams.lamps import Lane, draw_lamps, stretches
from signalctl.diagrams.paper import sheet, shortened, tick_every_s
from signalctl.diagrams.time_space import draw_time_space
from signalctl.domain.aspect import Aspect
from signalctl.domain.band import Band, widest_band
from signalctl.domain.corridor import Corridor, Progression, StopLine
from signalctl.domain.errors import InputError
from signalctl.domain.program import Program

CYCLE_S = 60


@dataclass(frozen=True)
class Car:
    vehicle_id: str
    direction: str
    points: tuple[tuple[float, float], ...]


def progression(*places: tuple[str, float], group: str) -> Progression:
    return Progression(
        stop_lines=tuple(
            StopLine(junction_id=junction, group_id=group, position_m=position)
            for junction, position in places
        ),
        speeds_mps=tuple(12.0 for _ in places[1:]),
    )


def corridor(*, two_ways: bool = True, names: tuple[str, ...] = ("a", "b", "c")) -> Corridor:
    a, b, c = names
    out = progression((a, 0.0), (b, 300.0), (c, 700.0), group="out")
    back = progression((c, 0.0), (b, 420.0), (a, 720.0), group="in")
    return Corridor(
        name="Long Street",
        junction_ids=names,
        outbound=out,
        inbound=back if two_ways else None,
    )


def programs(names: tuple[str, ...] = ("a", "b", "c")) -> dict[str, Program]:
    plan = Program.of(
        {"out": "G" * 20 + "gggg" + "yyy" + "r" * 32 + "u", "in": "r" * 30 + "G" * 27 + "yyy"}
    )
    return dict.fromkeys(names, plan)


def bands(street: Corridor) -> dict[str, Band]:
    shown = programs(street.junction_ids)
    return {name: widest_band(way, shown, CYCLE_S) for name, way in street.directions.items()}


def test_both_directions_of_a_junction_lie_at_one_height() -> None:
    levels = heights(corridor())
    # Mirror 713.33 m, the mean of 720, 720 and 700; heights are means of both measures.
    assert [row.junction_id for row in levels.rows] == ["a", "b", "c"]
    assert [row.height_m for row in levels.rows] == pytest.approx([-10 / 3, 890 / 3, 2120 / 3])
    for direction in ("outbound", "inbound"):
        for (position, height), index in zip(
            levels.knots[direction], levels.order[direction], strict=True
        ):
            assert levels.at(direction, position) == pytest.approx(height)
            assert levels.rows[index].height_m == height
    assert levels.order["inbound"] == (2, 1, 0)
    assert levels.rows[0].groups == {"outbound": "out", "inbound": "in"}


def test_heights_go_on_to_scale_beyond_the_corridor() -> None:
    levels = heights(corridor())
    top, low = levels.rows[-1].height_m, levels.rows[0].height_m
    assert levels.at("outbound", -50.0) == pytest.approx(low - 50)
    assert levels.at("outbound", 800.0) == pytest.approx(top + 100)
    assert levels.at("inbound", -50.0) == pytest.approx(top + 50)
    assert levels.at("inbound", 770.0) == pytest.approx(low - 50)


def test_one_way_heights_are_the_positions() -> None:
    levels = heights(corridor(two_ways=False))
    assert [row.height_m for row in levels.rows] == [0.0, 300.0, 700.0]
    assert set(levels.knots) == {"outbound"}


def test_two_stop_lines_at_one_junction_are_two_rows() -> None:
    out = progression(("a", 0.0), ("a", 40.0), ("b", 400.0), group="out")
    back = progression(("b", 0.0), ("a", 360.0), ("a", 400.0), group="in")
    levels = heights(Corridor(name="x", junction_ids=("a", "b"), outbound=out, inbound=back))
    assert [(row.junction_id, row.height_m) for row in levels.rows] == [
        ("a", 0.0), ("a", 40.0), ("b", 400.0),
    ]  # fmt: skip


def test_labels_keep_apart_and_stay_near() -> None:
    assert label_places([0.0, 100.0], 20.0) == [0.0, 100.0]
    assert label_places([0.0, 10.0, 100.0], 20.0) == [-5.0, 15.0, 100.0]
    places = label_places([0.0, 1.0, 2.0, 21.0, 22.0], 20.0)
    assert all(b - a >= 20.0 - 1e-9 for a, b in pairwise(places))
    assert sum(places) == pytest.approx(46.0)


def test_stretches_repeat_the_cycle_from_any_second() -> None:
    found = list(stretches(programs()["a"], "out", 50, 90))
    assert [(start, end) for _, start, end in found] == [(50, 59), (59, 60), (60, 80), (80, 84),
        (84, 87), (87, 90)]  # fmt: skip
    assert [aspect for aspect, _, _ in found] == [
        Aspect.RED, Aspect.RED_AMBER, Aspect.PROTECTED, Aspect.PERMISSIVE, Aspect.AMBER, Aspect.RED,
    ]  # fmt: skip


def test_every_aspect_has_its_own_height_or_texture(tmp_path: Path) -> None:
    with sheet(tmp_path / "bars.png", 4, 1) as figure:
        axes = figure.add_axes((0, 0, 1, 1))
        used = draw_lamps(
            axes, programs()["a"], "out", Lane(base=0.0, height=12.0, unit=1.0), 0, CYCLE_S
        )
        marks: dict[tuple[float, float], tuple[float, str | None]] = {}
        for artist in axes.collections:
            paths = artist.get_paths()
            if artist.get_zorder() != 5.1:
                continue
            box = paths[0].get_extents()
            marks[(box.x0, box.x1)] = (round(box.height, 6), artist.get_hatch())
    assert used == {"green", "permissive green", "amber", "red and amber", "red"}
    assert marks[(0.0, 20.0)] == (12.0, None)
    assert marks[(20.0, 24.0)][0] == 12.0
    assert marks[(20.0, 24.0)][1]
    assert marks[(24.0, 27.0)][0] == 8.0
    assert marks[(59.0, 60.0)][0] == 6.0
    assert marks[(24.0, 27.0)][1] != marks[(59.0, 60.0)][1]


@pytest.mark.parametrize(
    ("suffix", "magic"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")]
)
def test_the_same_drawing_gives_the_same_bytes(tmp_path: Path, suffix: str, magic: bytes) -> None:
    street = corridor()
    cars = [Car("v", "inbound", ((0.0, -50.0), (40.0, 400.0), (70.0, 400.0), (100.0, 760.0)))]
    files = [tmp_path / f"{n}.{suffix}" for n in (1, 2)]
    for file in files:
        draw_time_space(street, programs(), bands(street), file, trajectories=cars, title="T")
    first, second = (file.read_bytes() for file in files)
    assert first == second
    assert first.startswith(magic)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(f.name for f in files)


def test_any_name_can_be_drawn_without_a_warning(tmp_path: Path) -> None:
    names = ("人民路/中山路", "cluster_1643085231_21432440_32500280_32500282", "<&> $x_1$")
    street = corridor(names=names)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for suffix in ("svg", "png"):
            draw_time_space(
                street, programs(names), bands(street), tmp_path / f"x.{suffix}", title="$a{"
            )
    svg = (tmp_path / "x.svg").read_text(encoding="utf-8")
    assert "人民路/中山路" in svg, "without a font the svg keeps its text for the reader's fonts"


def test_begin_and_cycles_choose_the_part_shown(tmp_path: Path) -> None:
    street = corridor(two_ways=False)
    drawn = {}
    for begin, cycles in ((0, 3.0), (17, 3.0), (0, 1.5)):
        path = tmp_path / "x.svg"
        draw_time_space(street, programs(), bands(street), path, begin_s=begin, cycles=cycles)
        drawn[begin, cycles] = path.read_bytes()
    assert len(set(drawn.values())) == 3


def test_what_cannot_be_drawn_is_said(tmp_path: Path) -> None:
    street = corridor()
    wave = bands(street)
    good = tmp_path / "x.svg"
    with pytest.raises(InputError, match=r"written as \.gif") as caught:
        draw_time_space(street, programs(), wave, tmp_path / "x.gif")
    assert ".svg, .png, .pdf" in caught.value.remedy
    with pytest.raises(InputError, match="a file without suffix"):
        draw_time_space(street, programs(), wave, tmp_path / "x")
    with pytest.raises(InputError, match="junction b"):
        draw_time_space(street, {"a": programs()["a"]}, wave, good)
    with pytest.raises(InputError, match="no direction 'sideways'"):
        draw_time_space(street, programs(), {**wave, "sideways": wave["inbound"]}, good)
    with pytest.raises(InputError, match="no direction 'inbound'"):
        draw_time_space(corridor(two_ways=False), programs(), wave, good)
    with pytest.raises(InputError, match="0 cycles"):
        draw_time_space(street, programs(), wave, good, cycles=0)
    with pytest.raises(InputError, match="Cannot write"):
        draw_time_space(street, programs(), wave, tmp_path / "no" / "x.svg")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("cycle_s", [2, 7, 40_000, 300_000])
def test_axes_have_a_few_ticks_whatever_the_cycle(cycle_s: int) -> None:
    second_pt = 700.0 / cycle_s
    every_s = tick_every_s(second_pt, 30.0, 5)
    assert every_s * second_pt >= 30.0
    assert 700.0 / (every_s * second_pt) >= min(1.0, cycle_s / 5), "one tick at least"


def test_long_names_lose_their_middle() -> None:
    assert shortened("J1", 10) == "J1"
    assert shortened("cluster_1_2_3_4", 9) == "clus…_3_4"
    assert len(shortened("x" * 100, 26)) == 26
    assert shortened("two\nlines", 20) == "two lines"


def test_importing_diagrams_loads_no_drawing_library() -> None:
    code = (
        "import sys, signalctl.diagrams.time_space, signalctl.diagrams.signal_timing;"
        "sys.exit(any(m.startswith('matplotlib') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
