"""The service killed while people work: what it told them stands, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.service_kills import kills, prepared


@pytest.mark.sumo
def test_what_was_told_before_a_kill_stands_after_it(tmp_path: Path, arterial: Path) -> None:
    served = prepared(tmp_path / "site", f"sqlite:///{tmp_path}/s.db", arterial)
    figures = kills(2, seed=3, served=served)
    assert figures.wrong == []
    assert figures.kills == 2
    assert {"plan-created", "plan-approved"} <= set(figures.told)
