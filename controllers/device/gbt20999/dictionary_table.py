"""The rows of the GB/T 20999-2017 data dictionary: the one place where objects are named."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Final, NamedTuple

from signalctl.controllers.device.gbt20999.enumerations import (
    AlarmType,
    AlarmValue,
    Command,
    ControlMode,
    DetectorType,
    FaultAction,
    FaultType,
    LampState,
    LampType,
    StageAppearance,
    StageState,
    Transport,
    VehicleType,
)
from signalctl.controllers.device.gbt20999.values import (
    ARRAY16,
    ARRAY48,
    ARRAY64,
    IPV4,
    IPV6,
    MASK64,
    MOMENT,
    PAIRS48,
    S32,
    TEXT16,
    TEXT128,
    TIMES16,
    U8,
    U16,
    U32,
    U128,
    Encoding,
)


class Row(NamedTuple):
    """One object of a section; see `dictionary.Entry`."""

    object_id: int
    attribute_id: int
    zh: str
    en: str
    encoding: Encoding
    writable: bool
    unit: str = ""
    allowed: type[IntEnum] | range | None = None


class Section(NamedTuple):
    """A data class, or the part of one whose objects have `elements` elements."""

    class_id: int
    zh: str
    en: str
    elements: int
    rows: tuple[Row, ...]


RO: Final = False
RW: Final = True
BOOL: Final = range(2)
JUNCTIONS: Final = range(1, 9)
STAGES: Final = range(65)
PLANS: Final = range(129)


def _lamp_rows() -> Iterator[Row]:
    """4.2.3-4.2.26: three colours with times for each of four changes of right of way."""
    changes = (
        ("失去路权", "lose right of way"),
        ("获得路权", "gain right of way"),
        ("开机获得路权", "power-on gain"),
        ("开机失去路权", "power-on lose"),
    )
    attribute = 3
    for zh, en in changes:
        for step in (1, 2, 3):
            yield Row(
                2, attribute, f"{zh}灯色{step}", f"{en}: colour {step}", U8, RW, "", LampState
            )
            yield Row(2, attribute + 1, f"{zh}时间{step}", f"{en}: time {step}", U8, RW, "s")
            attribute += 2


def _action_rows() -> Iterator[Row]:
    """11.2.6-11.2.13: eight action chains of (type, parameter)."""
    for chain in range(1, 9):
        yield Row(2, 5 + chain, f"动作链{chain}", f"action chain {chain}", PAIRS48, RW)


def _request_rows(first: int, zh: str, en: str) -> tuple[Row, ...]:
    """8.1-8.3 and 8.4-8.6: priority and emergency inputs alike."""
    return (
        Row(first, 0, f"{zh}数量", f"number of {en} inputs", U8, RO),
        Row(first + 1, 1, f"{zh}编号", f"{en} no.", U8, RO),
        Row(first + 1, 2, f"{zh}申请相位阶段", f"{en}: requested stage", U8, RW, "", STAGES),
        Row(first + 1, 3, f"{zh}等级", f"{en} level, smaller is stronger", U8, RW),
        Row(first + 1, 4, f"{zh}屏蔽", f"{en} shield", U8, RW, "", BOOL),
        Row(first + 2, 1, f"{zh}编号", f"{en} no. (state)", U8, RO),
        Row(first + 2, 2, f"{zh}申请状态", f"{en} request state", U8, RO, "", BOOL),
        Row(first + 2, 3, f"{zh}执行状态", f"{en} execution state", U8, RO, "", BOOL),
    )


SECTIONS: Final[tuple[Section, ...]] = (
    Section(
        1,
        "设备信息",
        "device information",
        0,
        (
            Row(1, 0, "制造厂商", "manufacturer", TEXT128, RO),
            Row(2, 0, "设备版本", "device version: hardware, software", U32, RO),
            Row(3, 0, "设备编号", "serial number", TEXT16, RO),
            Row(4, 0, "出厂日期", "manufacture date", MOMENT, RO),
            Row(5, 0, "配置日期", "configuration date", MOMENT, RW),
        ),
    ),
    Section(
        2,
        "基础信息",
        "base information",
        0,
        (
            Row(1, 0, "安装路口", "installed at", TEXT128, RW),
            Row(2, 1, "信号机IPv4地址", "controller IPv4 address", IPV4, RW),
            Row(2, 2, "信号机IPv4子网掩码", "controller IPv4 mask", IPV4, RW),
            Row(2, 3, "信号机IPv4网关", "controller IPv4 gateway", IPV4, RW),
            Row(3, 1, "上位机IPv4地址", "host IPv4 address", IPV4, RW),
            Row(3, 2, "上位机IPv4端口", "host port", U16, RW),
            Row(3, 3, "上位机IPv4通信类型", "host transport", U8, RW, "", Transport),
            Row(4, 0, "时区", "time zone: offset from UTC", S32, RW, "s"),
            Row(5, 0, "信号机编号", "controller id", U32, RW),
            Row(6, 0, "控制路口数量", "number of controlled junctions", U8, RW, "", JUNCTIONS),
            Row(7, 0, "GPS时钟标志", "GPS clock flag", U8, RO, "", BOOL),
            Row(8, 1, "信号机IPv6地址", "controller IPv6 address", IPV6, RW),
            Row(8, 2, "信号机IPv6子网前缀", "controller IPv6 prefix", IPV6, RW),
            Row(8, 3, "信号机IPv6网关", "controller IPv6 gateway", IPV6, RW),
            Row(9, 1, "上位机IPv6地址", "host IPv6 address", IPV6, RW),
            Row(9, 2, "上位机IPv6端口", "host IPv6 port", U16, RW),
            Row(9, 3, "上位机IPv6通信类型", "host IPv6 transport", U8, RW, "", Transport),
        ),
    ),
    Section(
        3,
        "灯组信息",
        "lamp groups",
        64,
        (
            Row(1, 0, "实际灯组数", "number of lamp groups", U8, RO),
            Row(2, 1, "灯组编号", "lamp group no.", U8, RO),
            Row(2, 2, "灯组类型", "lamp group type", U8, RW, "", LampType),
            Row(3, 1, "灯组状态", "lamp group state", U8, RO, "", LampState),
            Row(3, 2, "灯组状态(另一布局)", "state, other layout", U8, RO, "", LampState),
            Row(4, 1, "灯组编号(控制)", "lamp group no. (control)", U8, RO),
            Row(4, 2, "灯组屏蔽", "lamp group shield", U8, RW, "", BOOL),
            Row(4, 3, "灯组禁止", "lamp group forbid", U8, RW, "", BOOL),
        ),
    ),
    Section(
        4,
        "相位信息",
        "phases",
        64,
        (
            Row(1, 0, "实际相位数", "number of phases", U8, RO),
            Row(2, 1, "相位编号", "phase no.", U8, RO),
            Row(2, 2, "相位灯组", "lamp groups of the phase", MASK64, RW),
            *_lamp_rows(),
            Row(2, 27, "最小绿时间", "minimum green", U16, RW, "s"),
            Row(2, 28, "最大绿时间1", "maximum green 1", U16, RW, "s"),
            Row(2, 29, "最大绿时间2", "maximum green 2", U16, RW, "s"),
            Row(2, 30, "延长绿时间", "green extension", U16, RW, "1 s or 0.1 s, by site"),
            Row(2, 31, "相位需求", "demand: detectors", MASK64, RW),
            Row(3, 1, "相位编号(控制)", "phase no. (control)", U8, RO),
            Row(3, 2, "相位屏蔽", "phase shield", U8, RW, "", BOOL),
            Row(3, 3, "相位禁止", "phase forbid", U8, RW, "", BOOL),
        ),
    ),
    Section(
        5,
        "检测器信息",
        "detectors",
        128,
        (
            Row(1, 0, "实际检测器数", "number of detectors", U8, RO),
            Row(2, 1, "检测器编号", "detector no.", U8, RO),
            Row(2, 2, "检测器类型", "detector type", U8, RW, "", DetectorType),
            Row(2, 3, "流量采集周期", "flow period", U16, RW, "s"),
            Row(2, 4, "占有率采集周期", "occupancy period", U16, RW, "s"),
            Row(2, 5, "检测器安装位置", "detector location", TEXT128, RW),
            Row(3, 1, "检测器编号(状态)", "detector no. (state)", U8, RO),
            Row(3, 2, "车辆有无状态", "vehicle present", U8, RO, "", BOOL),
            Row(3, 3, "车辆速度", "vehicle speed", U8, RO, "km/h"),
            Row(3, 4, "车辆类型", "vehicle type", U8, RO, "", VehicleType),
            Row(3, 5, "车辆号牌", "plate number", TEXT16, RO),
            Row(3, 6, "排队长度", "queue length", U16, RO, "m"),
        ),
    ),
    Section(
        6,
        "相位阶段信息",
        "stages",
        64,
        (
            Row(1, 0, "实际相位阶段数", "number of stages", U8, RO),
            Row(2, 1, "相位阶段编号", "stage no.", U8, RO),
            Row(2, 2, "相位阶段的相位", "phases of the stage", MASK64, RW),
            Row(2, 3, "相位晚启动时间", "late start per phase", ARRAY64, RW, "s"),
            Row(2, 4, "相位早结束时间", "early end per phase", ARRAY64, RW, "s"),
            Row(3, 1, "相位阶段编号(状态)", "stage no. (state)", U8, RO),
            Row(3, 2, "相位阶段状态", "stage state", U8, RO, "", StageState),
            Row(3, 3, "相位阶段已运行时间", "stage: elapsed", U16, RO, "s"),
            Row(3, 4, "相位阶段剩余时间", "stage: remaining", U16, RO, "s"),
            Row(4, 1, "相位阶段编号(控制)", "stage no. (control)", U8, RO),
            Row(4, 2, "相位阶段软件需求", "stage: software demand", U8, RW, "", BOOL),
            Row(4, 3, "相位阶段屏蔽", "stage shield", U8, RW, "", BOOL),
            Row(4, 4, "相位阶段禁止", "stage forbid", U8, RW, "", BOOL),
        ),
    ),
    Section(
        7,
        "相位安全信息",
        "phase safety",
        64,
        (
            Row(1, 1, "相位编号(冲突)", "phase no. (conflicts)", U8, RO),
            Row(1, 2, "相位冲突序列", "conflicting phases", MASK64, RW),
            Row(2, 1, "相位编号(绿间隔)", "phase no. (green interval)", U8, RO),
            Row(2, 2, "相位绿间隔", "green interval to each phase", ARRAY64, RW, "by site"),
        ),
    ),
    Section(
        8,
        "紧急优先",
        "priority and emergency",
        64,
        (*_request_rows(1, "优先", "priority"), *_request_rows(4, "紧急", "emergency")),
    ),
    Section(
        9,
        "方案信息",
        "plans",
        128,
        (
            Row(1, 0, "实际方案数", "number of plans", U8, RO),
            Row(2, 1, "方案编号", "plan no.", U8, RO),
            Row(2, 2, "方案所属路口", "plan: junction no.", U8, RW, "", JUNCTIONS),
            Row(2, 3, "周期", "cycle", U32, RW, "s"),
            Row(2, 4, "协调序号", "coordination index", U8, RW, "", range(1, 17)),
            Row(2, 5, "相位差", "offset", U16, RW, "s"),
            Row(2, 6, "相位阶段链", "stage chain", ARRAY16, RW, "", STAGES),
            Row(2, 7, "相位阶段时间链", "stage times, transition included", TIMES16, RW, "s"),
            Row(2, 8, "相位阶段出现类型链", "appearance", ARRAY16, RW, "", StageAppearance),
        ),
    ),
    Section(
        10,
        "过渡约束",
        "transition constraints",
        64,
        (
            Row(1, 1, "目标相位阶段编号", "target stage no.", U8, RO),
            Row(1, 2, "过渡约束值", "constraint from each stage", ARRAY64, RW),
        ),
    ),
    Section(
        11,
        "日计划",
        "day plans",
        128,
        (
            Row(1, 0, "实际日计划数", "number of day plans", U8, RO),
            Row(2, 1, "日计划编号", "day plan no.", U8, RO),
            Row(2, 2, "日计划所属路口", "day plan: junction no.", U8, RW, "", JUNCTIONS),
            Row(2, 3, "时段开始时间链", "period start times", PAIRS48, RW, "h, min"),
            Row(2, 4, "时段执行方案链", "plan per period", ARRAY48, RW, "", PLANS),
            Row(2, 5, "时段控制模式链", "mode per period", ARRAY48, RW, "", ControlMode),
            *_action_rows(),
        ),
    ),
    Section(
        12,
        "调度表",
        "schedule",
        128,
        (
            Row(1, 0, "实际调度表数", "number of schedule entries", U8, RO),
            Row(2, 1, "调度表编号", "schedule entry no.", U8, RO),
            Row(2, 2, "调度表所属路口", "schedule: junction no.", U8, RW, "", JUNCTIONS),
            Row(2, 3, "调度表优先级", "priority, smaller is stronger", U8, RW),
            Row(2, 4, "星期值", "weekdays: bit 0 Sunday", U8, RW, "", range(128)),
            Row(2, 5, "月份值", "months: bits 1-12", U16, RW, "", range(8192)),
            Row(2, 6, "日期值", "days: bits 0-30", U32, RW, "", range(1 << 31)),
            Row(2, 7, "日计划编号", "schedule: day plan no.", U8, RW, "", PLANS),
        ),
    ),
    Section(
        13,
        "运行状态",
        "running state",
        0,
        (
            Row(1, 1, "检测器状态", "detector faults", MASK64, RO),
            Row(1, 2, "模块状态", "module faults", MASK64, RO),
            Row(1, 3, "机柜门状态", "cabinet doors", U8, RO),
            Row(1, 4, "电压", "voltage", U16, RO, "V"),
            Row(1, 5, "电流", "current", U16, RO, "0.1 A"),
            Row(1, 6, "温度", "temperature", U8, RO, "°C"),
            Row(1, 7, "湿度", "humidity", U8, RO, "%"),
            Row(1, 8, "水浸", "water", U8, RO, "", BOOL),
            Row(1, 9, "烟雾", "smoke", U8, RO, "", BOOL),
            Row(1, 10, "标准时间", "UTC time", MOMENT, RW),
            Row(1, 11, "本地时间", "local time", MOMENT, RW),
        ),
    ),
    Section(
        13,
        "路口运行状态",
        "junction's running state",
        8,
        (
            Row(2, 1, "路口编号", "junction no.", U8, RO),
            Row(2, 2, "当前控制模式", "current mode", U8, RO, "", ControlMode),
            Row(2, 3, "当前方案", "current plan", U8, RO),
            Row(2, 4, "当前相位阶段", "current stage", U8, RO),
        ),
    ),
    Section(
        14,
        "交通数据",
        "traffic data",
        128,
        (
            Row(1, 0, "实时占有", "real-time occupancy", MASK64, RO),
            Row(2, 1, "检测器编号(统计)", "detector no. (counts)", U8, RO),
            Row(2, 2, "流量", "flow per period", U16, RO, "veh"),
            Row(2, 3, "占有率", "occupancy", U8, RO, "%"),
            Row(2, 4, "平均速度", "mean speed", U16, RO, "km/h"),
        ),
    ),
    Section(
        15,
        "报警数据",
        "alarms",
        255,
        (
            Row(1, 0, "报警数量", "number of alarms", U32, RO),
            Row(2, 1, "报警编号", "alarm no.", U32, RO),
            Row(2, 2, "报警类型", "alarm type", U8, RO, "", AlarmType),
            Row(2, 3, "报警值", "alarm value", U8, RO, "", AlarmValue),
            Row(2, 4, "报警时间", "alarm time", MOMENT, RO),
        ),
    ),
    Section(
        16,
        "故障数据",
        "faults",
        255,
        (
            Row(1, 0, "故障数量", "number of faults", U32, RO),
            Row(2, 1, "故障编号", "fault no.", U32, RO),
            Row(2, 2, "故障类型", "fault type", U8, RO, "", FaultType),
            Row(2, 3, "故障时间", "fault time", MOMENT, RO),
            Row(2, 4, "故障动作", "action taken", U8, RO, "", FaultAction),
        ),
    ),
    Section(
        17,
        "中心控制",
        "centre control",
        8,
        (
            Row(1, 1, "控制路口编号", "centre control: junction no.", U8, RO),
            Row(1, 2, "指定相位阶段", "commanded stage", U8, RW, "", STAGES),
            Row(1, 3, "指定方案", "commanded plan", U8, RW, "", PLANS),
            Row(1, 4, "指定控制模式", "commanded mode", U8, RW, "", ControlMode),
        ),
    ),
    Section(
        18, "命令管道", "command pipe", 0, (Row(1, 0, "命令", "command", U128, RW, "", Command),)
    ),
)
