"""Certificates on file: back as they went, and nothing else gets in."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from signalctl.domain.certificate import Certificate, Evidence, Interval
from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.files.certificate_file import (
    MAX_BYTES,
    certificates_path,
    read_certificates,
    write_certificates,
)

EVIDENCE = Evidence(
    scenario="peak",
    scenario_hash="sha256:" + "c" * 64,
    seeds=(1, 2, 3),
    measures=FrozenMap(
        {
            "total_delay_s": Interval(median=31.25, low=29.1, high=33.0),
            "collisions": Interval(median=0, low=0, high=0),
        }
    ),
)
CERTIFICATE = Certificate(
    junction_id="J 1 左",
    plan_hash="sha256:" + "a" * 64,
    junction_hash="sha256:" + "b" * 64,
    rules="as-surveyed",
    rules_version="sha256:" + "d" * 64,
    issued_at=datetime(2026, 11, 22, 8, 30, 15, 123456, tzinfo=UTC),
    issued_by="Zoë",
    evidence=EVIDENCE,
)
BARE = replace(CERTIFICATE, junction_id="J2", evidence=None)


def written(tmp_path: Path) -> Path:
    plans = tmp_path / "plans.yaml"
    path = certificates_path(plans)
    write_certificates(path, plans, [CERTIFICATE, BARE])
    return path


def test_comes_back_as_it_went(tmp_path: Path) -> None:
    path = written(tmp_path)
    assert path.name == "plans.certificates.json"
    assert read_certificates(path) == (CERTIFICATE, BARE)


def test_a_name_with_dots_keeps_its_own_file() -> None:
    assert certificates_path(Path("a/peak.v2.yaml")) == Path("a/peak.v2.certificates.json")


Change = Callable[[dict[str, Any]], object]


def first(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["certificates"][0]
    return found


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.update(schema="signalctl/certificates/2"), "schema"),
        (lambda d: d.pop("schema"), "schema: Field required"),
        (lambda d: d.update(more=1), "more: Extra inputs"),
        (lambda d: d.update(certificates={}), "certificates"),
        (lambda d: first(d).pop("plan_hash"), "plan_hash: Field required"),
        (lambda d: first(d).update(plan_hash="a" * 64), "plan_hash"),
        (lambda d: first(d).update(plan_hash=["a"]), "plan_hash"),
        (lambda d: first(d).update(issued_by=""), "issued_by"),
        (lambda d: first(d).update(issued_by="a\x1b[2Jb"), "issued_by"),
        (lambda d: first(d).update(issued_by="x" * 513), "issued_by"),
        (lambda d: first(d).update(issued_at="yesterday"), "no time"),
        (lambda d: first(d).update(issued_at=1_700_000_000), "issued_at"),
        (lambda d: first(d).update(issued_at="2026-11-22T08:30:15"), "no time zone"),
        (lambda d: first(d)["evidence"].update(seeds=[]), "seeds"),
        (lambda d: first(d)["evidence"].update(seeds=[1.0]), "seeds"),
        (lambda d: first(d)["evidence"].update(seeds=list(range(1001))), "seeds"),
        (lambda d: first(d)["evidence"].update(seeds=[-1]), "seeds"),
        (lambda d: first(d)["evidence"]["measures"]["collisions"].update(low="0"), "low"),
        (lambda d: first(d)["evidence"]["measures"]["collisions"].pop("high"), "high"),
        (lambda d: first(d)["evidence"]["measures"]["collisions"].update(low=1), "changed after"),
        (lambda d: first(d).update(issued_by="Ann"), "changed after it was issued"),
        (lambda d: first(d).update(evidence=None), "changed after it was issued"),
        (lambda d: d["certificates"].append(first(d)), "two certificates"),
    ],
)
def test_a_changed_file_gets_one_sentence(change: Change, message: str, tmp_path: Path) -> None:
    path = written(tmp_path)
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        read_certificates(path)
    assert caught.value.where.startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b'{"schema": ',
        b"\xff\xfe",
        b"[" * 1_000_000,
        b'{"schema": ' + b"9" * 5000 + b"}",
        b'{"schema": NaN}',
        b'{"schema": "signalctl/certificates/1", "schema": "signalctl/certificates/1"}',
    ],
    ids=range(9),
)
def test_what_is_no_such_file_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.certificates.json"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_certificates(path)
    assert caught.value.where == str(path)


def test_a_missing_or_huge_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.certificates.json"
    with pytest.raises(InputError, match=r"no such file.*signalctl certify"):
        read_certificates(path)
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(InputError, match="larger than"):
        read_certificates(path)
