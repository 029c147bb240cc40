"""Vehicles for the diagram: ordered for a draft, driven once, kept, in step with the lights."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from service_place import Place, place_in, site_of

from signalctl.files.plan_json import plan_set_from_json
from signalctl.rules.registry import profile
from signalctl.workflow.service.distances import Distances
from signalctl.workflow.service.plan_desk import document_hash
from signalctl.workflow.service.trajectories import trajectories_document

pytestmark = pytest.mark.sumo


@pytest.fixture
def place(tmp_path: Path, arterial: Path) -> Iterator[Place]:
    with place_in(tmp_path, arterial) as found:
        yield found


def _order(place: Place, plan: dict[str, Any], **options: Any) -> Any:
    body = {"kind": "trajectories", "plan": plan["id"], "options": options}
    return place.ask("emil", "POST", "/jobs", body)


def test_an_order_is_for_the_plan_or_for_the_draft_in_its_place(place: Place) -> None:
    plan = place.new_plan()
    job = _order(place, plan).json()
    assert job["plan_hash"] == plan["hash"]
    draft = copy.deepcopy(plan["document"])
    draft["plans"][0]["offset"]["seconds"] += 1
    answer = _order(place, plan, document=draft, cycles=2)
    assert answer.status_code == 202
    job = answer.json()
    assert job["plan_hash"] == document_hash(draft) != plan["hash"]
    assert job["options"] == {"seed": 1, "warm_up_s": 900, "cycles": 2}
    kept = place.service.jobs.runner.jobs.read(job["id"]).order
    assert kept["document"] == draft


def test_a_draft_that_breaks_a_rule_is_not_driven(place: Place) -> None:
    plan = place.new_plan()
    draft = copy.deepcopy(plan["document"])
    stages = next(p for p in draft["plans"] if p["junction"] == "J3")["stages"]["sequence"]
    left = next(i for i, stage in enumerate(stages) if "N-left" in stage.get("protected", ()))
    # One second for the left turns: less than their minimum green, or none at all.
    stages[left - 1]["split_s"] += stages[left]["split_s"] - 1
    stages[left]["split_s"] = 1
    answer = _order(place, plan, document=draft)
    assert (answer.status_code, answer.json()["code"]) == (422, "unsafe-plan")
    assert _order(place, plan, cycles=7).status_code == 422


def test_vehicles_pass_on_green_and_are_kept(place: Place, arterial: Path, tmp_path: Path) -> None:
    plans = plan_set_from_json(place.document)
    source = site_of(arterial).network("arterial").source
    told: list[tuple[int, int, str]] = []

    def driven(cycles: int) -> dict[str, Any]:
        return trajectories_document(
            plans,
            source,
            profile("as-surveyed"),
            seed=1,
            warm_up_s=100,
            cycles=cycles,
            kept=tmp_path / "kept",
            progress=lambda *step: told.append(step),
        )

    found = driven(2)
    assert told
    assert all(done <= total for done, total, _ in told)
    told.clear()
    assert driven(2) == found
    assert not told

    assert found["begin_s"] % found["cycle_s"] == 0
    corridor = plans.corridor
    assert corridor is not None
    distances = Distances.of(corridor).rows
    ways = found["directions"]["outbound"]
    assert len(ways) + len(found["directions"]["inbound"]) <= 300
    assert len(ways) > 20
    assert all(-0.5 <= t <= 2 * found["cycle_s"] + 0.5 for way in ways for t, _ in way)
    # Nobody crosses the first inner stop line on red (2 m and 1 s are what is told away).
    unrolled = place.service.desk.draft("arterial", place.document)
    line = corridor.outbound.stop_lines[2]
    program = unrolled.programs[line.junction_id]
    crossed = 0
    for way in ways:
        for (t0, d0), (t1, d1) in pairwise(way):
            at_m = distances[line.junction_id] + 3.0
            if d0 < at_m <= d1:
                second = t0 + (t1 - t0) * (at_m - d0) / (d1 - d0)
                near = {program.aspect(line.group_id, int(second) + off) for off in (-2, -1, 0)}
                assert any(aspect.value in "Gy" for aspect in near)
                crossed += 1
    assert crossed > 5
