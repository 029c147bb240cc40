"""One run: a scenario under a variant's programs with one seed, in its own process."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from signalctl import __version__
from signalctl.domain.frozen import FrozenMap
from signalctl.networks.sumo_xml import sha256_of
from signalctl.sim.demand_period import demand_within
from signalctl.sim.detectors import Watched, watch
from signalctl.sim.record import RunRecord
from signalctl.sim.run_limits import RunLimits
from signalctl.sim.run_order import RunOrder
from signalctl.sim.run_process import Answer, RunProcess
from signalctl.sim.scenario import Scenario
from signalctl.sim.variants import Variant


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What all runs of a scenario share: its demand cut to the period, its lanes watched."""

    scenario: Scenario
    routes: tuple[Path, ...]
    additionals: tuple[Path, ...]
    watched: Watched
    edge_delays: bool = False


@contextmanager
def prepared(
    scenario: Scenario,
    *,
    corridor_edges: Collection[str] = (),
    queue_edges: Collection[str] = (),
    approaches: bool = True,
    edge_delays: bool = False,
) -> Iterator[Prepared]:
    """A scenario ready to run, its temporary files gone afterwards.

    `approaches` watches queues on every edge that feeds a signal (about a fifth
    of the run's time on small networks) and `queue_edges` adds others, such as
    ramps; `corridor_edges` are watched for stops. `edge_delays` measures on which edge
    each vehicle lost its time.
    Raises InputError for a demand file or an edge that is not there.
    """
    with tempfile.TemporaryDirectory(prefix="signalctl-") as folder:
        demand = demand_within(scenario, Path(folder))
        yield Prepared(
            scenario=scenario,
            routes=tuple(demand[path] for path in scenario.routes),
            additionals=tuple(demand[path] for path in scenario.additionals),
            watched=watch(
                scenario.net,
                approaches=approaches,
                stop_edges=corridor_edges,
                queue_edges=queue_edges,
            ),
            edge_delays=edge_delays,
        )


def run(
    scenario: Scenario,
    variant: Variant,
    seed: int,
    *,
    corridor_edges: Collection[str] = (),
    queue_edges: Collection[str] = (),
    approaches: bool = True,
    keep_outputs: Path | None = None,
) -> RunRecord:
    """Simulate once and measure; the same arguments give the same numbers bit for bit.

    SUMO's own outputs are kept in the folder `keep_outputs` when one is given.
    Raises InputError when SUMO refuses an input, SimulationError when it fails.
    """
    with (
        prepared(
            scenario,
            corridor_edges=corridor_edges,
            queue_edges=queue_edges,
            approaches=approaches,
        ) as ready,
        RunningRun(ready, variant, seed, keep_outputs=keep_outputs) as running,
    ):
        while not running.is_over:
            time.sleep(0.01)
        return running.record()


class RunningRun(RunProcess):
    """The run of a variant with a seed; leaving the context kills it and clears its folder."""

    def __init__(
        self,
        ready: Prepared,
        variant: Variant,
        seed: int,
        *,
        keep_outputs: Path | None = None,
        stop_s: float | None = None,
        stop_above_vehicle_s: float | None = None,
        limits: RunLimits | None = None,
    ) -> None:
        """Start the process.

        `stop_s` ends the run early, for who only wants a look; `stop_above_vehicle_s`
        gives a hopeless one up (`RunOrder`).
        """
        self.ready = ready
        self.variant = variant
        self.seed = seed
        order = run_order(
            ready, variant, seed, stop_s=stop_s, stop_above_vehicle_s=stop_above_vehicle_s
        )
        super().__init__(order, limits=limits, keep_outputs=keep_outputs)

    def record(self) -> RunRecord:
        """The finished run's record.

        Raises InputError when SUMO refused an input, RunDied when the process
        ended without an answer, SimulationError for anything else SUMO says.
        """
        return record_of(self.ready, self.variant, self.seed, self.answer())


def run_order(
    ready: Prepared,
    variant: Variant,
    seed: int,
    *,
    stop_s: float | None = None,
    stop_above_vehicle_s: float | None = None,
) -> RunOrder:
    """All that SUMO is told for a variant and a seed."""
    scenario = ready.scenario
    options = _options(ready, variant, seed)
    return RunOrder(
        where=f"{scenario.name}, {variant.name}, seed {seed}",
        net=scenario.net,
        routes=ready.routes,
        additionals=(*ready.additionals, *variant.additionals),
        options=FrozenMap(options),
        file_options=tuple(
            name
            for name, value in options.items()
            if all(part in scenario.inputs for part in value.split(","))
        ),
        begin_s=scenario.begin_s,
        end_s=scenario.end_s,
        limit_s=scenario.limit_s if stop_s is None else stop_s,
        step_s=scenario.step_s,
        stop_above_vehicle_s=stop_above_vehicle_s,
        watched=ready.watched,
        control=variant.control,
        surveyed=() if variant.control is None else scenario.additionals,
        edge_delays=ready.edge_delays,
    )


def record_of(ready: Prepared, variant: Variant, seed: int, answer: Answer) -> RunRecord:
    """The record of a run from what it answered, here or on another machine."""
    scenario = ready.scenario
    added = {str(path): sha256_of(path) for path in variant.additionals}
    return RunRecord(
        scenario=scenario.name,
        scenario_fingerprint=scenario.fingerprint,
        variant=variant.name,
        variant_fingerprint=variant.fingerprint,
        seed=seed,
        sumo_version=answer.sumo_version,
        signalctl_version=__version__,
        options=FrozenMap(_options(ready, variant, seed)),
        inputs=FrozenMap({**scenario.inputs, **added}),
        measures=answer.measures,
        warnings=answer.warnings,
        warning_count=answer.warning_count,
        wall_s=answer.wall_s,
        simulated_s=answer.simulated_s,
    )


def _options(ready: Prepared, variant: Variant, seed: int) -> dict[str, str]:
    """SUMO options of a run that decide its numbers, by name."""
    scenario = ready.scenario
    return {
        **dict(sorted(scenario.options.items())),
        **dict(sorted(variant.options.items())),
        "begin": f"{scenario.begin_s:g}",
        "step-length": f"{scenario.step_s:g}",
        "time-to-teleport": f"{scenario.time_to_teleport_s:g}",
        "seed": str(seed),
        "tripinfo-output.write-unfinished": "true",
        "tripinfo-output.write-undeparted": "true",
        "no-step-log": "true",
        "duration-log.disable": "true",
        "xml-validation": "never",
    }
