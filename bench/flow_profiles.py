"""Speed of the flow profiles: estimates a second on one core, and moves of one offset.

    python -m bench.flow_profiles [--repeats N]

A two-way street without side streets (as many links as twice its signals), cycle 90 s.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from time import process_time

import numpy as np

from signalctl.optimiser.flow_profiles import Feeder, FlowProfiles, ProfileLink

CYCLE_S = 90
SIGNALS = (10, 20, 40)


def street(signals: int, seed: int = 0) -> FlowProfiles:
    """A random two-way street."""
    rng = np.random.default_rng(seed)
    travel_s = rng.uniform(12.0, 50.0, signals)
    links = []
    for way, order in (("out", list(range(signals))), ("back", list(range(signals))[::-1])):
        for number, at in enumerate(order):
            before = order[number - 1] if number else None
            start_s = float(rng.integers(CYCLE_S))
            feeders: tuple[Feeder, ...] = ()
            if before is not None:
                time_s = float(travel_s[min(at, before)])
                feeders = (Feeder(stop_line=f"{way}{before}", flow_vph=500.0, travel_s=time_s),)
            links.append(
                ProfileLink(
                    id=f"{way}{at}",
                    junction_id=f"J{at:02}",
                    flow_vph=600.0,
                    saturation_vph=1800.0,
                    greens=((start_s, start_s + 45.0),),
                    feeders=feeders,
                )
            )
    return FlowProfiles(CYCLE_S, links)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one line for each size."""
    parser = argparse.ArgumentParser(prog="python -m bench.flow_profiles", description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args(arguments)
    print("| signals | links | estimates/s, one core | one offset moved, us |")
    print("| --- | --- | --- | --- |")
    for signals in SIGNALS:
        profiles = street(signals)
        rng = np.random.default_rng(1)
        plans = rng.integers(CYCLE_S, size=(40000 // signals, signals))
        profiles.delays_s(plans[:2])
        spent = []
        for _ in range(options.repeats):
            begun = process_time()
            profiles.delays_s(plans)
            spent.append(process_time() - begun)
        moves = [(f"J{rng.integers(signals):02}", int(rng.integers(CYCLE_S))) for _ in range(2000)]
        begun = process_time()
        for junction, offset_s in moves:
            profiles.estimate({junction: offset_s})
        move_us = 1e6 * (process_time() - begun) / len(moves)
        rate = len(plans) / min(spent)
        print(f"| {signals} | {len(profiles.links)} | {rate:,.0f} | {move_us:.0f} |", flush=True)


if __name__ == "__main__":
    main()
