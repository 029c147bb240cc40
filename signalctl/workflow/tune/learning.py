"""What tests already made say of moves not yet made: the model's promise, corrected.

A move that took a second from some part and did harm says that taking from it harms
and that giving to it may help. Gains are taken as b promise + sum of weights of what a
move gives and takes, with normal priors (Bayesian linear regression, e.g. Bishop 2006,
ch. 3.3): b about a half, because the model exaggerates near saturation, and weights
about zero. It only orders; SUMO decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from signalctl.workflow.tune.one_second import Change

TRUST: Final = 0.5
"""Prior mean, and standard deviation, of how much of a promise comes true."""
LEAST_SPREAD: Final = 0.05
"""Smallest prior standard deviation of a weight, in the objective's unit."""

Key: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A test: what was moved, what was promised, what came out and how surely (its SE)."""

    change: Change
    promise: float
    mean: float
    error: float


def expected(
    candidates: Sequence[tuple[Change, float]], observed: Sequence[Observed]
) -> list[float]:
    """Expected change of the objective of each (move, promise), after the tests so far."""
    if not observed:
        return [promise for _, promise in candidates]
    tests = [_features(each.change) for each in observed]
    keys = {key: i + 1 for i, key in enumerate(sorted({k for row in tests for k in row}))}
    x = np.array([_row(each.promise, row, keys) for each, row in zip(observed, tests, strict=True)])
    mean = np.array([each.mean for each in observed])
    precision = np.array([1.0 / max(each.error, 1e-3) ** 2 for each in observed])
    spread = max(float(np.median(np.abs(mean))), LEAST_SPREAD)
    prior = np.full(x.shape[1], spread**-2)
    prior[0] = TRUST**-2
    start = np.zeros(x.shape[1])
    start[0] = TRUST
    left = (x.T * precision) @ x + np.diag(prior)
    weights = np.linalg.solve(left, (x.T * precision) @ mean + prior * start)
    rows = np.array([_row(promise, _features(c), keys) for c, promise in candidates])
    return [float(value) for value in rows @ weights] if candidates else []


def _features(change: Change) -> Mapping[Key, float]:
    """What a move does: its direction at each part, and apart from it each give and take."""
    found: dict[Key, float] = {}
    junction_id = change.junction_id
    for name, by_s in [*change.parts.items(), ("", change.offset_s)]:
        if by_s:
            sign = 1.0 if by_s > 0 else -1.0
            found[junction_id, name, "slope"] = sign
            found[junction_id, name, "given" if by_s > 0 else "taken"] = 0.5
    return found


def _row(promise: float, features: Mapping[Key, float], keys: Mapping[Key, int]) -> list[float]:
    row = [0.0] * (len(keys) + 1)
    row[0] = promise
    for key, value in features.items():
        if key in keys:
            row[keys[key]] = value
    return row
