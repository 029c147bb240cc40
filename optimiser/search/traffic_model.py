"""What the search asks of a traffic model: a plan in, measures out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from signalctl.domain.traffic import Traffic
from signalctl.optimiser.queue_model.evaluation import Evaluation
from signalctl.optimiser.signal_table import SignalTable


class TrafficModel(Protocol):
    """Runs plans on one period's traffic; the same plan always gives the same numbers."""

    @property
    def traffic(self) -> Traffic:
        """The traffic it runs: its links and edges give the order of the measures."""

    def run_many(
        self,
        plans: Sequence[Mapping[str, SignalTable]],
        *,
        threads: int | None = None,
        stop_above_s: float | None = None,
    ) -> list[Evaluation]:
        """One evaluation for each plan, whatever the number of threads.

        A plan whose mean total delay is certain to pass `stop_above_s` may be given
        up early (`Evaluation.stopped_early`).
        """
