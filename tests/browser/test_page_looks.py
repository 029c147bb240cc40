"""Every view in both languages and sizes: nothing clipped, nothing untranslated, usable by all."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("browser-views")
AXE = Path(__file__).parents[2] / "api/page/node_modules/axe-core/axe.min.js"
VIEWS = ("network", "time-space", "junction", "runs", "plans", "street", "people")
READY = {
    "network": ".junction",
    "time-space": "svg[data-wall] rect.own",
    "junction": "section[aria-label] svg .cursor",
    "runs": "section.panel",
    "plans": ".page header h1",
    "street": "[data-device]",
    "people": "[data-session=current]",
    "report": "article.sheet",
}
QUERY = {"time-space": "?junction=J4&handle=offset", "junction": "?junction=J2&second=20"}
PICTURE_BYTES = 150_000
"""Most that a picture for the documentation may have."""

ASK = """async ([method, path, body]) => {
  const {token} = JSON.parse(sessionStorage.getItem('signalctl.session'));
  const answer = await fetch('/api/v1' + path, {method,
    headers: {Authorization: 'Bearer ' + token, 'Content-Type': 'application/json'},
    body: body === null ? undefined : JSON.stringify(body)});
  return await answer.json();
}"""

OVERFLOW = """() => {
  const wide = document.documentElement.scrollWidth > innerWidth + 1;
  const clipped = [...document.querySelectorAll('button, h1, h2, label, th, footer span')]
    .filter(each => each.offsetParent !== null && each.scrollWidth > each.clientWidth + 2
      && getComputedStyle(each).overflow !== 'visible' && !each.classList.contains('unseen')
      && getComputedStyle(each).textOverflow !== 'ellipsis')
    .map(each => each.textContent.trim().slice(0, 40));
  return {wide, clipped};
}"""

# Of a check box or a radio button the label is the target.
SMALL = """() => [...document.querySelectorAll(
    'button, select, input:not([type=checkbox], [type=radio])')]
  .filter(each => each.offsetParent !== null && !each.classList.contains('unseen'))
  .map(each => [each.getBoundingClientRect(), each])
  .filter(([box]) => box.width > 0 && (box.width < 24 || box.height < 24))
  .map(([box, each]) => `${each.outerHTML.slice(0, 80)} ${box.width}x${box.height}`)"""

OVERLAPS = """selector => {
  const boxes = [...document.querySelectorAll(selector)].filter(each => each.textContent.trim())
    .map(each => [each.textContent.trim(), each.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0);
  const found = [];
  for (let i = 0; i < boxes.length; i++) for (let k = i + 1; k < boxes.length; k++) {
    const [a, p] = boxes[i], [b, q] = boxes[k];
    const over = Math.min(p.right, q.right) - Math.max(p.left, q.left);
    const tall = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
    if (over > 2 && tall > 4) found.push(`${a} / ${b}`);
  }
  return found;
}"""

AXE_RUN = """async () => {
  const found = await axe.run(document, {resultTypes: ['violations']});
  return found.violations.filter(each => ['serious', 'critical'].includes(each.impact))
    .map(each => `${each.id}: ${each.nodes.length}x ${each.nodes[0].html.slice(0, 120)}`);
}"""


def show(page: Any, view: str, theme: str = "light") -> None:
    page.evaluate("hash => { location.hash = hash }", f"#/{view}{QUERY.get(view, '')}")
    # The wall is looked at, not worked on: it has no handles.
    ready = "svg .row" if (view, theme) == ("time-space", "wall") else READY[view]
    page.wait_for_selector(ready, timeout=60_000, state="attached")
    page.wait_for_timeout(400)


def keep(page: Any, name: str) -> None:
    """Keeps a picture for people where SIGNALCTL_SHOTS names a folder, small enough for docs."""
    folder = os.environ.get("SIGNALCTL_SHOTS")
    if not folder:
        return
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    shot = image.open(io.BytesIO(page.screenshot())).convert("RGB")
    for colours in (256, 128, 64):
        data = io.BytesIO()
        # By coverage, so that small things such as amber keep their colour.
        shot.quantize(colours, method=image.Quantize.MAXCOVERAGE, dither=image.Dither.NONE).save(
            data, "PNG", optimize=True
        )
        if data.tell() <= PICTURE_BYTES:
            break
    assert data.tell() <= PICTURE_BYTES, (name, data.tell())
    Path(folder).mkdir(parents=True, exist_ok=True)
    (Path(folder) / f"{name}.png").write_bytes(data.getvalue())


def assert_whole(page: Any, where: str) -> None:
    """Nothing clipped, too small to hit, left untranslated, or hard on assistive technology."""
    overflow = page.evaluate(OVERFLOW)
    assert overflow == {"wide": False, "clipped": []}, where
    assert page.evaluate(SMALL) == [], where
    text = page.inner_text("body")
    keys = r"\{\w+\}|\b(?:ts|net|plans|street|runs|junction|report|people|alarm)\.[a-z]"
    assert not re.search(keys, text), where
    if AXE.is_file():
        assert page.evaluate(AXE_RUN) == [], where


def compared(page: Any) -> str:
    """The id of a finished comparison of the first plan with what is shipped."""
    jobs = page.evaluate(ASK, ["GET", "/jobs?limit=200", None])["items"]
    done = [j["id"] for j in jobs if j["kind"] == "compare" and j["state"] == "done"]
    if done:
        return str(done[0])
    plan = page.evaluate(ASK, ["GET", "/plans", None])["items"][0]
    order = {"kind": "compare", "plan": plan["id"], "scenario": "short", "options": {"seeds": 2}}
    job = page.evaluate(ASK, ["POST", "/jobs", order])
    for _ in range(300):
        state = page.evaluate(ASK, ["GET", f"/jobs/{job['id']}", None])["state"]
        if state == "done":
            break
        assert state in ("queued", "running"), state
        page.wait_for_timeout(1000)
    return str(job["id"])


@pytest.mark.parametrize(
    ("language", "width", "height", "theme"),
    [
        ("en", 1280, 800, "light"),
        ("zh", 1280, 800, "dark"),
        ("en", 1920, 1080, "wall"),
        ("zh", 1920, 1080, "light"),
    ],
)
def test_every_view_is_whole(
    visit: Callable[..., Any], language: str, width: int, height: int, theme: str
) -> None:
    page = visit("li", language=language, theme=theme, width=width, height=height).page
    page.evaluate(AXE.read_text() if AXE.is_file() else "() => {}")
    # The light ones are the documentation's, one for each language.
    kind = language if theme == "light" else f"{language}-{width}-{theme}"
    for view in VIEWS:
        show(page, view, theme)
        keep(page, f"page-{view}-{kind}")
        where = f"{view} {language} {width}"
        assert_whole(page, where)
        if view == "network":
            assert page.evaluate(OVERLAPS, ".map svg text.name") == [], where
        if view == "time-space":
            assert page.evaluate(OVERLAPS, "svg .label .name, svg .label .facts") == [], where
    if theme != "wall":
        # A report is a sheet of paper: it has no picture for a wall.
        page.evaluate("hash => { location.hash = hash }", f"#/report?job={compared(page)}")
        page.wait_for_selector(READY["report"], timeout=60_000)
        page.wait_for_timeout(400)
        keep(page, f"page-report-{kind}")
        assert_whole(page, f"report {language} {width}")


def test_chinese_signs_are_drawn(visit: Callable[..., Any]) -> None:
    """Without a Chinese font every sign is the same box."""
    page = visit("li", language="zh").page
    drawn = page.evaluate(
        """signs => signs.map(sign => {
          const canvas = document.createElement('canvas');
          canvas.width = canvas.height = 40;
          const paper = canvas.getContext('2d');
          paper.font = '32px ' + getComputedStyle(document.body).fontFamily;
          paper.fillText(sign, 2, 34);
          return canvas.toDataURL();
        })""",
        ["绿", "黄", "\U000f0000"],
    )
    if drawn[0] == drawn[2]:
        pytest.skip("No Chinese font on this machine: apt-get install fonts-noto-cjk")
    assert drawn[0] != drawn[1]


def test_a_reload_restores_the_picture(visit: Callable[..., Any]) -> None:
    page = visit("li").page
    page.evaluate("hash => { location.hash = hash }", "#/time-space?junction=J3&handle=offset")
    page.wait_for_selector("svg[data-wall] rect.own", timeout=60_000)
    page.reload()
    page.wait_for_selector("svg[data-wall] rect.own", timeout=60_000)
    assert page.locator('[id="handle_J3_offset"]').get_attribute("class").count("selected")


def test_a_role_that_lacks_something_says_who_has_it(visit: Callable[..., Any]) -> None:
    page = visit("eye").page
    show(page, "time-space")
    save = page.get_by_role("button", name="Save", exact=True)
    assert save.get_attribute("aria-disabled") == "true"
    save.click(force=True)
    assert "engineer" in page.locator("footer [role=status]").inner_text()
    page.locator('[id="handle_J4_offset"]').focus()
    held = page.locator('[id="handle_J4_offset"]').get_attribute("aria-valuenow")
    page.keyboard.press("ArrowRight")
    assert page.locator('[id="handle_J4_offset"]').get_attribute("aria-valuenow") == held


def test_an_error_is_a_sentence_with_a_retry(visit: Callable[..., Any]) -> None:
    page = visit("li").page

    def fail(route: Any) -> None:
        route.fulfill(
            status=503,
            content_type="application/problem+json",
            body='{"title":"busy","detail":"The service is busy.","status":503,'
            '"code":"E-BUSY","remedy":"Try again in a moment."}',
        )

    page.route("**/api/v1/plans?*", fail)
    page.evaluate("hash => { location.hash = hash }", "#/plans")
    alert = page.locator("[role=alert]")
    alert.wait_for()
    assert "The service is busy. Try again in a moment. E-BUSY" in alert.inner_text()
    page.unroute("**/api/v1/plans?*")
    alert.get_by_role("button").click()
    page.wait_for_selector(".page header h1")


def test_a_dead_stream_leaves_nothing_looking_fresh(visit: Callable[..., Any]) -> None:
    page = visit("li").page
    show(page, "street")
    page.wait_for_selector("[data-fresh=fresh]", timeout=20_000)
    page.route("**/api/v1/events", lambda route: route.abort())
    page.reload()
    page.wait_for_selector("[data-device]")
    page.wait_for_timeout(6_500)
    assert page.locator("[data-fresh=fresh]").count() == 0
    assert page.locator("[data-fresh=stale]").count() == 8
    assert page.locator("[data-device] .lamps").count() == 0
    assert "N-LOST" in page.locator("[role=alert]").inner_text()
    page.unroute("**/api/v1/events")
    page.wait_for_selector("[data-fresh=fresh]", timeout=20_000)
