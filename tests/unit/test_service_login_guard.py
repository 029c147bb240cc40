"""Locks that grow, and a memory of tries that does not."""

from __future__ import annotations

from dataclasses import dataclass

from signalctl.api.login_guard import MOST_LOCK_S, LoginGuard


@dataclass
class Clock:
    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


def _wrong(guard: LoginGuard, times: int, name: str = "emil", address: str = "a") -> None:
    for _ in range(times):
        guard.wrong(name, address)


def test_each_lock_is_twice_as_long_as_the_one_before() -> None:
    clock = Clock()
    guard = LoginGuard(3, 60.0, clock)
    for expected_s in (60.0, 120.0, 240.0):
        _wrong(guard, 2)
        assert guard.locked_s("emil", "a") == 0.0
        _wrong(guard, 1)
        assert guard.locked_s("emil", "a") == expected_s
        clock.now_s += expected_s
        assert guard.locked_s("emil", "a") == 0.0
    _wrong(guard, 3 * 40)
    assert guard.locked_s("emil", "a") == MOST_LOCK_S


def test_a_lock_is_for_one_name_at_one_address() -> None:
    guard = LoginGuard(3, 60.0, Clock())
    _wrong(guard, 3)
    assert guard.locked_s("emil", "b") == 0.0
    assert guard.locked_s("elsa", "a") == 0.0


def test_a_right_password_forgets_the_wrong_ones() -> None:
    guard = LoginGuard(3, 60.0, Clock())
    _wrong(guard, 2)
    guard.right("emil", "a")
    _wrong(guard, 2)
    assert guard.locked_s("emil", "a") == 0.0


def test_names_without_end_do_not_fill_the_memory() -> None:
    guard = LoginGuard(1, 60.0, Clock())
    guard.wrong("first", "a")
    for number in range(10_000):
        guard.wrong(f"name {number}", "a")
    assert guard.locked_s("first", "a") == 0.0
    assert guard.locked_s("name 9999", "a") == 60.0
