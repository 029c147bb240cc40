"""What lamps showed in SUMO, second by second: the witness for programs we write."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final
from xml.sax.saxutils import quoteattr

from signalctl.domain.errors import InputError
from signalctl.networks.sumo_xml import elements, number, text
from signalctl.sim.run import RunningRun, prepared
from signalctl.sim.scenario import Scenario
from signalctl.sim.variants import Variant

MAX_BYTES: Final = 4_000_000_000


def shown_states(
    scenario: Scenario, variant: Variant, light_ids: Sequence[str], until_s: float, *, seed: int = 1
) -> dict[str, list[str]]:
    """Light id -> its state string in each whole second from begin_s, up to until_s.

    Entry 0 is second begin_s (which must be whole). Recorded by SUMO itself
    (SaveTLSStates), so programs that react to traffic show what they did under
    the scenario's demand. Raises InputError for a light that is not there and
    what a run raises.
    """
    with (
        tempfile.TemporaryDirectory(prefix="signalctl-") as folder,
        prepared(scenario, approaches=False) as ready,
    ):
        events, output = Path(folder) / "states.add.xml", Path(folder) / "states.xml"
        lines = [
            f'<timedEvent type="SaveTLSStates" source={quoteattr(light)} '
            f"dest={quoteattr(str(output))}/>"
            for light in light_ids
        ]
        events.write_text("<additional>" + "".join(lines) + "</additional>", encoding="utf-8")
        recorded = replace(variant, additionals=(*variant.additionals, events))
        with RunningRun(ready, recorded, seed, stop_s=until_s) as running:
            while not running.is_over:
                time.sleep(0.01)
            running.record()
        return _states(output, light_ids, scenario.begin_s, until_s)


def _states(
    path: Path, light_ids: Sequence[str], begin_s: float, until_s: float
) -> dict[str, list[str]]:
    states: dict[str, list[str]] = {light: [] for light in light_ids}
    for element in elements(path, ("tlsState",), max_bytes=MAX_BYTES):
        if element.tag != "tlsState":
            continue
        light, at_s = text(path, element, "id"), number(path, element, "time")
        # SUMO writes every step; only the whole seconds are asked for.
        if light in states and begin_s + len(states[light]) == at_s < until_s:
            states[light].append(text(path, element, "state"))
    for light, shown in states.items():
        if not shown:
            raise InputError(f"SUMO recorded no state of light {light!r}.")
    return states
