"""What an optimisation remembers on disk, so that the same command goes on where it was.

Everything lies in a folder beside the output: `state.json`, written whole or not at
all, and the records of finished runs. State of another scenario or of other options
is set aside, never mixed in.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.files.atomic import write_atomic

STATE_SCHEMA: Final = "signalctl/optimise-state/1"
STATE_FILE: Final = "state.json"
FOLDER_SUFFIX: Final = ".work"
MAX_BYTES: Final = 64_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPoint:
    """One junction's place in the search space: which skeleton, by hash, and its seconds."""

    skeleton: str
    lengths: tuple[int, ...]
    offset_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEntrant:
    """A plan of the race: its point at each junction that has one."""

    name: str
    label: str
    model_value: float | None
    points: FrozenMap[str, KeptPoint]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """An entrant that was confirmed: with which block of fresh seeds, on how many pairs."""

    name: str
    block: int
    pairs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What has been done. `fingerprint` is of scenario and options, the budget apart.

    `spent_s` is the time used by all commands so far, `entrants` who raced or may,
    the best first. `trust` is the last rank correlation of model and SUMO over
    `trust_of` plans. `confirm_block` numbers the fresh seeds of the last word: a new
    block once a confirmation was followed by more search; `confirm_pairs` is how
    many pairs it could afford. `confirmed` is the newest plan that a last word found
    better, kept while a later one is looked for; `refuted` are plans that a last word
    turned down: they are never candidates again; `refusal` says of the last last word
    why it did so with the first of them.
    """

    fingerprint: str
    spent_s: float = 0.0
    evaluations: int = 0
    rounds: int = 0
    trust: float | None = None
    trust_of: int = 0
    confirm_block: int = 0
    confirm_pairs: int = 0
    is_confirmed: bool = False
    confirmed: KeptAnswer | None = None
    refuted: tuple[str, ...] = ()
    refusal: str = ""
    entrants: tuple[KeptEntrant, ...] = ()


class StateFolder:
    """The folder beside the output that holds state and runs."""

    def __init__(self, output: Path) -> None:
        self.path = output.with_name(output.name + FOLDER_SUFFIX)

    def open(self, fingerprint: str, *, fresh: bool) -> tuple[State, bool]:
        """The state to go on from, and whether it is an old one.

        With `fresh` the folder is emptied first. The state of something else is as
        good as none and will be written over; records of runs stay, for they are
        found by what decided them. Raises InputError when the folder cannot be used.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if fresh:
                for child in self.path.iterdir():
                    shutil.rmtree(child) if child.is_dir() else child.unlink()
        except OSError as error:
            raise InputError(
                f"The work folder cannot be used: {error.strerror or error}.", where=str(self.path)
            ) from error
        found = self._read()
        if found is not None and found.fingerprint == fingerprint:
            return found, True
        return State(fingerprint=fingerprint), False

    def save(self, state: State) -> None:
        """Write the state, whole or not at all."""
        write_atomic(
            self.path / STATE_FILE, json.dumps({"schema": STATE_SCHEMA, **_plain(state)}, indent=1)
        )

    def _read(self) -> State | None:
        """The state on disk; None where there is none or it cannot be understood."""
        path = self.path / STATE_FILE
        try:
            if path.stat().st_size > MAX_BYTES:
                return None
            return state_from_json(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None


def state_from_json(value: Mapping[str, Any]) -> State:
    """A state from its JSON values. Raises KeyError, TypeError or ValueError for others."""
    if value["schema"] != STATE_SCHEMA:
        raise ValueError(f"This is no state of schema {STATE_SCHEMA}.")
    later = ("confirmed", "refuted", "refusal")
    fields = {name: value[name] for name in State.__slots__ if name not in later}
    fields["refusal"] = str(value.get("refusal", ""))
    fields["refuted"] = tuple(str(name) for name in value.get("refuted", ()))
    kept = value.get("confirmed")
    if kept is not None:
        fields["confirmed"] = KeptAnswer(
            name=str(kept["name"]), block=int(kept["block"]), pairs=int(kept["pairs"])
        )
    fields["entrants"] = tuple(
        KeptEntrant(
            name=str(each["name"]),
            label=str(each["label"]),
            model_value=None if each["model_value"] is None else float(each["model_value"]),
            points=FrozenMap(
                {
                    str(junction): KeptPoint(
                        skeleton=str(point["skeleton"]),
                        lengths=tuple(int(s) for s in point["lengths"]),
                        offset_s=int(point["offset_s"]),
                    )
                    for junction, point in each["points"].items()
                }
            ),
        )
        for each in value["entrants"]
    )
    for name in ("evaluations", "rounds", "trust_of", "confirm_block", "confirm_pairs"):
        fields[name] = int(fields[name])
    fields["spent_s"] = float(fields["spent_s"])
    return State(**fields)


def with_entrants(state: State, entrants: tuple[KeptEntrant, ...], at_most: int) -> State:
    """The state with these entrants before the ones it has, each once, the oldest dropped.

    The confirmed one is never dropped: it is what there is to fall back on.
    """
    merged = {each.name: each for each in (*entrants, *state.entrants)}
    confirmed = None if state.confirmed is None else merged.get(state.confirmed.name)
    kept = list(merged.values())[:at_most]
    if confirmed is not None and confirmed not in kept:
        kept[-1] = confirmed
    return replace(state, entrants=tuple(kept))


def with_refuted(state: State, names: tuple[str, ...], why: str) -> State:
    """The state without entrants of these names, which are remembered as refuted."""
    known = dict.fromkeys((*state.refuted, *names))
    return replace(
        state,
        refuted=tuple(known),
        refusal=why,
        entrants=tuple(each for each in state.entrants if each.name not in known),
    )


def _plain(state: State) -> dict[str, Any]:
    plain = {name: getattr(state, name) for name in State.__slots__}
    plain["confirmed"] = None if state.confirmed is None else asdict(state.confirmed)
    plain["entrants"] = [
        {
            "name": each.name,
            "label": each.label,
            "model_value": each.model_value,
            "points": {junction: asdict(point) for junction, point in each.points.items()},
        }
        for each in state.entrants
    ]
    return plain
