"""The figures of the ranking bench."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.document import write_section
from bench.ranking import ranking


def test_a_perfect_estimate_at_another_level() -> None:
    found = ranking([30.0, 50.0, 20.0, 80.0, 40.0, 25.0], [60.0, 100.0, 40.0, 160.0, 80.0, 50.0])
    assert found.spearman == pytest.approx(1.0)
    assert found.spearman_best_half == pytest.approx(1.0)
    assert (found.regret_first, found.regret_five, found.level) == (0.0, 0.0, 2.0)


def test_regret_is_what_trust_in_the_estimate_costs() -> None:
    truth = [10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 22.0]
    estimate = [7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]
    found = ranking(truth, estimate)
    assert found.spearman == pytest.approx(-1.0)
    assert found.regret_first == pytest.approx(1.2)
    assert found.regret_five == pytest.approx(0.4)


def test_the_table_replaces_itself_in_a_document(tmp_path: Path) -> None:
    page = tmp_path / "model.md"
    page.write_text("# The model\n\nText.\n")
    for figure in ("1", "2"):
        write_section(page, "bench.one", "python -m bench.one", ["| a |", f"| {figure} |"])
        write_section(page, "bench.other", "python -m bench.other", ["| b |", f"| {figure} |"])
    text = page.read_text()
    assert text.startswith("# The model\n\nText.\n")
    assert "| 2 |" in text
    assert "| 1 |" not in text
    assert text.count("python -m bench.one") == text.count("python -m bench.other") == 1
