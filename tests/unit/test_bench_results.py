"""A bench's rows: ratios, page, picture, and the check against a baseline."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from signalctl.domain.errors import InputError
from signalctl.rules.registry import profile
from signalctl.workflow.bench.as_json import means, result_json
from signalctl.workflow.bench.check import (
    Made,
    baseline_json,
    check,
    made_of,
    read_baseline,
)
from signalctl.workflow.bench.claims import claims
from signalctl.workflow.bench.picture import draw
from signalctl.workflow.bench.rows import (
    BenchEntry,
    BenchRow,
    BenchSettings,
    Planner,
    Planning,
    Trial,
    VariantLine,
    best,
    geometric_mean,
)
from signalctl.workflow.bench.table import page
from signalctl.workflow.manifest import Manifest


def line(name: str, *delays_s: float, unfinished: int = 0, collisions: int = 0) -> VariantLine:
    return VariantLine(name=name, delays_s=delays_s, unfinished=unfinished, collisions=collisions)


def row(name: str, *lines: VariantLine, failed: str = "") -> BenchRow:
    return BenchRow(
        entry=BenchEntry(
            name=name, configuration=Path("x.sumocfg"), manifest=Manifest(licence="EPL-2.0")
        ),
        seeds=(1, 2, 3),
        period_s=(0.0, 3600.0),
        due=100,
        sumo_version="SUMO 1.28.0",
        lines=lines,
        planning=Planning(planner=Planner.OPTIMISE, seconds=12.0, evaluations=345),
        failed=failed,
    )


SETTINGS = BenchSettings(
    peers=("shipped", "sumo-tools", "actuated"), folder=Path("out"), profile=profile("as-surveyed")
)
MADE = Made(
    suite="shipped",
    peers=("shipped",),
    planner="none",
    seeds=3,
    heavy_seeds=1,
    rules="as-surveyed",
)
ONE = row(
    "one",
    line("shipped", 40, 42, 44),
    line("sumo-tools", 50, 52, 90),
    line("actuated", 30, 30, 31),
    line("plan", 21, 21, 24),
)


def test_ratios_are_of_medians_to_the_best_fixed_peer_and_to_actuated() -> None:
    assert ONE.best_fixed is not None
    assert ONE.best_fixed.name == "shipped"
    assert ONE.ratio_to(ONE.best_fixed) == pytest.approx(0.5)
    assert ONE.ratio_to(ONE.line("actuated")) == pytest.approx(0.7)
    difference = ONE.difference_to(ONE.best_fixed)
    assert difference is not None
    assert difference.mean == pytest.approx(-20.0)


def test_a_peer_that_leaves_vehicles_inside_is_not_the_best() -> None:
    jammed = row("two", line("shipped", 10, 10, 10, unfinished=5), line("sumo-tools", 90, 90, 90))
    assert jammed.best_fixed is not None
    assert jammed.best_fixed.name == "sumo-tools"


def test_geometric_means_leave_out_what_is_not_known() -> None:
    assert geometric_mean([0.5, None, 2.0]) == pytest.approx((1.0, 2))
    assert geometric_mean([None]) is None
    found = means([ONE, row("bad", failed="no plan")])
    assert found["best fixed-time peer"] == {"ratio": pytest.approx(0.5), "scenarios": 1}


def test_the_page_holds_figures_failures_licences_and_trials() -> None:
    trial = Trial(what="demand x 1.1", seeds=(1, 2, 3), lines=(line("plan", 30, 31, 62),))
    text = page(
        [replace(ONE, trials=(trial,)), row("bad", failed="SUMO | refuses it")],
        SETTINGS,
        "signalctl bench",
    )
    assert "| one | 3 | 42.0 | 52.0 | 30.0 | 21.0 | 0.50 |" in text
    assert "| bad | SUMO / refuses it |" in text
    assert "licence: EPL-2.0" in text
    assert "| one | demand x 1.1 | 3 | plan | 31.0 | 62.0 | 2.00 | 0 | 0 | 0 |" in text
    assert "Geometric mean of plan / best fixed-time peer: **0.500** over 1 scenarios" in text
    widths = {part.count("|") for part in text.splitlines() if part.startswith("| one | 3")}
    assert widths == {12}


def test_claims_say_where_they_hold() -> None:
    def under(what: str, plan: VariantLine) -> Trial:
        lines = (line("shipped", 40, 41, 42), line("sumo-tools", 50, 50, 50), plan)
        return Trial(what=what, seeds=(1, 2, 3), lines=lines)

    good = replace(
        ONE,
        trials=(
            under("demand x 0.9", line("plan", 20, 20, 20)),
            under("demand x 1.1", line("plan", 30, 30, 30)),
            under("fresh seeds", line("plan", 20, 21, 24)),
        ),
    )
    bad = replace(
        row(
            "bad",
            line("shipped", 40, 42, 44),
            line("actuated", 30, 30, 31),
            replace(
                line("plan", 43, 44, 47, unfinished=1), emergency_brakings=6, median_brakings=2.0
            ),
        ),
        trials=(
            under("demand x 0.9", line("plan", 20, 20, 20)),
            under("demand x 1.1", line("plan", 60, 60, 60)),
            under("fresh seeds", line("plan", 20, 20, 99)),
        ),
    )
    found = claims([good, bad, row("none", failed="x")])
    assert [(claim.held, claim.missed) for claim in found] == [(("one",), ("bad",))] * 7
    assert [claim.unknown for claim in claims([ONE])][5:] == [("one",), ("one",)]
    assert "Not on bad." in page([good, bad], SETTINGS, "signalctl bench")


def test_one_braking_more_is_chance_and_is_told_all_the_same() -> None:
    shipped, others, plan = ONE.lines[0], ONE.lines[1:-1], ONE.lines[-1]
    found = claims([replace(ONE, lines=(shipped, *others, replace(plan, emergency_brakings=1)))])
    assert [bool(claim.held) for claim in found[2:5]] == [False, True, True]


def test_a_run_given_up_is_a_lower_bound_and_no_best_peer() -> None:
    beaten = VariantLine(name="shipped", delays_s=(60.0, 62.0, 70.0), given_up=2)
    slow = line("sumo-tools", 80, 81, 200)
    trial = Trial(
        what="fresh seeds", seeds=(1, 2, 3), lines=(beaten, slow, line("plan", 20, 21, 25))
    )
    with_trial = replace(ONE, trials=(trial,))
    assert best(trial.lines[:2]) == slow
    written = page([with_trial], SETTINGS, "signalctl bench")
    assert "| shipped | > 62.0 | > 70.0 | - | 0 | - | - |" in written
    locked_up = replace(trial, lines=(beaten, line("plan", 20, 21, 65)))
    fine = next(c for c in claims([with_trial]) if c.what.startswith("No lock-up"))
    open_case = next(
        c for c in claims([replace(ONE, trials=(locked_up,))]) if c.what.startswith("No lock-up")
    )
    assert fine.held == ("one",)
    # Whether a peer that was given up locks up in its worst seed is not known.
    assert open_case.unknown == ("one",)
    # One of which a run that ended left vehicles inside has locked up for certain.
    left_inside = replace(locked_up, lines=(replace(beaten, unfinished=7), *locked_up.lines[1:]))
    settled = claims([replace(ONE, trials=(left_inside,))])
    assert next(c for c in settled if c.what.startswith("No lock-up")).held == ("one",)


def test_json_is_plain_and_whole() -> None:
    document = json.loads(json.dumps(result_json([ONE], SETTINGS), allow_nan=False))
    (scenario,) = document["scenarios"]
    assert scenario["ratio_to_best_fixed"] == pytest.approx(0.5)
    assert scenario["planning"]["evaluations"] == 345
    assert [v["name"] for v in scenario["variants"]] == [x.name for x in ONE.lines]


def test_the_picture_is_drawn_and_nothing_is_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "bench.png"
    draw([ONE, row("bad", failed="x")], path)
    assert path.read_bytes().startswith(b"\x89PNG")
    with pytest.raises(InputError, match="no delay"):
        draw([row("bad", failed="x")], path)


def test_nothing_changed_is_nothing_worse(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(json.dumps(baseline_json([ONE], MADE)))
    found = check([ONE], read_baseline(path))
    assert not found.regressions
    assert not found.gains


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (line("plan", 23, 23.5, 26.2), "one, plan: 24.23 s/veh, 22.00 before"),
        (line("plan", 21, 21, 24, unfinished=1), "1 vehicles unfinished, 0 before"),
        (line("plan", 21, 21, 24, collisions=2), "2 collisions, 0 before"),
        (replace(line("plan"), failed="SUMO died"), "one, plan: SUMO died"),
        (line("other", 1, 1, 1), "one, plan: is gone"),
    ],
)
def test_what_is_clearly_worse_is_named(now: VariantLine, said: str) -> None:
    baseline = baseline_json([ONE], MADE)
    found = check([replace(ONE, lines=(*ONE.lines[:3], now))], baseline)
    assert [said in change.sentence for change in found.regressions] == [True]


def test_noise_is_no_regression_and_a_gain_is_told() -> None:
    baseline = baseline_json([ONE], MADE)
    noisy = replace(ONE, lines=(*ONE.lines[:3], line("plan", 19, 26, 24)))
    assert not check([noisy], baseline).regressions
    better = replace(ONE, lines=(*ONE.lines[:3], line("plan", 18, 18, 21.1)))
    assert [c.variant for c in check([better], baseline).gains] == ["plan"]


def test_a_missing_scenario_and_other_seeds_are_regressions() -> None:
    baseline = baseline_json([ONE], MADE)
    assert "was not run" in check([], baseline).regressions[0].sentence
    other = replace(ONE, seeds=(1, 2, 4))
    assert all("seeds" in c.sentence for c in check([other], baseline).regressions)


def test_another_sumo_or_file_is_refused(tmp_path: Path) -> None:
    baseline = baseline_json([ONE], MADE)
    with pytest.raises(InputError, match=r"SUMO 1\.28\.0, this is SUMO 9"):
        check([replace(ONE, sumo_version="SUMO 9")], baseline)
    path = tmp_path / "no.json"
    with pytest.raises(InputError, match="cannot be read"):
        read_baseline(path)
    assert made_of(json.loads(json.dumps(baseline))) == MADE
    with pytest.raises(InputError, match="does not say how"):
        made_of({})
    path.write_text("{}")
    with pytest.raises(InputError, match="no baseline"):
        read_baseline(path)
