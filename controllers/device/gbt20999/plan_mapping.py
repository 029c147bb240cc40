"""Timing plans to and from the plan objects of class 9.

On the wire a plan is a chain of the device's stages with their times. A stage's
time there holds the transition *after* its green (by the profile: or the one
before it), ours holds the interstage before it; both follow from the chain, so
one is had from the other exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from signalctl.controllers.device.gbt20999.enumerations import StageAppearance
from signalctl.controllers.device.gbt20999.profile import GbtProfile, StageBoundary
from signalctl.controllers.device.gbt20999.site_map import (
    Interstage,
    SiteMap,
    SiteStage,
    interstage_s,
    interstages,
)
from signalctl.controllers.device.gbt20999.values import Value
from signalctl.domain.collapse import collapse_stages
from signalctl.domain.errors import InputError, Mismatch, NotExpressible
from signalctl.domain.expand import expand, zero_s
from signalctl.domain.plan import Offset, Stage, StageSequence, TimingPlan

MOST_STAGES: Final = 16
PLANS: Final = range(1, 129)
JUNCTION, CYCLE, INDEX, OFFSET, CHAIN, TIMES, APPEARANCE = range(2, 9)
"""Attributes of object 9.2."""
ATTRIBUTES: Final = (JUNCTION, CYCLE, INDEX, OFFSET, CHAIN, TIMES, APPEARANCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRecord:
    """The objects 9.2.2-9.2.8 of one plan; arrays without their unused tail."""

    junction: int
    cycle_s: int
    index: int
    offset_s: int
    chain: tuple[int, ...]
    times_s: tuple[int, ...]
    appearance: tuple[int, ...]

    def values(self) -> dict[int, Value]:
        """The values by attribute."""
        rest = (0,) * (MOST_STAGES - len(self.chain))
        return {
            JUNCTION: self.junction,
            CYCLE: self.cycle_s,
            INDEX: self.index,
            OFFSET: self.offset_s,
            CHAIN: self.chain + rest,
            TIMES: self.times_s + rest,
            APPEARANCE: self.appearance + rest,
        }

    @classmethod
    def of(cls, values: Mapping[int, Value]) -> PlanRecord | None:
        """The record in values by attribute, None for an empty plan.

        Raises Mismatch for chains with gaps or of different lengths.
        """
        chain, times, appearance = (_array(values[a]) for a in (CHAIN, TIMES, APPEARANCE))
        used = next((n for n, stage in enumerate(chain) if not stage), len(chain))
        if not used and not any(chain):
            return None
        if any(chain[used:]) or any(times[used:]) or 0 in times[:used]:
            raise Mismatch("The plan's stages and times do not fill the same places.")
        return cls(
            junction=_number(values[JUNCTION]),
            cycle_s=_number(values[CYCLE]),
            index=_number(values[INDEX]),
            offset_s=_number(values[OFFSET]),
            chain=chain[:used],
            times_s=times[:used],
            appearance=appearance[:used],
        )


def _array(value: Value) -> tuple[int, ...]:
    if not isinstance(value, tuple):
        raise Mismatch("An array is needed.")
    return tuple(_number(item) for item in value)


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise Mismatch("A whole number is needed.")
    return value


def plan_name(slot: int) -> str:
    """What a plan read from a slot is called: the device keeps no names."""
    return f"plan-{slot}"


def as_held(plan: TimingPlan, slot: int, site: SiteMap) -> TimingPlan:
    """The plan as it will be read back from the slot: the same greens in system time.

    The first stage changes at second 0, the offset refers to it, stages carry the
    device's numbers. Raises NotExpressible with what to change.
    """
    where = f"junction {plan.junction_id}, plan {plan.name}"
    if plan.junction_id != site.junction.id:
        raise NotExpressible(
            f"The device controls junction {site.junction.id}.",
            where=where,
            remedy="Send the plan to its own junction's device.",
        )
    if plan.cycle_s not in site.cycles_s:
        raise NotExpressible(
            f"The device takes no cycle of {plan.cycle_s} s.",
            where=where,
            remedy=f"Choose a cycle from {site.cycles_s[0]} to {site.cycles_s[-1]} s.",
        )
    _check_groups(plan, site, where)
    try:
        program = expand(plan, site.junction)
        zero = zero_s(plan.offset, program)
    except InputError as error:
        raise NotExpressible(error.message, where=where, remedy=error.remedy) from None
    form = plan.form if isinstance(plan.form, StageSequence) else None
    if form is None:
        try:
            form = collapse_stages(program, site.junction)
        except NotExpressible as error:
            raise NotExpressible(
                f"The device only knows stages. {error.message}",
                where=where,
                remedy="Give the plan as a stage sequence.",
            ) from None
    if len(form.stages) > MOST_STAGES:
        raise NotExpressible(
            f"The plan has {len(form.stages)} stages, the device takes {MOST_STAGES}.",
            where=where,
            remedy="Join stages with the same greens.",
        )
    leads = interstages(form, plan.cycle_s, site.junction)
    stages = tuple(
        replace(stage, id=str(_device_stage(n, form, leads, site, where).number))
        for n, stage in enumerate(form.stages)
    )
    return TimingPlan(
        junction_id=plan.junction_id,
        name=plan_name(slot),
        cycle_s=plan.cycle_s,
        offset=Offset(seconds=(zero + form.start_s) % plan.cycle_s),
        form=StageSequence(stages=stages),
    )


def _check_groups(plan: TimingPlan, site: SiteMap, where: str) -> None:
    if not isinstance(plan.form, StageSequence):
        return
    served = {group for phase in site.phases for group in phase.greens}
    for stage in plan.form.stages:
        for group in stage.greens:
            if group not in served:
                raise NotExpressible(
                    f"Group {group} of stage {stage.id} has no phase on the device.",
                    where=where,
                    remedy="Add the group's phase to the site map, if the device has one.",
                )


def _device_stage(
    n: int, form: StageSequence, leads: tuple[Interstage, ...], site: SiteMap, where: str
) -> SiteStage:
    """The device's stage with exactly these greens, late starts and ends."""
    stage = form.stages[n]
    after = form.stages[(n + 1) % len(form.stages)]
    same = [found for found in site.stages if site.greens(found) == stage.greens]
    if not same:
        raise NotExpressible(
            f"The device has no stage with the greens of stage {stage.id}: "
            f"{', '.join(sorted(stage.greens)) or 'none'}.",
            where=where,
            remedy="Use the stages of the site map: they are certified and not written.",
        )
    gaining = set(stage.greens) - set(form.stages[n - 1].greens)
    ending = set(stage.greens) - set(after.greens)
    reason = ""
    for found in same:
        late = _by_group(found.late_start_s, site)
        early = _by_group(found.early_end_s, site)
        wrong_start = [g for g in sorted(gaining) if late.get(g, 0) != leads[n].late_s.get(g, 0)]
        wrong_end = [g for g in sorted(ending) if early.get(g, 0)]
        if not wrong_start and not wrong_end:
            return found
        if wrong_start:
            group = wrong_start[0]
            reason = (
                f"Stage {found.number} of the device starts group {group} "
                f"{late.get(group, 0)} s late, stage {stage.id} of the plan needs "
                f"{leads[n].late_s.get(group, 0)} s"
            )
        else:
            group = wrong_end[0]
            reason = f"Stage {found.number} of the device ends group {group} {early[group]} s early"
    raise NotExpressible(
        f"{reason}.",
        where=where,
        remedy="Order the stages so that the interstage is the certified one, or have a stage "
        "with this late start certified.",
    )


def _by_group(seconds: Mapping[int, int], site: SiteMap) -> dict[str, int]:
    return {g: s for number, s in seconds.items() for g in site.phase(number).greens}


def record_of(held: TimingPlan, site: SiteMap, profile: GbtProfile) -> PlanRecord:
    """The objects of a plan that `as_held` has made. Raises NotExpressible."""
    form = held.form
    if not isinstance(form, StageSequence) or form.start_s:
        raise NotExpressible("Only a plan as held has objects.", remedy="Call as_held first.")
    leads = _leads(form.stages, site, profile)
    n = len(form.stages)
    times = tuple(s.split_s - leads[k] + leads[(k + 1) % n] for k, s in enumerate(form.stages))
    for stage, time_s in zip(form.stages, times, strict=True):
        if not 1 <= time_s <= 0xFFFF:
            raise NotExpressible(
                f"Stage {stage.id} would last {time_s} s on the device.",
                where=f"junction {held.junction_id}, plan {held.name}",
                remedy="Lengthen the stage.",
            )
    return PlanRecord(
        junction=site.number,
        cycle_s=held.cycle_s,
        index=1,
        offset_s=(held.offset.seconds + leads[0]) % held.cycle_s,
        chain=tuple(int(stage.id) for stage in form.stages),
        times_s=times,
        appearance=(int(StageAppearance.FIXED),) * n,
    )


def plan_of(record: PlanRecord, slot: int, site: SiteMap, profile: GbtProfile) -> TimingPlan:
    """The plan that a record says. Raises Mismatch for a record that is no plan of this site."""
    where = f"plan {slot}"
    stages = []
    for number in record.chain:
        found = site.stage(number)
        if found is None:
            raise Mismatch(f"The plan uses stage {number}, unknown to the site map.", where=where)
        stages.append(Stage(id=str(number), split_s=1, greens=site.greens(found)))
    if record.junction != site.number:
        raise Mismatch(f"The plan is for junction {record.junction}.", where=where)
    if set(record.appearance) != {int(StageAppearance.FIXED)}:
        raise Mismatch("The plan has stages that come on demand.", where=where)
    n = len(stages)
    if sum(record.times_s) != record.cycle_s or not 1 <= record.index <= n:
        raise Mismatch(
            f"Stage times sum to {sum(record.times_s)} s in a cycle of {record.cycle_s} s, "
            f"coordinated at stage {record.index} of {n}.",
            where=where,
        )
    leads = _leads(tuple(stages), site, profile)
    splits = [time + leads[k] - leads[(k + 1) % n] for k, time in enumerate(record.times_s)]
    if min(splits) < 1:
        raise Mismatch("A stage is shorter than the transition after it.", where=where)
    first_s = record.offset_s - sum(record.times_s[: record.index - 1]) - leads[0]
    timed = tuple(replace(s, split_s=split) for s, split in zip(stages, splits, strict=True))
    return TimingPlan(
        junction_id=site.junction.id,
        name=plan_name(slot),
        cycle_s=record.cycle_s,
        offset=Offset(seconds=first_s % record.cycle_s),
        form=StageSequence(stages=timed),
    )


def _leads(stages: tuple[Stage, ...], site: SiteMap, profile: GbtProfile) -> list[int]:
    """Seconds by which each stage begins later on the device than its change in ours."""
    if profile.stage_boundary is StageBoundary.TRANSITION_IN:
        return [0] * len(stages)
    return [interstage_s(stages[k - 1], stage, site.junction) for k, stage in enumerate(stages)]
