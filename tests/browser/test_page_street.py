"""The operator's street in a real browser: what fails is said, seen by a person, and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from street_scene import Scene, keep, pages, scene_in

from signalctl.controllers.device.emulator.controller import Controller

pytestmark = [pytest.mark.sumo, pytest.mark.xdist_group("browser-views")]
LONGEST_MS = 60_000


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, arterial: Path) -> Iterator[Scene]:
    with scene_in(tmp_path_factory.mktemp("street"), arterial) as found:
        yield found


@pytest.fixture
def visit(chromium: Any, scene: Scene) -> Iterator[Callable[..., Any]]:
    with pages(chromium, scene) as found:
        yield found


def test_a_lost_device_is_an_alarm_until_it_is_back_and_a_person_has_said_why(
    scene: Scene, visit: Callable[..., Any]
) -> None:
    page = visit("otto")
    page.wait_for_selector(f"[data-device={scene.ntcip}][data-fresh=fresh]", timeout=LONGEST_MS)
    assert page.locator(f"[data-alarm=lost][data-of={scene.ntcip}]").count() == 0
    scene.street.act(scene.ntcip, Controller.power_off)
    row = f"[data-device={scene.ntcip}]"
    page.wait_for_selector(f"{row}[data-fresh=stale]", timeout=LONGEST_MS)
    assert page.locator(f"{row} .lamps").count() == 0, "lamps that are too old are not shown"
    alarm = page.locator(f"[data-alarm=lost][data-of={scene.ntcip}]")
    alarm.wait_for(timeout=LONGEST_MS)
    assert "does not answer" in alarm.inner_text()
    assert "not acknowledged: " in page.locator(".strip").inner_text()
    keep(page, "street-alarm-en")
    page.locator("main").focus()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    assert "needs a reason" in page.locator("footer [role=status]").inner_text()
    page.keyboard.type("technician sent, line 4")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-acknowledged=true]", timeout=LONGEST_MS)
    assert "otto" in alarm.inner_text()
    assert "technician sent, line 4" in alarm.inner_text()
    assert alarm.get_attribute("data-active") == "true", "seen is not well again"
    keep(page, "street-acknowledged-en")
    scene.street.act(scene.ntcip, Controller.power_on)
    alarm.wait_for(state="detached", timeout=LONGEST_MS)
    page.wait_for_selector(f"{row}[data-fresh=fresh]", timeout=LONGEST_MS)
    page.locator("summary", has_text="Audit log").click()
    line = page.locator("tr", has_text="alarm-acknowledged")
    line.first.wait_for(timeout=LONGEST_MS)
    assert "otto" in line.first.inner_text()
    assert "technician sent, line 4" in line.first.inner_text()


def test_a_conflict_stays_on_the_list_after_it_is_over_and_only_operators_acknowledge(
    scene: Scene, visit: Callable[..., Any]
) -> None:
    page = visit("vera", language="zh", theme="dark")
    page.wait_for_selector(f"[data-device={scene.gbt}][data-fresh=fresh]", timeout=LONGEST_MS)
    for device in (scene.ntcip, scene.gbt):
        scene.street.act(device, lambda c: c.raise_fault("conflict", "two greens", flash=True))
    for device in (scene.ntcip, scene.gbt):
        page.wait_for_selector(f"[data-alarm=conflict][data-of={device}]", timeout=LONGEST_MS)
    page.wait_for_selector(f"[data-alarm=flash][data-of={scene.gbt}]", timeout=LONGEST_MS)
    keep(page, "street-conflict-zh")
    wall = visit("vera", theme="wall", width=1920, height=1080)
    wall.wait_for_selector("[data-wall-picture] [data-alarm=conflict]", timeout=LONGEST_MS)
    keep(wall, "street-wall-en")
    wall_zh = visit("vera", theme="wall", language="zh", width=1920, height=1080)
    wall_zh.wait_for_selector("[data-wall-picture] [data-alarm=conflict]", timeout=LONGEST_MS)
    keep(wall_zh, "street-wall-zh")
    assert wall.evaluate(SMALL_SIGNS) == [], "read from three metres"
    for device in (scene.ntcip, scene.gbt):
        scene.street.act(device, lambda c: c.clear_fault("conflict"))
    alarm = page.locator(f"[data-alarm=conflict][data-of={scene.ntcip}]")
    page.wait_for_selector(
        f"[data-alarm=conflict][data-of={scene.ntcip}][data-active=false]", timeout=LONGEST_MS
    )
    assert alarm.get_attribute("data-acknowledged") == "false"
    button = alarm.get_by_role("button")
    assert button.get_attribute("aria-disabled") == "true"
    button.click(force=True)
    assert "操作员" in page.locator("footer [role=status]").inner_text()
    page.reload()
    alarm.wait_for(timeout=LONGEST_MS)
    assert alarm.get_attribute("data-active") == "false"


SMALL_SIGNS = """() => [...document.querySelectorAll(
  '[data-wall-picture] .digits, [data-wall-picture] .name')]
  .filter(each => parseFloat(getComputedStyle(each).fontSize)
    < (each.classList.contains('digits') ? 28 : 20))
  .map(each => each.textContent)"""


def test_the_second_of_the_cycle_is_shown_and_goes_on(
    scene: Scene, visit: Callable[..., Any]
) -> None:
    page = visit("vera")
    cell = page.locator(f"[data-device={scene.ntcip}] .second")
    page.wait_for_function(
        "cell => /^\\d+ \\/ \\d+$/.test(document.querySelector(cell).textContent.trim())",
        arg=f"[data-device={scene.ntcip}] .second",
        timeout=180_000,
    )
    first = cell.inner_text()
    page.wait_for_function(
        "([cell, first]) => document.querySelector(cell).textContent.trim() !== first",
        arg=[f"[data-device={scene.ntcip}] .second", first],
        timeout=LONGEST_MS,
    )


def test_sound_is_off_until_somebody_wants_it(visit: Callable[..., Any]) -> None:
    page = visit("otto")
    box = page.get_by_role("checkbox", name="Sound")
    box.wait_for()
    assert not box.is_checked()
    box.check()
    page.reload()
    page.get_by_role("checkbox", name="Sound").wait_for()
    assert page.get_by_role("checkbox", name="Sound").is_checked()
