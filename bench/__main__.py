"""python -m bench: every bench, one after the other; results land in out/bench.

Hours on the whole corpus; what is finished is kept, so that it can be interrupted.
"""

from __future__ import annotations

import sys

from bench import bandwidth
from bench.corpus import CORPUS, OUT
from signalctl.cli import bench as bench_verb
from signalctl.cli.main import run


def main() -> int:
    """The band engine against its MILP, then every peer and the plan on every network."""
    bandwidth.main([])
    common = ["--folder", str(OUT), "--robust"]
    codes = []
    for suite in ("shipped", "corpus"):
        words = [bench_verb.NAME, "--suite", suite, *common, "-o", str(OUT / f"{suite}.json")]
        if suite == "corpus":
            if not CORPUS.is_dir():
                sys.stderr.write(f"No corpus at {CORPUS}: only the shipped networks are run.\n")
                continue
            words += ["--corpus", str(CORPUS)]
        codes.append(run(words))
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
