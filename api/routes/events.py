"""The event stream: devices, jobs, pushes and plans as they change (server-sent events)."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Header, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from signalctl.api.guarded_route import authenticated, remembered
from signalctl.api.problems import Refusal
from signalctl.api.resource import resource
from signalctl.api.service import Service, now, service_of

router = resource("/events", "events")

_PHASE = (math.sqrt(5.0) - 1.0) / 2.0
"""Whole multiples of the golden ratio lie apart, however many there are."""

_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "`id`, `event` (device, job, push, plan, alarm, heartbeat, resync) and "
        "`data` (JSON). `resync`: events were missed, read everything anew.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@router.get("", response_class=StreamingResponse, responses=_ANSWER)
async def events(
    request: Request,
    last_event_id: Annotated[str | None, Header(max_length=64)] = None,
) -> StreamingResponse:
    """Everything that changes, until the session is over. Last-Event-ID goes on from there."""
    service = service_of(request)
    if service.hub.streams >= service.settings.streams:
        raise Refusal(
            429,
            "N-STREAMS",
            f"{service.settings.streams} event streams are open, which is the most.",
            remedy="Close one, or try again in a moment.",
            headers={"Retry-After": "10"},
        )
    return StreamingResponse(
        _stream(service, request, last_event_id),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(
    service: Service, request: Request, last_event_id: str | None
) -> AsyncIterator[bytes]:
    hub = service.hub
    with hub.listen() as bell:
        at = hub.last
        if last_event_id:
            resumed = hub.number_of(last_event_id)
            if resumed is None:
                yield _text("resync", json.dumps({"reason": "events were missed"}))
            else:
                at = resumed
        yield _heartbeat()
        # Pages that came together are not to ask together, or everybody waits for all of them.
        checked = time.monotonic() - service.settings.recheck_s * (hub.streams * _PHASE % 1.0)
        loop = asyncio.get_running_loop()
        while not hub.is_closed:
            if time.monotonic() - checked >= service.settings.recheck_s:
                # A session that is over must not go on listening, however much there is to tell.
                try:
                    if remembered(service, request) is None:
                        await run_in_threadpool(authenticated, service, request)
                except Refusal:
                    return
                checked = time.monotonic()
            for event in hub.after(at):
                at = event.number
                yield event.frame
            bell.clear()
            if hub.last > at:
                continue
            # Not wait_for, which makes a task each time: this is done for every event and page.
            alarm = loop.call_later(service.settings.heartbeat_s, bell.set)
            await bell.wait()
            alarm.cancel()
            if hub.last == at and not hub.is_closed:
                yield _heartbeat()


def _heartbeat() -> bytes:
    return _text("heartbeat", json.dumps({"at": now().isoformat()}))


def _text(type: str, data: str) -> bytes:
    return f"event: {type}\ndata: {data}\n\n".encode()
