"""The door of the service: who, how often, how large, and what every answer carries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from service_place import PASSWORD, PEOPLE, V1, Place, place_in
from sqlalchemy import MetaData, select

from signalctl.api.app import guarded_routes
from signalctl.api.guarded_route import GuardedRoute
from signalctl.api.roles import ACCESS
from signalctl.api.settings import Settings
from signalctl.store.users import Role


@pytest.fixture
def place(tmp_path: Path, arterial: Path, database_url: str) -> Iterator[Place]:
    with place_in(tmp_path, arterial, url=database_url) as found:
        yield found


def test_every_endpoint_lets_in_exactly_who_the_table_names(place: Place) -> None:
    """The whole matrix; whoever is let in finds an unknown id or an empty body."""
    tried = 0
    everybody: list[tuple[str | None, set[Role]]] = [(None, set()), *PEOPLE.items()]
    for route in guarded_routes(place.app):
        assert isinstance(route, GuardedRoute)
        path = route.path_format
        for name in ("network_id", "plan_id", "job_id", "push_id", "name", "key_id"):
            path = path.replace(f"{{{name}}}", "nix")
        for method in sorted(route.methods or ()):
            allowed = ACCESS[method, route.path_format]
            if path == f"{V1}/events" or (method, path) == ("DELETE", f"{V1}/sessions/current"):
                continue  # tried on their own: one never ends, the other ends the session
            for who, roles in everybody:
                headers = {}
                if who is not None:
                    place.ask(who, "GET", "/networks")
                    headers["Authorization"] = f"Bearer {place.tokens[who]}"
                answer = place.client.request(method, path, headers=headers)
                if path.endswith("/renew") and answer.status_code == 201 and who is not None:
                    place.tokens[who] = answer.json()["token"]
                if path.endswith("/account/sessions") and method == "DELETE" and who is not None:
                    del place.tokens[who]
                tried += 1
                told = (method, path, who, answer.status_code, answer.text[:200])
                if allowed is None or roles & allowed:
                    assert (
                        answer.json().get("code") != "A-ROLE"
                        if answer.content and ("problem" in answer.headers["content-type"])
                        else answer.status_code < 400
                    ), told
                    assert answer.status_code < 500, told
                elif who is None:
                    assert answer.status_code == 401, told
                    assert answer.headers["www-authenticate"].startswith("Bearer"), told
                else:
                    assert (answer.status_code, answer.json()["code"]) == (403, "A-ROLE"), told
    assert tried > 200


def test_a_route_that_the_table_does_not_know_does_not_start(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from signalctl.api.app import create_app

    monkeypatch.delitem(ACCESS, ("GET", f"{V1}/audit"))
    with pytest.raises(RuntimeError, match="table of roles differ"):
        create_app(place.service)
    assert place.ask("adam", "GET", "/audit").status_code == 500  # never open, even so


def test_wrong_passwords_lock_the_name_known_or_not(tmp_path: Path, arterial: Path) -> None:
    settings = replace(Settings(), lock_after=3, lock=timedelta(minutes=5))
    with place_in(tmp_path, arterial, settings) as place:
        for name in ("emil", "nobody"):
            codes = []
            for _ in range(4):
                body = {"name": name, "password": "wrong password"}
                answer = place.ask(None, "POST", "/sessions", body)
                codes.append((answer.status_code, answer.json()["code"]))
            assert codes == [(401, "A-PASSWORD")] * 3 + [(429, "A-LOCKED")]
            assert int(answer.headers["retry-after"]) > 200
        right = place.ask(None, "POST", "/sessions", {"name": "emil", "password": PASSWORD})
        assert right.status_code == 429
        assert place.ask("vera", "GET", "/plans").status_code == 200


def test_logins_and_writes_are_rated(tmp_path: Path, arterial: Path) -> None:
    settings = replace(Settings(), login_rate="3/minute", write_rate="2/minute")
    with place_in(tmp_path, arterial, settings) as place:
        place.ask("emil", "GET", "/plans")
        codes = [place.ask("emil", "POST", "/plans", {}).status_code for _ in range(3)]
        assert codes == [422, 422, 429]
        for _ in range(2):
            place.ask(None, "POST", "/sessions", {"name": "vera", "password": PASSWORD})
        more = place.ask(None, "POST", "/sessions", {"name": "vera", "password": PASSWORD})
        assert (more.status_code, more.json()["code"]) == (429, "A-RATE")


def test_a_session_ends_when_it_is_told_to_or_its_user_changes(place: Place) -> None:
    place.ask("vera", "GET", "/plans")
    assert place.ask("vera", "DELETE", "/sessions/current").status_code == 204
    assert place.ask("vera", "GET", "/plans").status_code == 401
    place.ask("emil", "GET", "/plans")
    off = place.ask("adam", "PATCH", "/users/emil", {"active": False})
    assert off.json()["active"] is False
    assert place.ask("emil", "GET", "/plans").status_code == 401
    answer = place.ask(None, "POST", "/sessions", {"name": "emil", "password": PASSWORD})
    assert answer.status_code == 401


def test_a_session_is_over_in_time_and_can_be_renewed(tmp_path: Path, arterial: Path) -> None:
    settings = replace(Settings(), session=timedelta(seconds=0))
    with place_in(tmp_path, arterial, settings) as place:
        assert place.ask("vera", "GET", "/plans").status_code == 401
    with place_in(tmp_path, arterial) as place:
        renewed = place.ask("vera", "POST", "/sessions/current/renew")
        assert place.ask("vera", "GET", "/plans").status_code == 401
        place.tokens["vera"] = renewed.json()["token"]
        assert place.ask("vera", "GET", "/plans").status_code == 200


def test_api_keys_open_and_are_kept_as_hashes(place: Place) -> None:
    made = place.ask("adam", "POST", "/users/vera/keys", {"label": "wall", "days": 1}).json()
    headers = {"Authorization": f"Bearer {made['key']}"}
    assert place.ask(None, "GET", "/sessions/current", headers=headers).json()["name"] == "vera"
    assert place.ask(None, "GET", "/users", headers=headers).status_code == 403
    wrong = {"Authorization": f"Bearer {made['key'][:-1]}x"}
    assert place.ask(None, "GET", "/plans", headers=wrong).status_code == 401
    kept = place.service.users.keys("vera")[0].hash
    assert kept.startswith("$argon2id$")
    assert made["key"] not in place.ask("adam", "GET", "/audit?limit=1000").text
    place.ask("adam", "DELETE", f"/users/vera/keys/{made['id']}")
    assert place.ask(None, "GET", "/plans", headers=headers).status_code == 401


def test_answers_with_a_secret_are_not_kept(place: Place) -> None:
    key = {"Idempotency-Key": "k"}
    keys = [
        place.ask("adam", "POST", "/users/vera/keys", {"label": "wall"}, key).json()["key"]
        for _ in range(2)
    ]
    renewed = place.ask("emil", "POST", "/sessions/current/renew", headers=key).json()["token"]
    assert keys[0] != keys[1]
    with place.service.database.read() as connection:
        tables = MetaData()
        tables.reflect(connection)
        rows = [row for each in tables.tables.values() for row in connection.execute(select(each))]
    database = place.service.database.shown.removeprefix("sqlite:///")
    files = [path.read_bytes() for path in Path(database).parent.glob("*.db*")]
    assert len(rows) > 10
    for secret in (*keys, renewed, PASSWORD):
        assert secret not in repr(rows)
        assert not any(secret.encode() in each for each in files)


def test_a_key_taken_back_twice_by_the_same_request_is_taken_back_once(place: Place) -> None:
    made = place.ask("adam", "POST", "/users/vera/keys", {"label": "wall"}).json()
    path, key = f"/users/vera/keys/{made['id']}", {"Idempotency-Key": "k"}
    answers = [place.ask("adam", "DELETE", path, headers=key) for _ in range(2)]
    assert [each.status_code for each in answers] == [204, 204]
    assert place.ask("adam", "DELETE", path).status_code == 404


def test_an_api_key_does_not_become_a_session(place: Place) -> None:
    made = place.ask("adam", "POST", "/users/vera/keys", {"label": "wall"}).json()
    headers = {"Authorization": f"Bearer {made['key']}"}
    answer = place.ask(None, "POST", "/sessions/current/renew", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "A-KEY")


def test_the_last_admin_stays(place: Place) -> None:
    answer = place.ask("adam", "PATCH", "/users/adam", {"roles": ["viewer"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong-state")


@pytest.mark.parametrize("password", ["short", "newname-newname", "aaaaaaaaaaaaaaaa"])
def test_easy_passwords_are_refused(place: Place, password: str) -> None:
    body = {"name": "newname", "password": password, "roles": ["viewer"]}
    answer = place.ask("adam", "POST", "/users", body)
    assert (answer.status_code, answer.json()["where"]) == (422, "password")


def test_every_answer_carries_the_headers_and_errors_are_problems(place: Place) -> None:
    for method, path, status in (
        ("GET", "/", 200),
        ("GET", "/health", 200),
        ("GET", f"{V1}/nix", 404),
        ("DELETE", f"{V1}/plans", 405),
        ("POST", f"{V1}/sessions", 422),
        ("GET", f"{V1}/plans", 401),
    ):
        answer = place.client.request(method, path)
        assert answer.status_code == status, path
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe-inline" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in answer.headers
        if status >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert {"type", "title", "status", "detail", "code", "where", "remedy"} <= set(
                answer.json()
            )


def test_other_origins_are_not_let_in(place: Place) -> None:
    headers = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    answer = place.client.options(f"{V1}/plans", headers=headers)
    assert answer.status_code == 405
    assert "access-control-allow-origin" not in answer.headers


def test_large_bodies_are_refused_whether_they_say_so_or_not(
    tmp_path: Path, arterial: Path
) -> None:
    with place_in(tmp_path, arterial, replace(Settings(), body_bytes=1000)) as place:
        said = place.ask("emil", "POST", "/plans", {"x": "y" * 2000})
        assert (said.status_code, said.json()["code"]) == (413, "too-large")
        headers = {"Authorization": f"Bearer {place.tokens['emil']}"}
        parts = (b"y" * 600 for _ in range(5))
        unsaid = place.client.post(f"{V1}/plans", content=parts, headers=headers)
        assert (unsaid.status_code, unsaid.json()["code"]) == (413, "too-large")


def test_metrics_name_routes_and_not_what_was_asked(place: Place) -> None:
    place.ask("vera", "GET", "/plans/a-secret-id")
    place.client.get("/nowhere-at-all")
    text = place.client.get(
        "/metrics", headers={"Authorization": f"Bearer {place.tokens['vera']}"}
    ).text
    assert 'route="/api/v1/plans/{plan_id}"' in text
    assert "a-secret-id" not in text
    assert "nowhere" not in text


def test_files_outside_the_page_are_not_served(place: Place) -> None:
    for path in ("/../settings.py", "/%2e%2e/settings.py", "/assets/../../app.py", "/x%00y"):
        answer = place.client.get(path)
        assert "signalctl.api" not in answer.text, path
        assert answer.status_code in (200, 404, 422), path


def test_what_is_no_character_is_refused_on_every_database(place: Place) -> None:
    plan = place.new_plan()
    body = {"network": "arterial", "name": "x", "document": place.document, "based_on": "a\0b"}
    made = place.ask("emil", "POST", "/plans", body)
    assert (made.status_code, made.json()["where"]) == (422, "body")
    half = b'{"name": "\\ud800", "password": "a long sentence"}'
    assert place.client.post(f"{V1}/sessions", content=half).json()["where"] == "body"
    for path in (f"/plans/{plan['id']}/diff?to=a%00b", "/plans/a%00b", "/jobs?actor=%00"):
        asked = place.ask("vera", "GET", path)
        assert (asked.status_code, asked.json()["code"]) == (422, "bad-request"), path
    escaped = place.ask("emil", "POST", "/plans", body | {"based_on": None, "name": "a\\u0000"})
    assert escaped.json()["name"] == "a\\u0000"
