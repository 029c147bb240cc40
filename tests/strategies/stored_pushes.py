"""Pushes with everything that may stand in them, sense or not: a device may hold anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from signalctl.domain.aspect import Aspect, GreenKind
from signalctl.domain.certificate import Certificate, Evidence, Interval
from signalctl.domain.frozen import FrozenMap
from signalctl.domain.plan import (
    GreenWindows,
    Offset,
    ReferencePoint,
    Stage,
    StageSequence,
    TimingPlan,
)
from signalctl.domain.program import GreenWindow, Program
from signalctl.domain.push import Activation, DayPlanHeld, DevicePush, Push, Snapshot
from signalctl.domain.ring_barrier import Phase, RingBarrier

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

# What a broken device sends, decoded with surrogateescape, and what databases stumble over.
words = st.text(
    st.one_of(
        st.characters(),
        st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF),
        st.sampled_from("\0\\'\""),
    ),
    max_size=12,
)
names = st.text(max_size=8)
seconds = st.integers(-5, 70_000)
moments = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 hypothesis wants it so and adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001 as above
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=3.5))]),
)
greens: st.SearchStrategy[FrozenMap[str, GreenKind]] = st.dictionaries(
    names, st.sampled_from(GreenKind), max_size=4
).map(FrozenMap)
stage_sequences = st.builds(
    StageSequence,
    stages=st.lists(st.builds(Stage, id=names, split_s=seconds, greens=greens), max_size=4).map(
        tuple
    ),
    start_s=seconds,
)
phases = st.builds(
    Phase,
    number=st.integers(0, 255),
    split_s=seconds,
    greens=greens,
    amber_s=seconds,
    red_clearance_s=seconds,
    walks=st.lists(names, max_size=2).map(tuple),
    walk_s=seconds,
)
ring_barriers = st.builds(
    RingBarrier,
    sections=st.lists(
        st.lists(st.lists(phases, max_size=2).map(tuple), max_size=2).map(tuple), max_size=2
    ).map(tuple),
    start_s=seconds,
)
green_windows = st.builds(
    GreenWindows,
    windows=st.dictionaries(
        names,
        st.lists(
            st.builds(GreenWindow, seconds, seconds, st.sampled_from(GreenKind)), max_size=3
        ).map(tuple),
        max_size=3,
    ).map(FrozenMap),
)


@st.composite
def programs(draw: st.DrawFn) -> Program:
    cycle_s = draw(st.integers(1, 30))
    letters = st.text(
        st.sampled_from([aspect.value for aspect in Aspect]), min_size=cycle_s, max_size=cycle_s
    )
    return Program(
        cycle_s, FrozenMap(draw(st.dictionaries(names, letters, min_size=1, max_size=3)))
    )


offsets = st.one_of(
    st.builds(Offset, seconds=seconds),
    st.builds(
        Offset,
        seconds=seconds,
        point=st.sampled_from([ReferencePoint.GREEN_START, ReferencePoint.GREEN_END]),
        group=names,
    ),
)
plans: st.SearchStrategy[TimingPlan] = st.builds(
    TimingPlan,
    junction_id=names,
    name=names,
    cycle_s=st.integers(1, 70_000),
    offset=offsets,
    form=st.one_of(stage_sequences, ring_barriers, green_windows, programs()),
)
slots = st.none() | st.integers(0, 255)
snapshots = st.builds(
    Snapshot,
    taken_at=moments,
    safety_digest=words.filter(lambda text: text.isprintable()),
    mode=names,
    running_slot=slots,
    commanded_slot=slots,
    spare_slot=st.integers(0, 255),
    spare_held=st.none() | plans,
    day_plans=st.lists(
        st.builds(
            DayPlanHeld,
            number=st.integers(0, 255),
            entries=st.lists(st.tuples(st.integers(0, 1439), slots), max_size=3).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
)


@st.composite
def begun(draw: st.DrawFn, push_id: str) -> Push:
    """A push at its beginning."""
    devices = draw(st.lists(words, min_size=1, max_size=4, unique=True))
    return Push(
        id=push_id,
        begun_at=draw(moments),
        actor=draw(words),
        reason=draw(words),
        activation=draw(st.sampled_from(Activation)),
        devices=tuple(
            DevicePush(
                device_id=device,
                junction_id=draw(words),
                plan=draw(plans),
                plan_hash=draw(words),
                certificate_hash=draw(words),
                message=draw(words),
            )
            for device in devices
        ),
        message=draw(words),
    )


figures = st.builds(
    Interval,
    **dict.fromkeys(("median", "low", "high"), st.floats(allow_nan=False, allow_infinity=False)),
)
certificates: st.SearchStrategy[Certificate] = st.builds(
    Certificate,
    junction_id=words,
    plan_hash=words,
    junction_hash=words,
    rules=words,
    rules_version=words,
    issued_at=moments,
    issued_by=words,
    evidence=st.none()
    | st.builds(
        Evidence,
        scenario=words,
        scenario_hash=words,
        seeds=st.lists(st.integers(0, 2**31), max_size=3).map(tuple),
        measures=st.dictionaries(names, figures, max_size=3).map(FrozenMap),
    ),
)


def small_push(push_id: str, device_ids: tuple[str, ...] = ("a", "b")) -> Push:
    """A push of one plain plan to some devices."""
    plan = TimingPlan(
        junction_id="J",
        name="morning",
        cycle_s=60,
        offset=Offset(seconds=7),
        form=Program.of({"n": "G" * 27 + "yyy" + "r" * 30, "e": "r" * 30 + "G" * 27 + "yyy"}),
    )
    return Push(
        id=push_id,
        begun_at=NOON,
        actor="anna",
        reason="roadworks",
        activation=Activation.NOW,
        devices=tuple(
            DevicePush(
                device_id=device_id,
                junction_id="J",
                plan=plan,
                plan_hash="sha256:p",
                certificate_hash="sha256:c",
            )
            for device_id in device_ids
        ),
    )
