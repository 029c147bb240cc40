"""The difference between two plans of a network: second by second, and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from signalctl.domain.plan import StageSequence, TimingPlan
from signalctl.domain.program import Program
from signalctl.workflow.service.aspect_runs import runs


@dataclass(frozen=True, slots=True)
class _Words:
    """One sentence in both languages."""

    en: str
    zh: str


def difference(
    was: Mapping[str, tuple[TimingPlan, Program]], now: Mapping[str, tuple[TimingPlan, Program]]
) -> dict[str, Any]:
    """What differs from `was` to `now`; both by junction, programs in system time.

    `seconds` names every system second of the cycle in which a group shows something
    else, for junctions with the same cycle and groups; `shown` is all that the groups
    which differ show, before and after; `words` says it in sentences.
    """
    seconds = []
    shown: dict[str, Any] = {}
    words: list[_Words] = []
    for junction_id in sorted(set(was) | set(now)):
        if junction_id not in now:
            words.append(_Words(f"{junction_id} has no plan any more", f"{junction_id} 不再有方案"))
        elif junction_id not in was:
            words.append(_Words(f"{junction_id} gets a plan", f"{junction_id} 新增方案"))
        else:
            before, after = was[junction_id][1], now[junction_id][1]
            seconds += _seconds(junction_id, before, after)
            if before != after:
                shown[junction_id] = _both(before, after)
            words += _junction(junction_id, was[junction_id], now[junction_id])
    return {
        "seconds": seconds,
        "shown": shown,
        "words": {"en": [each.en for each in words], "zh": [each.zh for each in words]},
    }


def _seconds(junction_id: str, was: Program, now: Program) -> list[dict[str, Any]]:
    if was.cycle_s != now.cycle_s:
        return []
    return [
        {
            "junction": junction_id,
            "group": group,
            "second": second,
            "was": was.seconds[group][second],
            "now": now.seconds[group][second],
        }
        for group in now.group_ids
        if group in was.seconds
        for second in range(now.cycle_s)
        if was.seconds[group][second] != now.seconds[group][second]
    ]


def _both(was: Program, now: Program) -> dict[str, Any]:
    """What the groups that differ show, as runs of each program's own cycle; null for no such."""
    groups = sorted(set(was.group_ids) | set(now.group_ids))
    return {
        "was_cycle_s": was.cycle_s,
        "now_cycle_s": now.cycle_s,
        "groups": {
            group: {
                name: runs(program, group) if group in program.seconds else None
                for name, program in (("was", was), ("now", now))
            }
            for group in groups
            if was.seconds.get(group) != now.seconds.get(group)
        },
    }


def _junction(
    junction_id: str, was: tuple[TimingPlan, Program], now: tuple[TimingPlan, Program]
) -> Iterator[_Words]:
    (old, was_shown), (new, now_shown) = was, now
    if old.cycle_s != new.cycle_s:
        yield _Words(
            f"{junction_id}: cycle {old.cycle_s} s becomes {new.cycle_s} s",
            f"{junction_id}：周期由 {old.cycle_s} 秒改为 {new.cycle_s} 秒",
        )
    moved_s = _signed(new.offset.seconds - old.offset.seconds, new.cycle_s)
    same_reference = (old.offset.point, old.offset.group) == (new.offset.point, new.offset.group)
    if not same_reference:
        yield _Words(
            f"{junction_id}: the offset refers to another point",
            f"{junction_id}：相位差基准点已更改",
        )
    elif moved_s and old.cycle_s == new.cycle_s:
        yield _Words(
            f"{junction_id} starts {abs(moved_s)} s {'later' if moved_s > 0 else 'earlier'}",
            f"{junction_id} 起始{'推迟' if moved_s > 0 else '提前'} {abs(moved_s)} 秒",
        )
    told = False
    if isinstance(old.form, StageSequence) and isinstance(new.form, StageSequence):
        for each in _stages(junction_id, old.form, new.form):
            told = True
            yield each
    explained = was_shown.shifted(moved_s) if same_reference else was_shown
    if not told and old.cycle_s == new.cycle_s and explained != now_shown:
        groups = [
            g for g in now_shown.group_ids if explained.seconds.get(g) != now_shown.seconds[g]
        ]
        yield _Words(
            f"{junction_id}: other greens for {', '.join(groups)}",
            f"{junction_id}：{'、'.join(groups)} 的绿灯有变化",
        )


def _stages(junction_id: str, old: StageSequence, new: StageSequence) -> Iterator[_Words]:
    before = {stage.id: stage for stage in old.stages}
    after = {stage.id: stage for stage in new.stages}
    if [s.id for s in old.stages] != [s.id for s in new.stages]:
        order = ", ".join(after)
        yield _Words(
            f"{junction_id}: the stages are now {order}", f"{junction_id}：阶段顺序改为 {order}"
        )
    changed = {
        i: after[i].split_s - before[i].split_s
        for i in after
        if i in before and after[i].split_s != before[i].split_s
    }
    gains = {i: s for i, s in changed.items() if s > 0}
    losses = {i: -s for i, s in changed.items() if s < 0}
    if len(gains) == 1 and len(losses) == 1 and list(gains.values()) == list(losses.values()):
        ((gain, seconds),) = gains.items()
        (loss,) = losses
        yield _Words(
            f"{junction_id}: stage {gain} +{seconds} s, taken from stage {loss}",
            f"{junction_id}：阶段 {gain} 增加 {seconds} 秒，取自阶段 {loss}",
        )
    else:
        for i, seconds in changed.items():
            yield _Words(
                f"{junction_id}: stage {i} {seconds:+d} s",
                f"{junction_id}：阶段 {i} {'增加' if seconds > 0 else '减少'} {abs(seconds)} 秒",
            )
    for i in after:
        if i in before and after[i].greens != before[i].greens:
            yield _Words(
                f"{junction_id}: stage {i} serves other groups",
                f"{junction_id}：阶段 {i} 的放行信号组有变化",
            )


def _signed(seconds: int, cycle_s: int) -> int:
    """The shorter way round the cycle: -cycle/2 < result <= cycle/2."""
    way = seconds % cycle_s
    return way - cycle_s if way > cycle_s / 2 else way
