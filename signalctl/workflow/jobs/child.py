"""The process of one job: `python -m signalctl.workflow.jobs.child FOLDER`.

The order comes as the first line of standard input, which stays open: when it closes,
the service is gone and so is the job. Progress and the end are lines of JSON on
standard output; whatever libraries write there goes to standard error instead.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any, Final, TextIO

from signalctl.domain.errors import SafetyViolation, SignalctlError
from signalctl.workflow.jobs.order import JobOrder
from signalctl.workflow.jobs.work import do

_TELL_EVERY_S: Final = 0.25
_ORPHAN: Final = 70


class Teller:
    """Writes lines for the service; progress not more often than a few times a second."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._told_s = 0.0

    def progress(self, done: int, total: int, text: str = "") -> None:
        """`done` of `total` pieces are done; `text` names the one that was last."""
        now_s = time.monotonic()
        if done < total and now_s - self._told_s < _TELL_EVERY_S:
            return
        self._told_s = now_s
        self.tell({"progress": {"done": done, "total": total, "text": text}})

    def tell(self, line: dict[str, Any]) -> None:
        """Write one line."""
        self._out.write(json.dumps(line, allow_nan=False) + "\n")
        self._out.flush()


def main(folder: Path) -> int:
    """Do the job; 0 for done, 1 for failed with a reason."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    order = JobOrder.model_validate_json(sys.stdin.readline())
    threading.Thread(target=_leave_with_the_service, daemon=True).start()
    teller = Teller(out)
    try:
        result = do(order, folder, teller.progress)
    except SignalctlError as error:
        teller.tell({"error": error_json(error)})
        return 1
    teller.tell({"result": result})
    return 0


def error_json(error: SignalctlError) -> dict[str, Any]:
    """An error as it is kept with the job."""
    found: dict[str, Any] = {
        "code": error.code,
        "message": error.message,
        "where": error.where,
        "remedy": error.remedy,
    }
    if isinstance(error, SafetyViolation):
        found["rules"] = sorted({each.rule for each in error.findings})
    return found


def _leave_with_the_service() -> None:
    sys.stdin.read()
    # Simulations look after their asker themselves.
    os._exit(_ORPHAN)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
