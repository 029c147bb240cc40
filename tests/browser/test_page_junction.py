"""The junction view as an editor: seconds, order, rings, refusals, undo, and what SUMO says."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

# Trials run SUMO; one service serves all of the group.
pytestmark = [pytest.mark.sumo, pytest.mark.xdist_group("browser")]

ASK = """async ([method, path, body]) => {
  const {token} = JSON.parse(sessionStorage.getItem('signalctl.session'));
  const headers = {Authorization: 'Bearer ' + token};
  if (body) { headers['Content-Type'] = 'application/json';
              headers['Idempotency-Key'] = 'test-' + Math.random(); }
  const answer = await fetch('/api/v1' + path,
                             {method, headers, body: body && JSON.stringify(body)});
  return await answer.json();
}"""
SLOW_MS = 90_000


def asked(page: Any, path: str, body: Any = None) -> Any:
    """What the service answers the person who is signed in."""
    return page.evaluate(ASK, ["GET" if body is None else "POST", path, body])


def open_junction(page: Any, plan: str, junction: str = "J2") -> None:
    page.evaluate("hash => { location.hash = hash }", "#/network")
    page.evaluate("hash => { location.hash = hash }", f"#/junction?plan={plan}&junction={junction}")
    page.wait_for_selector("section[aria-label=Bars] svg .cursor", state="attached")
    page.wait_for_function("name => location.hash.includes(name)", arg=plan)


def draft_of(page: Any, name: str, change: Callable[[dict[str, Any]], None]) -> str:
    """A draft of its own, from the site's first plan; its id."""
    first = next(each for each in asked(page, "/plans")["items"] if "green wave" in each["name"])
    document = copy.deepcopy(asked(page, f"/plans/{first['id']}")["document"])
    change(document)
    body = {"network": first["network"], "name": name, "document": {**document, "name": name}}
    made = asked(page, "/plans", body)
    assert "id" in made, made
    return str(made["id"])


def stages_of(page: Any, plan: str, junction: str = "J2") -> list[tuple[str, int]]:
    """Stages and splits as they are saved, in their order."""
    page.wait_for_selector("[data-save=saved]")
    plans = asked(page, f"/plans/{plan}")["document"]["plans"]
    own = next(each for each in plans if each["junction"] == junction)
    return [(stage["id"], stage["split_s"]) for stage in own["stages"]["sequence"]]


def total(page: Any) -> int:
    return int(page.locator("[data-total]").get_attribute("data-total"))


def status(page: Any) -> str:
    return str(page.locator("footer [role=status]").inner_text())


def changes(page: Any, n: int) -> None:
    """Waits until so many changes stand in the list that undo goes back along."""
    page.wait_for_selector(f".acts >> text=changes since opening: {n}", timeout=SLOW_MS)


def test_a_plan_of_no_corridor_is_edited_junction_by_junction(visit: Callable[..., Any]) -> None:
    page = visit("li").page
    plan = draft_of(page, "no corridor", lambda document: document.pop("corridor"))
    page.evaluate("hash => { location.hash = hash }", f"#/time-space?plan={plan}")
    page.wait_for_selector("text=coordinates no corridor", timeout=SLOW_MS)
    page.get_by_role("button", name="Open its junctions").click()
    page.wait_for_selector("section[aria-label=Bars] svg .cursor", state="attached")
    open_junction(page, plan)
    was = dict(stages_of(page, plan))
    page.locator("#card-2").focus()
    page.keyboard.press("-")
    changes(page, 1)
    splits = dict(stages_of(page, plan))
    assert (splits["2"], splits["3"]) == (was["2"] - 1, was["3"] + 1)
    assert page.locator("[data-band]").count() == 0
    page.keyboard.press("Control+z")
    assert dict(stages_of(page, plan)) == was


def test_seconds_move_between_stages_and_back(visit: Callable[..., Any]) -> None:
    page = visit("li").page
    plan = draft_of(page, "seconds at J2", lambda document: None)
    open_junction(page, plan)
    was = stages_of(page, plan)
    cycle_s = sum(split_s for _, split_s in was)

    # A stage's card, by key: the stage that follows takes what it loses; the cycle stays.
    page.locator("#card-2").focus()
    page.keyboard.press("-")
    changes(page, 1)
    splits = dict(stages_of(page, plan))
    assert (splits["2"], splits["3"]) == (dict(was)["2"] - 1, dict(was)["3"] + 1)
    assert total(page) == cycle_s
    assert page.locator("tr[data-stage='2'] .share").inner_text() == (
        f"{100 * splits['2'] / cycle_s:.1f}"
    )

    # From a stage that is no neighbour: the service judges the whole draft.
    page.get_by_label("Seconds come from").select_option("6")
    page.get_by_role("button", name="stage 2 1 s longer").click()
    changes(page, 2)
    assert "stage 2" in status(page)
    assert "taken from stage 6" in status(page)
    splits = dict(stages_of(page, plan))
    assert (splits["2"], splits["6"]) == (dict(was)["2"], dict(was)["6"] - 1)
    assert total(page) == cycle_s

    # The boundary by its own handle, as in the time-space view, and the same undo there.
    edge = page.locator('[id="edge_stage:2|3"]')
    edge.focus()
    page.wait_for_selector("svg[data-wall] rect.own", timeout=SLOW_MS)
    page.keyboard.press("ArrowLeft")
    changes(page, 3)
    assert int(edge.get_attribute("aria-valuenow")) == dict(was)["2"] - 1
    page.evaluate("hash => { location.hash = hash }", f"#/time-space?plan={plan}&junction=J2")
    page.wait_for_selector("[role=slider]")
    changes(page, 3)
    page.keyboard.press("Control+z")
    changes(page, 2)
    open_junction(page, plan)
    changes(page, 2)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    changes(page, 0)
    assert stages_of(page, plan) == was
    page.keyboard.press("Control+y")
    changes(page, 1)


def test_a_refused_second_names_its_rule_and_is_not_saved(visit: Callable[..., Any]) -> None:
    page = visit("li").page
    plan = draft_of(page, "refused at J2", lambda document: None)
    open_junction(page, plan)
    was = stages_of(page, plan)
    ids = [name for name, _ in was]
    # The boundary whose next second the service refuses, whichever it is on this arterial.
    found = None
    for before, after in zip(ids, [*ids[1:], ids[0]], strict=True):
        pair = f"stage:{before}|{after}"
        table = asked(page, f"/plans/{plan}/moves?junction=J2&handle={quote(pair)}")
        one_less = next(
            each
            for each in table["candidates"]
            if each["splits_s"][before] == dict(was)[before] - 1
        )
        if not one_less["ok"]:
            found = (pair, one_less["rules"])
            break
    assert found is not None
    pair, rules = found
    edge = page.locator(f'[id="edge_{pair}"]')
    edge.focus()
    page.wait_for_selector("svg[data-wall] rect.own", timeout=SLOW_MS)
    page.keyboard.press("ArrowLeft")
    assert " ".join(rules) in status(page)
    assert "wrong" in page.locator("footer [role=status]").get_attribute("class")
    assert int(edge.get_attribute("aria-valuenow")) == dict(was)[pair[6:].split("|")[0]]
    shown = " ".join(page.locator("section[aria-label=Bars] svg text").all_text_contents())
    assert " ".join(rules) in shown
    changes(page, 0)

    # Let through as an illegal draft it is shown, and neither saved nor submitted.
    page.get_by_label("Allow an illegal draft").check()
    edge.focus()
    page.keyboard.press("ArrowLeft")
    changes(page, 1)
    for name in ("Save", "Submit"):
        button = page.get_by_role("button", name=name, exact=True)
        assert button.get_attribute("aria-disabled") == "true"
        assert " ".join(rules) in button.get_attribute("title")
    page.keyboard.press("Control+s")
    kept = asked(page, f"/plans/{plan}")["document"]["plans"]
    own = next(each for each in kept if each["junction"] == "J2")
    assert [(s["id"], s["split_s"]) for s in own["stages"]["sequence"]] == was


def test_stages_change_their_order(visit: Callable[..., Any]) -> None:
    page = visit("li").page
    plan = draft_of(page, "order at J2", lambda document: None)
    open_junction(page, plan)
    was = stages_of(page, plan)
    a, b, c, *rest = (name for name, _ in was)

    # By key: inserted, the others sliding; the service works out the greens anew.
    page.locator(f"#card-{a}").focus()
    page.keyboard.press("Shift+ArrowDown")
    changes(page, 1)
    assert f"stage order {b} {a} {c}" in status(page)
    assert [name for name, _ in stages_of(page, plan)] == [b, a, c, *rest]
    assert sorted(stages_of(page, plan)) == sorted(was)
    shown = asked(page, f"/plans/{plan}/diagram")["rows"][1]["stages"]
    assert [each["id"] for each in shown] == [b, a, c, *rest]

    # One further leaves a group too little green: refused with the rule's name, nothing changes.
    page.locator(f"#card-{a}").focus()
    page.keyboard.press("Shift+ArrowDown")
    page.wait_for_selector("footer [role=status] >> text=Not done", timeout=SLOW_MS)
    assert "minimum-green" in status(page)
    assert page.locator("tr[data-stage]").evaluate_all(
        "rows => rows.map(row => row.dataset.stage)"
    ) == [b, a, c, *rest]
    changes(page, 1)

    # By mouse: the card is dropped before the first one again.
    box = page.locator(f"#card-{a} .card").bounding_box()
    first = page.locator(f"#card-{b} .card").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(first["x"] + 8, y, steps=6)
    page.wait_for_selector("svg .caret", state="attached")
    page.mouse.up()
    changes(page, 2)
    assert stages_of(page, plan) == was
    page.keyboard.press("Control+z")
    changes(page, 1)
    assert [name for name, _ in stages_of(page, plan)] == [b, a, c, *rest]


def rings_at_j2(document: dict[str, Any]) -> None:
    """J2 in two rings and two sections, with clearances for its crossings."""

    def phase(
        number: int, split_s: int, free: list[str], yields: list[str], walks: list[str]
    ) -> Any:
        return {
            "number": number,
            "split_s": split_s,
            "protected": free,
            "permissive": yields,
            "amber_s": 3,
            # Before the crossings of the other road, in whichever order its phases come.
            "red_clearance_s": 3 if number in (1, 2, 5, 6) else 4,
            "walks": walks,
            "walk_s": 8 if walks else 0,
        }

    own = next(each for each in document["plans"] if each["junction"] == "J2")
    own.pop("stages")
    rest = own["cycle_s"] - 61
    own["ring_barrier"] = {
        "start_s": 0,
        "sections": [
            [
                [
                    phase(1, 14, ["E-left"], [], []),
                    phase(2, 47, ["W-through"], ["W-right"], ["S-crossing"]),
                ],
                [
                    phase(5, 16, ["W-left"], [], []),
                    phase(6, 45, ["E-through"], ["E-right"], ["N-crossing"]),
                ],
            ],
            [
                [phase(4, rest, ["N-through"], ["N-left", "N-right"], ["W-crossing"])],
                [phase(8, rest, ["S-through"], ["S-left", "S-right"], ["E-crossing"])],
            ],
        ],
    }


def test_rings_are_drawn_and_edited(visit: Callable[..., Any]) -> None:
    page = visit("li").page
    plan = draft_of(page, "rings at J2", rings_at_j2)
    open_junction(page, plan)
    page.wait_for_selector("svg[data-rings]")
    assert page.locator("svg[data-rings] .phase").count() == 6
    assert page.locator("svg[data-rings] .barrier").count() == 3
    sums = page.locator("svg[data-rings] .sum").all_text_contents()
    assert sums[0] == "61 = 61"

    # A phase longer by key: the next one in its ring gives, the barrier stays.
    page.locator("#phase-1").focus()
    page.keyboard.press("+")
    changes(page, 1)
    assert page.locator("svg[data-rings] .sum").all_text_contents() == sums
    field = page.get_by_label("phase 1, split, s")
    assert field.input_value() == "15"

    # Lag the left turn, and back; a phase does not pass the barrier.
    page.locator("#phase-1").focus()
    page.keyboard.press("Shift+ArrowRight")
    changes(page, 2)
    page.wait_for_selector("[data-save=saved]")
    form = next(
        each
        for each in asked(page, f"/plans/{plan}")["document"]["plans"]
        if each["junction"] == "J2"
    )["ring_barrier"]
    assert [phase["number"] for phase in form["sections"][0][0]] == [2, 1]
    page.locator("#phase-1").focus()
    page.keyboard.press("Shift+ArrowRight")
    assert "No phase follows or precedes phase 1" in status(page)
    changes(page, 2)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    changes(page, 0)
    assert field.input_value() == "14"

    # Another junction of the same plan is timed in stages, and says so.
    open_junction(page, plan, "J3")
    page.wait_for_selector("text=J3 is timed in stages")
    assert not page.locator("svg[data-rings]").count()


def test_sumo_says_what_a_second_does(visit: Callable[..., Any]) -> None:
    page = visit("li").page
    plan = draft_of(page, "asked at J2", lambda document: None)
    open_junction(page, plan)
    order = page.get_by_role("button", name="Ask SUMO")
    assert order.get_attribute("aria-disabled") == "true"
    page.locator("#card-2").focus()
    page.keyboard.press("-")
    changes(page, 1)
    page.get_by_label("Scenario").select_option("short")
    page.get_by_label("Seeds").select_option("2")
    order.click()
    trial = page.locator("[data-trial]").first
    trial.wait_for()
    assert "stage 2" in trial.locator("h3").inner_text()

    # A further edit: the trial says that it speaks of an earlier draft, until that is back.
    assert trial.get_attribute("data-holds") == "true"
    page.get_by_role("button", name="stage 2 1 s shorter").click()
    changes(page, 2)
    assert trial.get_attribute("data-holds") == "false"
    trial.get_by_text("The draft has moved on").wait_for()
    page.keyboard.press("Control+z")
    changes(page, 1)
    assert trial.get_attribute("data-holds") == "true"

    # The interval, in words, with its pairs; the same figures as the job has, turned round.
    page.wait_for_selector("[data-trial=done] .words", timeout=480_000)
    words = trial.locator(".words")
    job = next(each for each in asked(page, "/jobs")["items"] if each["kind"] == "try")
    comparison = asked(page, f"/jobs/{job['id']}")["result"]["comparison"]
    low, high = (-end for end in reversed(comparison["interval_s"]))
    finding = "faster" if high < 0 else "slower" if low > 0 else "none"
    assert words.get_attribute("data-finding") == finding
    said = words.inner_text()
    assert ("no difference shown" if finding == "none" else f"{finding} by") in said
    assert f"{abs(comparison['difference_s']):.1f}" in said
    assert "2 seed pairs, short" in trial.inner_text()
    assert "all vehicles" in trial.inner_text()


def test_a_trial_can_be_cancelled_and_a_viewer_only_looks(visit: Callable[..., Any]) -> None:
    page = visit("li").page
    plan = draft_of(page, "cancelled at J2", lambda document: None)
    open_junction(page, plan)
    page.locator("#card-2").focus()
    page.keyboard.press("-")
    changes(page, 1)
    page.get_by_label("Seeds").select_option("30")
    page.keyboard.press("w")
    page.locator("[data-trial]").first.wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.wait_for_selector("[data-trial=cancelled]", timeout=30_000)

    eye = visit("eye").page
    open_junction(eye, plan)
    longer = eye.get_by_role("button", name="stage 2 1 s longer")
    assert longer.get_attribute("aria-disabled") == "true"
    eye.locator("#card-2").focus()
    eye.keyboard.press("+")
    assert "engineer" in status(eye)
