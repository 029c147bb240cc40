"""Files are written whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from signalctl.domain.errors import InputError
from signalctl.files.atomic import atomic_path, require_writable, write_atomic


def test_replaces_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "plans.yaml"
    write_atomic(path, "old")
    write_atomic(path, "neu für Köln")
    assert path.read_text(encoding="utf-8") == "neu für Köln"
    assert [p.name for p in tmp_path.iterdir()] == ["plans.yaml"]


def test_keeps_the_suffix_for_writers_that_choose_by_it(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "net.net.xml") as temporary:
        assert temporary.name.endswith(".net.xml")
        temporary.write_text("x")
    assert (tmp_path / "net.net.xml").exists()


def test_failure_in_the_middle_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "plans.yaml"
    write_atomic(path, "old")
    with pytest.raises(ZeroDivisionError), atomic_path(path) as temporary:
        temporary.write_text(f"half {1 / 0}")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["plans.yaml"]


def test_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Cannot write: No such file or directory"):
        write_atomic(tmp_path / "absent" / "x.yaml", "text")


def test_a_place_that_cannot_be_written_is_told_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Cannot write: No such file or directory"):
        require_writable(tmp_path / "absent" / "x.yaml")
    path = tmp_path / "plans.yaml"
    write_atomic(path, "old")
    require_writable(path)
    require_writable(tmp_path / "new.yaml")
    require_writable(None)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("plans.yaml", "old")]


def test_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "plans.yaml"
    write_atomic(path, "old")
    # A limit on the file size stops the write in the middle, as a full disk does.
    code = (
        "import resource, pathlib\n"
        "from signalctl.domain.errors import InputError\n"
        "from signalctl.files.atomic import write_atomic\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        f"try: write_atomic(pathlib.Path({str(path)!r}), 'x' * 100_000)\n"
        "except InputError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert "Cannot write: File too large" in done.stdout, done.stderr
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["plans.yaml"]
