"""Count tables: what is read, and that every mistake is one sentence with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from signalctl.domain.errors import InputError
from signalctl.files.counts import read_detector_counts, read_turning_counts

GOOD = "junction,from,to,begin,end,vehicles\n"


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "turns.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_a_table_is_read_whatever_parts_its_cells(tmp_path: Path, mark: str) -> None:
    text = (
        "\ufeff# counted by hand\n"
        "Junction,Approach,Movement,Start,Until,Volume,V_Class\n"
        'J1,"N",left,07:00,07:15,12,\n'
        "\n"
        "J1,N,through,25200,26100.5,3.5,bus\n"
    ).replace(",", mark)
    first, second = read_turning_counts(table(tmp_path, text))
    assert (first.junction, first.approach, first.turn) == ("J1", "N", "left")
    assert (first.begin_s, first.end_s, first.vehicles) == (25200.0, 26100.0, 12.0)
    assert first.v_class == "passenger"
    assert (second.end_s, second.vehicles, second.v_class) == (26100.5, 3.5, "bus")
    assert second.where.endswith("turns.csv:5")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", "", "empty"),
        ("# nothing\n\n", "", "empty"),
        (GOOD, ":1", "no line below"),
        ("junction from to begin end vehicles\nx\n", ":1", "not parted"),
        ("junction,from;to,begin,end,vehicles\nx\n", ":1", "several marks"),
        ("from,to,begin,vehicles\na,b,0,1\n", ":1", "no column end"),
        ("from,to,begin,end,vehicles,colour\na,b,0,1,1,red\n", ":1", "no column 'colour'"),
        ("from,to,begin,end,count,volume\na,b,0,1,1,2\n", ":1", "Two columns say vehicles"),
        (GOOD + "J,a,b,0,900\n", ":2", "5 cells"),
        (GOOD + 'J,"a,b,0,900,1\n', ":2", "quotes"),
        (GOOD + "J,a,b,0,900,1\nJ,a,b,7.15 h,900,1\n", ":3", "no time"),
        (GOOD + "J,a,b,07:60,08:00,1\n", ":2", "no time"),
        (GOOD + "J,a,b,900,900,1\n", ":2", "not after its begin"),
        (GOOD + "J,a,b,0,900,-1\n", ":2", "no number of vehicles"),
        (GOOD + "J,a,b,0,900,nan\n", ":2", "no number of vehicles"),
        (GOOD + "J,a,b,0,900,1e3\n", ":2", "no number of vehicles"),
        (GOOD + "J,,b,0,900,1\n", ":2", "no from"),
        (GOOD + f"J,{'a' * 2000},b,0,900,1\n", ":2", "longer than"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    tmp_path: Path, text: str, line: str, message: str
) -> None:
    path = table(tmp_path, text)
    with pytest.raises(InputError, match=message) as caught:
        read_turning_counts(path)
    assert caught.value.where == f"{path}{line}"
    assert "\n" not in str(caught.value)


def test_a_detector_count_names_one_place(tmp_path: Path) -> None:
    text = "detector,lane,edge,begin,end,count\nd,,,0,60,1\n,l_0,,0,60,2\n,,e,0,60,3\n"
    counts = read_detector_counts(table(tmp_path, text))
    assert [(c.kind, c.id, c.vehicles) for c in counts] == [
        ("detector", "d", 1.0),
        ("lane", "l_0", 2.0),
        ("edge", "e", 3.0),
    ]
    for row, message in (("d,l_0,,0,60,1", "detector and lane"), (",,,0,60,1", "no place")):
        with pytest.raises(InputError, match=message):
            read_detector_counts(table(tmp_path, f"detector,lane,edge,begin,end,count\n{row}\n"))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"\xff\xfe\x00junction")
    with pytest.raises(InputError, match="UTF-8"):
        read_turning_counts(path)
    with pytest.raises(InputError, match="no such file"):
        read_detector_counts(tmp_path / "none.csv")
