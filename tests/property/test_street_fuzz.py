"""A short run of the fuzzer of `bench.street_fuzz`: no crash, no hang, nothing kept."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from bench.fuzz_targets import Case, Crash, Target, open_targets
from bench.street_fuzz import Score, drawn, fuzz, meet

MANY, FEW = 250, 12
DEVICES = ("gbt device", "snmp device")


def test_nothing_but_what_is_promised_leaves_a_decoder_or_an_agent() -> None:
    names = ("gbt datagram", "gbt stream", "gbt bare stream", "gbt agent", "ber", "snmp agent")
    scores = asyncio.run(fuzz(0.0, 20261122, names, most_cases=MANY))
    assert {name: score.failures for name, score in scores.items()} == dict.fromkeys(names, 0)
    assert all(score.cases == MANY for score in scores.values())


def test_nothing_but_what_is_promised_leaves_a_device_with_a_hostile_peer() -> None:
    scores = asyncio.run(fuzz(0.0, 20261122, DEVICES, most_cases=FEW))
    assert {name: score.failures for name, score in scores.items()} == dict.fromkeys(DEVICES, 0)


def test_a_crash_is_found_and_kept(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    monkeypatch.setattr("bench.street_fuzz.OUT", folder)

    async def crash(case: Case) -> None:
        raise Crash(case.data.hex())

    target = Target(name="fragile", draw=lambda random: random.randbytes(4), meet=crash)
    score = Score()
    assert not asyncio.run(meet(target, drawn(target, 0, 1), score))
    (kept,) = folder.iterdir()
    name, _, data = kept.read_text().splitlines()
    assert (name, bytes.fromhex(data)) == ("fragile", drawn(target, 0, 1).data)
    assert score.failures == 1


def test_cases_are_the_same_for_the_same_seed() -> None:
    async def all_cases() -> list[Case]:
        async with AsyncExitStack() as stack:
            return [drawn(t, 3, 5) for t in await open_targets(stack) if "gbt" in t.name]

    assert asyncio.run(all_cases()) == asyncio.run(all_cases())
