"""What an optimisation remembers survives the disk, and damage to it is as good as nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.workflow.optimise.state import (
    KeptAnswer,
    KeptEntrant,
    KeptPoint,
    State,
    StateFolder,
    with_entrants,
    with_refuted,
)

POINTS = st.builds(
    KeptPoint,
    skeleton=st.text("0123456789abcdef", min_size=12, max_size=12),
    lengths=st.lists(st.integers(1, 120), max_size=6).map(tuple),
    offset_s=st.integers(0, 119),
)
ENTRANTS = st.builds(
    KeptEntrant,
    name=st.text(min_size=1, max_size=12),
    label=st.text(max_size=12),
    model_value=st.none() | st.floats(0, 1e4),
    points=st.dictionaries(st.text(min_size=1, max_size=8), POINTS, max_size=3).map(FrozenMap),
)
STATES = st.builds(
    State,
    fingerprint=st.text("0123456789abcdef", min_size=8, max_size=8),
    spent_s=st.floats(0, 1e5),
    evaluations=st.integers(0, 10**6),
    rounds=st.integers(0, 99),
    trust=st.none() | st.floats(-1, 1),
    trust_of=st.integers(0, 99),
    confirm_block=st.integers(0, 9),
    confirm_pairs=st.integers(0, 20),
    is_confirmed=st.booleans(),
    confirmed=st.none()
    | st.builds(
        KeptAnswer,
        name=st.text(min_size=1, max_size=12),
        block=st.integers(0, 9),
        pairs=st.integers(4, 20),
    ),
    refuted=st.lists(st.text(min_size=1, max_size=12), max_size=3).map(tuple),
    refusal=st.text(max_size=12),
    entrants=st.lists(ENTRANTS, max_size=4).map(tuple),
)


@given(state=STATES)
def test_state_read_back_is_the_state_written(
    tmp_path_factory: pytest.TempPathFactory, state: State
) -> None:
    folder = StateFolder(tmp_path_factory.getbasetemp() / "plans.yaml")
    folder.open(state.fingerprint, fresh=True)
    folder.save(state)
    assert folder.open(state.fingerprint, fresh=False) == (state, True)


def test_state_of_something_else_is_not_gone_on_from(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path / "plans.yaml")
    folder.open("a", fresh=False)
    folder.save(State(fingerprint="a", rounds=3))
    assert folder.open("b", fresh=False) == (State(fingerprint="b"), False)
    assert folder.open("a", fresh=False)[0].rounds == 3


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"schema": "other"}', '{"schema": "signalctl/optimise-state/1"}', "\0"]
)
def test_a_damaged_state_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    folder = StateFolder(tmp_path / "plans.yaml")
    folder.open("a", fresh=False)
    (folder.path / "state.json").write_text(text)
    assert folder.open("a", fresh=False) == (State(fingerprint="a"), False)


def test_fresh_empties_the_folder_and_a_normal_start_does_not(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path / "plans.yaml")
    folder.open("a", fresh=False)
    (folder.path / "runs").mkdir()
    (folder.path / "runs" / "record.json").write_text("{}")
    folder.open("a", fresh=False)
    assert (folder.path / "runs" / "record.json").exists()
    folder.open("a", fresh=True)
    assert sorted(folder.path.iterdir()) == []


def test_a_work_folder_that_cannot_be_made_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "plans.yaml.work").write_text("a file in the way")
    with pytest.raises(InputError, match="work folder"):
        StateFolder(tmp_path / "plans.yaml").open("a", fresh=False)


def named(name: str) -> KeptEntrant:
    return KeptEntrant(name=name, label="", model_value=None, points=FrozenMap())


def test_entrants_are_kept_once_the_newest_first() -> None:
    state = with_entrants(State(fingerprint="a"), (named("x"), named("y")), 3)
    state = with_entrants(state, (named("z"), named("x")), 3)
    assert [each.name for each in state.entrants] == ["z", "x", "y"]
    assert [e.name for e in with_entrants(state, (named("w"),), 3).entrants] == ["w", "z", "x"]


def test_a_confirmed_entrant_is_never_dropped() -> None:
    confirmed = KeptAnswer(name="x", block=0, pairs=4)
    state = with_entrants(State(fingerprint="a", confirmed=confirmed), (named("x"),), 2)
    for name in ("y", "z", "w"):
        state = with_entrants(state, (named(name),), 2)
        assert [each.name for each in state.entrants] == [name, "x"]


def test_who_was_refuted_is_remembered_once_and_no_entrant_any_more() -> None:
    state = State(fingerprint="a", entrants=(named("x"), named("y"), named("z")))
    state = with_refuted(with_refuted(state, ("y",), "It jams."), ("y", "x"), "It gains nothing.")
    assert (state.refuted, state.refusal) == (("y", "x"), "It gains nothing.")
    assert [each.name for each in state.entrants] == ["z"]
