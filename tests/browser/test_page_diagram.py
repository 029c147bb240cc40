"""Work on the time-space diagram: offsets together, vehicles of a run, edges of rings."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# Vehicles are driven by SUMO; one service serves all of the group.
pytestmark = [pytest.mark.sumo, pytest.mark.xdist_group("browser")]

LONG_MS = 120_000
"""A busy machine takes long to unroll a plan nobody has asked for yet."""

ASK = """async ([method, path, body, key]) => {
  const {token} = JSON.parse(sessionStorage.getItem('signalctl.session'));
  const headers = {Authorization: 'Bearer ' + token, 'Content-Type': 'application/json'};
  if (key) headers['Idempotency-Key'] = key;
  const answer = await fetch('/api/v1' + path,
    {method, headers, body: body === null ? undefined : JSON.stringify(body)});
  return await answer.json();
}"""


def asked(page: Any, path: str, method: str = "GET", body: Any = None) -> Any:
    """What the service answers the person who is signed in."""
    key = None if method == "GET" else os.urandom(8).hex()
    return page.evaluate(ASK, [method, path, body, key])


def shoot(page: Any, name: str) -> None:
    """Keeps a picture where SIGNALCTL_SHOTS names a folder."""
    folder = os.environ.get("SIGNALCTL_SHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"diagram-{name}.png"))


def own_plan(page: Any, name: str, change: Callable[[Any], None] = lambda _plans: None) -> Any:
    """A new draft made of the service's first plan, changed."""
    first = asked(page, "/plans")["items"][0]
    document = asked(page, f"/plans/{first['id']}")["document"]
    change(document["plans"])
    named = f"{name} {os.urandom(3).hex()}"
    body = {"network": first["network"], "name": named, "document": document}
    made = asked(page, "/plans", "POST", body)
    assert "id" in made, made
    return made


def opened(page: Any, plan: Any, junction: str, handle: str, query: str = "") -> str:
    """The diagram of a plan with a handle taken, its seconds known; the handle's id."""
    page.evaluate("hash => { location.hash = hash }", "#/network")
    place = f"#/time-space?plan={plan['id']}&junction={junction}&handle={handle}{query}"
    page.evaluate("hash => { location.hash = hash }", place)
    name = f"handle_{junction}_{handle}"
    page.wait_for_selector(f'[id="{name}"]', timeout=LONG_MS)
    page.locator(f'[id="{name}"]').focus()
    page.wait_for_selector("svg[data-wall] rect.own", timeout=LONG_MS)
    return name


def value_of(page: Any, handle: str) -> int:
    return int(page.locator(f'[id="{handle}"]').get_attribute("aria-valuenow"))


def widths(page: Any) -> list[str]:
    return [page.locator(f"[data-band={way}] b").inner_text() for way in ("outbound", "inbound")]


def offsets(page: Any, plan: Any) -> dict[str, int]:
    document = asked(page, f"/plans/{plan['id']}")["document"]
    return {each["junction"]: each["offset"]["seconds"] for each in document["plans"]}


def test_offsets_move_together_and_back_in_one_step(visit: Callable[..., Any]) -> None:
    li = visit("li").page
    plan = own_plan(li, "moved together")
    was, cycle_s = offsets(li, plan), asked(li, f"/plans/{plan['id']}/diagram")["cycle_s"]
    order = list(was)

    # The whole corridor: no band changes, and one undo brings all of it back.
    opened(li, plan, "J4", "offset")
    for _ in range(2):
        li.keyboard.press("l")
    all_of_it = "handle_J4_offsets:all"
    li.locator(f'[id="{all_of_it}"]').focus()
    li.wait_for_selector("svg[data-wall] rect.own")
    before = widths(li)
    li.keyboard.press("ArrowRight")
    li.wait_for_selector("[data-save=saved]")
    assert widths(li) == before
    assert offsets(li, plan) == {j: (s + 1) % cycle_s for j, s in was.items()}
    assert not li.locator("[data-differs]").count()
    li.keyboard.press("Control+z")
    li.wait_for_function("() => document.querySelector('[data-save=saved]')")
    li.wait_for_timeout(600)
    li.wait_for_selector("[data-save=saved]")
    assert offsets(li, plan) == was

    # All after the junction: those before it stay, and the band is the service's.
    opened(li, plan, "J4", "offsets:downstream")
    li.keyboard.press("ArrowRight")
    li.keyboard.press("ArrowRight")
    li.wait_for_timeout(600)
    li.wait_for_selector("[data-save=saved]")
    after = offsets(li, plan)
    moved = {j for j in was if after[j] != was[j]}
    assert moved == set(order[order.index("J4") :])
    assert {(after[j] - was[j]) % cycle_s for j in moved} == {2}
    assert not li.locator("[data-differs]").count()
    shoot(li, "together")


def test_vehicles_are_driven_shown_and_old_after_an_edit(visit: Callable[..., Any]) -> None:
    li = visit("li", width=1600, height=900).page
    plan = own_plan(li, "driven")
    offset = opened(li, plan, "J4", "offset")
    li.keyboard.press("t")
    li.wait_for_selector("text=No vehicles have been driven by this plan yet.")
    li.get_by_role("button", name="Simulate", exact=True).click()
    li.wait_for_selector("[data-vehicle-run=running] progress, [data-vehicle-run=queued] progress")
    li.wait_for_selector("[data-vehicle-run=done]", timeout=LONG_MS)
    layer = li.locator("[data-vehicles]")
    assert layer.get_attribute("data-old") == "false"
    assert int(layer.get_attribute("data-standing")) > 0
    drawn = dict(part.split(":") for part in layer.get_attribute("data-vehicles").split())
    jobs = [job for job in asked(li, "/jobs")["items"] if job["kind"] == "trajectories"]
    told = asked(li, f"/jobs/{jobs[0]['id']}")
    assert {way: len(ways) for way, ways in told["result"]["directions"].items()} == {
        way: int(count) for way, count in drawn.items()
    }
    assert told["plan_hash"] == asked(li, f"/plans/{plan['id']}")["hash"]
    assert li.locator(f"text={told['plan_hash'][7:15]}").count()
    assert painted(li) > 2000
    shoot(li, "vehicles")

    # An edit leaves them standing as old; undone, they are of this draft again.
    li.locator(f'[id="{offset}"]').focus()
    li.keyboard.press("ArrowRight")
    li.wait_for_selector("[data-vehicle-run=old]")
    assert layer.get_attribute("data-old") == "true"
    assert li.get_by_role("button", name="Simulate anew").count()
    shoot(li, "vehicles-old")
    li.keyboard.press("Control+z")
    li.wait_for_selector("[data-vehicle-run=done]")

    # Who may not simulate sees what was driven; a reload finds it again.
    eye = visit("eye", language="zh").page
    opened(eye, plan, "J4", "offset", "&vehicles=on")
    eye.wait_for_selector("[data-vehicles]")
    shoot(eye, "vehicles-zh")


def painted(page: Any) -> int:
    """Pixels of the vehicles' bitmap that are not clear."""
    count: int = page.evaluate(
        """() => {
          const canvas = document.querySelector('[data-vehicles] canvas');
          const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          let found = 0;
          for (let i = 3; i < data.length; i += 4) if (data[i] > 0) found++;
          return found;
        }"""
    )
    return count


def test_a_run_of_vehicles_is_cancelled(visit: Callable[..., Any]) -> None:
    li = visit("li").page
    plan = own_plan(li, "never driven")
    offset = opened(li, plan, "J2", "offset")
    li.keyboard.press("ArrowRight")
    li.keyboard.press("t")
    li.get_by_role("button", name="Simulate", exact=True).click()
    li.wait_for_selector("[data-vehicle-run] progress")
    li.get_by_role("button", name="Cancel", exact=True).click()
    li.wait_for_selector("text=The simulation was cancelled")
    job = next(job for job in asked(li, "/jobs")["items"] if job["kind"] == "trajectories")
    assert job["state"] == "cancelled"
    assert not li.locator("[data-vehicles]").count()
    assert value_of(li, offset) >= 0


def test_ends_of_green_windows_and_phases_are_moved(visit: Callable[..., Any]) -> None:
    li = visit("li").page
    first = asked(li, "/plans")["items"][0]
    diagram = asked(li, f"/plans/{first['id']}/diagram")
    row = next(row for row in diagram["rows"] if row["junction"] == "J3")
    group = row["progression"]["outbound"][0]
    plan = own_plan(li, "in windows", lambda plans: as_windows(plans, row))
    end = opened(li, plan, "J3", f"end:1|{group}")
    was = value_of(li, end)
    before = asked(li, f"/plans/{plan['id']}")["document"]
    li.keyboard.press("ArrowLeft")
    assert value_of(li, end) == was - 1
    li.wait_for_timeout(600)
    li.wait_for_selector("[data-save=saved]")
    after = asked(li, f"/plans/{plan['id']}")["document"]
    window = next(p for p in after["plans"] if p["junction"] == "J3")["windows"][group][0]
    own = next(p for p in before["plans"] if p["junction"] == "J3")["windows"][group][0]
    assert window == [own[0], own[1] - 1, own[2]]
    assert not li.locator("[data-differs]").count()
    shoot(li, "windows")

    plan = own_plan(li, "in rings", as_rings)
    rings = next(p for p in plan["document"]["plans"] if p["junction"] == "J3")["ring_barrier"]
    # The end of one ring's phase alone would come too near to the other ring's greens.
    phase = opened(li, plan, "J3", "phase:1|2")
    was = value_of(li, phase)
    li.keyboard.press("ArrowRight")
    assert value_of(li, phase) == was
    assert "intergreen" in li.locator("[role=status]").inner_text()
    barrier = opened(li, plan, "J3", "barrier:1")
    was = value_of(li, barrier)
    li.keyboard.press("ArrowRight")
    assert value_of(li, barrier) == was + 1
    li.wait_for_timeout(600)
    li.wait_for_selector("[data-save=saved]")
    moved = next(
        p for p in asked(li, f"/plans/{plan['id']}")["document"]["plans"] if p["junction"] == "J3"
    )
    assert [splits_of(moved["ring_barrier"], ring) for ring in (0, 1)] == [
        [first, last + 1, next_first - 1, next_last]
        for first, last, next_first, next_last in (splits_of(rings, ring) for ring in (0, 1))
    ]
    assert not li.locator("[data-differs]").count()
    shoot(li, "rings")
    li.keyboard.press("Control+z")
    assert value_of(li, barrier) == was


def splits_of(rings: Any, ring: int) -> list[int]:
    return [phase["split_s"] for section in rings["sections"] for phase in section[ring]]


def as_windows(plans: Any, row: Any) -> None:
    """J3's plan said as green windows."""
    plan = next(each for each in plans if each["junction"] == "J3")
    del plan["stages"]
    plan["windows"] = {
        group: windows
        for group, runs in row["aspects"].items()
        if (windows := greens(runs, row["cycle_s"]))
    }
    plan["offset"] = {"seconds": 0}


def greens(runs: Any, cycle_s: int) -> list[list[Any]]:
    """[start, end, kind] of each green; one over second 0 is put together again."""
    kinds = {"G": "protected", "g": "permissive"}
    found = [[start, end, kinds[letter]] for start, end, letter in runs if letter in kinds]
    if len(found) > 1:
        first, last = found[0], found[-1]
        if first[0] == 0 and last[1] == cycle_s and first[2] == last[2]:
            found.pop(0)
            last[1] += first[1]
    return found


def as_rings(plans: Any) -> None:
    """J3 in two rings of four phases, with a barrier after the second; 5 s between greens."""
    plan = next(each for each in plans if each["junction"] == "J3")
    del plan["stages"]
    crossings = {"E": "N", "W": "S", "N": "E", "S": "W"}
    phases = [("EW", "through", plan["cycle_s"] - 49, 15), ("NS", "left", 12, 0)]
    phases += [("NS", "through", 24, 16), ("EW", "left", 13, 0)]
    rings: list[list[Any]] = [[], []]
    for place, (arms, turn, split_s, clearing_s) in enumerate(phases):
        for ring, arm in enumerate(arms):
            through = turn == "through"
            rings[ring].append(
                {
                    "number": 1 + place + 4 * ring,
                    "split_s": split_s,
                    "protected": [f"{arm}-{turn}"],
                    "permissive": [f"{arm}-right"] if through else [],
                    "amber_s": 3,
                    "red_clearance_s": 2,
                    "walks": [f"{crossings[arm]}-crossing"] if through else [],
                    "walk_s": split_s - clearing_s if through else 0,
                }
            )
    sections = [[ring[:2] for ring in rings], [ring[2:] for ring in rings]]
    plan["ring_barrier"] = {"start_s": 13, "sections": sections}


def test_any_plan_and_any_save_is_drawn_beside_the_draft(visit: Callable[..., Any]) -> None:
    li = visit("li", language="zh", width=1920, height=1080).page
    first = asked(li, "/plans")["items"][0]
    plan = own_plan(li, "compared")
    offset = opened(li, plan, "J4", "offset")
    was = value_of(li, offset)
    for _ in range(5):
        li.keyboard.press("ArrowRight")
    li.wait_for_timeout(600)
    li.wait_for_selector("[data-save=saved]")
    assert not li.locator("path.ghost").count()
    compare = li.get_by_label("对比")
    compare.select_option(str(first["id"]))
    li.wait_for_selector(f"[data-compared='{first['id']}']")
    assert li.locator("path.ghost").count() > 0
    compare.hover()
    compare.select_option("save1")
    li.wait_for_selector("[data-compared=save1]")
    shoot(li, "compared-zh")
    li.locator(f'[id="{offset}"]').focus()
    li.keyboard.press("r")
    assert value_of(li, offset) == was
