"""From a moved second to the street and back, as three people, in a real browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from signalctl.cli.main import run
from signalctl.domain.band import widest_band
from signalctl.files.plan_file import read_plans
from signalctl.networks.shipped import build
from signalctl.workflow.fitting import fit
from signalctl.workflow.source import open_source

# Fitting the plan reads the network with SUMO's tools; one service serves all of the group.
pytestmark = [pytest.mark.sumo, pytest.mark.xdist_group("browser")]

FETCH = """async path => {
  const {token} = JSON.parse(sessionStorage.getItem('signalctl.session'));
  const answer = await fetch('/api/v1' + path, {headers: {Authorization: 'Bearer ' + token}});
  return await answer.json();
}"""


TEXT = """async path => {
  const {token} = JSON.parse(sessionStorage.getItem('signalctl.session'));
  const answer = await fetch('/api/v1' + path, {headers: {Authorization: 'Bearer ' + token}});
  return await answer.text();
}"""

JOB_MS = 420_000
"""A short search in SUMO on a machine that does other things too."""


def asked(page: Any, path: str) -> Any:
    """What the service answers the person who is signed in."""
    return page.evaluate(FETCH, path)


def open_time_space(page: Any, query: str = "") -> None:
    page.evaluate("hash => { location.hash = hash }", f"#/time-space{query}")
    page.wait_for_selector("[role=slider]")


def value_of(page: Any, handle: str) -> int:
    return int(page.locator(f'[id="{handle}"]').get_attribute("aria-valuenow"))


def take(page: Any, junction: str, handle: str) -> str:
    """Selects a handle and waits until its seconds are known; the handle's id."""
    page.evaluate("hash => { location.hash = hash }", "#/network")
    open_time_space(page, f"?junction={junction}&handle={handle}&plan={PLAN['id']}")
    name = f"handle_{junction}_{handle}"
    page.locator(f'[id="{name}"]').focus()
    page.wait_for_selector("svg[data-wall] rect.own")
    return name


PLAN: dict[str, Any] = {}


def saved(page: Any) -> None:
    page.wait_for_selector("[data-save=saved]")


def widths(page: Any) -> dict[str, str]:
    return {
        way: page.locator(f"[data-band={way}] b").inner_text() for way in ("outbound", "inbound")
    }


def test_a_second_moves_from_the_desk_to_the_street_and_back(
    visit: Callable[..., Any], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    li = visit("li").page
    open_time_space(li)
    PLAN.update(asked(li, "/plans")["items"][0])
    offset = take(li, "J4", "offset")

    # One second by the keyboard: value, band and delay follow, and the band is signalctl's.
    before, was = widths(li), value_of(li, offset)
    for _ in range(12):
        li.keyboard.press("ArrowRight")
    cycle_s = asked(li, f"/plans/{PLAN['id']}/diagram")["cycle_s"]
    assert value_of(li, offset) == (was + 12) % cycle_s
    assert widths(li) != before
    saved(li)
    assert not li.locator("[data-differs]").count()
    assert_bands(li, tmp_path, cycle_s, capfd)
    assert f"offset {(was + 12) % cycle_s} of" in li.locator(f'[id="{offset}"]').get_attribute(
        "aria-valuetext"
    )

    # Undo, one press at a time, to a document that is the same again.
    for _ in range(12):
        li.keyboard.press("Control+z")
    assert value_of(li, offset) == was
    assert widths(li) == before
    li.keyboard.press("Control+y")
    assert value_of(li, offset) == (was + 1) % cycle_s
    li.keyboard.press("Control+z")
    saved(li)

    # A stage boundary stops at the rule: the value stays, the rule is named, nothing is saved.
    stages = asked(li, f"/plans/{PLAN['id']}/diagram")["rows"][3]["stages"]
    boundary = take(li, "J4", f"stage:{stages[0]['id']}|{stages[1]['id']}")
    hash_before = asked(li, f"/plans/{PLAN['id']}")["hash"]
    pair = f"stage:{stages[0]['id']}|{stages[1]['id']}"
    table = asked(li, f"/plans/{PLAN['id']}/moves?junction=J4&handle={quote(pair)}")
    refused = min(
        (each["splits_s"][stages[0]["id"]] for each in table["candidates"] if not each["ok"]),
        key=lambda split_s: abs(split_s - stages[0]["split_s"]),
    )
    towards = 1 if refused > stages[0]["split_s"] else -1
    for _ in range(abs(refused - stages[0]["split_s"])):
        li.keyboard.press("ArrowRight" if towards > 0 else "ArrowLeft")
    held = refused - towards
    rules = next(
        each["rules"]
        for each in table["candidates"]
        if each["splits_s"][stages[0]["id"]] == refused
    )
    status = li.locator("footer [role=status]")
    assert f"The value stays at {held}. {' '.join(rules)}" in status.inner_text()
    assert "wrong" in (status.get_attribute("class") or "")
    assert li.locator("g.refused text").text_content() == " ".join(rules)
    assert value_of(li, boundary) == held
    while li.locator(".acts button").first.get_attribute("aria-disabled") != "true":
        if value_of(li, boundary) == stages[0]["split_s"]:
            break
        li.keyboard.press("Control+z")
    saved(li)
    assert asked(li, f"/plans/{PLAN['id']}")["hash"] == hash_before

    drag_an_offset(li)
    saved(li)
    optimise(li)
    open_time_space(li, f"?plan={PLAN['id']}")
    li.get_by_role("button", name="Submit").click()
    li.wait_for_selector("text=is submitted for approval")

    approve(visit)
    push_and_roll_back(visit)


def assert_bands(page: Any, folder: Path, cycle_s: int, capfd: pytest.CaptureFixture[str]) -> None:
    """What the page shows is what the domain and the command line say of the saved plan."""
    shown = widths(page)
    path = folder / "plans.yaml"
    path.write_text(page.evaluate(TEXT, f"/plans/{PLAN['id']}/file"))
    net = build("arterial", folder / "arterial").net
    plans = read_plans(path)
    programs = {each.junction.id: each.program for each in fit(plans, open_source(net).network)}
    capfd.readouterr()
    drawing = ["diagram", str(path), "--network", str(net), "-o", str(folder / "out.svg")]
    assert run([*drawing, "--json"]) == 0
    said = json.loads(capfd.readouterr().out)["bands"]
    assert plans.corridor is not None
    assert set(said) == set(plans.corridor.directions)
    for way, progression in plans.corridor.directions.items():
        width_s = widest_band(progression, programs, cycle_s).width_s
        assert said[way]["width_s"] == pytest.approx(width_s, abs=0.001)
        assert shown[way].startswith(f"{round(width_s, 1):g} s"), (shown, width_s)


def optimise(page: Any) -> None:
    """A short search ordered in the page; a better plan, where there is one, becomes a draft."""
    page.evaluate("hash => { location.hash = hash }", f"#/runs?plan={PLAN['id']}")
    form = page.locator("section[aria-label='New run']")
    form.get_by_role("button", name="Optimise", exact=True).click()
    form.locator("select[name=scenario]").select_option("short")
    form.locator("input[name=budget]").fill("10")
    form.locator("summary").click()
    form.locator("input[name=evaluations]").fill("20")
    form.locator("input[name=evaluations]").press("Tab")
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        form.get_by_role("button", name="Start", exact=True).click()
    ordered = answered.value.json()
    own = f"[data-number='{ordered['number']}']"
    page.wait_for_selector(f"[data-job=done]{own}", timeout=JOB_MS)
    job = asked(page, f"/jobs/{ordered['id']}")
    assert (job["kind"], job["state"], job["actor"]) == ("optimise", "done", "li")
    assert asked(page, f"/plans/{PLAN['id']}")["state"] == "draft"
    if job["result"]["document"] is None:
        return
    before = len(asked(page, "/plans")["items"])
    page.get_by_role("button", name="Take over as draft").click()
    page.wait_for_url("**/#/plans*", timeout=60_000)
    plans = asked(page, "/plans")["items"]
    assert len(plans) == before + 1
    assert plans[-1]["based_on"] == PLAN["id"]


def drag_an_offset(page: Any) -> None:
    """A click moves nothing, a drag of 40 px some seconds, Escape takes a drag back."""
    handle = take(page, "J6", "offset")
    box = page.locator(f'[id="{handle}"] .glyph').bounding_box()
    x, y, was = box["x"] + 5, box["y"] + 5, value_of(page, handle)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 3, y)
    page.mouse.up()
    assert value_of(page, handle) == was
    page.mouse.down()
    page.mouse.move(x + 20, y, steps=4)
    page.mouse.move(x + 40, y, steps=4)
    assert value_of(page, handle) != was
    page.keyboard.press("Escape")
    page.mouse.up()
    assert value_of(page, handle) == was
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y, steps=8)
    page.mouse.up()
    moved = value_of(page, handle)
    assert moved != was
    page.keyboard.press("Control+z")
    assert value_of(page, handle) == was
    page.keyboard.press("Control+y")
    assert value_of(page, handle) == moved


def approve(visit: Callable[..., Any]) -> None:
    """The author cannot sign; another person can, after looking at what changes."""
    li = visit("li").page
    li.evaluate("hash => { location.hash = hash }", f"#/plans?plan={PLAN['id']}")
    button = li.get_by_role("button", name="Approve as li")
    button.wait_for()
    assert button.get_attribute("aria-disabled") == "true"
    wang = visit("wang").page
    wang.evaluate("hash => { location.hash = hash }", f"#/plans?plan={PLAN['id']}")
    button = wang.get_by_role("button", name="Approve as wang")
    button.wait_for()
    assert button.get_attribute("aria-disabled") == "true"
    wang.get_by_label("Reason").fill("looked at both junctions")
    # Nothing to open where there is nothing to compare the first plan with.
    for summary in wang.locator("[data-changed] > summary").all():
        summary.click()
    button.click()
    wang.wait_for_selector("text=wang approved plan")
    assert asked(wang, f"/plans/{PLAN['id']}")["state"] == "approved"


def push_and_roll_back(visit: Callable[..., Any]) -> None:
    """One device of each protocol: dry run, push, live lamps, roll back."""
    zhao = visit("zhao").page
    zhao.evaluate("hash => { location.hash = hash }", "#/street")
    zhao.wait_for_selector("[data-device=J1][data-fresh=fresh]", timeout=20_000)
    lamps = zhao.locator("[data-device] .lamps")
    seen = {tuple(lamps.all_inner_texts())}
    chosen: dict[str, str] = {}
    for device in asked(zhao, "/devices"):
        chosen.setdefault(device["protocol"], device["id"])
    assert set(chosen) == {"ntcip1202", "gbt20999"}
    for device in chosen.values():
        zhao.get_by_role("checkbox", name=device, exact=True).check()
    push = zhao.get_by_role("button", name="Push to 2 devices")
    assert push.get_attribute("aria-disabled") == "true"
    zhao.get_by_role("button", name="Dry run").click()
    zhao.wait_for_selector("text=nothing stands against it")
    zhao.locator("section[aria-label=Push] .reason input").fill("agreed on the phone")
    push.click()
    zhao.wait_for_selector("[data-push=done]", timeout=90_000)
    for _ in range(40):
        seen.add(tuple(lamps.all_inner_texts()))
        if len(seen) > 1:
            break
        zhao.wait_for_timeout(1000)
    assert len(seen) > 1, "the lamps never changed"
    zhao.locator("[data-push=done] .back input").fill("back to what was")
    zhao.get_by_role("button", name="Roll back").click()
    zhao.wait_for_selector("[data-push=rolled-back], [data-push=undone]", timeout=90_000)
    zhao.locator("summary", has_text="Audit log").click()
    zhao.wait_for_selector("td.subject")
    zhao.get_by_role("button", name="Verify").click()
    zhao.wait_for_selector("text=chain intact")
