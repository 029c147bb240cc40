"""The page as it was built, or a plain one that says how to build it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Route

BUILT: Final = Path(__file__).resolve().parent / "static"
_NOT_BUILT: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>signalctl</title>
<h1>signalctl</h1>
<p>The service runs; its page is not built. Build it with <code>make page</code> in the
source folder, then load this address again.</p>
<p>The API is at <a href="/api/v1/openapi.json">/api/v1</a>.</p>
</html>
"""
_FOREVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
_ASK: Final = {"Cache-Control": "no-cache"}


def serve_page(app: FastAPI, folder: Path = BUILT) -> None:
    """Serve the built files; every other address outside the API is the page's own."""
    root = folder.resolve()

    def page(request: Request) -> Response:
        path = request.url.path.removeprefix("/")
        if path == "api" or path.startswith("api/"):
            raise HTTPException(404, "There is no such resource.")
        index = root / "index.html"
        if not index.is_file():
            if path:
                raise HTTPException(404, "There is no such page.")
            return HTMLResponse(_NOT_BUILT, headers=_ASK)
        wanted = (root / path).resolve() if "\0" not in path else root
        if path and wanted.is_relative_to(root) and wanted.is_file():
            # Built files carry a hash of their content in their name.
            return FileResponse(wanted, headers=_FOREVER if path.startswith("assets/") else _ASK)
        if path.startswith("assets/"):
            raise HTTPException(404, "There is no such file.")
        return FileResponse(index, headers=_ASK)

    app.router.routes.append(Route("/{path:path}", page, methods=["GET"]))
