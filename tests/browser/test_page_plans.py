"""Plan files in and out, saves compared, a submission withdrawn, a corridor picked on the map."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from signalctl.files.plan_file import plan_set_document, read_plans

# The service reads the network with SUMO's tools; one service serves all of the group.
pytestmark = [pytest.mark.sumo, pytest.mark.xdist_group("browser-views")]

LONG_MS = 120_000

ASK = """async ([method, path, body, tag]) => {
  const {token} = JSON.parse(sessionStorage.getItem('signalctl.session'));
  const headers = {Authorization: 'Bearer ' + token, 'Content-Type': 'application/json'};
  if (tag) headers['If-Match'] = '"' + tag + '"';
  const answer = await fetch('/api/v1' + path,
    {method, headers, body: body === null ? undefined : JSON.stringify(body)});
  return await answer.json();
}"""


def asked(page: Any, path: str, method: str = "GET", body: Any = None, tag: str = "") -> Any:
    """What the service answers the person who is signed in."""
    return page.evaluate(ASK, [method, path, body, tag])


def shoot(page: Any, name: str) -> None:
    """Keeps a picture where SIGNALCTL_SHOTS names a folder."""
    folder = os.environ.get("SIGNALCTL_SHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"plans-{name}.png"))


def own_plan(page: Any, name: str) -> Any:
    """A draft with two saves, of which the second moves J2 and J4."""
    first = asked(page, "/plans")["items"][0]
    document = asked(page, f"/plans/{first['id']}")["document"]
    body = {"network": first["network"], "name": name, "document": document}
    made = asked(page, "/plans", "POST", body)
    later = made["document"]
    for plan in later["plans"]:
        by_s = {"J2": 1, "J4": 3}.get(plan["junction"], 0)
        plan["offset"]["seconds"] = (plan["offset"]["seconds"] + by_s) % plan["cycle_s"]
    saved = asked(page, f"/plans/{made['id']}", "PUT", {"document": later}, made["hash"])
    assert saved["version"] == 2, saved
    return saved


def show(page: Any, query: str) -> None:
    page.evaluate("hash => { location.hash = hash }", f"#/plans?{query}")
    page.wait_for_selector(".page header h1", timeout=LONG_MS)


def test_saves_are_compared_in_words_values_and_bars(visit: Callable[..., Any]) -> None:
    page = visit("li").page
    plan = own_plan(page, "two saves")
    show(page, f"plan={plan['id']}&against={plan['id']}&againstversion=1")
    page.wait_for_selector("[data-changed=J4]", timeout=LONG_MS)
    words = page.locator("#plan-words li").all_inner_texts()
    assert words == ["J2 starts 1 s later", "J4 starts 3 s later"]
    page.keyboard.press("j")
    page.keyboard.press("j")
    row = page.locator("[data-changed=J4]")
    assert row.get_attribute("open") is not None
    difference = asked(page, f"/plans/{plan['id']}/diff?to={plan['id']}&to_version=1")
    framed = row.locator("rect.changed")
    framed.first.wait_for()
    seconds = [each for each in difference["seconds"] if each["junction"] == "J4"]
    per_s = float(row.locator("rect.changed").first.get_attribute("width") or 0) / 3
    drawn = sum(float(each.get_attribute("width") or 0) for each in framed.all()) / per_s
    assert round(drawn) == len(seconds)
    shoot(page, "saves")
    # A refused compare leaves nothing behind: the other way round is the same, earlier.
    show(page, f"plan={plan['id']}&version=1&against={plan['id']}&againstversion=2")
    page.wait_for_selector("text=J4 starts 3 s earlier", timeout=LONG_MS)
    page.wait_for_selector("text=the plan has gone on since")


def test_a_plan_goes_out_as_a_file_and_comes_in_again(
    visit: Callable[..., Any], tmp_path: Path
) -> None:
    page = visit("li").page
    plan = own_plan(page, "out and in")
    show(page, f"plan={plan['id']}")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download (.yaml)").click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    assert plan_set_document(read_plans(path)) == plan["document"]
    page.get_by_role("button", name="Upload a plan file").click()
    wrong = tmp_path / "wrong.yaml"
    lines = path.read_text().splitlines()
    broken = next(i for i, line in enumerate(lines) if "cycle_s" in line)
    lines[broken] = lines[broken].replace("cycle_s", "cycle")
    wrong.write_text("\n".join(lines))
    page.set_input_files("section.upload input[type=file]", str(wrong))
    refusal = page.locator("section.upload [role=alert]")
    refusal.wait_for(timeout=LONG_MS)
    assert "wrong.yaml was not taken" in refusal.inner_text()
    assert refusal.locator("pre .here").count() == 1
    shoot(page, "refused-file")
    page.set_input_files("section.upload input[type=file]", str(path))
    page.wait_for_selector(f"text={path.name} is draft", timeout=LONG_MS)
    newest = asked(page, "/plans?limit=500")["items"][-1]
    assert newest["hash"] == plan["hash"]
    assert newest["id"] != plan["id"]


def test_a_submission_is_withdrawn_with_its_reason(visit: Callable[..., Any]) -> None:
    page = visit("li").page
    plan = own_plan(page, "withdrawn")
    show(page, f"plan={plan['id']}")
    page.get_by_role("button", name="Submit for approval").click()
    page.wait_for_selector("text=is submitted for approval", timeout=LONG_MS)
    page.wait_for_selector("text=8 of 8 junctions certified", timeout=LONG_MS)
    withdraw = page.get_by_role("button", name="Withdraw", exact=True)
    assert withdraw.get_attribute("aria-disabled") == "true"
    page.get_by_label("Reason").fill("J4 is dug up")
    withdraw.click()
    page.wait_for_selector("text=is a draft again", timeout=LONG_MS)
    assert asked(page, f"/plans/{plan['id']}")["state"] == "draft"
    history = page.locator("section[aria-label=History]")
    history.get_by_text("withdrew").wait_for(timeout=LONG_MS)
    assert "li withdrew: “J4 is dug up”" in history.inner_text().replace("\n", " ")
    page.get_by_role("button", name="Rename", exact=True).click()
    page.get_by_label("New name").fill("after the roadworks")
    page.get_by_role("button", name="Save name").click()
    page.wait_for_selector("h1:has-text('after the roadworks')", timeout=LONG_MS)


def test_a_corridor_picked_on_the_map_is_drawn_and_planned(visit: Callable[..., Any]) -> None:
    page = visit("li").page
    page.evaluate("hash => { location.hash = hash }", "#/network")
    page.wait_for_selector("#map-J2", timeout=LONG_MS)
    page.locator("#map-J2").click()
    page.locator("#map-J5").click(modifiers=["Shift"])
    panel = page.locator("section[aria-label=Corridor]")
    assert "J2 – J3 – J4 – J5" in panel.inner_text()
    panel.get_by_role("button", name="New draft on it").click()
    page.wait_for_selector("[role=slider]", timeout=LONG_MS)
    made = asked(page, "/plans?limit=500")["items"][-1]
    rows = asked(page, f"/plans/{made['id']}/diagram")["rows"]
    assert [row["junction"] for row in rows] == ["J2", "J3", "J4", "J5"]
    assert page.locator("svg .label .name").count() == 4
    page.evaluate("hash => { location.hash = hash }", "#/network?corridor=J2,J3,J4,J5")
    page.wait_for_selector(
        f"text=Plan v{made['number']} coordinates this corridor", timeout=LONG_MS
    )
    panel.get_by_role("button", name="Find a green wave").click()
    page.wait_for_selector("[data-job]", timeout=LONG_MS)
    page.wait_for_selector("[data-job=done]", timeout=3 * LONG_MS)
    page.get_by_role("button", name="Take over as draft").click()
    # The plans view shows what the draft changes.
    page.wait_for_function("() => location.hash.startsWith('#/plans?')", timeout=LONG_MS)
    wave = asked(page, "/plans?limit=500")["items"][-1]
    document = asked(page, f"/plans/{wave['id']}")["document"]
    assert document["corridor"]["junctions"] == ["J2", "J3", "J4", "J5"]
    assert len(document["plans"]) == 8


def test_the_map_is_worked_by_keys_and_coloured_by_measures(visit: Callable[..., Any]) -> None:
    page = visit("li").page
    page.evaluate("hash => { location.hash = hash }", "#/network?corridor=J3,J4,J5&junction=J3")
    page.wait_for_selector("#map-J3", timeout=LONG_MS)
    page.keyboard.press("]")
    page.wait_for_selector("#map-J4.selected")
    page.keyboard.press("[")
    page.wait_for_selector("#map-J3.selected")
    page.keyboard.press("/")
    page.keyboard.type("J7")
    assert page.locator("[role=listbox] [role=option]").count() == 1
    page.keyboard.press("Escape")
    page.locator("body").click(position={"x": 5, "y": 5})
    first = asked(page, "/plans")["items"][0]
    page.evaluate("hash => { location.hash = hash }", f"#/network?layer=band&plan={first['id']}")
    page.wait_for_selector("line.link", state="attached", timeout=LONG_MS)
    assert page.locator("line.link").count() == 14
    page.evaluate("hash => { location.hash = hash }", "#/network?layer=plan")
    page.wait_for_selector(".junction g.draft, .junction g.warning", timeout=LONG_MS)
    named = page.locator("#map-J1").get_attribute("aria-label") or ""
    assert "approved" in named or "draft" in named
