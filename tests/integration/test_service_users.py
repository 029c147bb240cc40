"""`signalctl user`: the first admin, without a default password."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from signalctl.cli.main import run
from signalctl.store.audit import Audit
from signalctl.store.database import Database
from signalctl.store.users import Role, Users
from signalctl.workflow.service.credentials import Hasher


def _add(
    url: str, monkeypatch: pytest.MonkeyPatch, password: str, *roles: str, name: str = "ada"
) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(password))
    options = [word for role in roles for word in ("--role", role)]
    return run(["user", "add", name, *options, "--database", url])


def test_the_first_admin_is_made_with_a_password_of_their_own(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = database_url
    assert _add(url, monkeypatch, "a long sentence\n", "admin", "engineer") == 0
    with Database(url) as database:
        user = Users(database).read("ada")
        assert user is not None
        assert user.roles == {Role.ADMIN, Role.ENGINEER}
        assert user.password.startswith("$argon2id$")
        assert Hasher().fits(user.password, "a long sentence")
        assert not Hasher().fits(user.password, "a long sentenc")
        (entry,) = Audit(database).entries()
        assert (entry.action, entry.actor) == ("user-added", "command line")
        assert "argon2" not in str(entry.after)
        assert entry.at <= datetime.now(UTC)
    assert run(["user", "list", "--database", url]) == 0
    assert "a long sentence" not in capsys.readouterr().out
    assert _add(url, monkeypatch, "another sentence\n", "viewer") == 1, "the name is taken"


@pytest.mark.parametrize(
    ("password", "roles", "name"),
    [
        ("", ("admin",), "ada"),
        ("short", ("admin",), "ada"),
        ("a long sentence", ("king",), "ada"),
        ("a long sentence", ("admin",), "../ada"),
    ],
)
def test_nobody_is_made_of_nonsense(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    password: str,
    roles: tuple[str, ...],
    name: str,
) -> None:
    url = f"sqlite:///{tmp_path}/s.db"
    assert _add(url, monkeypatch, password, *roles, name=name) == 2
    with Database(url) as database:
        assert Users(database).page() == ()
