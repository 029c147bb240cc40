"""The house itself: packaging, imports, file sizes."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("api", "controllers", "networks", "optimiser", "sim")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def python(code: str, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_rooms_are_linked_into_the_package() -> None:
    for room in ROOMS:
        link = ROOT / "signalctl" / room
        assert link.is_symlink(), (
            f"signalctl/{room} is no link; clone with: git -c core.symlinks=true clone ..."
        )
        assert os.readlink(link) == f"../{room}"


def test_package_list_is_complete() -> None:
    found = {
        ".".join(init.parent.relative_to(ROOT).parts)
        for folder in ("signalctl", *ROOMS)
        for init in (ROOT / folder).rglob("__init__.py")
    }
    named = {
        name if name.split(".")[0] == "signalctl" else f"signalctl.{name}" for name in sorted(found)
    }
    assert named == set(PYPROJECT["tool"]["setuptools"]["packages"])


def test_import_is_light_and_quick(tmp_path: Path) -> None:
    heavy = ("libsumo", "sumolib", "traci", "ortools", "fastapi", "matplotlib", "numpy")
    code = (
        "import sys, signalctl; import signalctl.domain.plan\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    assert python(code, tmp_path).strip() == "[]"


def test_no_room_is_imported_by_its_bare_name(tmp_path: Path) -> None:
    code = (
        "import sys, pkgutil, importlib, signalctl\n"
        "for m in pkgutil.walk_packages(signalctl.__path__, 'signalctl.'):\n"
        "    if not m.name.endswith('__main__'): importlib.import_module(m.name)\n"
        f"print([room for room in {ROOMS!r} if room in sys.modules])"
    )
    assert python(code, tmp_path).strip().splitlines()[-1] == "[]"


def test_files_have_one_subject() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for folder in ("signalctl", *ROOMS, "tests", "bench")
        for path in (ROOT / folder).rglob("*.py")
        if not any(part.is_symlink() for part in (path, *path.parents))
        and (lines := len(path.read_text().splitlines())) > 400
    }
    assert long == {}


def test_wheel_is_complete_and_works_outside_the_tree(tmp_path: Path) -> None:
    built = subprocess.run(
        [
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--no-isolation",
            "-o",
            str(tmp_path),
            str(ROOT),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    target = tmp_path / "site"
    target.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    tops = {p.name for p in target.iterdir() if not p.name.endswith(".dist-info")}
    assert tops == {"signalctl"}
    sources = {
        ".".join(("signalctl", *path.relative_to(ROOT).with_suffix("").parts)).replace(
            "signalctl.signalctl", "signalctl"
        )
        for folder in ("signalctl", *ROOMS)
        for path in (ROOT / folder).rglob("*.py")
        if not any(part.is_symlink() for part in path.parents) and "node_modules" not in path.parts
    }
    shipped = {
        ".".join(path.relative_to(target).with_suffix("").parts)
        for path in (target / "signalctl").rglob("*.py")
    }
    assert sources == shipped
    code = (
        f"import sys; sys.path.insert(0, {str(target)!r})\n"
        "import signalctl.networks, signalctl.sim; print(signalctl.sim.__file__)"
    )
    assert python(code, tmp_path).strip().startswith(str(target))


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "LICENSE", "docs/architecture.md"])
def test_papers_exist(name: str) -> None:
    assert (ROOT / name).stat().st_size > 500
