"""The object table, its indexes, and the consistency check of phases and sequences."""

from __future__ import annotations

import pytest

from signalctl.controllers.device.ntcip1202.consistency import (
    Fault,
    FreeReason,
    Pattern,
    PhaseRow,
    SplitRow,
    faults,
)
from signalctl.controllers.device.ntcip1202.objects import (
    ASC,
    GLOBAL,
    OBJECTS,
    ObjectClass,
    Oid,
    Syntax,
    Value,
    group_bits,
    group_numbers,
    in_range,
    instance,
    instances,
    locate,
    phase_list,
    phase_octets,
)
from signalctl.controllers.device.ntcip1202.verification import verify
from signalctl.domain.errors import InputError


@pytest.mark.parametrize(
    ("name", "index", "tail"),
    [
        ("maxPhases", (), (*ASC, 1, 1, 0)),
        ("phaseMinimumGreen", (3,), (*ASC, 1, 2, 1, 4, 3)),
        ("phaseConcurrency", (16,), (*ASC, 1, 2, 1, 23, 16)),
        ("patternOffsetTime", (7,), (*ASC, 4, 7, 1, 3, 7)),
        ("splitTime", (4, 2), (*ASC, 4, 9, 1, 3, 4, 2)),
        ("localFreeStatus", (), (*ASC, 4, 11, 0)),
        ("systemPatternControl", (), (*ASC, 4, 14, 0)),
        ("sequenceData", (1, 2), (*ASC, 7, 3, 1, 3, 1, 2)),
        ("timebaseAscPattern", (5,), (*ASC, 5, 3, 1, 2, 5)),
        ("detectorOccupancy", (9,), (*ASC, 2, 5, 4, 1, 2, 9)),
        ("dbCreateTransaction", (), (*GLOBAL, 2, 1, 0)),
        ("dbVerifyError", (), (*GLOBAL, 2, 7, 0)),
        ("globalTime", (), (*GLOBAL, 3, 1, 0)),
        ("dayPlanActionNumberOID", (2, 1), (*GLOBAL, 3, 3, 5, 1, 5, 2, 1)),
    ],
)
def test_names_have_the_standard_s_oids(name: str, index: tuple[int, ...], tail: Oid) -> None:
    assert instance(name, *index) == tail
    found = locate(tail)
    assert found is not None
    assert (found[0].name, found[1]) == (name, index)


def test_every_object_is_found_again_and_none_twice() -> None:
    assert len({found.oid for found in OBJECTS.values()}) == len(OBJECTS)
    for name, found in OBJECTS.items():
        index = tuple(range(1, len(found.index) + 1))
        located = locate(instance(name, *index))
        assert located is not None
        assert located[0] is found
    assert locate((*ASC, 1, 1)) is None
    assert locate((*ASC, 1, 2, 1, 2, 1, 1)) is None
    assert locate((1, 3)) is None
    assert not any(found.writable for found in OBJECTS.values() if found.kind is ObjectClass.STATUS)


def test_instances_are_those_of_the_sizes() -> None:
    found = {oid for oid, _, _ in instances({"phase": 2, "split": 3})}
    assert instance("splitTime", 3, 2) in found
    assert instance("splitTime", 3, 3) not in found
    assert instance("maxPhases") in found
    assert instance("phaseMaximum3", 1) not in found
    assert instance("sequenceData", 1, 1) not in found


@pytest.mark.parametrize(
    ("name", "value", "good"),
    [
        ("phaseWalk", 255, True),
        ("phaseWalk", 256, False),
        ("phaseWalk", -1, False),
        ("splitMode", 7, True),
        ("splitMode", 8, False),
        ("splitMode", 1, False),
        ("coordCorrectionMode", 1, False),
        ("phaseConcurrency", b"\x05\x06", True),
        ("dbVerifyError", b"x" * 256, False),
        ("timeBaseScheduleDate", -(2**31), True),
        ("timeBaseScheduleDate", 2**31, True),
    ],
)
def test_ranges(name: str, value: Value, good: bool) -> None:
    assert in_range(OBJECTS[name], value) is good


def test_lists_and_masks() -> None:
    assert phase_octets([1, 2, 16]) == b"\x01\x02\x10"
    assert phase_list(b"\x01\x02\x10") == (1, 2, 16)
    with pytest.raises(InputError, match="Phase 256"):
        phase_octets([256])
    with pytest.raises(InputError, match="octets"):
        phase_list(5)
    assert group_bits([1, 8, 9], 2) == (0x81, 0x01)
    assert group_numbers((0x81, 0x01)) == {1, 8, 9}
    with pytest.raises(InputError, match="no NTCIP object"):
        instance("phaseColour", 1)
    with pytest.raises(InputError, match=r"indexed by split\.phase"):
        instance("splitTime", 1)


def test_units_are_where_the_standard_has_them() -> None:
    assert OBJECTS["phaseYellowChange"].unit == "ds"
    assert OBJECTS["phaseMinimumGreen"].unit == "s"
    assert OBJECTS["globalTime"].syntax is Syntax.CLOCK


SIZES = {"phase": 8, "sequence": 2, "ring": 2, "preempt": 1, "overlap": 1}


def dual_ring() -> dict[Oid, Value]:
    values: dict[Oid, Value] = {}
    for number in range(1, 9):
        values[instance("phaseRing", number)] = 1 if number <= 4 else 2
        together = {1: b"\x05\x06", 3: b"\x07\x08", 5: b"\x01\x02", 7: b"\x03\x04"}
        values[instance("phaseConcurrency", number)] = together[number - (number + 1) % 2]
        values[instance("phaseStartup", number)] = 3 if number in (2, 6) else 2
    values[instance("sequenceData", 1, 1)] = b"\x01\x02\x03\x04"
    values[instance("sequenceData", 1, 2)] = b"\x05\x06\x07\x08"
    return values


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "NO VERIFICATION ERROR"),
        ({("phaseConcurrency", 1): b"\x02\x05\x06"}, "PHASE 01 CONCURRENCY FAULT"),
        ({("phaseConcurrency", 1): b"\x05"}, "PHASE 06 MUTUAL FAULT"),
        ({("sequenceData", 1, 1): b"\x01\x02\x03\x04\x01"}, "SEQ 01 SAME PHASE FAULT"),
        (
            {
                ("sequenceData", 1, 1): b"\x01\x02\x03",
                ("sequenceData", 1, 2): b"\x05\x06\x07\x08\x04",
            },
            "SEQ 01 RING 2 FAULT",
        ),
        ({("sequenceData", 1, 1): b"\x01\x02\x03"}, "SEQ 01 RING 1 PHS OMITTED"),
        ({("sequenceData", 1, 1): b"\x03\x04\x01\x02"}, "SEQ 01 CG SEQ FAULT"),
        (
            {
                ("sequenceData", 1, 1): b"\x01\x03\x02\x04",
                ("sequenceData", 1, 2): b"\x05\x07\x06\x08",
            },
            "SEQ 01 CG SEQ FAULT",
        ),
        ({("sequenceData", 2, 1): b"\x02\x01\x04\x03"}, "SEQ 02 RING 2 PHS OMITTED"),
        ({("phaseStartup", 8): 3}, "START PHASE CG FAULT"),
        ({("preemptDwellPhase", 1): b"\x01\x02"}, "PE DWELL PHASE RING FAULT"),
        ({("overlapIncludedPhases", 1): b"\x01\x01"}, "OVLP INC PHASE MULTI FAULT"),
    ],
)
def test_the_check_names_the_fault(changes: dict[tuple[str, int], Value], message: str) -> None:
    values = dual_ring()
    for (name, *index), value in changes.items():
        values[instance(name, *index)] = value
    assert verify(values, SIZES) == message


def pattern(
    cycle_s: int = 100,
    offset_s: int = 0,
    splits: tuple[int, ...] = (20, 30, 20, 30, 20, 30, 20, 30),
    coordinated: tuple[int, ...] = (2, 6),
    walk_s: int = 0,
) -> Pattern:
    values = dual_ring()
    phases = {}
    for number in range(1, 9):
        concurrency = values[instance("phaseConcurrency", number)]
        assert isinstance(concurrency, bytes)
        phases[number] = PhaseRow(
            number=number,
            walk_s=walk_s,
            ped_clear_s=10 if walk_s else 0,
            min_green_s=7,
            yellow_ds=40,
            red_clear_ds=15,
            ring=1 if number <= 4 else 2,
            concurrency=concurrency,
        )
    return Pattern(
        cycle_s=cycle_s,
        offset_s=offset_s,
        split_number=1,
        sequence_number=1,
        splits={
            n: SplitRow(time_s=splits[n - 1], mode=6 if walk_s else 4, coordinated=n in coordinated)
            for n in range(1, 9)
        },
        sequence=[b"\x01\x02\x03\x04", b"\x05\x06\x07\x08"],
        phases=phases,
    )


def test_a_good_pattern_has_no_fault() -> None:
    assert faults(pattern()) == ()


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (pattern(cycle_s=25), FreeReason.BAD_CYCLE_TIME),
        (pattern(cycle_s=101), FreeReason.BAD_CYCLE_TIME),
        (pattern(splits=(25, 30, 20, 25, 20, 30, 20, 30)), FreeReason.BAD_PLAN),
        (pattern(splits=(12, 38, 20, 30, 20, 30, 20, 30)), FreeReason.SPLIT_OVERRUN),
        (pattern(walk_s=10), FreeReason.SPLIT_OVERRUN),
        (pattern(offset_s=100), FreeReason.INVALID_OFFSET),
        (pattern(coordinated=(2,)), FreeReason.BAD_PLAN),
        (pattern(coordinated=(2, 8)), FreeReason.BAD_PLAN),
    ],
)
def test_a_bad_pattern_runs_free(bad: Pattern, reason: FreeReason) -> None:
    found = faults(bad)
    assert isinstance(found[0], Fault)
    assert found[0].reason is reason
