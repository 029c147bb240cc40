"""What the guard remembers of one signal group: its aspect, since when, and its last greens."""

from __future__ import annotations

from dataclasses import dataclass

from signalctl.domain.aspect import AMBERS, GREEN_KIND, GREENS, RESTS, Aspect, GreenKind


@dataclass(slots=True)
class LampMemory:
    """Past of one group, in seconds counted by the guard.

    `run_s` counts the seconds of the present aspect, greens of both kinds and
    ambers of both kinds taken together. `green_end` and `protected_end` are the
    first seconds without (protected) green after the last one, None if there
    never was one or it still runs. `since` is the second the run began.
    """

    aspect: Aspect
    run_s: int = 0
    since: int = 0
    green_end: int | None = None
    protected_end: int | None = None
    last_kind: GreenKind | None = None

    def show(self, aspect: Aspect, second: int) -> None:
        """Record what the group shows in a second."""
        if _alike(self.aspect, aspect) and self.run_s:
            self.run_s += 1
        else:
            self.run_s, self.since = 1, second
        self.green_end = self.green_end_if(aspect, second)
        self.protected_end = self.protected_end_if(aspect, second)
        self.last_kind = GREEN_KIND.get(aspect, self.last_kind)
        self.aspect = aspect

    def green_end_if(self, aspect: Aspect, second: int) -> int | None:
        """End of the last green if the group shows `aspect` in `second`."""
        ends = self.aspect in GREENS and aspect not in GREENS
        return second if ends else self.green_end

    def protected_end_if(self, aspect: Aspect, second: int) -> int | None:
        """End of the last protected green if the group shows `aspect` in `second`."""
        ends = self.aspect is Aspect.PROTECTED and aspect is not Aspect.PROTECTED
        return second if ends else self.protected_end


def _alike(a: Aspect, b: Aspect) -> bool:
    return a is b or any(a in family and b in family for family in (GREENS, AMBERS, RESTS))
