"""Whatever lengths the stages of a design get, the rules find no error: on real junctions."""

from __future__ import annotations

from functools import lru_cache

import pytest
from corpus import ABSENT, CORPUS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signalctl.domain.finding import Severity
from signalctl.domain.junction import Junction
from signalctl.networks.network import Network, read_network
from signalctl.optimiser.retime import under_rules
from signalctl.optimiser.skeleton import Skeleton
from signalctl.optimiser.stage_design.designs import StageDesign, stage_designs
from signalctl.optimiser.stage_design.permission import Permission, TurnRule
from signalctl.rules.registry import profile
from signalctl.rules.validate import validate_program

CASES = [
    ("cologne1", "fhwa"),
    ("cologne8", "as-surveyed"),
    ("hangzhou_1x1_bctyc", "gb"),
    ("berlin_doerpfeld", "fhwa"),
]


@lru_cache
def network(name: str) -> Network:
    return read_network(CORPUS / name / "net.net.xml.gz")


@lru_cache
def designed(
    name: str, junction_id: str, rule: TurnRule, rules: str
) -> tuple[Junction, tuple[StageDesign, ...]]:
    """A junction under rules and its composed designs, with a flow on everybody."""
    junction = network(name).junctions[junction_id]
    flows = dict.fromkeys(junction.group_ids, 0.07)
    volumes = dict.fromkeys(junction.group_ids, 120.0)
    programs = [p.program for p in network(name).programs[junction_id] if p.program is not None]
    found = stage_designs(
        junction,
        programs,
        Permission(default=rule),
        flows,
        volumes,
        rules=profile(rules),
        at_most=12,
    )
    return under_rules(junction, profile(rules)), tuple(
        design for design in found if not design.label.startswith("shipped")
    )


@pytest.mark.skipif(not CORPUS.is_dir(), reason=ABSENT)
@pytest.mark.parametrize(("name", "rules"), CASES)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_feasible_length_of_every_stage_is_safe(
    name: str, rules: str, data: st.DataObject
) -> None:
    junction_id = data.draw(st.sampled_from(sorted(network(name).junctions)))
    rule = data.draw(st.sampled_from([TurnRule.AS_SHIPPED, TurnRule.MAY_YIELD]))
    junction, found = designed(name, junction_id, rule, rules)
    if not found:
        return
    design = data.draw(st.sampled_from(found))
    skeleton = Skeleton(junction, design.program)
    n = len(skeleton.stretchable)
    shares = data.draw(
        st.lists(st.sampled_from([0.001, 0.03, 1.0, 30.0, 1000.0]), min_size=n, max_size=n)
    )
    longer_s = data.draw(st.sampled_from([0, 1, 2, 5, 20, 100]))
    lengths = skeleton.lengths_at(skeleton.shortest_cycle_s + longer_s, shares)
    assert skeleton.is_feasible(lengths)
    findings = validate_program(skeleton.program(lengths), junction, profile(rules))
    errors = [f for f in findings if f.severity is Severity.ERROR and f.rule != "cycle-limits"]
    assert not errors, (design.label, errors[0].message)
