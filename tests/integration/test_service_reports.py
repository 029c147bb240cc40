"""Comparisons as jobs and their reports: every number stands on the runs, and adds up."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from service_place import PASSWORD, Place, place_in, site_of
from service_server import served, wait_for

SEEDS = 3


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, arterial: Path, short: Path) -> Iterator[Place]:
    folder = site_of(arterial).network("arterial").net.parent
    shutil.copy(short, folder / "short.scenario.yaml")
    site_of.cache_clear()
    with place_in(tmp_path_factory.mktemp("reports"), arterial) as found:
        yield found


@pytest.fixture(scope="module")
def emil(place: Place) -> Iterator[httpx.Client]:
    with served(place) as base, httpx.Client(base_url=base, timeout=60) as client:
        answer = client.post("/sessions", json={"name": "emil", "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        yield client


def _done(client: httpx.Client, **order: Any) -> dict[str, Any]:
    job = client.post("/jobs", json={"scenario": "short", **order})
    assert job.status_code == 202, job.text
    path = f"/jobs/{job.json()['id']}"
    wait_for(lambda: client.get(path).json()["state"] not in ("queued", "running"), 120)
    found: dict[str, Any] = client.get(path).json()
    assert found["state"] == "done", found["error"]
    return found


@pytest.fixture(scope="module")
def plan(place: Place, emil: httpx.Client) -> dict[str, Any]:
    body = {"network": "arterial", "name": "wave", "document": place.document}
    found: dict[str, Any] = emil.post("/plans", json=body).json()
    return found


@pytest.fixture(scope="module")
def compared(emil: httpx.Client, plan: dict[str, Any]) -> dict[str, Any]:
    return _done(emil, kind="compare", plan=plan["id"], options={"seeds": SEEDS})


@pytest.mark.sumo
def test_a_report_says_what_the_comparison_says(
    emil: httpx.Client, plan: dict[str, Any], compared: dict[str, Any]
) -> None:
    answer = emil.get(f"/jobs/{compared['id']}/report")
    assert answer.status_code == 200, answer.text
    report = answer.json()
    comparison = compared["result"]["comparison"]
    totals = {each["measure"]: each for each in report["effects"]["totals"]}
    assert totals["total_delay"]["difference"] == comparison["difference_s"]
    assert totals["total_delay"]["interval"] == comparison["interval_s"]
    assert totals["stops"]["difference"] == comparison["stops_per_vehicle"]["difference"]
    assert report["seeds"] == [1, 2, 3]
    assert {each["pairs"] for each in report["effects"]["totals"]} == {SEEDS}
    assert (report["after"]["plan"], report["after"]["number"]) == (plan["id"], plan["number"])
    assert (report["after"]["hash"], report["after"]["authors"]) == (plan["hash"], ["emil"])
    assert (report["before"]["kind"], report["before"]["name"]) == ("peer", "shipped")
    assert report["certificates"]["junctions"] == len(report["junctions"]) == 8
    assert report["certificates"]["certified"] == 0
    words = report["difference"]["words"]
    assert len(words["en"]) == len(words["zh"]) > 0
    assert {each["mode"] for each in report["effects"]["modes"]} >= {"car", "bus"}


@pytest.mark.sumo
def test_delay_by_place_adds_up_to_the_networks(
    emil: httpx.Client, compared: dict[str, Any]
) -> None:
    effects = emil.get(f"/jobs/{compared['id']}/report").json()["effects"]
    whole = next(t for t in effects["totals"] if t["measure"] == "total_delay_sum")
    assert {each["junction"] for each in effects["approaches"]} == {f"J{i}" for i in range(1, 9)}
    for figure in ("before", "after", "difference"):
        places = [each["sum"] for each in effects["approaches"]]
        parts = [*places, effects["elsewhere"], effects["outside"]]
        assert sum(each[figure] for each in parts) == pytest.approx(whole[figure], abs=1e-9)
    sizes = [abs(each["sum"]["difference"]) for each in effects["approaches"]]
    assert sizes == sorted(sizes, reverse=True)
    by_hand = {each["edge"]: each["from"] for each in effects["approaches"]}
    assert (by_hand["W_J1_stop"], by_hand["N3_J3"]) == ("W", "N")


@pytest.mark.sumo
def test_a_draft_that_changes_nothing_shows_no_difference(
    emil: httpx.Client, plan: dict[str, Any]
) -> None:
    tried = _done(
        emil, kind="try", plan=plan["id"], options={"seeds": 2, "document": plan["document"]}
    )
    report = emil.get(f"/jobs/{tried['id']}/report").json()
    effects = report["effects"]
    lines = [*effects["totals"], *effects["modes"], *effects["approaches"]]
    assert {(each["difference"], each["finding"]) for each in lines} == {(0.0, "none")}
    assert report["difference"]["words"] == {"en": [], "zh": []}
    assert (report["before"]["plan"], report["after"]["plan"]) == (plan["id"], None)


@pytest.mark.sumo
def test_only_a_finished_comparison_has_a_report(emil: httpx.Client, plan: dict[str, Any]) -> None:
    plain = _done(emil, kind="simulate", plan=plan["id"], options={"seeds": 1})
    order = {"kind": "compare", "plan": plan["id"], "scenario": "peak", "options": {"seeds": 50}}
    long = emil.post("/jobs", json=order).json()
    for job in (plain, long):
        refused = emil.get(f"/jobs/{job['id']}/report")
        assert (refused.status_code, refused.json()["code"]) == (409, "wrong-state")
    assert emil.post(f"/jobs/{long['id']}/cancel").json()["state"] == "cancelled"
    assert emil.get("/jobs/nix/report").status_code == 404


@pytest.mark.sumo
def test_a_tuned_plan_can_be_kept_and_says_what_was_tested(
    emil: httpx.Client, plan: dict[str, Any]
) -> None:
    tuned = _done(
        emil,
        kind="tune",
        plan=plan["id"],
        options={"budget_s": 10, "seeds": 3, "junctions": ["J3"], "objective": "stops"},
    )
    told = tuned["result"]["tuned"]
    assert (told["objective"], told["unit"]) == ("stops", "stops/veh")
    assert {each["junction"] for each in (*told["tests"], *told["refused"])} <= {"J3"}
    assert told["tests"] or told["untried"], "a busy machine may need the budget to look round"
    changed = tuned["result"]["document"]
    assert (changed is None) == (told["changed"] == [])


def test_jobs_are_found_by_plan_kind_state_and_who_ordered_them(
    place: Place, emil: httpx.Client, plan: dict[str, Any]
) -> None:
    other = copy.deepcopy(plan["document"])
    other_plan = emil.post(
        "/plans", json={"network": "arterial", "name": "other", "document": other}
    ).json()
    orders = [("simulate", plan), ("compare", other_plan), ("simulate", other_plan)]
    ids = []
    for kind, each in orders:
        job = emil.post("/jobs", json={"kind": kind, "plan": each["id"], "scenario": "peak"})
        ids.append(job.json()["id"])
        emil.post(f"/jobs/{ids[-1]}/cancel")

    def found(query: str) -> list[str]:
        items = place.ask("vera", "GET", f"/jobs?{query}").json()["items"]
        return [each["id"] for each in items]

    assert found(f"plan={other_plan['id']}") == [ids[2], ids[1]]
    assert found(f"plan={other_plan['id']}&kind=compare") == [ids[1]]
    assert found(f"plan={plan['id']}&state=cancelled&kind=simulate")[0] == ids[0]
    assert found("state=queued") == []
    assert found("actor=nobody") == []
    first = place.ask("vera", "GET", f"/jobs?plan={other_plan['id']}&limit=1").json()
    assert [each["id"] for each in first["items"]] == [ids[2]]
    assert found(f"plan={other_plan['id']}&limit=1&after={first['next']}") == [ids[1]]


def test_orders_beyond_what_a_search_offers_are_refused(
    emil: httpx.Client, plan: dict[str, Any]
) -> None:
    for kind, options in (
        ("optimise", {"objective": "beauty"}),
        ("optimise", {"keep": ["pedestrians"]}),
        ("optimise", {"cycles": [90, 60]}),
        ("optimise", {"limits": {"W_J1": -5}}),
        ("optimise", {"turns": "free"}),
        ("tune", {"step_s": 0}),
        ("tune", {"junctions": []}),
    ):
        order = {"kind": kind, "plan": plan["id"], "options": options}
        refused = emil.post("/jobs", json=order)
        assert refused.status_code == 422, (kind, options)
        assert refused.json()["where"].startswith("options"), refused.json()
