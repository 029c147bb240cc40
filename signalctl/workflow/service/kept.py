"""Answers that are kept ready: pure values by everything they depend on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """The answers asked for last, at most so many. May be used from several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._answers: OrderedDict[tuple[str, ...], Future[T]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[str, ...], make: Callable[[], T]) -> T:
        """The answer of a key, made when it is not there.

        Whoever asks for what is being made waits for it: two hundred pages that open at
        once cost one answer. What `make` raises is raised to all of them and not kept.
        """
        with self._lock:
            answer = self._answers.get(key)
            is_mine = answer is None
            if answer is None:
                answer = self._answers[key] = Future()
            self._answers.move_to_end(key)
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)
        if is_mine:
            try:
                answer.set_result(make())
            except BaseException as error:
                answer.set_exception(error)
                with self._lock:
                    if self._answers.get(key) is answer:
                        del self._answers[key]
                raise
        return answer.result()
