"""Text files are read up to a bound, whatever kind of file they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from signalctl.domain.errors import InputError
from signalctl.files.bounded import read_text


def test_text_comes_without_mark_and_with_plain_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes("\ufeff左\r\nb\rc\n".encode())
    assert read_text(path, path.stat().st_size) == "左\nb\nc\n"


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"x" * 2049, "larger than 2 kB"), (b"\xff\xfe\x00", r"not UTF-8 text\. Export it\.")],
)
def test_what_is_too_large_or_no_text_is_refused(data: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(data)
    with pytest.raises(InputError, match=message):
        read_text(path, 2048, remedy="Export it.")


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no such file\. Make it\."):
        read_text(tmp_path / "none", 10, remedy="Make it.")
    with pytest.raises(InputError, match="Cannot read: Is a directory"):
        read_text(tmp_path, 10)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no endless file here")
def test_an_endless_file_ends_at_the_bound() -> None:
    # Its size is told as 0.
    with pytest.raises(InputError, match="larger than 1 MB"):
        read_text(Path("/dev/zero"), 2**20)
