"""Law 1 over given networks: `python -m bench.law1 NET.net.xml[.gz] ...`."""

from __future__ import annotations

import sys
from pathlib import Path

from signalctl.networks.round_trip import Case, check_all


def main(paths: list[str]) -> int:
    """Print one line a network; 1 when any state differs."""
    failed = 0
    for trip in check_all([Case(net=Path(path)) for path in paths]):
        failed += bool(trip.differences)
        print(
            f"{trip.net}: {trip.lights} lights, {trip.programs} programs, {trip.seconds} states "
            f"compared, {len(trip.differences)} differ, {len(trip.unread)} programs unread"
        )
        for line in (*trip.differences, *trip.unread):
            print(f"  {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
