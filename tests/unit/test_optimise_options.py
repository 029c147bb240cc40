"""Options of `optimise` as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from signalctl.cli.main import run
from signalctl.cli.optimise import chosen, parse_keep
from signalctl.domain.errors import InputError


def test_keeping_several_things() -> None:
    assert {str(each) for each in parse_keep("cycle, stages")} == {"cycle", "stages"}
    assert parse_keep("") == frozenset()
    with pytest.raises(InputError, match=r"--keep"):
        parse_keep("colour")


def test_a_choice_names_what_is_offered() -> None:
    assert chosen("--turns", "yielding", ("shipped", "yielding")) == "yielding"
    with pytest.raises(InputError, match="shipped, yielding"):
        chosen("--turns", "free", ("shipped", "yielding"))


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--budget", "soon"),
        ("--objective", "beauty"),
        ("--limit", "ramp<80"),
        ("--keep", "colour"),
        ("--turns", "free"),
        ("--cycle", "90..60"),
        ("--rules", "none"),
        ("--corridor", "A,,B"),
    ],
)
def test_a_mistake_in_an_option_is_one_sentence_and_nothing_is_written(
    option: str, value: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "plans.yaml"
    code = run(["optimise", str(tmp_path / "no.sumocfg"), "-o", str(output), option, value])
    assert code == 2
    said = capsys.readouterr().err
    assert said.startswith("signalctl: ")
    assert "no.sumocfg" not in said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []
