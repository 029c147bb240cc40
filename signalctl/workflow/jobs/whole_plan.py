"""An optimised plan as a draft in an ordered plan's place: all that ran when it was judged."""

from __future__ import annotations

from dataclasses import replace

from signalctl.domain.frozen import FrozenMap
from signalctl.files.plan_file import PlanSet


def whole_plan(found: PlanSet, shipped: PlanSet | None, base: PlanSet) -> PlanSet:
    """The plans found, with the shipped ones of the base's other junctions.

    An optimiser leaves out what it kept as shipped, and was judged with it so; a draft
    without these junctions would leave the base's plans running there. The base's
    corridor comes along where all its junctions have plans of one cycle.
    """
    # Under the name of the plans found: SUMO refuses a second program called as the network's own.
    name = next((plan.name for plan in found.plans.values()), found.name)
    kept = {} if shipped is None else shipped.plans
    rest = {j: replace(plan, name=name) for j, plan in kept.items() if j in base.plans}
    hashes = {} if shipped is None else {j: shipped.junction_hashes[j] for j in rest}
    plans = FrozenMap({**rest, **found.plans})
    corridor = base.corridor
    on_way = [] if corridor is None else [plans.get(j) for j in corridor.junction_ids]
    cycles = {None if plan is None else plan.cycle_s for plan in on_way}
    return replace(
        found,
        plans=plans,
        junction_hashes=FrozenMap({**hashes, **found.junction_hashes}),
        corridor=corridor if len(cycles) == 1 and None not in cycles else found.corridor,
    )
