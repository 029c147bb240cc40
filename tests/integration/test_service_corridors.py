"""A corridor picked on the map: described over HTTP, and its green wave found by a job."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from service_place import Place, place_in, site_of

from signalctl.files.plan_json import plan_set_from_json
from signalctl.workflow.jobs.order import JobKind, JobOrder
from signalctl.workflow.jobs.work import do

PICKED = ["J2", "J3", "J4"]


@pytest.fixture
def place(tmp_path: Path, arterial: Path, database_url: str) -> Iterator[Place]:
    with place_in(tmp_path, arterial, url=database_url) as found:
        yield found


def _query(junctions: list[str]) -> str:
    return "/networks/arterial/corridor?" + "&".join(f"junction={each}" for each in junctions)


def test_a_picked_corridor_can_stand_in_a_plan(place: Place) -> None:
    answer = place.ask("vera", "GET", _query(PICKED))
    assert answer.status_code == 200, answer.text
    corridor = answer.json()["corridor"]
    assert corridor["junctions"] == PICKED
    plan = place.new_plan(document=place.document | {"corridor": corridor})
    diagram = place.ask("vera", "GET", f"/plans/{plan['id']}/diagram").json()
    assert [row["junction"] for row in diagram["rows"]] == PICKED
    way_back = place.ask("vera", "GET", _query(PICKED[::-1])).json()["corridor"]
    assert way_back["junctions"] == PICKED[::-1]


@pytest.mark.parametrize(
    ("junctions", "status"), [(["J2"], 422), (["J2", "J2"], 422), (["J2", "nowhere"], 422)]
)
def test_what_is_no_corridor_is_refused(place: Place, junctions: list[str], status: int) -> None:
    answer = place.ask("vera", "GET", _query(junctions))
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_a_job_puts_the_wave_of_a_corridor_into_a_plan(
    place: Place, arterial: Path, tmp_path: Path
) -> None:
    network = site_of(arterial).network("arterial")
    order = JobOrder(
        kind=JobKind.GREENWAVE,
        network="arterial",
        scenario="peak",
        scenario_path=str(network.scenario("peak")),
        document=place.document,
        rules="as-surveyed",
        actor="emil",
        options={"junctions": PICKED, "cycle_from_s": 95, "cycle_to_s": 95},
    )
    result = do(order, tmp_path, lambda done, total, text: None)
    assert result["wave"]["junctions"] == PICKED
    assert result["wave"]["status"] == "optimal"
    was, now = plan_set_from_json(place.document), plan_set_from_json(result["document"])
    assert now.corridor is not None
    assert list(now.corridor.junction_ids) == PICKED
    assert set(now.plans) == set(was.plans)
    assert all(now.plans[j] == was.plans[j] for j in was.plans if j not in PICKED)
    saved = place.new_plan(document=result["document"])
    diagram = place.ask("vera", "GET", f"/plans/{saved['id']}/diagram").json()
    for way, width_s in result["wave"]["bands"].items():
        assert diagram["bands"][way]["width_s"] == pytest.approx(width_s, abs=0.02)
