"""Plan files over HTTP: what goes out is what `signalctl` reads, and comes back as it was."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import said
from service_place import Place, place_in

from signalctl.domain.fingerprint import fingerprint
from signalctl.files.plan_file import plan_set_document, read_plans
from signalctl.files.plan_json import plan_set_from_json


@pytest.fixture
def place(tmp_path: Path, arterial: Path, database_url: str) -> Iterator[Place]:
    with place_in(tmp_path, arterial, url=database_url) as found:
        yield found


def _moved(document: dict[str, Any], junction: str, later_s: int) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    plan = next(p for p in changed["plans"] if p["junction"] == junction)
    plan["offset"]["seconds"] = (plan["offset"]["seconds"] + later_s) % plan["cycle_s"]
    return changed


def _file(place: Place, plan: dict[str, Any], query: str = "") -> str:
    answer = place.ask("vera", "GET", f"/plans/{plan['id']}/file{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/yaml")
    return answer.text


def test_a_downloaded_plan_is_read_by_the_command_line(
    place: Place, tmp_path: Path, arterial: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    plan = place.new_plan()
    path = tmp_path / "plans.yaml"
    path.write_text(_file(place, plan))
    assert plan_set_document(read_plans(path)) == plan["document"]
    said(["validate", str(path), "--network", str(arterial / "net.net.xml")], capfd)


def test_a_whole_number_hashes_alike_however_it_was_written(place: Place) -> None:
    plan = place.new_plan()
    text = json.dumps(plan["document"])
    # As a browser writes numbers: 0.0 becomes 0.
    browsers = json.loads(re.sub(r"(\d)\.0\b", r"\1", text))
    assert json.dumps(browsers) != text
    assert place.new_plan(name=plan["name"], document=browsers)["hash"] == plan["hash"]


def test_an_uploaded_file_is_the_same_plan_again(place: Place) -> None:
    plan = place.new_plan()
    text = _file(place, plan)
    body = {"network": "arterial", "text": text, "based_on": plan["id"]}
    again = place.ask("emil", "POST", "/plans/files", body)
    assert again.status_code == 201, again.text
    assert again.json()["hash"] == plan["hash"]
    assert again.json()["document"] == plan["document"]
    assert again.json()["based_on"] == plan["id"]
    # But for its first line, which says whose it is, the file is the same to the letter.
    assert _file(place, again.json()).splitlines()[1:] == text.splitlines()[1:]


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        (lambda text: text.replace("cycle_s:", "cycle:", 1), "cycle_s"),
        (lambda text: text.replace("plans:\n", "plans: [\n", 1), None),
        (lambda text: text.replace("signalctl/plan/1", "signalctl/plan/9", 1), "schema"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_line(
    place: Place, broken: Any, line: str | None
) -> None:
    text = broken(_file(place, place.new_plan()))
    body = {"network": "arterial", "text": text, "file": "evening.yaml"}
    refused = place.ask("emil", "POST", "/plans/files", body)
    assert refused.status_code == 422
    name, _, number = refused.json()["where"].partition(":")
    assert name == "evening.yaml"
    assert int(number.split(":")[0]) > 0
    assert len(place.ask("vera", "GET", "/plans").json()["items"]) == 1


def test_an_illegal_file_is_refused_with_its_findings(place: Place) -> None:
    document = copy.deepcopy(place.document)
    plan = place.new_plan()
    text = _file(place, plan)
    stages = document["plans"][0]["stages"]["sequence"]
    text = text.replace(
        f"split_s: {stages[0]['split_s']},", f"split_s: {stages[0]['split_s'] - 1},", 1
    )
    refused = place.ask("emil", "POST", "/plans/files", {"network": "arterial", "text": text})
    assert refused.status_code == 422
    assert refused.json()["findings"], refused.text


def test_every_saved_version_can_be_had_and_compared(place: Place) -> None:
    plan = place.new_plan()
    moved = _moved(plan["document"], "J4", 3)
    place.ask(
        "emil",
        "PUT",
        f"/plans/{plan['id']}",
        {"document": moved},
        {"If-Match": f'"{plan["hash"]}"'},
    )
    first = place.ask("vera", "GET", f"/plans/{plan['id']}/versions/1").json()
    assert first["document"] == plan["document"]
    assert plan_set_from_json(first["document"]) == plan_set_from_json(plan["document"])
    assert "version 1" in _file(place, plan, "?version=1").splitlines()[0]
    path = f"/plans/{plan['id']}/diff?to={plan['id']}"
    difference = place.ask("vera", "GET", f"{path}&to_version=1").json()
    assert difference["words"]["en"] == ["J4 starts 3 s later"]
    back = place.ask("vera", "GET", f"{path}&version=1&to_version=2").json()
    assert back["words"]["en"] == ["J4 starts 3 s earlier"]
    assert place.ask("vera", "GET", f"{path}&to_version=9").status_code == 404


def test_a_submission_is_withdrawn_by_an_engineer_and_said_why(place: Place) -> None:
    plan = place.new_plan()
    path = f"/plans/{plan['id']}"
    early = place.ask("emil", "POST", f"{path}/withdraw", {"reason": "not yet"})
    assert early.status_code == 409
    place.ask("emil", "POST", f"{path}/submit")
    assert place.ask("anna", "POST", f"{path}/withdraw", {"reason": "no"}).status_code == 403
    back = place.ask("emil", "POST", f"{path}/withdraw", {"reason": "J4 is dug up"})
    assert back.status_code == 200
    assert back.json()["state"] == "draft"
    last = back.json()["decisions"][-1]
    assert (last["state"], last["by"], last["reason"]) == ("draft", "emil", "J4 is dug up")
    assert place.ask("anna", "POST", f"{path}/approve", {"reason": "ok"}).status_code == 409
    assert place.actions().count("plan-withdrawn") == 1


def test_papers_say_what_was_proven_and_who_approved(place: Place) -> None:
    plan = place.new_plan()
    path = f"/plans/{plan['id']}"
    before = place.ask("vera", "GET", f"{path}/certificates").json()
    assert [each["certificates"] for each in before] == [[] for _ in plan["document"]["plans"]]
    place.ask("emil", "POST", f"{path}/submit")
    place.ask("anna", "POST", f"{path}/approve", {"reason": "walked it"})
    papers = place.ask("vera", "GET", f"{path}/certificates").json()
    plans = plan_set_from_json(plan["document"]).plans
    for each in papers:
        assert each["plan_hash"] == fingerprint(plans[each["junction"]])
        (certificate,) = each["certificates"]
        assert certificate["current"]
        assert certificate["issued_by"] == "emil"
        assert [a["by"] for a in each["approvals"]] == ["anna"]
