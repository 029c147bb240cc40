"""python -m bench: every bench, one after the other; results land in out/bench.

Hours on the whole corpus; what is finished is kept, so that it can be interrupted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from bench import bandwidth, law3, page_load, published, service_kills, street_fuzz, street_load
from bench.corpus import CORPUS, OUT
from signalctl.cli import bench as bench_verb
from signalctl.cli.main import run


def main() -> int:
    """The band engine against its MILP, the street, then every peer and the plan everywhere."""
    argparse.ArgumentParser(prog="python -m bench", description=__doc__).parse_args()
    bandwidth.main([])
    codes = list(street())
    shipped = ["--suite", "shipped", "--folder", str(OUT), "--robust"]
    codes.append(run([bench_verb.NAME, *shipped, "-o", str(OUT / "shipped.json")]))
    if CORPUS.is_dir():
        codes.append(published.main(["--robust"]))
    else:
        sys.stderr.write(f"No corpus at {CORPUS}: only the shipped networks are run.\n")
    return max(codes)


def street() -> Iterator[int]:
    """Law 3, the fuzzer, the load on field devices and on the service: about half an hour."""
    yield law3.main([])
    yield street_fuzz.main([])
    yield street_load.main([])
    yield street_load.main(["--push", "200", "--protocol", "both", "--speed", "10"])
    yield page_load.main([])
    for database in page_load.DATABASES:
        yield service_kills.main(["--database", database])


if __name__ == "__main__":
    sys.exit(main())
