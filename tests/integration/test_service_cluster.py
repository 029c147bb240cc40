"""A job of the service that a Dask cluster computes: `signalctl serve --cluster ADDRESS`."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from service_place import Place, place_in, site_of
from service_server import served, wait_for


@pytest.mark.sumo
def test_a_job_runs_on_a_cluster_and_says_the_same(
    tmp_path: Path, arterial: Path, short: Path
) -> None:
    from distributed import LocalCluster, SchedulerPlugin

    class Computed(SchedulerPlugin):  # type: ignore[misc]  # distributed has no types
        """How many tasks the workers have ended."""

        tasks = 0

        def transition(self, _key: str, _start: str, finish: str, *_: Any, **__: Any) -> None:
            self.tasks += finish == "memory"

    computed = Computed()
    shutil.copy(short, site_of(arterial).network("arterial").net.parent / "short.scenario.yaml")
    site_of.cache_clear()
    quiet = {"dashboard_address": "127.0.0.1:0", "silence_logs": 50, "threads_per_worker": 1}
    found = {}
    with LocalCluster(n_workers=1, processes=True, **quiet) as cluster:
        cluster.scheduler.add_plugin(computed)
        for address in (cluster.scheduler_address, None):
            with place_in(tmp_path, arterial, cluster=address) as place, served(place):
                found[address] = _simulated(place)
    assert computed.tasks >= 2, "a run for each seed"
    on_cluster, here = found.values()
    assert on_cluster["total_delay_s"] == here["total_delay_s"]
    assert on_cluster["total_delay_s"]["median"] > 0


def _simulated(place: Place) -> dict[str, dict[str, float]]:
    plan = place.new_plan()
    order = {"kind": "simulate", "plan": plan["id"], "scenario": "short", "options": {"seeds": 2}}
    ordered = place.ask("emil", "POST", "/jobs", order).json()
    path = f"/jobs/{ordered['id']}"
    wait_for(lambda: place.ask("emil", "GET", path).json()["state"] in ("done", "failed"))
    job = place.ask("emil", "GET", path).json()
    assert job["state"] == "done", job["error"]
    variant: dict[str, dict[str, float]] = job["result"]["variants"][0]
    return variant
