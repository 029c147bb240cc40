"""The code numbers of GB/T 20999-2017: frame types, statuses, lamps, modes, faults."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class FrameType(IntEnum):
    """What a frame is for: success answers with + 0x10, failure with + 0x11."""

    QUERY = 0x10
    QUERY_REPLY = 0x20
    QUERY_ERROR = 0x21
    SET = 0x30
    SET_REPLY = 0x40
    SET_ERROR = 0x41
    BROADCAST = 0x50
    TRAP = 0x60
    HEARTBEAT = 0x70
    HEARTBEAT_REPLY_VARIANT = 0x71
    """Seen from one implementation: accepted as a heartbeat reply, never sent."""
    HEARTBEAT_REPLY = 0x80


HEARTBEATS: Final = frozenset(
    {FrameType.HEARTBEAT, FrameType.HEARTBEAT_REPLY_VARIANT, FrameType.HEARTBEAT_REPLY}
)
"""Frames without data values."""


class StatusCode(IntEnum):
    """Why a data value was refused; OK stands in set replies only."""

    OK = 0x00
    BAD_VALUE = 0x10
    WRONG_LENGTH = 0x11
    OUT_OF_RANGE = 0x12
    READ_ONLY = 0x20
    NO_SUCH_OBJECT = 0x30
    GENERAL_ERROR = 0x40
    CONTROL_FAILED = 0x50


class Transport(IntEnum):
    """Bearer between controller and host."""

    TCP = 1
    UDP = 2
    RS232 = 3


class LampType(IntEnum):
    """Whom a lamp group speaks to."""

    VEHICLE = 1
    NON_MOTOR = 2
    PEDESTRIAN = 3
    LANE = 4
    VARIABLE_SIGN = 5
    BUS = 6
    TRAM = 7
    SPECIAL = 8


class LampState(IntEnum):
    """What a lamp group shows."""

    OFF = 0x01
    RED = 0x10
    RED_FLASH = 0x11
    RED_FAST_FLASH = 0x12
    GREEN = 0x20
    GREEN_FLASH = 0x21
    GREEN_FAST_FLASH = 0x22
    YELLOW = 0x30
    YELLOW_FLASH = 0x31
    YELLOW_FAST_FLASH = 0x32
    RED_YELLOW = 0x40


class DetectorType(IntEnum):
    """How a detector senses."""

    LOOP = 1
    VIDEO = 2
    GEOMAGNETIC = 3
    MICROWAVE = 4
    ULTRASONIC = 5
    INFRARED = 6


class VehicleType(IntEnum):
    """What a detector saw."""

    NONE = 0
    SMALL = 1
    MEDIUM = 2
    LARGE = 3
    BUS = 4
    TRAM = 5
    SPECIAL = 6


class StageState(IntEnum):
    """What a stage does at the moment."""

    WITHOUT_RIGHT_OF_WAY = 0x10
    RUNNING = 0x20
    IN_TRANSITION = 0x30


class StageAppearance(IntEnum):
    """Whether a stage of a plan always comes."""

    FIXED = 0x10
    ON_DEMAND = 0x20


class ControlMode(IntEnum):
    """Who decides, and how: centre 1x, local 2x, special 3x."""

    CENTRE = 0x10
    CENTRE_TIME_TABLE = 0x11
    CENTRE_OPTIMISED = 0x12
    CENTRE_COORDINATED = 0x13
    CENTRE_ADAPTIVE = 0x14
    CENTRE_MANUAL = 0x15
    LOCAL = 0x20
    LOCAL_FIXED_TIME = 0x21
    LOCAL_ACTUATED = 0x22
    LOCAL_COORDINATED = 0x23
    LOCAL_ADAPTIVE = 0x24
    LOCAL_MANUAL = 0x25
    SPECIAL = 0x30
    YELLOW_FLASH = 0x31
    ALL_RED = 0x32
    LAMPS_OFF = 0x33


class Command(IntEnum):
    """Commands of the command pipe 18.1."""

    CANCEL = 0
    YELLOW_FLASH = 1
    ALL_RED = 2
    LAMPS_ON = 3
    LAMPS_OFF = 4
    RESTART = 5


class AlarmType(IntEnum):
    """Kind of an alarm record."""

    LAMP = 0x10
    DETECTOR = 0x30
    DEVICE = 0x40
    ENVIRONMENT = 0x60


class AlarmValue(IntEnum):
    """What an alarm of the cabinet says."""

    VOLTAGE = 0x10
    VOLTAGE_HIGH = 0x11
    VOLTAGE_LOW = 0x12
    VOLTAGE_OFF = 0x13
    TEMPERATURE = 0x20
    TEMPERATURE_HIGH = 0x21
    TEMPERATURE_LOW = 0x22
    HUMIDITY = 0x30
    HUMIDITY_HIGH = 0x31
    HUMIDITY_LOW = 0x32
    SMOKE = 0x40
    MOVEMENT = 0x50
    WATER = 0x60
    DOOR = 0x70
    DOOR_FRONT = 0x71
    DOOR_BACK = 0x72
    DOOR_LEFT = 0x74
    DOOR_RIGHT = 0x78


class FaultType(IntEnum):
    """Kind of a fault record."""

    GREEN_CONFLICT = 0x10
    RED_GREEN_CONFLICT = 0x11
    RED_LAMP = 0x20
    YELLOW_LAMP = 0x21
    GREEN_LAMP = 0x22
    COMMUNICATION = 0x30
    SELF_TEST = 0x40
    DETECTOR = 0x41
    RELAY = 0x42
    MEMORY = 0x43
    CLOCK = 0x44
    MAIN_BOARD = 0x45
    PHASE_BOARD = 0x46
    DETECTOR_BOARD = 0x47
    CONFIGURATION = 0x50
    NO_RESPONSE = 0x70


class FaultAction(IntEnum):
    """What the controller did about a fault."""

    NONE = 0x00
    TO_FLASH = 0x10
    TO_OFF = 0x20
    TO_ALL_RED = 0x30
    TO_LOCAL_FIXED_TIME = 0x40
    TO_LOCAL_COORDINATED = 0x50
    TO_LOCAL_ACTUATED = 0x60
