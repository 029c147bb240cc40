"""Whether a controller would run a plan, and why not, in the words of the street.

A controller takes any plan into its memory and only finds out when it is to run.
"""

from __future__ import annotations

from typing import Final

from signalctl.controllers.device.emulator.loaded_plan import LoadedPlan, load
from signalctl.controllers.device.emulator.memory import Held
from signalctl.controllers.device.emulator.settings import (
    Correction,
    FreeReason,
    Settings,
    Unusable,
)
from signalctl.domain.errors import InputError, NotExpressible
from signalctl.domain.expand import expand, zero_s
from signalctl.domain.finding import Severity
from signalctl.domain.junction import Junction
from signalctl.domain.plan import StageSequence, TimingPlan
from signalctl.domain.ring_barrier import RingBarrier
from signalctl.rules.guard import GUARDED
from signalctl.rules.registry import Profile
from signalctl.rules.validate import validate_program

TOO_SHORT: Final = frozenset({"minimum-green", "minimum-walk"})


def admit(
    held: Held | None, slot: int, junction: Junction, profile: Profile, settings: Settings
) -> LoadedPlan | Unusable:
    """A plan ready to run, or why the controller runs free instead."""
    if held is None:
        return Unusable(reason=FreeReason.UNKNOWN_SLOT, sentence=f"Slot {slot} holds no plan.")
    if isinstance(held, Unusable):
        return held
    return _cycle(held, settings) or _sums(held) or _judged(held, junction, profile, settings)


def _cycle(plan: TimingPlan, settings: Settings) -> Unusable | None:
    if plan.cycle_s in settings.cycles_s:
        return None
    return Unusable(
        reason=FreeReason.BAD_CYCLE,
        sentence=f"A cycle of {plan.cycle_s} s is not between {settings.cycles_s[0]} and "
        f"{settings.cycles_s[-1]} s.",
    )


def _sums(plan: TimingPlan) -> Unusable | None:
    """Splits that do not fill the cycle, an offset outside it."""
    total_s = plan.cycle_s
    if isinstance(plan.form, StageSequence):
        total_s = sum(stage.split_s for stage in plan.form.stages)
    elif isinstance(plan.form, RingBarrier):
        sums = plan.form.ring_sums_s()
        if any(len(set(rings)) != 1 for rings in sums):
            return Unusable(
                reason=FreeReason.SPLIT_OVERRUN, sentence="The rings do not meet at the barrier."
            )
        total_s = sum(rings[0] for rings in sums)
    if total_s != plan.cycle_s:
        return Unusable(
            reason=FreeReason.SPLIT_OVERRUN,
            sentence=f"The splits sum to {total_s} s, the cycle is {plan.cycle_s} s.",
        )
    if not 0 <= plan.offset.seconds < plan.cycle_s:
        return Unusable(
            reason=FreeReason.BAD_OFFSET,
            sentence=f"The offset of {plan.offset.seconds} s does not lie in the cycle of "
            f"{plan.cycle_s} s.",
        )
    return None


def _judged(
    plan: TimingPlan, junction: Junction, profile: Profile, settings: Settings
) -> LoadedPlan | Unusable:
    try:
        program = expand(plan, junction)
    except (InputError, NotExpressible) as error:
        return Unusable(reason=FreeReason.BAD_PLAN, sentence=error.message)
    try:
        zero_s(plan.offset, program)
    except InputError as error:
        return Unusable(reason=FreeReason.BAD_OFFSET, sentence=error.message)
    for finding in validate_program(program, junction, profile):
        if finding.severity is Severity.ERROR and finding.rule in GUARDED:
            short = finding.rule in TOO_SHORT
            reason = FreeReason.SPLIT_OVERRUN if short else FreeReason.BAD_PLAN
            return Unusable(reason=reason, sentence=finding.message)
    loaded = load(
        plan,
        junction,
        profile,
        most_add=settings.most_add,
        most_subtract=settings.most_subtract,
        dwell=settings.correction is Correction.DWELL,
    )
    if not loaded.rests:
        return Unusable(
            reason=FreeReason.BAD_PLAN,
            sentence="There is no second in which the lamps stand still.",
        )
    return loaded
