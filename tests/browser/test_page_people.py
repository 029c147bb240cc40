"""Users, keys and one's own account in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from service_place import PASSWORD
from street_scene import Scene, keep, pages, scene_in

pytestmark = [pytest.mark.sumo, pytest.mark.xdist_group("browser-views")]
LONGEST_MS = 60_000
FIRST, SECOND = "a first long sentence", "a second long sentence"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, arterial: Path) -> Iterator[Scene]:
    with scene_in(tmp_path_factory.mktemp("people"), arterial) as found:
        yield found


@pytest.fixture
def visit(chromium: Any, scene: Scene) -> Iterator[Callable[..., Any]]:
    with pages(chromium, scene) as found:
        yield found


def status(page: Any) -> str:
    text: str = page.locator("footer [role=status]").inner_text()
    return text


def test_an_admin_adds_a_user_who_logs_in_gets_a_key_once_and_is_put_out(
    scene: Scene, visit: Callable[..., Any]
) -> None:
    admin = visit("adam", view="people")
    admin.wait_for_selector("[data-user=vera]", timeout=LONGEST_MS)
    new = admin.locator("section[aria-label='Add user']")
    new.get_by_label("Name").fill("nora")
    new.get_by_label("New password, 10 characters or more").fill(FIRST)
    new.get_by_label("operator").check()
    new.get_by_label("viewer").uncheck()
    new.get_by_role("button", name="Add user").click()
    admin.wait_for_selector("[data-user=nora]", timeout=LONGEST_MS)

    nora = visit("nora", FIRST, view="people")
    assert nora.locator("nav button", has_text="People").count() == 0, "no screen for others' keys"
    assert nora.locator("[data-user]").count() == 0
    nora.wait_for_selector("[data-session=current]", timeout=LONGEST_MS)

    card = admin.locator("section[aria-label=nora]")
    card.get_by_label("What for").fill("wall display")
    card.get_by_role("button", name="Make a key").click()
    told = card.locator("#new-key")
    told.wait_for(timeout=LONGEST_MS)
    key = told.input_value()
    assert key.startswith("sc_key_")
    keep(admin, "people-en")
    me = httpx.get(f"{scene.base}/sessions/current", headers={"Authorization": f"Bearer {key}"})
    assert me.json()["name"] == "nora"
    admin.reload()
    card.get_by_role("button", name="Take back the key for wall display").wait_for(
        timeout=LONGEST_MS
    )
    assert key not in admin.content(), "shown once"
    assert key not in httpx.get(f"{scene.base}/audit?limit=1000", headers=_admin(scene)).text

    card.get_by_role("button", name="Disable").click()
    admin.wait_for_selector("[data-user=nora][data-active=false]", timeout=LONGEST_MS)
    nora.wait_for_selector("input[name=password]", timeout=LONGEST_MS)
    again = httpx.get(f"{scene.base}/sessions/current", headers={"Authorization": f"Bearer {key}"})
    assert again.status_code == 401
    out = visit("nora", FIRST, let_in=False)
    out.wait_for_selector("[role=alert]", timeout=LONGEST_MS)
    assert "A-PASSWORD" in out.locator("[role=alert]").inner_text()
    actions = scene.place.actions()
    assert {"user-added", "key-added", "user-changed"} <= set(actions)


def _admin(scene: Scene) -> dict[str, str]:
    scene.place.ask("adam", "GET", "/users")
    return {"Authorization": f"Bearer {scene.place.tokens['adam']}"}


def test_a_person_changes_the_password_and_ends_the_sessions(
    scene: Scene, visit: Callable[..., Any]
) -> None:
    one, two = visit("emil", view="people", language="zh"), visit("emil", view="people")
    two.wait_for_selector("[data-session=other]", timeout=LONGEST_MS)
    assert two.locator("[data-session]").count() == 2
    two.get_by_label("Present password").fill("not the password")
    two.get_by_label("New password, 10 characters or more").fill(SECOND)
    two.get_by_label("New password again").fill(SECOND)
    change = two.get_by_role("button", name="Change password").first
    change.click()
    two.wait_for_function(
        "() => document.querySelector('footer [role=status]').textContent.includes('A-PASSWORD')"
    )
    two.get_by_label("Present password").fill(PASSWORD)
    change.click()
    two.wait_for_function(
        "() => document.querySelector('footer [role=status]').textContent.includes('is changed')"
    )
    one.wait_for_selector("input[name=password]", timeout=LONGEST_MS)
    assert "重新登录" in one.inner_text("body")
    assert two.locator("[data-session]").count() == 1
    two.get_by_role("button", name="Sign out everywhere", exact=True).click()
    two.wait_for_selector("input[name=password]", timeout=LONGEST_MS)
    assert visit("emil", SECOND).locator("nav").count() == 1


def test_a_locked_out_name_is_shown_and_let_in_again(
    scene: Scene, visit: Callable[..., Any]
) -> None:
    page = visit("elsa", "wrong wrong wrong", let_in=False)
    for _ in range(5):
        page.wait_for_selector("[role=alert]", timeout=LONGEST_MS)
        page.fill("input[name=name]", "elsa")
        page.fill("input[name=password]", "wrong wrong wrong")
        page.keyboard.press("Enter")
        page.wait_for_timeout(400)
    page.wait_for_selector("text=A-LOCKED", timeout=LONGEST_MS)
    admin = visit("adam", view="people", language="zh", width=1920, height=1080)
    lock = admin.locator("[data-locked=elsa]")
    lock.wait_for(timeout=LONGEST_MS)
    keep(admin, "people-locked-zh")
    lock.get_by_role("button").click()
    lock.wait_for(state="detached", timeout=LONGEST_MS)
    page.fill("input[name=name]", "elsa")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("nav", timeout=LONGEST_MS)
