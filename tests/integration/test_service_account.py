"""One's own account, lock-outs, and what a database that fails looks like from outside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from service_place import PASSWORD, V1, Place, place_in
from sqlalchemy import text

NEW = "another long sentence"


@pytest.fixture
def place(tmp_path: Path, arterial: Path, database_url: str) -> Iterator[Place]:
    with place_in(tmp_path, arterial, url=database_url) as found:
        yield found


def _log_in(place: Place, name: str, password: str = PASSWORD) -> str | None:
    answer = place.client.post(
        f"{V1}/sessions",
        json={"name": name, "password": password},
        headers={"User-Agent": "a browser"},
    )
    return answer.json()["token"] if answer.status_code == 201 else None


def test_a_person_sees_and_ends_the_own_sessions_and_nobody_elses(place: Place) -> None:
    place.ask("emil", "GET", "/plans")
    other = _log_in(place, "emil")
    place.ask("vera", "GET", "/plans")
    sessions = place.ask("emil", "GET", "/account/sessions").json()
    assert [s["current"] for s in sessions] == [False, True]
    assert sessions[0]["agent"] == "a browser"
    assert "hash" not in sessions[0]
    own = sessions[0]["id"]
    assert place.ask("vera", "DELETE", f"/account/sessions/{own}").status_code == 404
    assert place.ask("emil", "DELETE", f"/account/sessions/{own}").status_code == 204
    gone = place.client.get(f"{V1}/plans", headers={"Authorization": f"Bearer {other}"})
    assert gone.status_code == 401
    third = _log_in(place, "emil")
    assert place.ask("emil", "DELETE", "/account/sessions?others=true").status_code == 204
    headers = {"Authorization": f"Bearer {third}"}
    assert place.client.get(f"{V1}/plans", headers=headers).status_code == 401
    assert place.ask("emil", "DELETE", "/account/sessions").status_code == 204
    assert place.ask("emil", "GET", "/plans").status_code == 401
    assert place.ask("vera", "GET", "/plans").status_code == 200


def test_a_new_password_takes_the_old_one_and_ends_the_other_sessions(place: Place) -> None:
    place.ask("emil", "GET", "/plans")
    other = _log_in(place, "emil")
    path = "/account/password"
    wrong = place.ask("emil", "POST", path, {"current": "not it at all", "new": NEW})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "A-PASSWORD")
    easy = place.ask("emil", "POST", path, {"current": PASSWORD, "new": "emil emil emil"})
    assert (easy.status_code, easy.json()["where"]) == (422, "password")
    key = {"Idempotency-Key": "p"}
    done = place.ask("emil", "POST", path, {"current": PASSWORD, "new": NEW}, key)
    assert done.status_code == 204
    assert place.ask("emil", "GET", "/plans").status_code == 200, "the session at hand goes on"
    gone = place.client.get(f"{V1}/plans", headers={"Authorization": f"Bearer {other}"})
    assert gone.status_code == 401
    assert _log_in(place, "emil") is None
    assert _log_in(place, "emil", NEW) is not None
    changed = [e for e in place.service.audit.entries(limit=1000) if e.action == "user-changed"]
    assert [(e.actor, e.subject) for e in changed] == [("emil", "user emil")]
    with place.service.database.read() as connection:
        kept = connection.execute(text("SELECT count(*) FROM signalctl_request")).scalar()
    assert kept == 0, "not even a hash of a request that holds a password"


def test_an_api_key_changes_no_password(place: Place) -> None:
    made = place.ask("adam", "POST", "/users/vera/keys", {"label": "wall"}).json()
    headers = {"Authorization": f"Bearer {made['key']}"}
    body = {"current": PASSWORD, "new": NEW}
    answer = place.client.post(f"{V1}/account/password", json=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "A-KEY")


def test_guessing_the_present_password_locks_like_logging_in(place: Place) -> None:
    body = {"current": "not it at all", "new": NEW}
    for _ in range(5):
        assert place.ask("emil", "POST", "/account/password", body).status_code == 403
    locked = place.ask("emil", "POST", "/account/password", {"current": PASSWORD, "new": NEW})
    assert (locked.status_code, locked.json()["code"]) == (429, "A-LOCKED")


def test_an_admin_sees_locks_lifts_them_and_signs_people_out(place: Place) -> None:
    place.ask("emil", "GET", "/plans")
    for _ in range(5):
        assert _log_in(place, "emil", "wrong password") is None
    assert _log_in(place, "emil") is None
    (lock,) = place.ask("adam", "GET", "/lockouts").json()
    assert (lock["name"], lock["wrong"]) == ("emil", 5)
    assert place.ask("adam", "DELETE", "/lockouts?name=emil").status_code == 204
    assert place.ask("adam", "GET", "/lockouts").json() == []
    assert _log_in(place, "emil") is not None
    assert place.ask("adam", "DELETE", "/users/emil/sessions").status_code == 204
    assert place.ask("emil", "GET", "/plans").status_code == 401
    assert place.ask("adam", "DELETE", "/users/nix/sessions").status_code == 404
    for _ in range(5):
        _log_in(place, "vera", "wrong password")
    reset = place.ask("adam", "PATCH", "/users/vera", {"password": NEW})
    assert reset.status_code == 200
    assert _log_in(place, "vera", NEW) is not None, "a new password lifts the lock"
    told = [e.action for e in place.service.audit.entries(limit=1000)]
    assert told.count("locked-out") == 2
    assert told.count("lockout-lifted") == 2


def test_a_database_that_fails_is_a_problem_document(place: Place) -> None:
    place.ask("adam", "GET", "/networks")
    with place.service.database.write() as connection:
        connection.execute(text("ALTER TABLE signalctl_key RENAME TO elsewhere"))
    answer = place.ask("adam", "GET", "/users/vera/keys")
    assert (answer.status_code, answer.json()["code"]) == (503, "store-failed")
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"detail", "where", "remedy"} <= set(answer.json())
