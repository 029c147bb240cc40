"""How fast the page follows a hand on a corridor of 20 junctions, and how large it is.

    python tests/browser/measure_page.py            prints a table; nothing is asserted

The browser gets the built page and a made corridor's answers; no service runs, so what is
measured is the page alone: from the key or pointer event to the end of the frame that shows it.
"""

from __future__ import annotations

import gzip
import json
import shutil
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from signalctl.domain.band import widest_band
from signalctl.domain.corridor import Progression, StopLine
from signalctl.domain.program import Program

STATIC = Path(__file__).parents[2] / "api/static"
CYCLE_S, JUNCTIONS, MOVES = 120, 20, 120
TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}

KEYS = """async moves => {
  const handle = document.querySelector('[role=slider][tabindex="0"]');
  const painted = () => new Promise(done => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = done;
    channel.port2.postMessage(0);
  }));
  const times = [];
  for (let i = 0; i < moves; i++) {
    await painted();
    const begun = performance.now();
    handle.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true}));
    await painted();
    times.push(performance.now() - begun);
  }
  return times;
}"""

DRAG = """async moves => {
  const handle = document.querySelector('[role=slider][tabindex="0"]');
  const box = handle.querySelector('.glyph').getBoundingClientRect();
  const painted = () => new Promise(done => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = done;
    channel.port2.postMessage(0);
  }));
  handle.setPointerCapture = () => {};
  handle.hasPointerCapture = () => false;
  const send = (type, x) => handle.dispatchEvent(new PointerEvent(type,
    {bubbles: true, button: 0, pointerId: 1, clientX: x, clientY: box.y + 4}));
  send('pointerdown', box.x + 4);
  const times = [];
  for (let i = 0; i < moves; i++) {
    await painted();
    const begun = performance.now();
    send('pointermove', box.x + 10 + i * 3);
    await painted();
    times.push(performance.now() - begun);
  }
  send('pointerup', box.x);
  return times;
}"""


def corridor() -> dict[str, Any]:
    """A made corridor's answers: network, plan, diagram; programs and ways for its bands."""
    chance = Random(20)
    splits = [48, 20, 32, 20]
    green = {"A": (0,), "B": (0, 3), "C": (2,), "D": (1,)}
    starts = [0, 48, 68, 100]
    programs: dict[str, Program] = {}
    plans: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    place = 0.0
    ways: dict[str, list[StopLine]] = {"outbound": [], "inbound": []}
    for number in range(JUNCTIONS):
        junction = f"J{number + 1}"
        offset_s = chance.randrange(CYCLE_S)
        letters = {}
        for group, stages in green.items():
            own = ["r"] * CYCLE_S
            for stage in stages:
                for second in range(starts[stage], starts[stage] + splits[stage] - 5):
                    own[second] = "G"
                for second in range(
                    starts[stage] + splits[stage] - 5, starts[stage] + splits[stage] - 2
                ):
                    own[second] = "y"
            letters[group] = "".join(own)
        program = Program.of(letters).shifted(offset_s)
        programs[junction] = program
        ways["outbound"].append(StopLine(junction_id=junction, group_id="A", position_m=place))
        ways["inbound"].append(StopLine(junction_id=junction, group_id="B", position_m=place))
        plans.append(
            {
                "junction": junction,
                "name": "made",
                "cycle_s": CYCLE_S,
                "offset": {"seconds": offset_s, "point": "cycle-start"},
                "windows": {},
            }
        )
        rows.append(
            {
                "junction": junction,
                "name": junction,
                "distance_m": place,
                "offset_s": offset_s,
                "cycle_s": CYCLE_S,
                "stages": [],
                "travel_s": {"outbound": 30.0, "inbound": 30.0},
                "aspects": {
                    group: [
                        [run.start_s, run.end_s, run.aspect.value] for run in program.runs(group)
                    ]
                    for group in program.group_ids
                },
                "progression": {"outbound": ["A"], "inbound": ["B"]},
            }
        )
        place += chance.uniform(180.0, 520.0)
    length_m = ways["inbound"][-1].position_m
    ways["inbound"] = [
        StopLine(junction_id=line.junction_id, group_id="B", position_m=length_m - line.position_m)
        for line in reversed(ways["inbound"])
    ]
    progressions = {
        way: Progression(stop_lines=tuple(lines), speeds_mps=(50 / 3.6,) * (JUNCTIONS - 1))
        for way, lines in ways.items()
    }
    return {
        "programs": programs,
        "ways": progressions,
        "document": {
            "schema": "signalctl/plan/1",
            "name": "made",
            "network": {"file": "made.net.xml"},
            "corridor": {
                "name": "made",
                "junctions": list(programs),
                **{
                    way: {
                        "stop_lines": [
                            {
                                "junction": x.junction_id,
                                "group": x.group_id,
                                "position_m": x.position_m,
                            }
                            for x in progression.stop_lines
                        ],
                        "speeds_kmh": [50.0] * (JUNCTIONS - 1),
                    }
                    for way, progression in progressions.items()
                },
            },
            "plans": plans,
        },
        "rows": rows,
        "network": {
            "id": "made",
            "name": "made",
            "sha256": "0" * 64,
            "lefthand": False,
            "bounds": [0, 0, place, 100],
            "lanes": [],
            "junctions": [
                {
                    "id": row["junction"],
                    "name": row["junction"],
                    "x": row["distance_m"],
                    "y": 0,
                    "shape": [],
                    "groups": [],
                    "intergreen_s": {},
                }
                for row in rows
            ],
        },
    }


def answering(made: dict[str, Any]) -> Callable[[Any], None]:
    """Answers everything the page asks, its own files included."""
    programs, ways = made["programs"], made["ways"]
    line = {
        "id": "1", "number": 1, "name": "made", "network": "made", "state": "draft", "hash": "h",
        "authors": ["li"], "created_at": "2026-11-22T06:00:00Z", "based_on": None,
    }  # fmt: skip
    plan = {**line, "document": made["document"], "findings": []}
    bands = {way: widest_band(ways[way], programs, CYCLE_S) for way in ways}
    diagram = {
        "cycle_s": CYCLE_S,
        "directions": [{"id": way} for way in ways],
        "rows": made["rows"],
        "beside": [],
        "bands": {way: {"start_s": b.start_s, "width_s": b.width_s} for way, b in bands.items()},
        "delay_s_per_vehicle": None,
        "estimate": True,
    }
    table = {
        "base_hash": "h",
        "now": 0,
        "candidates": [
            {"second": s, "ok": True, "rules": [], "message": "",
             "band": {"outbound": 1, "inbound": 1},
             "delay": {"outbound": 9.0, "inbound": 9.0, "all": 9.0 + s / 100}}
            for s in range(CYCLE_S)
        ],
    }  # fmt: skip

    def answer(route: Any) -> None:
        url, method = route.request.url, route.request.method
        path = url.split("/", 3)[3].split("?")[0].split("#")[0]
        if not path.startswith("api/"):
            file = STATIC / (path or "index.html")
            route.fulfill(body=file.read_bytes(), content_type=TYPES[file.suffix])
            return
        said: Any = [] if path.endswith("devices") else {"items": [line], "next": None}
        if path.endswith("alarms"):
            said = {"items": [], "next": None}
        if path.endswith("sessions"):
            said = {
                "token": "t",
                "expires_at": "2099-01-01T00:00:00Z",
                "user": {"name": "li", "roles": ["engineer"]},
            }
        elif path.endswith("events"):
            route.fulfill(body="event: heartbeat\ndata: {}\n\n", content_type="text/event-stream")
            return
        elif path.endswith("/networks"):
            said = [{"id": "made", "name": "made", "junctions": JUNCTIONS, "corridors": 1}]
        elif "/networks/" in path:
            said = made["network"]
        elif path.endswith("/diagram"):
            said = diagram
        elif path.endswith("/moves"):
            said = table
        elif path.endswith("/plans/1"):
            if method == "PUT":
                plan["document"] = json.loads(route.request.post_data)["document"]
            said = plan
        route.fulfill(json=said)

    return answer


def say(text: str) -> None:
    """One line of the table."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def figures(times_ms: list[float]) -> str:
    """Median, 95th percentile and the longest, ms."""
    ordered = sorted(times_ms)
    return (
        f"median {statistics.median(ordered):6.1f}   "
        f"p95 {ordered[int(0.95 * len(ordered))]:6.1f}   most {ordered[-1]:6.1f} ms"
    )


def measured(page: Any, probe: Any, name: str, script: str) -> None:
    """Wall time of each move, and what the page's own thread worked for it."""

    def spent() -> dict[str, float]:
        told = probe.send("Performance.getMetrics")["metrics"]
        return {each["name"]: each["value"] * 1000 for each in told}

    before = spent()
    times = page.evaluate(script, MOVES)
    after = spent()
    parts = " ".join(
        f"{part} {(after[key] - before[key]) / MOVES:.1f}"
        for part, key in (
            ("all", "TaskDuration"),
            ("script", "ScriptDuration"),
            ("style", "RecalcStyleDuration"),
            ("layout", "LayoutDuration"),
        )
    )
    say(f"{name:18}{figures(times)}   thread ms a move: {parts}")


def main() -> None:
    """Measure and print."""
    from playwright.sync_api import sync_playwright

    for name in sorted(path for path in STATIC.rglob("*") if path.is_file()):
        data = name.read_bytes()
        say(f"{name.name:28} {len(data):8} B   gzip {len(gzip.compress(data, 9)):7} B")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1600, "height": 900})
        page.on("pageerror", lambda error: say(f"error: {error}"))
        page.route("**/*", answering(corridor()))
        page.goto("http://page.test/")
        page.fill("input[name=name]", "li")
        page.fill("input[name=password]", "x")
        page.keyboard.press("Enter")
        page.wait_for_selector("nav")
        begun = page.evaluate("performance.now()")
        page.evaluate("location.hash = '#/time-space?junction=J10&handle=offset'")
        page.wait_for_selector("svg[data-wall] rect.own")
        opened = page.evaluate("performance.now()") - begun
        shapes = page.evaluate("document.querySelectorAll('.room svg *').length")
        say(f"open, with the move table: {opened:.0f} ms; {shapes} shapes in the drawing")
        probe = page.context.new_cdp_session(page)
        probe.send("Performance.enable", {"timeDomain": "threadTicks"})
        measured(page, probe, "key to paint", KEYS)
        measured(page, probe, "pointer to paint", DRAG)
        page.get_by_label("link bands").check()
        measured(page, probe, "key, link bands", KEYS)
        browser.close()


if __name__ == "__main__":
    main()
