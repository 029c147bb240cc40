"""Law 1, checked in SUMO: programs read and written back show the same in every second.

SUMO runs the network twice for every program it ships: with the original, and
with ours written as an additional file. Both must show, second by second over a
whole cycle, the very string our Program says. Each network wants a fresh
process (see check_all): libsumo holds one simulation and keeps traces of it.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from signalctl.domain.errors import SimulationError
from signalctl.networks.network import read_network
from signalctl.networks.sumo_program import SumoLogic, SumoPhases, phases, write_tls

_FIXED: Final = "static"
_MARK: Final = " (written back)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A network file with the additional files its lights need.

    `shift_s` is added to every written offset, so that offsets other than the
    shipped ones are proved too; `begin_s` is where the simulation begins.
    """

    net: Path
    additionals: tuple[Path, ...] = ()
    begin_s: int = 0
    shift_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTrip:
    """What was compared for one network, and every difference found.

    `originals` counts shipped programs SUMO itself ran beside ours; programs
    that depend on traffic, or whose place in time is open, are compared as
    written only. `unread` names programs that cannot be said in seconds.
    """

    net: Path
    lights: int
    programs: int
    originals: int
    seconds: int
    differences: tuple[str, ...]
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Show:
    """One program SUMO is to run at one light, and what it must show."""

    light: str
    program_id: str
    cycle_s: int
    zero_s: int
    states: tuple[str, ...]


def check(case: Case) -> RoundTrip:
    """Law 1 for one network, in this process; raises SimulationError when SUMO refuses it."""
    network = read_network(case.net, case.additionals)
    unread: list[str] = []
    written: list[_Show] = []
    originals: list[_Show] = []
    logics: list[SumoLogic] = []
    for light, programs in network.programs.items():
        for program in programs:
            if program.program is None:
                unread.append(f"{light} {program.id}: {program.reason}")
                continue
            steps = phases(program.program, network.junction(light))
            zero_s = program.offset_s or 0
            cycle_s = program.program.cycle_s
            states = _unrolled(steps)
            logic = SumoLogic(
                junction_id=light,
                program_id=program.id + _MARK,
                offset_s=zero_s + case.shift_s,
                phases=steps,
            )
            logics.append(logic)
            written.append(_Show(light, logic.program_id, cycle_s, logic.offset_s, states))
            if program.type == _FIXED and program.offset_s is not None:
                originals.append(_Show(light, program.id, cycle_s, zero_s, states))
    seconds, differences = _run(case, logics, [*originals, *written])
    return RoundTrip(
        net=case.net,
        lights=len(network.junctions),
        programs=len(written),
        originals=len(originals),
        seconds=seconds,
        differences=tuple(differences),
        unread=tuple(unread),
    )


def check_all(cases: Sequence[Case], workers: int = 2) -> Iterator[RoundTrip]:
    """Law 1 for many networks, each in a fresh process, in the order given."""
    with ProcessPoolExecutor(
        max_workers=workers,
        mp_context=multiprocessing.get_context("spawn"),
        max_tasks_per_child=1,
    ) as pool:
        yield from pool.map(check, cases)


def _unrolled(steps: SumoPhases) -> tuple[str, ...]:
    return tuple(state for duration_s, state in steps for _ in range(duration_s))


def _run(case: Case, logics: Sequence[SumoLogic], shows: Sequence[_Show]) -> tuple[int, list[str]]:
    """Let SUMO show everything, lights side by side, one program of each after another."""
    import libsumo

    queues: dict[str, list[_Show]] = {}
    for show in shows:
        queues.setdefault(show.light, []).append(show)
    with tempfile.TemporaryDirectory(prefix="signalctl-") as folder:
        additional = Path(folder) / "written.add.xml"
        write_tls(additional, logics)
        files = ",".join(str(path) for path in (*case.additionals, additional))
        options = ["--no-step-log", "true", "--no-warnings", "true", "--begin", str(case.begin_s)]
        try:
            libsumo.start(["sumo", "-n", str(case.net), "-a", files, *options])
        except libsumo.TraCIException as error:
            raise SimulationError(
                f"SUMO refuses the network: {error}", where=str(case.net)
            ) from error
        try:
            return _compare(libsumo, queues, case.begin_s)
        finally:
            libsumo.close()


def _compare(libsumo: Any, queues: dict[str, list[_Show]], begin_s: int) -> tuple[int, list[str]]:
    lights = libsumo.trafficlight
    differences: list[str] = []
    until: dict[str, int] = {}
    now = begin_s
    compared = 0
    while queues:
        for light, queue in list(queues.items()):
            if until.get(light, now) > now:
                continue
            if light in until:
                queue.pop(0)
            if not queue:
                del queues[light]
                continue
            lights.setProgram(light, queue[0].program_id)
            until[light] = now + queue[0].cycle_s
        libsumo.simulationStep()
        for light, queue in queues.items():
            show = queue[0]
            want = show.states[(now - show.zero_s) % show.cycle_s]
            have = lights.getRedYellowGreenState(light)
            compared += 1
            if have != want and len(differences) < 20:
                differences.append(
                    f"{light}, program {show.program_id}, second {now}: SUMO {have}, ours {want}"
                )
        now += 1
    return compared, differences
