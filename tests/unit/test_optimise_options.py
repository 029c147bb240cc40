"""Options of `optimise` as people write them."""

from __future__ import annotations

import pytest

from signalctl.cli.optimise import parse_budget, parse_keep, parse_limits
from signalctl.domain.errors import InputError


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("10min", 600), ("1h", 3600), ("1.5min", 90)]
)
def test_budgets(text: str, seconds: float) -> None:
    assert parse_budget(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "10 minutes", "-5min", "1s", "10000h", "nans", "1e9s"])
def test_budgets_that_make_no_sense(text: str) -> None:
    with pytest.raises(InputError, match=r"--budget"):
        parse_budget(text)


def test_limits_name_an_edge_and_metres() -> None:
    found = parse_limits(["queue:ramp#1<=80m", "queue: -23:4 <= 120.5 m"])
    assert dict(found) == {"ramp#1": 80.0, "-23:4": 120.5}


@pytest.mark.parametrize(
    "word", ["ramp<=80m", "queue:<=80m", "queue:a<=0m", "queue:a<80m", "queue:a<=80"]
)
def test_limits_that_make_no_sense(word: str) -> None:
    with pytest.raises(InputError, match=r"--limit"):
        parse_limits([word])


def test_one_edge_has_one_limit() -> None:
    with pytest.raises(InputError, match="two limits"):
        parse_limits(["queue:a<=80m", "queue:a<=90m"])


def test_keeping_several_things() -> None:
    assert {str(each) for each in parse_keep("cycle, stages")} == {"cycle", "stages"}
    assert parse_keep("") == frozenset()
    with pytest.raises(InputError, match=r"--keep"):
        parse_keep("colour")
