"""The exact sweep: does a pair of bands fit an arterial, and where?

All that couples the signals of an arterial is when the front of the outbound
band (x) and of the inbound band (y) pass a signal. A signal with outbound green
[s, s + g) and inbound green [s', s' + g') lets bands of widths b and b' pass
under the offset o if and only if

    x - o in [s, s + g - b]   and   y - o in [s', s' + g' - b'],

so, o eliminated, (x, y) lies in a set F(b, b') known for each signal alone; the
drive to the next signal shifts x and y, or widens the set where speed is free.
The bands fit if and only if the sets of all signals, carried along, still have
a common point. Source: Little 1966 and Morgan & Little 1964 for the geometry;
the sweep over the phase between the bands is derived here.

Sets are circular bit strings in whole numbers of Python: bit Y of row r says
that x = r (mod `period`) and y = Y when all is moved back by x - r ticks, which
is lawful when every offset may move by `period` together. With `step` = 1 tick
offsets are as good as continuous (the relaxation that bounds); with `step` = one
second they are what a controller can be told. Integer data make the relaxation's
best weighted sum a whole number of ticks: its constraints are differences.
"""

from __future__ import annotations

from dataclasses import dataclass

from signalctl.optimiser.tick_arterial import Pair, TickArterial, TickLink


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Ticks at which the fronts of both bands pass each signal; not wrapped."""

    outbound: tuple[int, ...]
    inbound: tuple[int, ...]


class Sweep:
    """Feasibility of band pairs on one arterial, for offsets in multiples of `step` ticks.

    With two or more fixed offsets and a step above 1 the sets keep absolute
    time; one fixed offset, or any number in the relaxation, binds nothing.
    """

    def __init__(self, arterial: TickArterial, step: int) -> None:
        self.arterial = arterial
        self.size = arterial.size
        self.step = step
        self.full = (1 << self.size) - 1
        anchored = step > 1 and len(arterial.fixed) > 1
        self.fixed = arterial.fixed if anchored else {}
        self.period = self.size if anchored else step
        self.tests = 0
        # Where a rigid arterial's fronts are, counted from the first signal.
        x, y = [0], [0]
        for link in arterial.links:
            x.append(x[-1] + link.outbound)
            y.append(y[-1] - link.inbound)
        self._x, self._y = x, y
        # By how much the phase y - x falls on each link at least, and how much more it may.
        self._falls = [
            (
                (link.outbound + link.inbound) % self.size,
                link.outbound_spread + link.inbound_spread,
            )
            for link in arterial.links
        ]
        # Rigid arterials may be intersected in any order: the tightest signals first.
        self._order = sorted(
            range(len(arterial.pairs)),
            key=lambda i: (i not in self.fixed, _looseness(arterial.pairs[i]), i),
        )

    def fits(self, out: int, back: int) -> bool:
        """Whether an outbound band of `out` and an inbound one of `back` ticks fit together.

        A width of 0 asks nothing of that direction.
        """
        caps = self.arterial.caps
        if out > caps[0] or back > caps[1]:
            return False
        self.tests += 1
        if not self.arterial.rigid:
            if self.period == 1:
                return self._reached(out, back)
            return any(self._carried(out, back)[-1])
        if self.period == 1:
            return self._common(out, back) != 0
        return any(self._common_row(row, out, back) for row in range(self.period))

    def passage(self, out: int, back: int) -> Passage | None:
        """Where the fronts pass each signal when the bands fit, else None.

        Of all places the middle of the widest stretch is taken, and travel times
        as near the middle of their range as the rest allows.
        """
        if self.arterial.rigid:
            rows = [self._common_row(row, out, back) for row in range(self.period)]
            best = max(range(self.period), key=lambda row: rows[row].bit_count())
            if not rows[best]:
                return None
            at = _middle_of_longest_run(rows[best], self.size)
            return Passage(
                outbound=tuple(best + x for x in self._x),
                inbound=tuple(at + y for y in self._y),
            )
        return self._trace(self._carried(out, back))

    def _common(self, out: int, back: int) -> int:
        """The relaxation's common set of a rigid arterial, seen from the first signal."""
        common = self.full
        x, y = self._x, self._y
        for i in self._order:
            common &= self._phases(i, out, back, x[i] - y[i])
            if not common:
                break
        return common

    def _reached(self, out: int, back: int) -> bool:
        """Whether the relaxation's set, carried along links of free speed, ends non-empty."""
        size, full = self.size, self.full
        bits = self._phases(0, out, back, 0)
        for i, (fall, spread) in enumerate(self._falls, start=1):
            bits = (bits >> fall) | (bits << (size - fall))
            if spread:
                bits = self._spread_down(bits & full, spread)
            bits &= self._phases(i, out, back, 0)
            if not bits:
                return False
        return bits != 0

    def _phases(self, i: int, out: int, back: int, shift: int) -> int:
        """The columns of F(out, back) of signal i for offsets in single ticks, moved up."""
        size = self.size
        seen = 0
        for s, g, t, h, _ in self.arterial.pairs[i]:
            if out > g or back > h:
                continue
            length = g - out + h - back + 1
            if length >= size or g == size or h == size or not out or not back:
                return self.full
            seen |= ((1 << length) - 1) << ((t - s - g + out + shift) % size)
        return (seen | (seen >> size)) & self.full

    def _common_row(self, row: int, out: int, back: int) -> int:
        """The same for offsets in steps, x of the first signal being `row`."""
        common = self.full
        for i in self._order:
            x = row + self._x[i]
            here = x % self.period
            common &= self._allowed(i, here, out, back, x - here - self._y[i])
            if not common:
                return 0
        return common

    def _allowed(self, i: int, row: int, out: int, back: int, shift: int) -> int:
        """The columns of F(out, back) of signal i in one row, moved up by `shift`."""
        seen = 0
        for pair in self.arterial.pairs[i]:
            if out > pair[1] or back > pair[3]:
                continue
            seen |= self._allowed_by(pair, self.fixed.get(i), row, out, back, shift)
            if seen == self.full:
                break
        return seen

    def _allowed_by(
        self, pair: Pair, offset: int | None, row: int, out: int, back: int, shift: int
    ) -> int:
        s, g, t, h, _ = pair
        size, step = self.size, self.step
        out_free = not out or g == size
        back_free = not back or h == size
        room = h - back
        if offset is not None:
            if not out_free and (row - offset - s) % size > g - out:
                return 0
            return self.full if back_free else self._arc(t + offset + shift, room + 1)
        # The offset is -k * step for some k in first..last.
        first = 0 if out_free else -((row - s) // step)
        last = size // step - 1 if out_free else (s + g - out - row) // step
        if last < first:
            return 0
        if back_free:
            return self.full
        if room + 1 >= step:
            return self._arc(t - last * step + shift, (last - first) * step + room + 1)
        seen = 0
        for k in range(first, last + 1):
            seen |= self._arc(t - k * step + shift, room + 1)
        return seen

    def _arc(self, start: int, length: int) -> int:
        if length >= self.size:
            return self.full
        bits = ((1 << length) - 1) << (start % self.size)
        return (bits | (bits >> self.size)) & self.full

    def _rotated(self, bits: int, up: int) -> int:
        k = up % self.size
        return ((bits << k) | (bits >> (self.size - k))) & self.full if k else bits

    def _carried(self, out: int, back: int) -> list[list[int]]:
        """The set at each signal that all signals up to it allow; ends early when empty."""
        period = self.period
        state = [self.full] * period
        states: list[list[int]] = []
        for i in range(len(self.arterial.pairs)):
            if i:
                state = self._driven(state, self.arterial.links[i - 1])
            state = self._passing(i, state, out, back)
            states.append(state)
            if not any(state):
                break
        return states

    def _passing(self, i: int, state: list[int], out: int, back: int) -> list[int]:
        """What signal i lets through; rows that see the same greens share one answer."""
        if i in self.fixed:
            return [
                bits and bits & self._allowed(i, row, out, back, 0)
                for row, bits in enumerate(state)
            ]
        # A row enters F only through the whole steps between it and the ends of each green.
        ends = [(p[0], p[0] + p[1] - out) for p in self.arterial.pairs[i]]
        known: dict[tuple[int, ...], int] = {}
        passing = []
        for row, bits in enumerate(state):
            if bits:
                key = tuple([(end - row) // self.step for pair in ends for end in pair])
                allowed = known.get(key)
                if allowed is None:
                    allowed = known[key] = self._allowed(i, row, out, back, 0)
                bits &= allowed
            passing.append(bits)
        return passing

    def _driven(self, state: list[int], link: TickLink) -> list[int]:
        """The set after a drive: x later by the outbound ticks, y earlier by the inbound ones."""
        state = self._later(state, link.outbound, link.inbound)
        spread = link.inbound_spread
        if self.period == 1:
            # Both directions move the same single number.
            spread += link.outbound_spread
        elif link.outbound_spread:
            state = self._spread_outbound(state, min(link.outbound_spread, self.size))
        return [self._spread_down(bits, spread) if bits else 0 for bits in state]

    def _spread_outbound(self, state: list[int], spread: int) -> list[int]:
        """The union of the sets with x later by 0..spread ticks."""
        done = 0
        while done < spread:
            more = min(done + 1, spread - done)
            moved = self._later(state, more, 0)
            state = [a | b for a, b in zip(state, moved, strict=True)]
            done += more
        return state

    def _spread_down(self, bits: int, spread: int) -> int:
        """The union of a row rotated down by 0..spread."""
        if spread >= self.size:
            return self.full
        done = 0
        # A second copy above makes every rotation a plain shift.
        bits |= bits << self.size
        while done < spread:
            more = min(done + 1, spread - done)
            bits |= bits >> more
            done += more
        return bits & self.full

    def _later(self, state: list[int], x: int, y: int) -> list[int]:
        period, size, full = self.period, self.size, self.full
        moved = [0] * period
        for row, bits in enumerate(state):
            if bits:
                target = (row + x) % period
                k = (target - row - x - y) % size
                moved[target] = ((bits << k) | (bits >> (size - k))) & full
        return moved

    def _trace(self, states: list[list[int]]) -> Passage | None:
        rows = states[-1]
        if not any(rows):
            return None
        size, period = self.size, self.period
        x = max(range(period), key=lambda row: rows[row].bit_count())
        y = _middle_of_longest_run(rows[x], size)
        outbound, inbound = [x], [y]
        for i in range(len(states) - 2, -1, -1):
            link = self.arterial.links[i]
            # The inbound ticks that fit are a bit mask; the outbound ones are tried in turn.
            window = (1 << min(link.inbound_spread + 1, size)) - 1
            for more in _from_middle(link.outbound_spread):
                at = x - link.outbound - more
                row = at % period
                column = (y + link.inbound - (at - row)) % size
                fitting = self._rotated(states[i][row], -column) & window
                if fitting:
                    less = next(
                        k for k in _from_middle(link.inbound_spread) if fitting >> (k % size) & 1
                    )
                    x, y = at, y + link.inbound + less
                    break
            outbound.append(x)
            inbound.append(y)
        return Passage(outbound=tuple(outbound[::-1]), inbound=tuple(inbound[::-1]))


def _looseness(pairs: tuple[Pair, ...]) -> int:
    """About how many passages a signal allows."""
    return len(pairs) * (pairs[0][1] + pairs[0][3])


def _from_middle(spread: int) -> list[int]:
    """0..spread, the middle first, then outwards."""
    return sorted(range(spread + 1), key=lambda k: (abs(2 * k - spread), k))


def _middle_of_longest_run(bits: int, size: int) -> int:
    """The middle of the longest circular run of ones in a non-zero bit string."""
    if bits == (1 << size) - 1:
        return 0
    best, best_start = 0, 0
    at = next(k for k in range(size) if not bits >> k & 1)
    run = 0
    for k in range(at, at + size + 1):
        if bits >> (k % size) & 1:
            run += 1
            if run > best:
                best, best_start = run, k - run + 1
        else:
            run = 0
    return (best_start + (best - 1) // 2) % size
