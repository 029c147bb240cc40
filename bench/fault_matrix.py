"""Every fault at every step of a push, both protocols: what runs afterwards, and what is noted.

    python -m bench.fault_matrix [--write docs/fault-matrix.md] [--seed N]

A push goes to a corridor of two devices, one of each protocol; one of them suffers. The
fault begins with one deed of the push on the suffering device and lasts until the push
has ended; then it is mended and `resume` is called, as an operator would. Asked is: does
every junction run a valid plan, the old one or the new one whole, all of the corridor the
same; and does the journal say what the devices do?
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Final

from bench.leaping_loop import run_leaping
from bench.push_street import (
    OLD_SLOT,
    OTHER_SLOT,
    SLOTS,
    Kind,
    Place,
    Street,
    device_of,
    old_plan,
    other_plan,
    plan,
    scheduled_plan,
    street_of,
)
from signalctl.controllers.device.device import Device
from signalctl.controllers.device.emulator.faults import Faults
from signalctl.domain.fingerprint import fingerprint
from signalctl.domain.plan import TimingPlan
from signalctl.domain.push import Push, PushState, Step
from signalctl.files.atomic import write_atomic
from signalctl.store.audit import Audit
from signalctl.store.database import Database
from signalctl.store.journal import Journal
from signalctl.store.leases import Leases
from signalctl.workflow.push import Deed, Moved, Order, Records, Terms, push, resume
from signalctl.workflow.push.second_half import RUNS
from signalctl.workflow.push.undo import UNTOUCHED

VICTIM, OTHER = "A", "B"
TERMS: Final = Terms(watch_s=60, look_s=20, undo_s=40, longest_wait_s=8)
LATER: Final = replace(TERMS, undo_s=300)
"""Of the operator, who resumes when the fault is mended."""
DEEDS: Final = (
    Deed.SNAPSHOT,
    Deed.WRITE,
    Deed.READ_BACK,
    Deed.ACTIVATE,
    Deed.WATCH,
    Deed.UNDO,
)
STARTS_S: Final = 60
"""In which a controller comes back from a loss of power, and runs a plan."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault: how it is made and mended."""

    begin: Callable[[Place], None]
    mend: Callable[[Place], None]


def _line(faults: Faults) -> Trouble:
    def switch(place: Place, to: Faults) -> None:
        place.line_in.switch(to)
        place.line_out.switch(to)

    return Trouble(lambda place: switch(place, faults), lambda place: switch(place, Faults()))


def _memory(name: str, value: object, sound: object) -> Trouble:
    return Trouble(
        lambda place: setattr(place.controller.memory, name, value),
        lambda place: setattr(place.controller.memory, name, sound),
    )


def _drift(place: Place) -> None:
    place.controller.set_clock(place.controller.clock_s + 13)


def _nothing(_: Place) -> None:
    """What a fault that passes by itself is mended by."""


TROUBLES: Final[Mapping[str, Trouble]] = {
    "drop": _line(Faults(drop=0.5)),
    "silence": _line(Faults(drop=1.0)),
    "delay": _line(Faults(delay_s=0.4)),
    "duplicate": _line(Faults(duplicate=1.0)),
    "reorder": _line(Faults(reorder=0.5, delay_s=0.03)),
    "truncate": _line(Faults(truncate=0.4)),
    "bitflip": _line(Faults(bitflip=0.4)),
    "reboot-in-write": _memory("crash_after", 1, None),
    "wrong-readback": _memory("wrong_readback", True, False),
    "full-memory": _memory("full", True, False),
    "drift": Trouble(_drift, _nothing),
    "power off": Trouble(lambda p: p.controller.power_off(), lambda p: p.controller.power_on()),
    "power dip": Trouble(lambda p: p.controller.restart(), _nothing),
    "refuses": Trouble(lambda p: p.refuse(True), lambda p: p.refuse(False)),
    "preempted": Trouble(
        lambda p: p.controller.preempt(True), lambda p: p.controller.preempt(False)
    ),
    "other slot commanded": Trouble(lambda p: p.command(OTHER_SLOT), _nothing),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One fault at one step of one protocol."""

    trouble: str
    deed: Deed
    kind: Kind
    state: PushState
    """How the push itself ended."""
    ended: PushState
    """How it stood after the fault was mended and the push resumed."""
    runs: tuple[str, str]
    """What the suffering device and the other one run then: old, new, other, or nothing."""
    wrong: tuple[str, ...]
    """Sentences: no valid plan, a corridor that is split, a journal that disagrees."""


async def row(
    trouble: str, kind: Kind, database: Database, seed: int, deeds: Sequence[Deed] = DEEDS
) -> tuple[Cell, ...]:
    """One fault at one step after the other, on one street, which is mended in between."""
    name = f"{trouble}-{kind}".replace(" ", "-")
    kinds = {
        f"{VICTIM}-{name}": kind,
        f"{OTHER}-{name}": Kind.GBT if kind is Kind.NTCIP else Kind.NTCIP,
    }
    records = Records(journal=Journal(database), leases=Leases(database))
    found = []
    async with street_of(kinds, second_s=1.0, seed=seed) as street:
        for number, deed in enumerate(deeds):
            found.append(await _cell(street, trouble, deed, number, records))
            for place in street.places.values():
                place.command(OLD_SLOT)
            await asyncio.sleep(STARTS_S)
    return tuple(found)


async def _cell(street: Street, trouble: str, deed: Deed, number: int, records: Records) -> Cell:
    victim, other = street.places.values()
    fails_here = deed is Deed.UNDO
    begun = False

    def report(moved: Moved) -> None:
        nonlocal begun
        if fails_here and moved.deed is Deed.WATCH and moved.device_id == other.device_id:
            # Something must go wrong elsewhere for the push to be undone at all.
            other.controller.preempt(True)
        if not begun and moved.deed is deed and moved.device_id == victim.device_id:
            begun = True
            TROUBLES[trouble].begin(victim)
            if fails_here:
                other.controller.preempt(False)
            # On a leaping clock nothing takes long: let it be seen before the next deed.
            street.step()
            street.step()

    devices = _devices(street)
    new = {i: plan(i, p.kind, "new", 22 + number, 7) for i, p in street.places.items()}
    try:
        pushed = await push(
            [_order(i, new[i]) for i in devices],
            devices,
            records,
            actor="bench",
            reason=f"{trouble} at {deed}",
            terms=TERMS,
            report=report,
        )
        TROUBLES[trouble].mend(victim)
        await asyncio.sleep(STARTS_S)
        resumed = await resume(devices, records, terms=LATER) if _waits(pushed) else ()
        await asyncio.sleep(STARTS_S)
    finally:
        for device in devices.values():
            await device.close()
    ended = resumed[-1] if resumed else pushed
    return Cell(
        trouble=trouble,
        deed=deed,
        kind=victim.kind,
        state=pushed.state,
        ended=ended.state,
        runs=(_runs(victim, new[victim.device_id]), _runs(other, new[other.device_id])),
        wrong=(*_wrong(street, ended, new), *(() if begun else ("The fault never began.",))),
    )


def _waits(pushed: Push) -> bool:
    return pushed.state in (PushState.OPEN, PushState.IN_DOUBT)


def _devices(street: Street) -> dict[str, Device]:
    return {
        i: device_of(i, place.kind, place.port, timeout_s=1.0, attempts=3)
        for i, place in street.places.items()
    }


def _order(device_id: str, new: TimingPlan) -> Order:
    return Order(
        device_id=device_id,
        plan=new,
        plan_hash=fingerprint(new),
        certificate_hash="sha256:bench",
        slots=SLOTS,
    )


def _runs(place: Place, new: TimingPlan) -> str:
    """Which plan a controller really runs, by what its memory holds: never by what it answers."""
    state = place.controller.state
    if state.slot is None or state.mode not in RUNS:
        return f"{state.mode}"
    held = place.controller.memory.held(state.slot)
    device = device_of(place.device_id, place.kind, place.port, timeout_s=1, attempts=1)
    there = (place.device_id, place.kind)
    known = {
        "old": old_plan(*there),
        "new": new,
        "other": other_plan(*there),
        "scheduled": scheduled_plan(*there),
    }
    for word, wanted in known.items():
        if held == device.as_held(state.slot, wanted):
            return word
    return f"slot {state.slot}, unknown"


def _wrong(street: Street, ended: Push, new: Mapping[str, TimingPlan]) -> tuple[str, ...]:
    said = []
    runs = {i: _runs(place, new[i]) for i, place in street.places.items()}
    for device_id, word in runs.items():
        if word not in ("old", "new", "other", "scheduled"):
            said.append(f"{device_id} runs no valid plan: {word}.")
    if {"old", "new"} <= set(runs.values()):
        said.append("The corridor is split between old and new.")
    if ended.state not in (PushState.DONE, PushState.UNDONE):
        said.append(f"The push is {ended.state} after it was resumed.")
        return tuple(said)
    for item in ended.devices:
        if item.step is Step.RUNNING:
            fine = runs[item.device_id] == "new"
        elif item.message == UNTOUCHED:
            # What happens to a device that the push never came to is not its matter.
            fine = runs[item.device_id] in ("old", "scheduled", "other")
        else:
            left = "Somebody else commands" in item.message
            fine = runs[item.device_id] == ("other" if left else "old")
        if not fine or (item.step is Step.RUNNING) != (ended.state is PushState.DONE):
            said.append(
                f"The journal says {item.step} ({item.message}), {item.device_id} runs "
                f"{runs[item.device_id]}."
            )
    return tuple(said)


def matrix(database: Database, *, seed: int = 1, fault: str | None = None) -> tuple[Cell, ...]:
    """All cells, or those of one fault. Minutes of patience take no time on a leaping clock."""
    found: list[Cell] = []
    for number, (trouble, kind) in enumerate(product(TROUBLES, Kind)):
        if fault in (None, trouble):
            found += run_leaping(row(trouble, kind, database, seed + 1000 * number))
    return tuple(found)


def table(cells: tuple[Cell, ...]) -> str:
    """The matrix as Markdown: fault by step, NTCIP 1202 / GB/T 20999."""
    lines = [
        f"| fault | {' | '.join(DEEDS)} |",
        f"| --- |{' --- |' * len(DEEDS)}",
    ]
    for trouble in dict.fromkeys(c.trouble for c in cells):
        words = []
        for deed in DEEDS:
            pair = [c for c in cells if c.trouble == trouble and c.deed is deed]
            words.append(
                " / ".join(_word(c) for c in sorted(pair, key=lambda c: list(Kind).index(c.kind)))
            )
        lines.append(f"| {trouble} | {' | '.join(words)} |")
    return "\n".join(lines)


def _word(found: Cell) -> str:
    word = f"{found.ended}"
    if found.state is not found.ended:
        word = f"{found.state}, then {found.ended}"
    if "other" in found.runs:
        word += " (other)"
    return f"**{word}: WRONG**" if found.wrong else word


def summary(cells: tuple[Cell, ...]) -> str:
    """The figures that count."""
    invalid = sum("no valid plan" in s for c in cells for s in c.wrong)
    split = sum("split" in s for c in cells for s in c.wrong)
    disagree = sum(
        "journal says" in s or "after it was resumed" in s for c in cells for s in c.wrong
    )
    return (
        f"{len(cells)} cells: {invalid} junctions without a valid running plan, {split} corridors "
        f"split, {disagree} journals that disagree with a device after recovery."
    )


HEAD: Final = """# Faults at every step of a push

Made by `python -m bench.fault_matrix --write docs/fault-matrix.md`; a test runs all of it too.

A corridor of two emulated controllers, one of each protocol, on real sockets. Both run an old
plan by command of the centre; a push sends new ones. One device suffers: the fault begins with the
deed named in the column and lasts until the push has ended by itself. Then it is mended, and a
push in doubt is resumed. Each cell says how the push ended when NTCIP 1202 suffered, then when
GB/T 20999-2017 did. *done*: both run the new plan; *undone*: both run the old one;
*in-doubt, then undone*: the device could not be reached until it was mended. *(other)*: somebody
else commanded another slot, and it was left to them. In the column *undo* the other device was
preempted while the push watched, so that all had to be undone.
"""


def document(cells: tuple[Cell, ...]) -> str:
    """The page of the docs."""
    return f"{HEAD}\n{summary(cells)}\n\n{table(cells)}\n"


def main() -> None:
    """Run the matrix, print it, and write the page where asked."""
    parser = argparse.ArgumentParser(description=__doc__, prog="bench.fault_matrix")
    parser.add_argument("--write", type=Path, help="page to write")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fault", choices=TROUBLES, help="this one only")
    options = parser.parse_args()
    begun = datetime.now(UTC)
    # A journal on a disk spends its time there; it has a bench of its own.
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        database = Database(f"sqlite:///{folder}/matrix.db")
        cells = matrix(database, seed=options.seed, fault=options.fault)
        broken = Audit(database).verify()
        database.close()
    print(table(cells))
    for each in cells:
        for sentence in each.wrong:
            print(f"{each.trouble} at {each.deed}, {each.kind}: {sentence}")
    print(summary(cells))
    print(f"Audit chain: {'sound' if broken is None else broken.message}.")
    print(f"{(datetime.now(UTC) - begun).total_seconds():.0f} s.")
    if options.write is not None:
        write_atomic(options.write, document(cells))


if __name__ == "__main__":
    main()
