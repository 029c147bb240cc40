"""Corpus manifests: what they add to a configuration, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from signalctl.domain.errors import InputError
from signalctl.workflow.manifest import corpus_scenarios, read_manifest


def written(folder: Path, text: str) -> Path:
    """A scenario folder with this manifest; its configuration's path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.yaml").write_text(text)
    (folder / "scenario.sumocfg").write_text("<configuration/>")
    return folder / "scenario.sumocfg"


def test_a_manifest_says_period_licence_and_options(tmp_path: Path) -> None:
    found = read_manifest(
        written(
            tmp_path,
            "begin: 25200\nend: 28800\nlicence: 'EPL-2.0 (repo)'\nsource: here\n"
            "extra_options: '--step-length 0.5 --ignore-route-errors true'\n",
        )
    )
    assert (found.begin_s, found.end_s, found.licence) == (25200.0, 28800.0, "EPL-2.0 (repo)")
    assert found.options == (("step-length", "0.5"), ("ignore-route-errors", "true"))


def test_scenarios_are_found_by_folder_in_order(tmp_path: Path) -> None:
    for name in ("b", "a"):
        written(tmp_path / name, "notes: x\n")
    (tmp_path / "papers").mkdir()
    assert [each.name for each in corpus_scenarios(tmp_path)] == ["a", "b"]


def test_no_manifest_is_an_empty_one(tmp_path: Path) -> None:
    assert read_manifest(tmp_path / "scenario.sumocfg").options == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a\n- b\n", "list of names"),
        ("a: [1\n", "no YAML"),
        ("a: &x 1\nb: *x\n", "Anchors"),
        ("extra_options: '--step-length'\n", "a value each"),
        ("extra_options: 'step-length 1'\n", "a value each"),
        ("extra_options: '--no-such-option 1'\n", "no option 'no-such-option'"),
        ("begin: dawn\n", "no time"),
        ("notes: '" + "x" * 200_000 + "'\n", "larger than a page"),
    ],
)
def test_other_manifests_are_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_manifest(written(tmp_path, text))
