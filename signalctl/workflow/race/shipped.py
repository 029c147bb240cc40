"""Runs of the shipped plan, made while the model is searched.

Every race and the confirmation compare with the shipped plan, whatever the search
finds; a network that jams under it takes minutes a run. So these runs begin at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from signalctl.domain.errors import SignalctlError
from signalctl.workflow.race.race import Entrant, Track


class ShippedRuns:
    """One run after the other in a thread; a context that ends them all when left.

    Until `finish` has returned others may run plans on the track, but not the shipped one.
    """

    def __init__(self, track: Track, base: Entrant, seeds: Sequence[int]) -> None:
        self._track = track
        self._base = base
        self._seeds = seeds
        self._no_more = threading.Event()
        self._end_now = threading.Event()
        self._error: SignalctlError | None = None
        self.until_s: float | None = None
        """No run begins that would not end by then (time.monotonic)."""
        self._thread = threading.Thread(target=self._run, name="shipped runs", daemon=True)

    def __enter__(self) -> ShippedRuns:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._no_more.set()
        self._end_now.set()
        self._thread.join()

    def begin_no_more(self) -> None:
        """Let the run under way be the last."""
        self._no_more.set()

    def finish(self) -> None:
        """Begin no more runs and wait for the one under way. Raises what a run raised."""
        self._no_more.set()
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        for seed in self._seeds:
            if self._no_more.is_set() or not self._fits():
                return
            try:
                self._track.run([self._base], [seed], is_cancelled=self._end_now.is_set)
            except SignalctlError as error:
                self._error = error
                return

    def _fits(self) -> bool:
        return self.until_s is None or time.monotonic() + self._track.run_s < self.until_s
