"""Lives of emulated controllers: what happens to them, and what their lamps showed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from four_arms import WALK, crossroads
from hypothesis import strategies as st
from single_seconds import errors_of_a_second

from signalctl.controllers.device.device import Mode
from signalctl.controllers.device.emulator.controller import Controller
from signalctl.domain.aspect import RESTS, UNSIGNALISED, Aspect, GreenKind
from signalctl.domain.finding import Finding
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.junction import Junction
from signalctl.domain.plan import Offset, Stage, StageSequence, TimingPlan
from signalctl.domain.program import Program
from signalctl.rules.registry import Profile
from signalctl.rules.validate import validate_program

Lamps = FrozenMap[str, Aspect]
Command = tuple[str, object]

commands = st.one_of(
    st.tuples(st.just("slot"), st.sampled_from([1, 2, 3, 9, None])),
    st.tuples(st.just("slot"), st.sampled_from([1, 2])),
    st.tuples(
        st.just("mode"),
        st.sampled_from([Mode.FLASH, Mode.ALL_RED, Mode.DARK, Mode.FREE, Mode.FIXED, None, None]),
    ),
    st.tuples(st.just("stage"), st.sampled_from([0, 1, 2, None])),
    st.tuples(st.just("manual"), st.sampled_from([Mode.FLASH, Mode.ALL_RED, None, None])),
    st.tuples(st.just("preempt"), st.booleans()),
    st.tuples(st.just("clock"), st.integers(0, 200_000)),
    st.tuples(st.just("offset"), st.integers(0, 60)),
    st.tuples(st.just("restart"), st.none()),
    st.tuples(st.just("detect"), st.booleans()),
    st.tuples(st.just("wait"), st.none()),
)
P, Q = GreenKind.PROTECTED, GreenKind.PERMISSIVE
STAGES: tuple[dict[str, GreenKind], ...] = (
    {"N": P, "S": P},
    {"N": P, "S": P, "Nl": Q, "Sl": Q},
    {"Nl": P, "Sl": P},
    {"N": P, "Nl": P},
    {"S": P, "Sl": P},
    {"E": P, "W": P},
    {"E": P, "W": P, "El": Q, "Wl": Q},
    {"El": P, "Wl": P},
    {"E": P, "El": P},
    {"W": P, "Wl": P},
    {},
)


@st.composite
def crossroads_plans(draw: st.DrawFn) -> tuple[Junction, TimingPlan]:
    """Stages of a crossroads in any order, some of them several times, with any clearing times."""
    clearing = {side: draw(st.integers(4, 9)) for side in ("N", "El", "W")}
    walk = draw(st.booleans())
    stages = []
    for number in range(draw(st.integers(2, 5))):
        greens = dict(draw(st.sampled_from(STAGES)))
        if walk and {"E", "W"} <= set(greens) and "El" not in greens:
            greens[WALK] = P
        split_s = draw(st.one_of(st.integers(9, 16), st.integers(14, 40)))
        stages.append(Stage(id=str(number), split_s=split_s, greens=FrozenMap(greens)))
    cycle_s = sum(stage.split_s for stage in stages)
    plan = TimingPlan(
        junction_id="J",
        name="p",
        cycle_s=cycle_s,
        offset=Offset(seconds=draw(st.integers(0, cycle_s - 1))),
        form=StageSequence(stages=tuple(stages), start_s=draw(st.integers(0, cycle_s - 1))),
    )
    return crossroads(walk=walk, clearing=clearing), plan


lives = st.lists(st.tuples(commands, st.integers(1, 90)), min_size=1, max_size=10)


def do(controller: Controller, command: Command, plan: TimingPlan) -> None:
    """Give a controller one command of a life."""
    verb, value = command
    match verb, value:
        case "slot", (int() | None) as slot:
            controller.command_slot(slot)
        case "mode", (Mode() | None) as mode:
            controller.command_mode(mode)
        case "stage", None:
            controller.command_stage(None)
        case "stage", int() as number:
            controller.command_stage(controller.stages[number % len(controller.stages)].id)
        case "manual", (Mode() | None) as mode:
            controller.set_manual(mode)
        case "preempt", bool() as active:
            controller.preempt(active)
        case "clock", int() as utc_s:
            controller.set_clock(utc_s)
        case "offset", int() as seconds:
            offset = Offset(seconds=seconds % plan.cycle_s)
            controller.memory.write_slot(1, replace(plan, offset=offset))
        case "restart", _:
            controller.restart()
        case "detect", bool() as occupied:
            for seen in controller.detectors.all():
                controller.detect(seen.detector.number, occupied, int(occupied))
        case _:
            pass


def live(
    controller: Controller, life: Sequence[tuple[Command, int]], plan: TimingPlan, start: int
) -> list[Lamps]:
    """The lamps of every second of a life that begins at `start` and ends in a long all-red."""
    shown, now = [], start
    ending: list[tuple[Command, int]] = [
        (("preempt", False), 1),
        (("manual", None), 1),
        (("mode", Mode.ALL_RED), 150),
    ]
    for command, seconds in [*life, *ending]:
        do(controller, command, plan)
        for _ in range(seconds):
            shown.append(controller.step(now))
            now += 1
    return shown


def breaches(shown: Sequence[Lamps], junction: Junction, profile: Profile) -> list[Finding]:
    """What the validator has against the guarded seconds of a life, read as programs.

    A stretch between two times without control begins and ends in red; where power
    was lost in the midst, it is judged up to the last second in which all was red.
    """
    found: list[Finding] = []
    stretch: list[Lamps] = []
    for lamps in [*shown, None]:
        if lamps is not None and not any(a in UNSIGNALISED for a in lamps.values()):
            stretch.append(lamps)
            continue
        while stretch and not all(a in RESTS for a in stretch[-1].values()):
            stretch.pop()
        if stretch:
            red = {g.id: g.rest for g in junction.groups}
            padded = [*stretch, *[red] * 120]
            program = Program.of(
                {g: "".join(lamps[g].value for lamps in padded) for g in junction.group_ids}
            )
            found += errors_of_a_second(validate_program(program, junction, profile))
        stretch = []
    return found
