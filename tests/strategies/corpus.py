"""Where the corpus of real networks lies: beside the checkout, or where the variable says."""

from __future__ import annotations

import os
from pathlib import Path

CORPUS = Path(
    os.environ.get("SIGNALCTL_CORPUS", Path(__file__).resolve().parents[3] / "shared" / "corpus")
)
ABSENT = f"no corpus of real networks at {CORPUS} (set SIGNALCTL_CORPUS)"
