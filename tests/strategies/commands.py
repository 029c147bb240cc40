"""Commands as their users type them, and what they answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from signalctl.cli.main import run

CORRIDOR = "J1,J2,J3"


def said(arguments: list[str], capfd: pytest.CaptureFixture[str], code: int = 0) -> dict[str, Any]:
    """The one JSON document that a command prints with --json."""
    capfd.readouterr()
    assert run([*arguments, "--json"]) == code
    document: dict[str, Any] = json.loads(capfd.readouterr().out)
    return document


def complaint(arguments: list[str], capfd: pytest.CaptureFixture[str], code: int = 2) -> str:
    """The one sentence a mistake gets, on standard error, without a traceback."""
    capfd.readouterr()
    assert run(arguments) == code
    out, err = capfd.readouterr()
    assert out == ""
    last = err.strip().splitlines()[-1]
    assert last.startswith("signalctl: ")
    assert "Traceback" not in err
    return last
