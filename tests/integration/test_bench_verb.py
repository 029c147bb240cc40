"""signalctl bench on a corpus of one small crossing: result files, cache, check, failures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import complaint, said
from small_nets import crossroads

import signalctl.cli.bench
from bench.kept_runs import keep, lay
from signalctl.cli.main import run
from signalctl.workflow.bench.bench import Suite, suite_entries

pytestmark = pytest.mark.sumo

assert signalctl.cli.bench.NAME == "bench"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One scenario that runs and one whose demand names a road that is not there."""
    root = tmp_path_factory.mktemp("corpus")
    for name, last in (("broken", "nowhere"), ("tiny", "ce")):
        folder = root / name
        folder.mkdir()
        crossroads(folder)
        flows = "".join(
            f'<flow id="{a}{b}" from="{a}" to="{b}" begin="0" end="200" vehsPerHour="400"/>'
            for a, b in (("ec", "cw"), ("nc", "cs"), ("wc", last))
        )
        (folder / "r.rou.xml").write_text(f"<routes>{flows}</routes>")
        (folder / "scenario.sumocfg").write_text(
            '<configuration><input><net-file value="net.net.xml"/><route-files value="r.rou.xml"/>'
            '</input><time><begin value="0"/><end value="200"/></time></configuration>'
        )
        (folder / "manifest.yaml").write_text("begin: 0\nend: 200\nlicence: CC0\n")
    return root


@pytest.fixture(scope="module")
def words(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("bench")
    peers = "shipped,actuated,max-pressure"
    common = ["--corpus", str(corpus), "--folder", str(folder), "--peers", peers]
    return ["bench", *common, "--seeds", "2", "--jobs", "2"]


def test_a_bench_writes_its_results_and_holds_against_its_baseline(
    words: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    baseline, result = tmp_path / "baseline.json", tmp_path / "result.json"
    tiny = [*words, "--only", "tiny", "--planner", "none"]
    document = said([*tiny, "--write-baseline", str(baseline), "-o", str(result)], capfd)
    (scenario,) = document["scenarios"]
    delays = {v["name"]: v["total_delay_s"]["median"] for v in scenario["variants"]}
    assert set(delays) == {"shipped", "actuated", "max-pressure"}
    assert scenario["licence"] == "CC0"
    assert json.loads(result.read_text())["scenarios"][0]["name"] == "tiny"
    assert "| tiny | 2 |" in result.with_suffix(".md").read_text()
    assert result.with_suffix(".png").stat().st_size > 5000

    # The same again: found on the shelf, nothing worse.
    same = [*tiny[: tiny.index("--peers")], "--check", str(baseline)]
    assert run(same) == 0
    assert "nothing worse" in capfd.readouterr().out

    better = json.loads(baseline.read_text())
    was = better["scenarios"]["tiny"]["variants"]["max-pressure"]
    was["delays_s"] = [0.8 * delay for delay in was["delays_s"]]
    baseline.write_text(json.dumps(better))
    assert run(same) == 1
    out = capfd.readouterr().out
    assert "worse: tiny, max-pressure:" in out
    assert out.count("worse:") == 1


def test_what_cannot_be_run_or_planned_is_a_row_with_the_reason(
    words: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    document = said([*words, "--planner", "green-wave"], capfd)
    broken, tiny = document["scenarios"]
    assert "nowhere" in broken["failed"]
    assert tiny["failed"] is None
    # One light alone has no wave.
    assert tiny["planning"]["failed"]
    assert tiny["ratio_to_best_fixed"] is None


def test_other_demand_and_fresh_seeds_are_tried_on_request(
    words: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    asked = [*words, "--only", "tiny", "--planner", "none", "--peers", "shipped", "--robust"]
    (scenario,) = said(asked, capfd)["scenarios"]
    assert [t["what"] for t in scenario["trials"]] == [
        "demand x 0.9",
        "demand x 1.1",
        "fresh seeds",
    ]
    assert [len(t["seeds"]) for t in scenario["trials"]] == [2, 2, 10]
    assert not {1, 2} & set(scenario["trials"][2]["seeds"])


def test_kept_plans_and_runs_give_the_same_result_without_a_run(
    corpus: Path, words: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    entries = suite_entries(Suite.CORPUS, tmp_path, corpus, ["tiny"])
    first, second, kept = tmp_path / "first", tmp_path / "second", tmp_path / "kept"
    peers = ["--peers", "shipped,sumo-tools", "--evaluations", "40"]
    asked = [*words, "--only", "tiny", *peers, "--folder"]
    made = said([*asked, str(first)], capfd)
    keep(entries, first, kept)
    assert (kept / "tiny" / "runs.jsonl").exists()

    lay(entries, second, kept)
    runs = {file.name for file in (second / "runs").iterdir()}
    again = said([*asked, str(second)], capfd)
    assert {file.name for file in (second / "runs").iterdir()} == runs
    assert again["scenarios"] == made["scenarios"]
    assert again["scenarios"][0]["planning"]["evaluations"] >= 40

    # A damaged note of how the plan was made is as good as none: it is made again, here from
    # what the planning left behind.
    (note,) = first.glob("variants/*/*/planning.json")
    note.write_text("{")
    (scenario,) = said([*asked, str(first)], capfd)["scenarios"]
    assert scenario["ratio_to_best_fixed"] == made["scenarios"][0]["ratio_to_best_fixed"]
    assert json.loads(note.read_text())["evaluations"] >= 40


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (["--only", "tinny"], "tinny"),
        (["--peers", "shipped,coin"], "coin"),
        (["--suite", "moon"], "moon"),
        (["--planner", "luck"], "luck"),
        (["--turns", "any"], "any"),
        (["--budget", "soon"], "soon"),
        (["--budget", "5min,90s"], "more than one time"),
        (["--budget", "5min,nowhere=90s"], "nowhere"),
        (["--corpus", "/nowhere"], "no scenario"),
        (["--check", "/nowhere.json"], "baseline"),
    ],
)
def test_mistakes_get_one_sentence(
    words: list[str], changed: list[str], told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert told in complaint([*words, "--planner", "none", *changed], capfd)
