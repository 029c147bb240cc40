"""What binds a green wave and what would help, in sentences for an engineer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from signalctl.optimiser.arterial import ArterialProblem, Direction, DirectionBand, windows_of

_EPSILON_S = 0.05


def explain(
    problem: ArterialProblem,
    bands: Mapping[Direction, DirectionBand],
    continuous_bound_s: float,
    value_s: float,
    cycles: Sequence[int],
) -> tuple[str, ...]:
    """Sentences: per direction what stops its band, then what whole seconds and range cost."""
    said = [sentence for d in problem.directions for sentence in _direction(problem, d, bands[d])]
    lost = continuous_bound_s - value_s
    if lost > 0.5:
        said.append(f"Offsets in fractions of a second could add at most {lost:.1f} s.")
    if len(cycles) > 1 and problem.cycle_s in (cycles[0], cycles[-1]):
        end = "shortest" if problem.cycle_s == cycles[0] else "longest"
        said.append(
            f"The best cycle, {problem.cycle_s} s, is the {end} allowed: "
            "a wider range might do better still."
        )
    return tuple(said)


def widest_green_s(problem: ArterialProblem, i: int, direction: Direction) -> float:
    """The longest green any allowed candidate of signal i gives a direction, s."""
    lengths = [0.0]
    for candidate in problem.signals[i].choices:
        windows = windows_of(candidate, direction)
        if windows is None:
            return float(problem.cycle_s)
        lengths.extend(end - start for start, end in windows)
    return max(lengths)


def _direction(problem: ArterialProblem, direction: Direction, band: DirectionBand) -> list[str]:
    greens = [widest_green_s(problem, i, direction) for i in range(len(problem.signals))]
    narrowest = min(greens)
    name = direction.capitalize()
    tight = [s.id for s, g in zip(problem.signals, greens, strict=True) if g <= narrowest + 1e-9]
    if band.width_s >= narrowest - _EPSILON_S:
        if narrowest >= problem.cycle_s:
            return [f"{name}: nothing stops this direction."]
        return [
            f"Bottleneck green of {narrowest:g} s at {', '.join(tight)}: nothing in offsets "
            f"can widen the {direction} band; only more green there can."
        ]
    if band.width_s <= 0:
        return [
            f"{name}: no band passes all signals. Give the direction more weight, allow "
            "another stage sequence or speed range, or split the corridor."
        ]
    return [
        f"{name} band of {band.width_s:.1f} s is held by {', '.join(band.binding)}: more green "
        f"or another stage sequence there widens it (bottleneck: {narrowest:g} s at "
        f"{', '.join(tight)})."
    ]
