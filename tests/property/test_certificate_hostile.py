"""Certificates go to file and back whole; whatever else stands there is refused in a sentence."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signalctl.domain.certificate import Certificate, Evidence, Interval
from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.files.certificate_file import (
    certificate_document,
    certificate_of,
    read_certificates,
    write_certificates,
)

texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), include_characters=""), min_size=1, max_size=40
)
hashes = st.binary(min_size=32, max_size=32).map(lambda raw: f"sha256:{raw.hex()}")
figures = st.floats(allow_nan=False, allow_infinity=False)
evidences = st.builds(
    Evidence,
    scenario=texts,
    scenario_hash=hashes,
    seeds=st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=5).map(tuple),
    measures=st.dictionaries(
        texts, st.builds(Interval, median=figures, low=figures, high=figures), max_size=4
    ).map(FrozenMap),
)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
certificates = st.builds(
    Certificate,
    junction_id=texts,
    plan_hash=hashes,
    junction_hash=hashes,
    rules=texts,
    rules_version=hashes,
    issued_at=st.datetimes(timezones=zones | st.just(UTC)),
    issued_by=texts,
    evidence=st.none() | evidences,
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | figures | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@contextmanager
def file_of(text: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.certificates.json"
        path.write_text(text, encoding="utf-8")
        yield path


@settings(max_examples=40, deadline=None)
@given(st.lists(certificates, max_size=4, unique_by=lambda each: each.junction_id))
def test_they_come_back_as_they_went(held: list[Certificate]) -> None:
    with file_of("") as path:
        write_certificates(path, Path("x.yaml"), held)
        read = read_certificates(path)
    assert read == tuple(held)
    assert [each.hash for each in read] == [each.hash for each in held]


@settings(max_examples=100, deadline=None)
@given(certificates, anything, st.data())
def test_no_field_can_be_changed_unnoticed(
    certificate: Certificate, other: object, data: st.DataObject
) -> None:
    document = certificate_document(certificate)
    place: Any = document
    while True:
        keys = sorted(place) if isinstance(place, dict) else range(len(place))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], (dict, list)) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    same = json.dumps(place[key]) == json.dumps(other)
    # 1 and 1.0 are one figure, as they are one fingerprint.
    same |= isinstance(place[key], float) and type(other) is int and place[key] == other
    place[key] = other
    if same:
        assert certificate_of(document, "x") == certificate
        return
    with pytest.raises(InputError) as caught:
        certificate_of(document, "x")
    assert "\n" not in str(caught.value).replace(certificate.junction_id, "")


@settings(max_examples=100, deadline=None)
@given(anything)
def test_any_other_json_is_refused(value: object) -> None:
    with file_of(json.dumps(value)) as path, pytest.raises(InputError):
        read_certificates(path)
