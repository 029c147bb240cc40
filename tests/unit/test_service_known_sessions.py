"""A token is looked up once for a while, and never again after its session has ended."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

from signalctl.api.known_sessions import KnownSessions
from signalctl.store.users import Role, User

ADA = User(
    name="ada",
    roles=frozenset({Role.VIEWER}),
    active=True,
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    password="",
)


def test_a_token_is_looked_up_once_in_its_life_and_after_every_change() -> None:
    now_s = 0.0
    looked = []
    known = KnownSessions(life_s=10.0, clock=lambda: now_s)

    def look() -> User:
        looked.append(now_s)
        return ADA

    for asked_s in (0.0, 3.0, 4.9, 10.1, 12.0):
        now_s = asked_s
        assert known.user("h", look) is ADA
    assert looked == [0.0, 10.1]
    known.forget()
    assert known.known("h") is None
    known.user("h", look)
    assert len(looked) == 3


def test_tokens_looked_up_together_are_not_looked_up_together_again() -> None:
    now_s = 0.0
    known = KnownSessions(life_s=10.0, clock=lambda: now_s)
    names = [f"h{n}" for n in range(200)]
    for name in names:
        known.user(name, lambda: ADA)
    left = []
    for at_s in range(11):
        now_s = float(at_s)
        left.append(sum(known.known(name) is not None for name in names))
    assert left[5] >= 199
    assert left[10] == 0
    gone = [before - after for before, after in pairwise(left)]
    assert max(gone) < 70


def test_what_was_read_before_a_change_is_not_remembered_after_it() -> None:
    known = KnownSessions()

    def look() -> User:
        known.forget()  # the session is ended while the database is asked
        return ADA

    assert known.user("h", look) is ADA
    assert known.known("h") is None


def test_nobody_is_not_remembered() -> None:
    known = KnownSessions()
    assert known.user("h", lambda: None) is None
    assert known.user("h", lambda: ADA) is ADA, "a session that was opened meanwhile holds"
