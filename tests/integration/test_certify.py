"""Plans get certificates, or a reason why not."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from commands import complaint, said

from signalctl.cli.main import run
from signalctl.domain.certificate import matches
from signalctl.domain.frozen import FrozenMap
from signalctl.files.certificate_file import certificates_path, read_certificates
from signalctl.files.plan_file import read_plans, write_plans
from signalctl.networks.network import read_network
from signalctl.sim.scenario import read_scenario
from signalctl.store.certificates import Certificates
from signalctl.store.database import Database

pytestmark = pytest.mark.sumo


@pytest.fixture
def own(plans: Path, tmp_path: Path) -> Path:
    """The plan file for one test alone: certificates are written beside it."""
    return Path(shutil.copy(plans, tmp_path / "own.yaml"))


def test_each_plan_gets_one_that_fits_it_alone(
    arterial: Path, own: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    net = arterial / "net.net.xml"
    document = said(["certify", str(own), "--network", str(net), "--by", "Zoë"], capfd)
    path = certificates_path(own)
    assert document["written"] == str(path)
    assert document["certificates"] == json.loads(path.read_text())["certificates"]
    network, plan_set = read_network(net), read_plans(own)
    for certificate in read_certificates(path):
        assert certificate.issued_by == "Zoë"
        assert certificate.rules == "as-surveyed"
        assert certificate.evidence is None
        fits = [
            junction_id
            for junction_id, plan in plan_set.plans.items()
            if matches(certificate, plan, network.junction(junction_id))
        ]
        assert fits == [certificate.junction_id]
    assert [c["junction"] for c in document["certificates"]] == list(plan_set.plans)


def test_a_scenario_gives_evidence(
    arterial: Path, short: Path, own: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    cache = ["--cache", str(tmp_path / "cache"), "--jobs", "1"]
    command = ["certify", str(own), "--scenario", str(short), "--seeds", "2", *cache]
    said(command, capfd)
    certificates = read_certificates(certificates_path(own))
    evidence = certificates[0].evidence
    assert evidence is not None
    assert {each.evidence for each in certificates} == {evidence}
    assert evidence.seeds == (1, 2)
    assert evidence.scenario_hash == read_scenario(short).fingerprint
    # The figures are those that `simulate` tells of the same runs.
    simulate = ["simulate", str(short), "--plans", str(own), "--seeds", "2", *cache]
    (variant,) = said(simulate, capfd)["variants"]
    delay = evidence.measures["total_delay_s"]
    assert delay.median == pytest.approx(variant["total_delay_s"]["median"])
    assert delay.low <= delay.median <= delay.high
    assert evidence.measures["unfinished"].median >= 0
    assert {"stops_per_vehicle", "collisions", "emergency_brakings"} <= set(evidence.measures)


def test_an_unsafe_plan_gets_none_and_neither_do_its_neighbours(
    arterial: Path, own: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    net = ["--network", str(arterial / "net.net.xml")]
    plan_set = read_plans(own)
    name, plan = next(iter(plan_set.plans.items()))
    bad = replace(plan, offset=replace(plan.offset, seconds=plan.cycle_s))
    write_plans(own, replace(plan_set, plans=FrozenMap({**plan_set.plans, name: bad})))
    document = said(["certify", str(own), *net], capfd, code=1)
    assert document["error"]["code"] == "unsafe-plan"
    assert document["error"]["findings"] == said(["validate", str(own), *net], capfd, 1)["findings"]
    assert not certificates_path(own).exists()


def test_mistakes_get_one_sentence(
    arterial: Path, short: Path, own: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    net = str(arterial / "net.net.xml")
    assert "one network" in complaint(["certify", str(own)], capfd)
    both = ["--network", net, "--scenario", str(short)]
    assert "one network" in complaint(["certify", str(own), *both], capfd)
    assert "--by" in complaint(["certify", str(own), "--network", net, "--by", " "], capfd)
    assert "demand" in complaint(["certify", str(own), "--scenario", net], capfd)
    one = ["certify", str(own), "--scenario", str(short), "--seeds", "1"]
    assert run(one) == 2
    assert not certificates_path(own).exists()


def certify_as(name: str, plans: Path, arterial: Path) -> None:
    net = str(arterial / "net.net.xml")
    assert run(["certify", str(plans), "--network", net, "--by", name]) == 0


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'store.db'}"


def test_a_second_person_approves_and_the_issuer_cannot(
    arterial: Path, own: Path, database: str, capfd: pytest.CaptureFixture[str]
) -> None:
    certify_as("Zoë", own, arterial)
    command = ["approve", str(own), "--database", database, "--reason", "looked at it", "--by"]
    for name in ("Zoë", " zoe\u0308 ", "ZOË"):
        assert "cannot approve" in complaint([*command, name], capfd)
    assert said([*command, "Ann"], capfd)["by"] == "Ann"
    said([*command, "ann"], capfd)
    certificates = read_certificates(certificates_path(own))
    with Database(database) as opened:
        store = Certificates(opened)
        for each in certificates:
            assert store.of(each.plan_hash, each.junction_hash) == (each,)
            (approval,) = store.approvals(each.plan_hash)
            assert (approval.by, approval.reason) == ("Ann", "looked at it")


def test_a_plan_changed_after_its_certificate_is_not_approved(
    arterial: Path, own: Path, database: str, capfd: pytest.CaptureFixture[str]
) -> None:
    certify_as("Zoë", own, arterial)
    plan_set = read_plans(own)
    name, plan = list(plan_set.plans.items())[-1]
    later = replace(plan.offset, seconds=(plan.offset.seconds + 1) % plan.cycle_s)
    changed = FrozenMap({**plan_set.plans, name: replace(plan, offset=later)})
    write_plans(own, replace(plan_set, plans=changed))
    command = ["approve", str(own), "--database", database, "--by", "Ann", "--reason"]
    assert f"plan of {name} has no certificate" in complaint([*command, "well"], capfd)
    assert "--reason" in complaint([*command, " "], capfd)
    with Database(database) as opened:
        assert not [
            hash_
            for each in read_certificates(certificates_path(own))
            for hash_ in Certificates(opened).approvals(each.plan_hash)
        ]
