"""A draft made of what an optimiser found holds all that ran when it was judged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from service_place import wave_document

from signalctl.domain.frozen import FrozenMap
from signalctl.files.plan_file import PlanSet
from signalctl.files.plan_json import plan_set_from_json
from signalctl.workflow.jobs.whole_plan import whole_plan


def _only(plans: PlanSet, *junctions: str) -> PlanSet:
    return replace(
        plans,
        corridor=None,
        plans=FrozenMap({j: plans.plans[j] for j in junctions}),
        junction_hashes=FrozenMap({j: plans.junction_hashes[j] for j in junctions}),
    )


def test_junctions_kept_as_shipped_are_in_the_draft(arterial: Path) -> None:
    base = plan_set_from_json(wave_document(arterial))
    names = list(base.plans)
    found = _only(base, *names[:3])
    other = replace(base.plans[names[4]], name="0")
    shipped = replace(base, plans=FrozenMap({**base.plans, names[4]: other}))
    whole = whole_plan(found, shipped, base)
    assert set(whole.plans) == set(whole.junction_hashes) == set(base.plans)
    assert whole.plans[names[4]] == base.plans[names[4]], "not called as the network's own is"
    assert whole.plans[names[0]] == found.plans[names[0]]
    assert whole.corridor == base.corridor
    # Without a junction, or with another cycle, there is no corridor to draw.
    assert whole_plan(found, None, base).corridor is None
    longer = replace(base.plans[names[4]], cycle_s=base.plans[names[4]].cycle_s + 1)
    mixed = replace(base, plans=FrozenMap({**base.plans, names[4]: longer}))
    assert whole_plan(found, mixed, base).corridor is None
