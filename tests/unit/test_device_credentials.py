"""Credentials by reference: looked up, checked, never told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from signalctl.domain.errors import InputError
from signalctl.workflow.devices.credentials import credentials_of

SECRET = "hunter2-hunter2"
USER = {"user": "gateway", "authentication_key": SECRET, "privacy_key": SECRET[::-1]}


def private(folder: Path, text: str, mode: int = 0o600) -> str:
    path = folder / "secrets.json"
    path.write_text(text)
    path.chmod(mode)
    return "file:secrets.json"


def test_a_file_of_its_owner_alone_is_read(tmp_path: Path) -> None:
    found = credentials_of(private(tmp_path, json.dumps(USER)), tmp_path, where="J1")
    assert (found.user, found.authentication_key, found.privacy_key) == tuple(USER.values())
    assert SECRET not in repr(found)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o666])
def test_a_file_that_others_may_open_is_refused(mode: int, tmp_path: Path) -> None:
    reference = private(tmp_path, json.dumps({"community": SECRET}), mode)
    with pytest.raises(InputError, match="Others than its owner"):
        credentials_of(reference, tmp_path, where="J1")


@pytest.mark.parametrize("text", [SECRET, json.dumps({"community": SECRET})])
def test_the_environment_holds_a_community_or_json(text: str, tmp_path: Path) -> None:
    found = credentials_of("env:THEM", tmp_path, where="J1", environment={"THEM": text})
    assert found.community == SECRET


@pytest.mark.parametrize(
    ("reference", "held"),
    [
        ("env:THEM", ""),
        ("env:not a name", SECRET),
        ("env:THEM", "{" + SECRET),
        ("env:THEM", json.dumps({"community": [SECRET]})),
        ("env:THEM", json.dumps({"user": SECRET})),
        ("env:THEM", json.dumps({"community": SECRET, "colour": SECRET})),
        ("env:THEM", json.dumps({**USER, "privacy_key": "hunter2"})),
        ("env:THEM", "{" * 100_000 + SECRET),
        ("file:absent.json", ""),
        ("file:.", ""),
        ("hunter2-hunter2", ""),
    ],
)
def test_what_cannot_be_used_is_said_without_the_secret(
    reference: str, held: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        credentials_of(reference, tmp_path, where="J1", environment={"THEM": held})
    assert "hunter2" not in str(caught.value)
    assert str(caught.value).startswith("J1: ")
