"""Races in SUMO: the better plan wins, the shipped one runs along, nothing is run twice."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from signalctl.domain.collapse import collapse
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.plan import Offset, TimingPlan
from signalctl.files.plan_file import PlanSet
from signalctl.optimiser.mend import mended
from signalctl.optimiser.objective import Objective
from signalctl.optimiser.retime import retime, under_rules
from signalctl.rules.registry import profile
from signalctl.sim.experiment import Experiments
from signalctl.sim.variants import shipped
from signalctl.workflow.race.confirm import MOST_LATE, confirm
from signalctl.workflow.race.race import (
    SHIPPED,
    Conditions,
    Entrant,
    Rung,
    Track,
    entrant,
    race,
    runs_of_race,
)
from signalctl.workflow.race.shipped import ShippedRuns
from signalctl.workflow.source import Source, open_scenario

pytestmark = pytest.mark.sumo

BASE = Entrant(name=SHIPPED, plans=None)
RUNGS = (Rung(seeds=1), Rung(seeds=3, at_most=2))


@pytest.fixture(scope="module")
def source(short: Path) -> Source:
    return open_scenario(short)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared by the tests of this file, so that each run is made once."""
    return tmp_path_factory.mktemp("race")


@pytest.fixture
def track(source: Source, folder: Path) -> Iterator[Track]:
    assert source.scenario is not None
    conditions = Conditions(
        scenario=source.scenario,
        network=source.network,
        profile=profile("as-surveyed"),
        objective=Objective(),
        folder=folder,
        jobs=2,
    )
    with Track(conditions) as running:
        yield running


def at_cycle(source: Source, cycle_s: int) -> Entrant:
    """All junctions at a cycle, proportions kept, offsets zero."""
    rules = profile("as-surveyed")
    plans = {}
    for junction_id, junction in source.network.junctions.items():
        shipped = source.network.default_program(junction_id)
        assert shipped is not None
        assert shipped.program is not None
        program = retime(
            mended(shipped.program, junction).program, under_rules(junction, rules), cycle_s
        )
        plans[junction_id] = TimingPlan(
            junction_id=junction_id,
            name="candidate",
            cycle_s=cycle_s,
            offset=Offset(seconds=0),
            form=collapse(program, junction),
        )
    return entrant(
        PlanSet(
            name="candidate",
            network_file=source.network.path.name,
            network_sha256=None,
            corridor=None,
            plans=FrozenMap(plans),
            junction_hashes=FrozenMap(),
        ),
        None,
    )


def test_the_better_plan_wins_and_runs_are_found_again(source: Source, track: Track) -> None:
    bad, worse = at_cycle(source, 150), at_cycle(source, 180)
    seeds = [1, 2, 3]
    found = race(track, [worse, bad], BASE, seeds, rungs=RUNGS)
    assert found.is_complete
    assert found.shipped is not None
    assert found.standings[0].seeds == (1, 2, 3)
    order = [standing.entrant for standing in found.standings]
    delays = {n: sum(m.total_delay_s for m in track.measures[n].values()) for n in order}
    assert order == sorted(order, key=lambda name: delays[name])
    assert set(found.first_values) == {bad.name, worse.name, SHIPPED}
    made = track.runs_made
    assert made == runs_of_race(2, RUNGS) == 9
    again = race(track, [bad, worse], BASE, seeds, rungs=RUNGS)
    assert again.standings == found.standings
    assert track.runs_made == made

    # Whoever leads so far is not put out by the first seeds.
    narrow = (Rung(seeds=1), Rung(seeds=3, at_most=1))
    for holder, seen in ((None, {3, 1}), (worse.name, {3})):
        short = race(track, [bad, worse], BASE, seeds, rungs=narrow, holder=holder)
        assert {len(standing.seeds) for standing in short.standings} == seen
    assert track.runs_made == made

    # A second track finds everything on disk.
    with Track(track.conditions) as other:
        assert race(other, [bad, worse], BASE, seeds, rungs=RUNGS).standings == found.standings


def test_no_time_is_no_error_and_no_runs(source: Source, track: Track) -> None:
    late = time.monotonic() - 1.0
    found = race(track, [at_cycle(source, 170)], BASE, [7, 8], rungs=RUNGS, until_s=late)
    assert found.standings == ()
    assert not found.is_complete
    assert track.runs_made == 0


def test_fresh_seeds_refuse_a_plan_that_is_no_better(source: Source, track: Track) -> None:
    worse = at_cycle(source, 180)
    found = confirm(track, [worse], BASE, range(1, 21), affordable=3)
    assert found.answer is None
    (trial,) = found.trials
    assert not trial.is_better
    assert trial.value.mean > 0
    assert trial.own.seeds == (1, 2, 3, 4)


def test_seeds_with_which_the_shipped_plan_locks_up_decide_nothing(
    source: Source, track: Track
) -> None:
    track.run([BASE], [1, 2, 3, 4, 5])
    jammed = track.measures[SHIPPED][2]
    track.measures[SHIPPED][2] = replace(jammed, total_delay_s=3.0 * jammed.total_delay_s)
    (trial,) = confirm(track, [at_cycle(source, 180)], BASE, range(1, 21), affordable=3).trials
    assert trial.own.seeds == (1, 3, 4, 5)
    assert trial.reason.endswith("Left out: seed 2, with which the shipped plan locks up.")


def test_runs_of_the_shipped_plan_beside_something_else(track: Track) -> None:
    with ShippedRuns(track, BASE, [1, 2]) as runs:
        runs.finish()
    assert track.has(SHIPPED, [1])
    assert track.run_s > 0
    with ShippedRuns(track, BASE, [901, 902]):
        pass
    assert not track.has(SHIPPED, [902])


def test_a_hopeless_run_is_given_up_and_never_taken_for_a_full_one(
    source: Source, tmp_path: Path
) -> None:
    assert source.scenario is not None
    with Experiments(source.scenario, jobs=1, approaches=False, cache=tmp_path) as experiments:
        given_up = experiments.run_bounded([shipped()], [1], lambda _seed: 1.0)
        assert given_up == {(SHIPPED, 1)}
        assert experiments.known(shipped(), 1) is None
        # Total delay is never less than what was counted, so this bound is never passed.
        assert experiments.run_bounded([shipped()], [1], lambda _seed: 1e9) == frozenset()
        record = experiments.known(shipped(), 1)
        assert record is not None
        whole = record.measures
        bound = whole.total_delay_s * whole.due
        (again,) = experiments.run([shipped()], [1]).records_of(SHIPPED)
        assert again.measures == whole
    with Experiments(
        source.scenario, jobs=1, approaches=False, cache=tmp_path / "b"
    ) as experiments:
        assert experiments.run_bounded([shipped()], [1], lambda _seed: bound) == frozenset()


def test_what_was_given_up_is_remembered_at_its_bound_where_that_is_asked(
    source: Source, tmp_path: Path
) -> None:
    assert source.scenario is not None
    told: list[str] = []

    def above(vehicle_s: float, *, remembers: bool = True) -> bool:
        """Whether the shipped plan's run is given up at a bound, on a new start."""
        assert source.scenario is not None
        with Experiments(source.scenario, jobs=1, approaches=False, cache=tmp_path) as experiments:
            found = experiments.run_bounded(
                [shipped()],
                [1],
                lambda _seed: vehicle_s,
                progress=lambda done, total, what: told.append(what),
                remembers=remembers,
            )
            return found == {(SHIPPED, 1)}

    assert above(1.0, remembers=False)
    assert not list(tmp_path.glob("*.above.json"))
    assert above(20.0)
    (kept,) = tmp_path.glob("*.above.json")
    assert json.loads(kept.read_text())["above_vehicle_s"] == 20.0
    # What is known of 20 s holds for less, and says nothing of more.
    assert above(10.0)
    assert above(20.0)
    assert json.loads(kept.read_text())["above_vehicle_s"] == 20.0
    assert above(30.0)
    assert json.loads(kept.read_text())["above_vehicle_s"] == 30.0
    assert len(told) == 5
    kept.write_text("{")
    assert above(5.0)
    assert not above(1e9)


def test_a_race_leaves_out_who_is_far_behind(source: Source, folder: Path) -> None:
    assert source.scenario is not None
    conditions = Conditions(
        scenario=source.scenario,
        network=source.network,
        profile=profile("as-surveyed"),
        objective=Objective(),
        folder=folder / "bounded",
        jobs=1,
    )
    good, bad = at_cycle(source, 90), at_cycle(source, 600)
    with Track(conditions) as track:
        found = race(track, [good, bad], BASE, [1], rungs=(Rung(seeds=1),))
        assert list(track.hopeless) == [(bad.name, 1)]
        last = confirm(track, [bad], BASE, range(1, 21), affordable=3)
        # Time is up, but each fails by a fault: three are tried all the same, and no more.
        many = [at_cycle(source, cycle_s) for cycle_s in (600, 590, 580, 570)]
        late = confirm(track, many, BASE, range(1, 21), affordable=3, until_s=0.0)
        alone = confirm(track, many, BASE, range(1, 21), affordable=3, goes_on=lambda: False)
    assert [t.entrant for t in late.trials] == [each.name for each in many[:MOST_LATE]]
    assert [t.entrant for t in alone.trials] == [many[0].name]
    (trial,) = last.trials
    better = replace(trial, entrant="better", is_better=True)
    assert late.of_answer is None
    assert replace(last, trials=(trial, better), answer="better").of_answer == better
    assert last.answer is None
    assert not trial.is_better
    assert trial.is_given_up
    assert "jams with seed 1" in trial.reason
    assert trial.reason.endswith("s per vehicle.")
    assert [standing.entrant for standing in found.standings] == [good.name]
    assert found.first_values[bad.name] > found.first_values[good.name]
