"""Runs in a real browser: an optimisation watched and kept, a comparison reported on one sheet."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.sumo, pytest.mark.xdist_group("browser-views")]

FETCH = """async path => {
  const {token} = JSON.parse(sessionStorage.getItem('signalctl.session'));
  const answer = await fetch('/api/v1' + path, {headers: {Authorization: 'Bearer ' + token}});
  return await answer.json();
}"""
RUN_MS = 240_000
SHOTS = os.environ.get("SIGNALCTL_SHOTS")


def asked(page: Any, path: str) -> Any:
    """What the service answers the person who is signed in."""
    return page.evaluate(FETCH, path)


def go(page: Any, place: str) -> None:
    page.evaluate("hash => { location.hash = hash }", f"#/{place}")


def picture(page: Any, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"runs-{name}.png"))


def ordered(page: Any, kind: str, **chosen: str) -> dict[str, Any]:
    """Orders a run by the form and waits until it is the chosen one; the job."""
    page.get_by_role("button", name=kind, exact=True).click()
    for name, value in chosen.items():
        field = page.locator(f"[name={name}]")
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)
            field.press("Tab")
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.get_by_role("button", name="Start", exact=True).click()
    found: dict[str, Any] = answered.value.json()
    page.wait_for_function("id => location.hash.includes(id)", arg=found["id"])
    page.wait_for_selector(".current[data-job]")
    return found


def ended(page: Any, job: dict[str, Any], state: str = "done") -> dict[str, Any]:
    page.wait_for_selector(f"[data-job={state}][data-number='{job['number']}']", timeout=RUN_MS)
    found: dict[str, Any] = asked(page, f"/jobs/{job['id']}")
    assert found["state"] == state, found["error"]
    return found


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def test_an_optimisation_is_watched_and_what_it_finds_made_a_draft(
    visit: Callable[..., Any],
) -> None:
    li = visit("li").page
    go(li, "runs")
    li.get_by_role("button", name="Optimise", exact=True).click()
    li.get_by_text("More options").click()
    for kept in ("cycle", "stages"):
        li.get_by_label(kept, exact=True).check()
    job = ordered(li, "Optimise", scenario="short", budget="15")
    assert sorted(job["options"]["keep"]) == ["cycle", "stages"]
    # A second one waits behind it, says so, and can be cancelled without ado.
    waiting = ordered(li, "Simulate", scenario="short", seeds="2")
    li.wait_for_selector(f"[data-number='{job['number']}'] progress", timeout=RUN_MS)
    row = li.locator(f"[data-number='{waiting['number']}']")
    if row.get_attribute("data-job") == "queued":
        assert "place" in row.inner_text()
    picture(li, "running")
    li.get_by_label(f"Cancel #{waiting['number']}").click()
    ended(li, waiting, "cancelled")
    assert "Cancelled by a person" in li.get_by_label("Result").inner_text()

    done = ended(li, job)
    go(li, f"runs?job={job['id']}")
    li.wait_for_selector("text=Result #")
    picture(li, "optimised")
    assert done["result"]["document"] is not None, done["result"]["report"]["verdict"]
    li.get_by_role("button", name="Take over as draft").click()
    li.wait_for_function("() => location.hash.startsWith('#/plans')")
    newest = max(asked(li, "/plans")["items"], key=lambda each: each["number"])
    assert (newest["based_on"], newest["state"]) == (job["plan"], "draft")
    assert f"plan={newest['id']}" in li.url
    draft = asked(li, f"/plans/{newest['id']}")
    planned = {each["junction"] for each in draft["document"]["plans"]}
    base = asked(li, f"/plans/{job['plan']}")["document"]["plans"]
    assert planned == {each["junction"] for each in base}, "what stays as shipped is in it too"
    picture(li, "draft")


def test_a_comparison_gets_its_report_on_one_sheet(visit: Callable[..., Any]) -> None:
    li = visit("li").page
    go(li, "runs")
    li.wait_for_selector(".page")
    job = ordered(li, "Compare", scenario="short", seeds="3")
    done = ended(li, job)
    li.wait_for_selector("[data-verdict]")
    assert li.locator("figure").count() == 3, "by seed, queues, stops"
    picture(li, "compared")
    li.get_by_role("button", name="Report", exact=True).click()
    li.wait_for_selector(".sheet")
    report = asked(li, f"/jobs/{job['id']}/report")
    whole = next(t for t in report["effects"]["totals"] if t["measure"] == "total_delay")
    assert whole["difference"] == done["result"]["comparison"]["difference_s"]
    shown = li.locator("[data-total=total_delay] .change").inner_text()
    assert shown.replace("−", "-").replace("+", "") == f"{whole['difference']:.1f}"
    assert li.locator(".sheet .verdict").get_attribute("data-finding") == whole["finding"]
    assert "no verdict" in li.locator(".sheet .verdict").inner_text(), "three pairs are few"
    clear = [a for a in report["effects"]["approaches"] if a["finding"] != "none"]
    assert li.locator("[data-approach]").count() == min(len(clear), 32)
    pdf = li.pdf(prefer_css_page_size=True)
    assert pages_of(pdf) == 1
    picture(li, "report-en")
    li.get_by_role("button", name="中文").click()
    assert "改动效果报告" in li.locator(".sheet").inner_text()
    zh = li.pdf(prefer_css_page_size=True)
    assert pages_of(zh) == 1
    if SHOTS:
        (Path(SHOTS) / "report-en.pdf").write_bytes(pdf)
        (Path(SHOTS) / "report-zh.pdf").write_bytes(zh)
    # Back in the list, narrowed to what was compared.
    li.get_by_role("button", name="返回任务").click()
    li.locator("select[aria-label=类型]").select_option("compare")
    li.wait_for_function(
        "() => [...document.querySelectorAll('[data-job] b')]"
        ".every(each => each.textContent.includes('对比'))"
    )
    assert li.locator("[data-job]").count() >= 1


def test_who_may_only_look_sees_runs_and_reports_but_orders_none(
    visit: Callable[..., Any],
) -> None:
    eye = visit("eye").page
    go(eye, "runs")
    start = eye.get_by_role("button", name="Start", exact=True)
    assert start.get_attribute("aria-disabled") == "true"
    go(eye, "report?job=nix")
    assert "wrong" in (eye.wait_for_selector("[role=alert]").get_attribute("class") or "")
