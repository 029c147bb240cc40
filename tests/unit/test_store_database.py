"""Opening a database: which, what is refused in one sentence, and that no password is told."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import inspect
from stored_pushes import NOON, small_push

from signalctl.domain.errors import InputError
from signalctl.domain.push import PushState, Step
from signalctl.store.address import VARIABLE, address_of
from signalctl.store.agreement import disagreements
from signalctl.store.audit import Audit
from signalctl.store.certificates import Certificates
from signalctl.store.database import Database
from signalctl.store.failure import StoreError
from signalctl.store.journal import Journal
from signalctl.store.schema import MIGRATIONS
from signalctl.store.tables import METADATA


def url_of(file: Path) -> str:
    return f"sqlite:///{file}"


def refusal(url: str | None) -> str:
    with pytest.raises(InputError) as caught:
        Database(url).close()
    said = str(caught.value)
    assert "\n" not in said
    return said


def test_the_default_is_a_private_folder_of_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with Database() as database:
        Audit(database).verify()
    file = tmp_path / "state" / "signalctl" / "signalctl.db"
    assert file.exists()
    assert file.parent.stat().st_mode & 0o077 == 0
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    expected = tmp_path / "home" / ".local" / "state" / "signalctl" / "signalctl.db"
    assert address_of(None).url.database == str(expected)


def test_the_variable_names_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, url_of(tmp_path / "mine.db"))
    Database().close()
    assert (tmp_path / "mine.db").exists()


def test_sqlite_is_opened_so_that_what_was_written_stays(tmp_path: Path) -> None:
    with Database(url_of(tmp_path / "a.db")) as database, database.read() as connection:
        answers = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert answers == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 10_000,
    }


def test_the_queries_know_the_tables_that_the_migrations_made(tmp_path: Path) -> None:
    with Database(url_of(tmp_path / "a.db")) as database, database.read() as connection:
        made = inspect(connection)
        for table in METADATA.tables.values():
            found = made.get_columns(table.name)
            columns = {column["name"]: column["nullable"] for column in found}
            assert columns == {column.name: column.nullable for column in table.columns}
            keys = made.get_pk_constraint(table.name)["constrained_columns"]
            assert set(keys) == {column.name for column in table.primary_key}


def test_opening_again_finds_everything_and_migrates_nothing(tmp_path: Path) -> None:
    url = url_of(tmp_path / "a.db")
    with Database(url) as database:
        Journal(database).begin(small_push("p"))
    with Database(url) as database:
        assert Journal(database).read("p") == small_push("p")
    with closing(sqlite3.connect(tmp_path / "a.db")) as raw:
        versions = raw.execute("SELECT version FROM signalctl_schema ORDER BY version").fetchall()
    assert versions == [(number,) for number in range(1, len(MIGRATIONS) + 1)]


def test_a_database_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    Database(url_of(file)).close()
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("INSERT INTO signalctl_schema VALUES (999, '')")
        raw.commit()
    assert "schema 999" in refusal(url_of(file))


def test_a_file_of_another_program_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "map.gpkg"
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("CREATE TABLE roads (id INTEGER)")
    assert "another program's" in refusal(url_of(file))
    with closing(sqlite3.connect(file)) as raw:
        assert raw.execute("SELECT name FROM sqlite_master").fetchall() == [("roads",)]


def test_a_migration_that_fails_leaves_nothing_half_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(connection: object) -> None:
        raise InputError("no room")

    file = tmp_path / "a.db"
    monkeypatch.setattr("signalctl.store.schema.MIGRATIONS", (*MIGRATIONS, broken))
    assert "no room" in refusal(url_of(file))
    with closing(sqlite3.connect(file)) as raw:
        assert raw.execute("SELECT name FROM sqlite_master").fetchall() == []


def test_a_place_that_cannot_be_opened_is_one_sentence(tmp_path: Path) -> None:
    assert "cannot be opened" in refusal(url_of(tmp_path / "no" / "such" / "folder.db"))
    assert "cannot be opened" in refusal(url_of(tmp_path))
    (tmp_path / "text.db").write_text("no database, but long enough to be looked at" * 99)
    assert "not a database" in refusal(url_of(tmp_path / "text.db"))


@pytest.mark.parametrize(
    "url",
    [
        "geheim",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///a.db?mode=memory&key=geheim",
        "mysql://anna:geheim@host/db",
        "postgresql://anna:geheim@host:port/db",
        "://geheim",
        "",
    ],
)
def test_a_url_that_is_none_is_refused_and_not_repeated(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "geheim" not in refusal(url or "   ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["anna:geheim@{}", "{}"])
def test_a_server_that_is_away_is_one_sentence_without_the_password(form: str) -> None:
    # Port 1 of this machine: nobody listens there.
    url = f"postgresql+psycopg://{form.format('127.0.0.1:1')}/db?password=geheim"
    said = refusal(url)
    assert "cannot be opened" in said
    assert "127.0.0.1" in said
    assert "geheim" not in said


def test_a_failure_undoes_the_whole_transaction_and_says_so(tmp_path: Path) -> None:
    with Database(url_of(tmp_path / "a.db")) as database:
        audit = Audit(database)

        def half() -> None:
            with database.write() as connection:
                connection.exec_driver_sql("INSERT INTO signalctl_lease VALUES ('a', 'b', 'c')")
                connection.exec_driver_sql("INSERT INTO nowhere VALUES (1)")

        with pytest.raises(StoreError, match="no such table"):
            half()
        with database.read() as connection:
            left = connection.exec_driver_sql("SELECT count(*) FROM signalctl_lease").scalar()
        assert left == 0
        assert audit.verify() is None


def test_a_database_does_not_cross_a_fork(tmp_path: Path) -> None:
    with Database(url_of(tmp_path / "a.db")) as database:
        child = os.fork()
        if child == 0:
            try:
                Audit(database).head()
            except RuntimeError:
                os._exit(7)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        assert Audit(database).verify() is None


def test_begin_refuses_what_is_no_beginning(tmp_path: Path) -> None:
    with Database(url_of(tmp_path / "a.db")) as database:
        journal = Journal(database)
        journal.begin(small_push("p"))
        with pytest.raises(ValueError, match="already"):
            journal.begin(small_push("p"))
        with pytest.raises(ValueError, match="twice"):
            journal.begin(small_push("q", ("a", "a")))
        with pytest.raises(ValueError, match="no device"):
            journal.begin(small_push("q", ()))
        with pytest.raises(ValueError, match="no device x"):
            journal.note("p", "x", Step.SNAPSHOT, at=NOON)
        for unknown in (
            lambda: journal.read("nix"),
            lambda: journal.note("nix", "a", Step.SNAPSHOT, at=NOON),
            lambda: journal.end("nix", PushState.DONE, at=NOON),
            lambda: journal.history(before="nix"),
        ):
            with pytest.raises(InputError, match="no push 'nix'"):
                unknown()
        assert [push.id for push in journal.history()] == ["p"]


def test_history_is_told_page_by_page_newest_first(tmp_path: Path) -> None:
    with Database(url_of(tmp_path / "a.db")) as database:
        journal = Journal(database)
        for number in range(5):
            journal.begin(small_push(f"p{number}"))
        assert [push.id for push in journal.history(limit=2)] == ["p4", "p3"]
        assert [push.id for push in journal.history(limit=2, before="p3")] == ["p2", "p1"]
        assert [push.id for push in journal.open()] == [f"p{number}" for number in range(5)]


def test_who_rolls_back_and_why_stands_in_the_log(tmp_path: Path) -> None:
    with Database(url_of(tmp_path / "a.db")) as database:
        journal, audit = Journal(database), Audit(database)
        journal.begin(small_push("p", ("a",)))
        for step in (Step.SNAPSHOT, Step.WRITING, Step.WRITTEN, Step.ACTIVATING, Step.RUNNING):
            journal.note("p", "a", step, at=NOON)
        journal.end("p", PushState.DONE, at=NOON)
        assert journal.open() == ()
        journal.note("p", "a", Step.UNDOING, at=NOON, actor="ben", reason="queues")
        assert [push.id for push in journal.open()] == ["p"]
        journal.note("p", "a", Step.UNDONE, at=NOON, actor="ben", reason="queues")
        assert [push.id for push in journal.open()] == ["p"]
        journal.end("p", PushState.ROLLED_BACK, at=NOON, actor="ben", reason="queues")
        assert journal.open() == ()
        last = audit.entries()[-1]
        assert (last.actor, last.reason, last.action) == ("ben", "queues", "push-end")
        assert last.before == {"state": "done", "message": ""}
        assert last.after == {"state": "rolled-back", "message": ""}
        assert disagreements(database) == ()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE signalctl_push SET state = 'done'", "otherwise"),
        ("UPDATE signalctl_push SET actor = 'nobody'", "otherwise"),
        ("UPDATE signalctl_push SET ended_at = begun_at", "otherwise"),
        ("UPDATE signalctl_push SET begun_at = 'yesterday'", "cannot be read"),
        ("UPDATE signalctl_push SET state = 'gone'", "cannot be read"),
        ("UPDATE signalctl_push_device SET step = 'written' WHERE place = 1", "otherwise"),
        ("UPDATE signalctl_push_device SET place = 1 - place + 10", "otherwise"),
        (
            "UPDATE signalctl_push_device SET plan_json = replace(plan_json, 'G27', 'G26 y1')",
            "otherwise",
        ),
        ("UPDATE signalctl_push_device SET plan_json = '[]'", "cannot be read"),
        ("UPDATE signalctl_push_device SET certificate_hash = X'00'", "cannot be read"),
        ("DELETE FROM signalctl_push_device", "otherwise"),
        ("DELETE FROM signalctl_push WHERE id = 'p2'", "not in the journal"),
        ("UPDATE signalctl_push SET id = 'other' WHERE id = 'p2'", "not in the audit log"),
        ("DELETE FROM signalctl_approval", "approvals"),
        ("INSERT INTO signalctl_approval VALUES (2, 'p', 'chief', '2026-01-01', '')", "approvals"),
        ("INSERT INTO signalctl_certificate VALUES ('h', 1, 'p', 'j', '{}')", "certificates"),
    ],
)
def test_what_was_changed_behind_the_journals_back_is_found(
    tmp_path: Path, statement: str, said: str
) -> None:
    with Database(url_of(tmp_path / "a.db")) as database:
        journal = Journal(database)
        journal.begin(small_push("p"))
        journal.begin(small_push("p2"))
        journal.note("p", "b", Step.SNAPSHOT, at=NOON)
        Certificates(database).approve("sha256:p", "anna", NOON, "seen")
        assert disagreements(database) == ()
        with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as raw:
            raw.execute(statement)
        found = " ".join(disagreements(database))
        assert said in found
        assert Audit(database).verify() is None
