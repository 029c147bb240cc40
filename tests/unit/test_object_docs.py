"""The documents of the protocols' objects are those that the tables make."""

from __future__ import annotations

from pathlib import Path

from bench.object_docs import DOCS, DOCUMENTS, main, stale
from signalctl.controllers.device.gbt20999.dictionary import ENTRIES
from signalctl.controllers.device.ntcip1202.objects import OBJECTS


def test_the_committed_documents_are_up_to_date() -> None:
    assert stale(DOCS) == []


def test_every_object_stands_in_its_document() -> None:
    ntcip, gbt = (DOCUMENTS[name]() for name in ("objects-ntcip1202.md", "objects-gbt20999.md"))
    assert all(f"| {name} " in ntcip for name in OBJECTS)
    assert all(f"| {entry} |" in gbt for entry in ENTRIES)


def test_a_stale_document_is_told_and_mended(tmp_path: Path) -> None:
    assert stale(tmp_path) == list(DOCUMENTS)
    assert main(["--write", str(tmp_path)]) == 0
    assert stale(tmp_path) == []
    (tmp_path / "objects-gbt20999.md").write_text("old")
    assert stale(tmp_path) == ["objects-gbt20999.md"]
