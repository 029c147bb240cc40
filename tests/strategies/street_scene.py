"""A service with two emulated devices beside it, one of each protocol, and pages on it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from browser_place import BUILT
from service_place import PASSWORD, Place, place_in, site_of
from service_server import served
from street_beside import BesideStreet, beside
from street_in_hand import QUICK

from signalctl.files.devices_schema import DeviceList
from signalctl.workflow.service.street_orders import StreetPlace

COMMUNITY = "STREET_SCENE"


@dataclass
class Scene:
    """The service, its street and who is in it."""

    place: Place
    street: BesideStreet
    base: str
    ntcip: str
    gbt: str


@contextmanager
def scene_in(folder: Path, arterial: Path, url: str | None = None) -> Iterator[Scene]:
    """The shipped arterial with devices at its first two junctions, watched by a service."""
    site = site_of(arterial).network("arterial")
    one, two = list(site.network.junctions)[:2]
    os.environ[COMMUNITY] = "private"
    first = {"address": "127.0.0.1:0", "credentials": f"env:{COMMUNITY}", **QUICK["ntcip1202"]}
    second = {"address": "udp://127.0.0.1:0", **QUICK["gbt20999"]}
    listed = DeviceList.model_validate(
        {
            "network": str(site.network.path),
            "rules": "as-surveyed",
            "devices": [
                {"id": f"D{one}", "junction": one, "protocol": "ntcip1202", **first},
                {"id": f"D{two}", "junction": two, "protocol": "gbt20999", **second},
            ],
        }
    )
    with beside(listed, site.network) as street:
        here = StreetPlace(network=site, devices=street.devices)
        with place_in(folder, arterial, url=url, street=here) as place, served(place) as base:
            assert place.service.street is not None
            place.service.street.wait(60)
            yield Scene(place, street, base, f"D{one}", f"D{two}")


@contextmanager
def pages(chromium: Any, scene: Scene) -> Iterator[Callable[..., Any]]:
    """Signs people in on pages of the scene's service; nothing may go wrong on any."""
    if not BUILT.is_file():
        pytest.skip("The page is not built: make page")
    complaints: list[str] = []
    contexts = []
    address = scene.base.removesuffix("/api/v1")

    def sign_in(name: str, password: str = PASSWORD, **looks: Any) -> Any:
        size = {"width": looks.get("width", 1280), "height": looks.get("height", 800)}
        context = chromium.new_context(viewport=size)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.add_init_script(
            f"localStorage.setItem('signalctl.language', '{looks.get('language', 'en')}');"
            f"localStorage.setItem('signalctl.theme', '{looks.get('theme', 'light')}')"
        )
        page.goto(f"{address}/#/{looks.get('view', 'street')}")
        page.fill("input[name=name]", name)
        page.fill("input[name=password]", password)
        page.keyboard.press("Enter")
        if looks.get("let_in", True):
            page.wait_for_selector("nav")
        return page

    try:
        yield sign_in
    finally:
        for context in contexts:
            context.close()
    assert complaints == []


def keep(page: Any, name: str) -> None:
    """Keeps a picture for people where SIGNALCTL_SHOTS names a folder."""
    folder = os.environ.get("SIGNALCTL_SHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.png")
