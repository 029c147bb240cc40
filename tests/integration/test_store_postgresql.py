"""The store on a PostgreSQL server of its own: the same code, the same promises."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from older_store import alarms_come_to_a_database_that_is_in_use
from postgresql_server import IN_URL, PASSWORD, Server, postgresql
from sqlalchemy import inspect
from store_writers import writers_at_once_keep_one_chain
from stored_pushes import NOON, small_push

from signalctl.domain.errors import InputError, NotInControl
from signalctl.domain.push import PushState, Step
from signalctl.store.agreement import disagreements
from signalctl.store.audit import Audit
from signalctl.store.certificates import Certificates
from signalctl.store.database import Database
from signalctl.store.failure import StoreError
from signalctl.store.journal import Journal
from signalctl.store.leases import Leases
from signalctl.store.tables import METADATA

STRATEGIES = Path(__file__).parents[1] / "strategies"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgresql() as found:
        yield found


@pytest.fixture
def url(server: Server) -> str:
    return server.new_database()


def test_alarms_come_to_a_database_that_is_in_use(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    alarms_come_to_a_database_that_is_in_use(url, monkeypatch)


def test_everything_is_kept_and_agrees(url: str) -> None:
    with Database(url) as database:
        journal = Journal(database)
        begun = small_push("p\0\udcff\\")
        journal.begin(begun)
        assert journal.read(begun.id) == begun
        for step in (Step.SNAPSHOT, Step.WRITING, Step.IN_DOUBT):
            journal.note(begun.id, "a", step, at=NOON, message="lost\0")
        with pytest.raises(ValueError, match="cannot follow"):
            journal.note(begun.id, "b", Step.RUNNING, at=NOON)
        journal.end(begun.id, PushState.IN_DOUBT, at=NOON)
        assert journal.open() == ()
        assert journal.history()[0].devices[0].message == "lost\0"
        Certificates(database).approve("sha256:p", "anna", NOON, "seen")
        assert [each.by for each in Certificates(database).approvals("sha256:p")] == ["anna"]
        leases = Leases(database)
        leases.take(["a"], "anna", NOON + timedelta(minutes=1), NOON)
        with pytest.raises(NotInControl):
            leases.take(["a"], "ben", NOON, NOON)
    with Database(url) as database:
        assert len(Audit(database).entries()) == 6
        assert Audit(database).verify() is None
        assert disagreements(database) == ()


def test_the_tables_are_those_that_the_queries_know(url: str) -> None:
    with Database(url) as database, database.read() as connection:
        made = inspect(connection)
        for table in METADATA.tables.values():
            found = {column["name"]: column["nullable"] for column in made.get_columns(table.name)}
            assert found == {column.name: column.nullable for column in table.columns}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE signalctl_audit SET actor = 'nobody'",
        "DELETE FROM signalctl_audit",
        "TRUNCATE signalctl_audit",
        "INSERT INTO signalctl_audit VALUES (9, '', '', '', '', '', '', '', '', '')",
        "INSERT INTO signalctl_audit SELECT * FROM signalctl_audit"
        " ON CONFLICT (sequence) DO UPDATE SET actor = 'nobody'",
    ],
)
def test_the_server_itself_refuses_to_rewrite_the_log(url: str, statement: str) -> None:
    def rewrite(database: Database) -> None:
        with database.write() as connection:
            connection.exec_driver_sql(statement)

    with Database(url) as database:
        Journal(database).begin(small_push("p"))
        with pytest.raises(StoreError, match="append-only"):
            rewrite(database)
        assert Audit(database).verify() is None


def test_tampering_past_the_guards_is_found(url: str) -> None:
    with Database(url) as database:
        for name in "pqr":
            Journal(database).begin(small_push(name))
        with database.write() as connection:
            connection.exec_driver_sql("ALTER TABLE signalctl_audit DISABLE TRIGGER USER")
            connection.exec_driver_sql("UPDATE signalctl_audit SET actor = 'x' WHERE sequence = 2")
        found = Audit(database).verify()
        assert found is not None
        assert found.sequence == 2


def test_writers_at_once_keep_one_chain_on_a_server(url: str) -> None:
    writers_at_once_keep_one_chain(url, writers=3, entries=15)


def test_a_killed_writer_loses_nothing_on_a_server(url: str) -> None:
    done = subprocess.run(
        [sys.executable, str(STRATEGIES / "store_killing.py"), url, "5", "4"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["told"] >= 5


def test_a_server_started_anew_is_found_again(server: Server, url: str) -> None:
    with Database(url) as database:
        audit = Audit(database)
        Journal(database).begin(small_push("p"))
        server.control("-m", "immediate", "stop")
        with pytest.raises(StoreError, match="The database failed") as caught:
            audit.head()
        assert PASSWORD not in str(caught.value)
        server.start()
        assert Journal(database).read("p") == small_push("p")
        assert audit.verify() is None


def test_what_cannot_be_used_is_refused_without_the_password(server: Server) -> None:
    wrong = server.url().replace(IN_URL, "falsch")
    nowhere = server.url("nowhere")
    latin = server.new_database("ENCODING 'LATIN1' TEMPLATE template0")
    for url, said in ((wrong, "authentication"), (nowhere, "does not exist"), (latin, "LATIN1")):
        with pytest.raises(InputError, match=said) as caught:
            Database(url)
        for secret in (PASSWORD, IN_URL, "falsch"):
            assert secret not in str(caught.value)
