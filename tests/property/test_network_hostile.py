"""However a network file is damaged, reading ends in a network or in one clear sentence."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_nets import crossroads

from signalctl.domain.errors import InputError
from signalctl.networks.inspect import inspect_network
from signalctl.networks.network import read_network

pytestmark = pytest.mark.sumo

ATTRIBUTE = re.compile(r' (\w+)="([^"]*)"')
ELEMENT = re.compile(r"<(?:edge|lane|junction|request|connection|phase)\b[^>]*/>")
ODD_VALUES: tuple[str, ...] = (
    "",
    "0",
    "-1",
    "99999999",
    "1e300",
    "nan",
    "nan,nan",
    "c",
    "nc",
    ":c_0",
    "crossing",
)
ODD_VALUES += ("internal", "walkingarea", "G" * 16, "NEMA", "begin", "invalid", "rail_signal", "λ")


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    guess = ("--sidewalks.guess", "--sidewalks.guess.max-speed", "20", "--crossings.guess")
    path = crossroads(tmp_path_factory.mktemp("hostile"), *guess)
    text = path.read_text()
    path.write_text(text[text.index("<net ") :])
    return path


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    edits=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.sampled_from((*ODD_VALUES, "drop", "cut"))),
        min_size=1,
        max_size=3,
    )
)
def test_damaged_networks_never_end_in_a_traceback(
    net: Path, tmp_path: Path, edits: list[tuple[float, str]]
) -> None:
    text = net.read_text()
    for place, value in edits:
        pattern = ELEMENT if value == "drop" else ATTRIBUTE
        found = list(pattern.finditer(text))
        hit = found[int(place * len(found))]
        new = "" if value in ("drop", "cut") else f' {hit[1]}="{value}"'
        text = text[: hit.start()] + new + text[hit.end() :]
    path = tmp_path / "damaged.net.xml"
    path.write_text(text)
    refusal: InputError | None = None
    try:
        json.dumps(inspect_network(read_network(path)))
    except InputError as error:
        refusal = error
    assert refusal is None or "damaged.net.xml" in refusal.where
    assert refusal is None or refusal.message.endswith(".")
