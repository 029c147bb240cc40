"""Whatever comes over the wire, controller and host stay whole."""

from __future__ import annotations

from crossing import GOOD, crossing, plan_am
from gbt_frames import BYTES, values
from gbt_street import NUMBER, QUICK, site_of
from hypothesis import given, settings
from hypothesis import strategies as st

from signalctl.controllers.device.device import DayPlanEntry, ScheduleEntry
from signalctl.controllers.device.emulator.controller import Controller
from signalctl.controllers.device.emulator.settings import Settings
from signalctl.controllers.device.gbt20999.agent import GbtAgent, device_stages
from signalctl.controllers.device.gbt20999.calendar import (
    day_plan_of,
    day_plan_values,
    schedule_entry_of,
    schedule_values,
)
from signalctl.controllers.device.gbt20999.dictionary import ENTRIES, entry
from signalctl.controllers.device.gbt20999.enumerations import FrameType
from signalctl.controllers.device.gbt20999.frame import Frame, Item, ItemId
from signalctl.controllers.device.gbt20999.items import Answers
from signalctl.controllers.device.gbt20999.plan_mapping import ATTRIBUTES, PlanRecord, plan_of
from signalctl.domain.errors import Mismatch
from signalctl.rules.registry import profile as rules

JUNCTION = crossing()
PLAN = plan_am(GOOD, 60)
SITE = site_of(JUNCTION, PLAN)
WRITABLE = [found for found in ENTRIES if found.writable]


@st.composite
def sets(draw: st.DrawFn) -> list[tuple[ItemId, bytes]]:
    """Items of a set frame: right, wrong and senseless."""
    items = []
    for _ in range(draw(st.integers(1, 6))):
        found = draw(st.sampled_from(WRITABLE))
        element = draw(st.integers(1, min(4, found.elements))) if found.elements else 0
        id_ = found.item_id(element)
        raw = st.binary(min_size=found.encoding.size, max_size=found.encoding.size)
        good = values(found).map(found.encode)
        items.append((id_, draw(good | good | raw | st.binary(max_size=20))))
    if draw(st.booleans()):
        items.append((ItemId(*draw(st.tuples(BYTES, BYTES, BYTES, BYTES))), b"\1"))
    return items


@settings(max_examples=60, deadline=None)
@given(frames=st.lists(st.tuples(st.sampled_from([0x10, 0x30, 0x50]), sets()), max_size=6))
def test_a_controller_answers_every_item_and_lives_on(
    frames: list[tuple[int, list[tuple[ItemId, bytes]]]],
) -> None:
    controller = Controller(
        JUNCTION, rules("as-surveyed"), Settings(stages=device_stages(SITE), boot_s=0)
    )
    agent = GbtAgent(controller, SITE, QUICK, number=NUMBER)
    controller.memory.write_slot(1, PLAN)
    for now in range(1, 4):
        controller.step(now)
    now = 3
    for n, (kind, wanted) in enumerate(frames):
        if not controller.answers:
            continue
        items = tuple(Item(i, id_, data) for i, (id_, data) in enumerate(wanted, start=1))
        request = Frame(kind=FrameType(kind), controller=NUMBER, sequence=n, items=items)
        replies: list[Frame] = []
        agent.receive(request, replies.append)
        if kind != FrameType.BROADCAST:
            answers = Answers.to(request)
            assert [answers.take(reply, by_sequence=True) for reply in replies]
            assert answers.complete
        for _ in range(3):
            now += 1
            controller.step(now)
            agent.tick()


def attributes(class_id: int, chosen: tuple[int, ...]) -> st.SearchStrategy[dict[int, object]]:
    return st.fixed_dictionaries(
        {
            a: st.binary(
                min_size=entry(class_id, 2, a).encoding.size,
                max_size=entry(class_id, 2, a).encoding.size,
            ).map(entry(class_id, 2, a).decode)
            | values(entry(class_id, 2, a))
            for a in chosen
        }
    )


@settings(max_examples=80, deadline=None)
@given(found=attributes(9, ATTRIBUTES))
def test_any_plan_objects_are_a_plan_or_a_mismatch(found: dict[int, object]) -> None:
    try:
        record = PlanRecord.of(found)  # type: ignore[arg-type]  # values of the dictionary
        if record is not None:
            plan_of(record, 1, SITE, QUICK)
    except Mismatch:
        return


@settings(max_examples=80, deadline=None)
@given(found=attributes(11, (3, 4, 5)), other=attributes(12, (3, 4, 5, 6, 7)))
def test_any_calendar_objects_can_be_read(
    found: dict[int, object], other: dict[int, object]
) -> None:
    schedule_entry_of(other)  # type: ignore[arg-type]  # values of the dictionary
    try:
        entries = day_plan_of(found)  # type: ignore[arg-type]  # values of the dictionary
    except Mismatch:
        return
    assert [e.minute for e in entries] == sorted({e.minute for e in entries})


@st.composite
def days(draw: st.DrawFn) -> tuple[DayPlanEntry, ...]:
    later = sorted(draw(st.sets(st.integers(1, 1439), max_size=47)))
    slot = st.none() | st.integers(1, 128)
    return tuple(DayPlanEntry(minute=m, slot=draw(slot)) for m in (0, *later))


@settings(max_examples=100, deadline=None)
@given(
    day=days(),
    months=st.frozensets(st.integers(1, 12), min_size=1),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    dates=st.frozensets(st.integers(1, 31), min_size=1),
)
def test_calendars_come_back(
    day: tuple[DayPlanEntry, ...],
    months: frozenset[int],
    weekdays: frozenset[int],
    dates: frozenset[int],
) -> None:
    assert day_plan_of(day_plan_values(day)) == day
    one = ScheduleEntry(months=months, weekdays=weekdays, days=dates, day_plan=7)
    wire = {
        a: entry(12, 2, a).decode(entry(12, 2, a).encode(value))
        for a, value in schedule_values(one, 1).items()
    }
    assert schedule_entry_of(wire) == one
