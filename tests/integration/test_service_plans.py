"""Plans over HTTP: an illegal second, a stale edit and a second self are refused."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from postgresql_server import Server, postgresql
from service_place import Place, place_in

from signalctl.domain.band import widest_band
from signalctl.domain.expand import timed
from signalctl.files.plan_json import plan_set_from_json
from signalctl.rules.registry import profile
from signalctl.rules.validate import validate

ON_SQLITE = pytest.mark.parametrize("place", ["sqlite"], indirect=True)
"""What is computed does not depend on the database."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgresql() as found:
        yield found


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path, arterial: Path) -> Iterator[Place]:
    on_server = request.param == "postgresql"
    url = request.getfixturevalue("server").new_database() if on_server else None
    with place_in(tmp_path, arterial, url=url) as found:
        yield found


def _moved(document: dict[str, Any], junction: str, later_s: int) -> dict[str, Any]:
    """The document with one junction's offset later."""
    changed = copy.deepcopy(document)
    plan = next(p for p in changed["plans"] if p["junction"] == junction)
    plan["offset"]["seconds"] = (plan["offset"]["seconds"] + later_s) % plan["cycle_s"]
    return changed


def _illegal(place: Place, plan: dict[str, Any]) -> dict[str, Any]:
    """The plan's document with the first boundary of J3 at a second that is refused."""
    changed = copy.deepcopy(place.document)
    stages = next(p for p in changed["plans"] if p["junction"] == "J3")["stages"]["sequence"]
    handle = f"stage:{stages[0]['id']}|{stages[1]['id']}"
    table = place.ask("vera", "GET", f"/plans/{plan['id']}/moves?junction=J3&handle={handle}")
    refused = next(c for c in table.json()["candidates"] if not c["ok"])
    for stage in stages[:2]:
        stage["split_s"] = refused["splits_s"][stage["id"]]
    return changed


def test_a_plan_is_created_read_and_edited_with_its_etag(place: Place) -> None:
    plan = place.new_plan()
    read = place.ask("vera", "GET", f"/plans/{plan['id']}")
    assert read.headers["etag"] == f'"{plan["hash"]}"'
    assert read.json()["document"] == place.document | {"name": "a plan"}
    edited = place.ask(
        "emil",
        "PUT",
        f"/plans/{plan['id']}",
        {"document": _moved(place.document, "J4", 1)},
        {"If-Match": read.headers["etag"]},
    )
    assert edited.status_code == 200
    assert edited.json()["version"] == 2
    assert edited.json()["hash"] != plan["hash"]
    versions = place.ask("vera", "GET", f"/plans/{plan['id']}/versions").json()
    assert [each["version"] for each in versions] == [1, 2]
    assert place.actions().count("plan-edited") == 1


def test_a_stale_edit_is_a_409_and_loses_nothing(place: Place) -> None:
    plan = place.new_plan()
    seen = {"If-Match": f'"{plan["hash"]}"'}
    path = f"/plans/{plan['id']}"
    first = place.ask("emil", "PUT", path, {"document": _moved(place.document, "J4", 1)}, seen)
    stale = place.ask("elsa", "PUT", path, {"document": _moved(place.document, "J5", 1)}, seen)
    assert first.status_code == 200
    assert (stale.status_code, stale.json()["code"]) == (409, "E-409")
    assert "emil saved version 2" in stale.json()["detail"]
    assert place.ask("vera", "GET", path).json()["hash"] == first.json()["hash"]


def test_an_edit_without_if_match_is_a_412(place: Place) -> None:
    plan = place.new_plan()
    answer = place.ask("emil", "PUT", f"/plans/{plan['id']}", {"document": place.document})
    assert (answer.status_code, answer.json()["code"]) == (412, "E-412")


def test_an_illegal_second_is_never_saved(place: Place) -> None:
    plan = place.new_plan()
    path = f"/plans/{plan['id']}"
    illegal = {"document": _illegal(place, plan)}
    refused = place.ask("emil", "PUT", path, illegal, {"If-Match": f'"{plan["hash"]}"'})
    assert (refused.status_code, refused.json()["code"]) == (422, "unsafe-plan")
    errors = [f for f in refused.json()["findings"] if f["severity"] == "error"]
    assert errors
    assert all(f["junction"] == "J3" and f["rule"] and f["message"] for f in errors)
    assert place.ask("vera", "GET", path).json()["version"] == 1
    made = place.ask("emil", "POST", "/plans", {"network": "arterial", "name": "x", **illegal})
    assert made.status_code == 422
    assert len(place.ask("vera", "GET", "/plans").json()["items"]) == 1


@pytest.mark.parametrize("who", ["both"])
def test_an_author_cannot_approve(place: Place, who: str) -> None:
    plan = place.new_plan(who)
    path = f"/plans/{plan['id']}"
    assert place.ask(who, "POST", f"{path}/submit").status_code == 200
    for verb in ("approve", "reject"):
        own = place.ask(who, "POST", f"{path}/{verb}", {"reason": "mine is fine"})
        assert (own.status_code, own.json()["code"]) == (403, "A-SELF")
    approved = place.ask("anna", "POST", f"{path}/approve", {"reason": "looked at it"})
    assert approved.json()["state"] == "approved"
    decisions = [(d["state"], d["by"]) for d in approved.json()["decisions"]]
    assert decisions == [("submitted", who), ("approved", "anna")]
    assert place.actions().count("approval") == len(place.document["plans"])


def test_who_edited_or_submitted_somebody_elses_plan_cannot_approve_it(place: Place) -> None:
    plan = place.new_plan("emil")
    path = f"/plans/{plan['id']}"
    place.ask("both", "POST", f"{path}/submit")
    answer = place.ask("both", "POST", f"{path}/approve", {"reason": "fine"})
    assert answer.json()["code"] == "A-SELF"
    place.ask(
        "both",
        "PUT",
        path,
        {"document": _moved(place.document, "J1", 3)},
        {"If-Match": f'"{plan["hash"]}"'},
    )
    place.ask("emil", "POST", f"{path}/submit")
    answer = place.ask("both", "POST", f"{path}/approve", {"reason": "fine"})
    assert answer.json()["code"] == "A-SELF"


def test_an_approval_speaks_of_what_was_seen_and_dies_with_an_edit(place: Place) -> None:
    plan = place.new_plan()
    path = f"/plans/{plan['id']}"
    place.ask("emil", "POST", f"{path}/submit")
    edited = place.ask(
        "emil",
        "PUT",
        path,
        {"document": _moved(place.document, "J2", 2)},
        {"If-Match": f'"{plan["hash"]}"'},
    )
    assert edited.json()["state"] == "draft"
    early = place.ask("anna", "POST", f"{path}/approve", {"reason": "ok"})
    assert (early.status_code, early.json()["code"]) == (409, "wrong-state")
    place.ask("emil", "POST", f"{path}/submit")
    seen = {"If-Match": f'"{plan["hash"]}"'}
    old = place.ask("anna", "POST", f"{path}/approve", {"reason": "ok"}, seen)
    assert (old.status_code, old.json()["code"]) == (409, "E-409")
    assert place.ask("anna", "POST", f"{path}/approve", {"reason": "ok"}).status_code == 200
    fixed = place.ask(
        "emil",
        "PUT",
        path,
        {"document": place.document},
        {"If-Match": f'"{edited.json()["hash"]}"'},
    )
    assert (fixed.status_code, fixed.json()["code"]) == (409, "wrong-state")


def test_the_same_key_does_it_once(place: Place) -> None:
    body = {"network": "arterial", "name": "once", "document": place.document}
    key = {"Idempotency-Key": "k-1"}
    first = place.ask("emil", "POST", "/plans", body, key)
    again = place.ask("emil", "POST", "/plans", body, key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = place.ask("emil", "POST", "/plans", body | {"name": "other"}, key)
    assert (other.status_code, other.json()["code"]) == (409, "I-KEY")
    elsas = place.ask("elsa", "POST", "/plans", body, key)
    assert elsas.json()["id"] != first.json()["id"]
    assert place.actions().count("plan-created") == 2


def test_a_refused_request_frees_its_key(place: Place) -> None:
    body = {"network": "nowhere", "name": "x", "document": place.document}
    key = {"Idempotency-Key": "k-2"}
    for _ in range(2):
        answer = place.ask("emil", "POST", "/plans", body, key)
        assert answer.status_code == 404
        assert "idempotency-replayed" not in answer.headers


@ON_SQLITE
def test_the_diagram_says_what_the_domain_says(place: Place) -> None:
    plan = place.new_plan()
    diagram = place.ask("vera", "GET", f"/plans/{plan['id']}/diagram").json()
    plans = plan_set_from_json(plan["document"])
    network = place.service.desk.site.network("arterial").network
    programs = {j: timed(p, network.junction(j)) for j, p in plans.plans.items()}
    assert plans.corridor is not None
    for name, way in plans.corridor.directions.items():
        band = widest_band(way, programs, diagram["cycle_s"])
        assert diagram["bands"][name]["width_s"] == pytest.approx(band.width_s, abs=0.01)
    for row in diagram["rows"]:
        for group, runs in row["aspects"].items():
            text = "".join(letter * (end - start) for start, end, letter in runs)
            assert text == programs[row["junction"]].seconds[group]
    delay = diagram["delay_s_per_vehicle"]
    assert 0 < delay["outbound"] < delay["all"] < 60


@ON_SQLITE
def test_junctions_beside_the_corridor_are_timed_too(place: Place) -> None:
    whole = place.ask("vera", "GET", f"/plans/{place.new_plan()['id']}/diagram").json()
    timed_keys = {"junction", "cycle_s", "zero_s", "stages", "aspects", "offset_s"}
    rows = {row["junction"]: row for row in whole["rows"]}
    assert whole["beside"] == []
    document = copy.deepcopy(place.document)
    del document["corridor"]
    plan = place.new_plan(document=document)
    diagram = place.ask("vera", "GET", f"/plans/{plan['id']}/diagram").json()
    assert (diagram["rows"], diagram["directions"], diagram["cycle_s"]) == ([], [], None)
    assert [each["junction"] for each in diagram["beside"]] == sorted(rows)
    for each in diagram["beside"]:
        assert {key: each[key] for key in timed_keys} == {
            key: rows[each["junction"]][key] for key in timed_keys
        }
    path = f"/plans/{plan['id']}/moves?junction=J3"
    stages = rows["J3"]["stages"]
    edge = f"stage:{stages[0]['id']}|{stages[1]['id']}"
    table = place.ask("vera", "GET", f"{path}&handle={edge}").json()
    assert {each["ok"] for each in table["candidates"]} == {True, False}
    assert {each["delay"] for each in table["candidates"]} == {None}
    answer = place.ask("vera", "GET", f"{path}&handle=offsets:all")
    assert answer.status_code == 422
    assert "no corridor" in answer.json()["detail"]


@ON_SQLITE
def test_a_move_tells_what_the_saved_edit_then_shows(place: Place) -> None:
    plan = place.new_plan()
    path = f"/plans/{plan['id']}"
    table = place.ask("vera", "GET", f"{path}/moves?junction=J4&handle=offset").json()
    assert table["base_hash"] == plan["hash"]
    assert [c["second"] for c in table["candidates"]] == list(range(95))
    wanted = (table["now"] + 7) % 95
    edited = place.ask(
        "emil",
        "PUT",
        path,
        {"document": _moved(place.document, "J4", 7)},
        {"If-Match": f'"{plan["hash"]}"'},
    )
    assert edited.status_code == 200
    diagram = place.ask("vera", "GET", f"{path}/diagram").json()
    candidate = table["candidates"][wanted]
    assert candidate["ok"]
    for way in ("outbound", "inbound"):
        assert candidate["band"][way] == diagram["bands"][way]["width_s"]
        told = diagram["delay_s_per_vehicle"][way]
        assert candidate["delay"][way] == pytest.approx(told, abs=0.05)


@ON_SQLITE
def test_a_boundary_is_refused_where_the_validator_refuses_it(place: Place) -> None:
    plan = place.new_plan()
    stages = next(p for p in plan["document"]["plans"] if p["junction"] == "J3")["stages"]
    a, b = (stage["id"] for stage in stages["sequence"][:2])
    answer = place.ask("vera", "GET", f"/plans/{plan['id']}/moves?junction=J3&handle=stage:{a}|{b}")
    table = answer.json()
    network = place.service.desk.site.network("arterial").network
    rules = profile("as-surveyed")
    assert {c["ok"] for c in table["candidates"]} == {True, False}
    for candidate in table["candidates"][::5]:
        document = copy.deepcopy(plan["document"])
        own = next(p for p in document["plans"] if p["junction"] == "J3")
        for stage in own["stages"]["sequence"]:
            stage["split_s"] = candidate["splits_s"].get(stage["id"], stage["split_s"])
        changed = plan_set_from_json(document).plans["J3"]
        report = validate(changed, network.junction("J3"), rules)
        assert candidate["ok"] == report.ok
        assert candidate["rules"] == sorted({each.rule for each in report.errors})


@ON_SQLITE
def test_the_difference_is_said_in_both_languages(place: Place) -> None:
    before = place.new_plan()
    after = place.new_plan(document=_moved(place.document, "J4", 1), based_on=before["id"])
    found = place.ask("vera", "GET", f"/plans/{after['id']}/diff?to={before['id']}").json()
    assert found["words"] == {"en": ["J4 starts 1 s later"], "zh": ["J4 起始推迟 1 秒"]}
    assert {each["junction"] for each in found["seconds"]} == {"J4"}
    back = place.ask("vera", "GET", f"/plans/{before['id']}/diff?to={before['id']}").json()
    assert back["seconds"] == []


def test_lists_come_in_pages(place: Place) -> None:
    made = [place.new_plan()["id"] for _ in range(3)]
    first = place.ask("vera", "GET", "/plans?limit=2").json()
    rest = place.ask("vera", "GET", f"/plans?limit=2&after={first['next']}").json()
    assert [each["id"] for each in first["items"] + rest["items"]] == made
    assert rest["next"] is None
