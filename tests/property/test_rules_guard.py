"""Law 5: what passes the static check passes the guard; nothing else ever gets through."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from single_seconds import RULES_OF_A_SECOND, errors_of_a_second
from timings import junctions, staged

from signalctl.domain.aspect import Aspect
from signalctl.domain.junction import Conflict, GroupKind, Junction, SignalGroup
from signalctl.domain.plan import TimingPlan
from signalctl.domain.program import Program
from signalctl.rules.guard import GUARDED, Guard
from signalctl.rules.registry import PROFILES, Profile
from signalctl.rules.validate import validate_program

LAWS = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
profiles = st.sampled_from(PROFILES)


def test_the_guard_claims_the_rules_it_is_held_to() -> None:
    assert GUARDED == RULES_OF_A_SECOND


def _passes(program: Program, junction: Junction, profile: Profile) -> bool:
    return not errors_of_a_second(validate_program(program, junction, profile))


def _varied(program: Program, random: Random) -> Program:
    """A program with some of its edges moved: overlaps and leads no stage list has."""
    seconds = {g: list(text) for g, text in program.seconds.items()}
    for _ in range(random.randrange(6)):
        letters = seconds[random.choice(sorted(seconds))]
        at = random.randrange(len(letters))
        letters[at] = letters[at - 1] if random.random() < 0.7 else random.choice("rGguys")
    return Program.of({g: "".join(letters) for g, letters in seconds.items()})


@LAWS
@given(staged(red_amber_s=1), profiles, st.integers(0, 10**6), st.integers(0, 200), st.booleans())
def test_what_passes_the_static_check_passes_the_guard_unchanged(
    case: tuple[Junction, TimingPlan, Program],
    profile: Profile,
    seed: int,
    second: int,
    vary: bool,
) -> None:
    junction, _, program = case
    if vary:
        program = _varied(program, Random(seed))
    assume(_passes(program, junction, profile))
    guard = Guard.after(program, second, junction, profile)
    for at in range(second, second + 3 * program.cycle_s):
        wanted = {g: program.aspect(g, at) for g in program.group_ids}
        granted = guard.step(wanted)
        assert granted.withheld == ()
        assert granted.aspects == wanted


def _requests(junction: Junction, random: Random, length: int) -> list[dict[str, Aspect]]:
    """What a strategy, a person or a bug may ask: long holds, flips, nonsense, silence."""
    nonsense = random.random() * 0.3
    change = random.choice([0.02, 0.1, 0.5, 1.0])
    palette = random.choice(["rG", "rGg", "rGgyu", "".join(a.value for a in Aspect)])
    wanted = {g: Aspect(random.choice(palette)) for g in junction.group_ids}
    asked = []
    for _ in range(length):
        for group in wanted:
            if random.random() < change:
                wanted[group] = Aspect(random.choice(palette))
        now = dict(wanted)
        for group in junction.group_ids:
            if random.random() < nonsense * change:
                now[group] = random.choice(list(Aspect))
            elif random.random() < nonsense * 0.1:
                del now[group]
        asked.append(now)
    return asked


@LAWS
@given(junctions(gaps=True), profiles, st.integers(0, 10**6))
def test_no_request_whatever_gets_an_unsafe_state_through(
    junction: Junction, profile: Profile, seed: int
) -> None:
    guard = Guard(junction, profile)
    shown = [guard.step(asked).aspects for asked in _requests(junction, Random(seed), 120)]
    lines = {g.id: "".join(aspects[g.id] for aspects in shown) for g in junction.groups}
    Watch(junction, profile, lines).check()


@LAWS
@given(staged(red_amber_s=1), profiles, st.integers(0, 10**6), st.integers(0, 100))
def test_no_request_breaks_into_a_running_program(
    case: tuple[Junction, TimingPlan, Program], profile: Profile, seed: int, second: int
) -> None:
    junction, _, program = case
    assume(_passes(program, junction, profile))
    guard = Guard.after(program, second, junction, profile)
    before = [
        {g: program.aspect(g, at) for g in program.group_ids}
        for at in range(second - program.cycle_s, second)
    ]
    shown: list[Mapping[str, Aspect]] = list(before)
    shown += [guard.step(asked).aspects for asked in _requests(junction, Random(seed), 90)]
    lines = {g.id: "".join(aspects[g.id] for aspects in shown) for g in junction.groups}
    Watch(junction, profile, lines).check()


class Watch:
    """An independent look at a line of letters per group, second after second.

    Written from the rules' words, not from their code: nothing here is shared
    with validator or guard. What began before the first second or is still
    running at the last is judged as far as it is seen.
    """

    def __init__(self, junction: Junction, profile: Profile, lines: Mapping[str, str]) -> None:
        self.junction, self.limits, self.lines = junction, profile.limits, lines
        self.clears = profile.name != "as-surveyed"
        self.length = len(next(iter(lines.values())))

    def check(self) -> None:
        for group in self.junction.groups:
            self._lamps(group, self.lines[group.id])
        for a in self.junction.groups:
            for b in self.junction.groups:
                if self.junction.conflicts.between(a.id, b.id) is not Conflict.NONE:
                    self._pair(a, b)

    def _lamps(self, group: SignalGroup, line: str) -> None:
        amber_least, amber_most = group.amber_s, max(group.amber_s, self.limits.amber_max_s.value)
        if group.kind in (GroupKind.VEHICLE, GroupKind.BUS):
            amber_least = max(amber_least, int(self.limits.amber_min_s.value))
        promise_most = int(self.limits.red_amber_max_s.value)
        promise_least = min(group.red_amber_s, promise_most)
        if group.kind is GroupKind.VEHICLE:
            promise_least = max(promise_least, int(self.limits.red_amber_min_s.value))
        walks = group.kind is GroupKind.PEDESTRIAN
        green_least = max(
            group.min_green_s, (self.limits.walk_min_s if walks else self.limits.min_green_s).value
        )
        runs = _runs(line)
        for i, (family, length) in enumerate(runs):
            first, last = i == 0, i == len(runs) - 1
            after = None if last else runs[i + 1][0]
            before = None if first else runs[i - 1][0]
            told = f"{group.id} {family} run {i} of {line}"
            if family == "green":
                assert first or last or length >= green_least, told
                assert last or after in ("amber", "red"), told
                assert last or amber_least == 0 or after == "amber", told
                assert first or before in ("red", "promise", "amber"), told
                assert first or promise_least == 0 or before in ("promise", "amber"), told
            elif family == "amber":
                assert length <= amber_most, told
                assert first or last or length >= amber_least, told
                assert first or before == "green", told
                assert last or after in ("red", "green"), told
                if not last and after == "green":
                    assert self.limits.permissive_after_amber.value, told
            elif family == "promise":
                assert length <= promise_most, told
                assert last or after == "green", told
                assert first or last or length >= promise_least, told
                assert first or before == "red", told
            elif family == "unlit":
                assert first, told

    def _pair(self, a: SignalGroup, b: SignalGroup) -> None:
        """Losses of a, gains of b."""
        la, lb = self.lines[a.id], self.lines[b.id]
        hard = self.junction.conflicts.between(a.id, b.id) is Conflict.HARD
        matrix_s = self.junction.intergreens.get(a.id, b.id)
        walk_s = 0.0
        if self.clears and a.kind is GroupKind.PEDESTRIAN and b.kind is not GroupKind.PEDESTRIAN:
            walk_s = (a.crossing_m or 0) / self.limits.walking_speed_mps.value
        for t in range(self.length):
            told = f"{a.id} -> {b.id} in second {t}: {la} / {lb}"
            both = la[t] in "Gg" and lb[t] in "Gg"
            assert not (hard and both), told
            assert not (both and self.junction.conflicts.gives_way(a.id, b.id) and la[t] == "G")
            if lb[t] == "u" and hard:
                assert la[t] not in "Ggu", told
            if t == 0 or lb[t] not in "Gg" or la[t] in "Gg":
                continue
            ended = max((k + 1 for k in range(t) if la[k] in "Gg"), default=None)
            if ended is None:
                continue
            if lb[t - 1] not in "Gg":
                assert not (hard and matrix_s is None), told
                assert t - ended >= max(matrix_s or 0, walk_s), told
            elif lb[t - 1] == "g" and lb[t] == "G":
                assert t - ended >= a.amber_s, told


def _runs(line: str) -> list[tuple[str, int]]:
    """(family, length) of stretches of letters that mean the same to a driver."""
    families = {"G": "green", "g": "green", "y": "amber", "Y": "amber", "u": "promise"}
    families |= {"r": "red", "s": "red", "o": "unlit", "O": "unlit"}
    runs: list[tuple[str, int]] = []
    for letter in line:
        family = families[letter]
        if runs and runs[-1][0] == family:
            runs[-1] = (family, runs[-1][1] + 1)
        else:
            runs.append((family, 1))
    return runs


@settings(max_examples=60, deadline=None)
@given(junctions(), profiles, st.integers(0, 10**6))
def test_a_lone_group_that_asks_for_green_gets_it(
    junction: Junction, profile: Profile, seed: int
) -> None:
    """The guard delays, it does not lock up: after any past, a minute of red frees everybody."""
    for group in junction.groups:
        guard = Guard(junction, profile)
        for asked in _requests(junction, Random(seed), 40):
            guard.step(asked)
        red = dict.fromkeys(junction.group_ids, Aspect.RED)
        for _ in range(60):
            granted = guard.step(red)
        assert granted.aspects == red
        shown = [guard.step(red | {group.id: Aspect.PROTECTED}) for _ in range(4)]
        assert shown[-1].aspects == red | {group.id: Aspect.PROTECTED}
