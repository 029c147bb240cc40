"""The one door of every resource: who are you, may you, not too often, and once only."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from signalctl.api.problems import Refusal
from signalctl.api.roles import ACCESS, V1
from signalctl.api.service import Service, now, service_of
from signalctl.api.storable import is_storable
from signalctl.store.requests import Taken
from signalctl.store.users import User
from signalctl.workflow.push import push_id
from signalctl.workflow.service.credentials import KEY, SESSION, session_hash, split_key

IDEMPOTENCY_KEY: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
_MOST_KEY: Final = 200
_SECRET: Final = frozenset(
    {
        ("POST", f"{V1}/sessions/current/renew"),
        ("POST", f"{V1}/users/{{name}}/keys"),
        ("POST", f"{V1}/users"),
        ("PATCH", f"{V1}/users/{{name}}"),
        ("POST", f"{V1}/account/password"),
    }
)
"""They hold a secret or answer with one, of which not even a hash is kept: done anew each time."""
_READS: Final = frozenset({"GET", "HEAD"})
_WHO: Final = tuple(f"{V1}/{name}" for name in ("sessions", "users", "account"))
"""What is written there may end sessions and rights."""


class GuardedRoute(APIRoute):
    """A route that looks into the table of roles before it does anything."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's handler behind its guard. Raises KeyError for a route nobody may use."""
        handle = super().get_route_handler()
        path = self.path_format

        async def guarded(request: Request) -> Response:
            # Looked up at each request: there is no way in that the table does not know.
            allowed = ACCESS[request.method if request.method != "HEAD" else "GET", path]
            if request.method not in _READS and not is_storable(await request.body()):
                raise Refusal(
                    422, "bad-request", "A text holds what is no character.", where="body"
                )
            if allowed is None:
                return await handle(request)
            service = service_of(request)
            user = remembered(service, request)
            if user is None:
                user = await run_in_threadpool(authenticated, service, request)
            if not user.roles & allowed:
                raise Refusal(
                    403,
                    "A-ROLE",
                    f"{user.name} may not do this.",
                    remedy=f"It takes one of the roles {', '.join(sorted(allowed))}.",
                    where=request.url.path,
                )
            _not_too_often(service, request, user)
            request.state.user = user
            if request.method in _READS:
                return await handle(request)
            try:
                key = request.headers.get(IDEMPOTENCY_KEY)
                if key is None or (request.method, path) in _SECRET:
                    return await handle(request)
                return await _once(service, request, user, key, handle)
            finally:
                if path.startswith(_WHO):
                    service.known.forget()

        return guarded


def authenticated(service: Service, request: Request) -> User:
    """The user of a request's bearer token or API key. Raises Refusal 401 or 429."""
    token = bearer_of(request)
    found: User | None = None
    if token.startswith(SESSION):
        hashed = session_hash(token)
        found = service.known.user(hashed, lambda: service.sessions.user(hashed, now()))
    elif token.startswith(KEY):
        found = _of_key(service, request, token)
    if found is None:
        raise Refusal(
            401,
            "A-LOGIN",
            "Nobody is logged in, or the session is over."
            if token
            else "This needs a login: there is no bearer token.",
            remedy="POST /api/v1/sessions with name and password, and send the token.",
            headers={"WWW-Authenticate": 'Bearer realm="signalctl"'},
        )
    return found


def remembered(service: Service, request: Request) -> User | None:
    """The user of a session that was looked up a moment ago: no database, no thread."""
    token = bearer_of(request)
    return service.known.known(session_hash(token)) if token.startswith(SESSION) else None


def bearer_of(request: Request) -> str:
    """The bearer token of a request, empty without one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def address_of(request: Request) -> str:
    """The address of the other side, as the server sees it."""
    return request.client.host if request.client is not None else "unknown"


def new_id(request: Request) -> str:
    """The id for what a request makes: the same when the request comes again."""
    found: str = getattr(request.state, "resource", "") or uuid.uuid4().hex
    return found


def is_repeated(request: Request) -> bool:
    """Whether a request came before, and the service ended before it answered."""
    taken: Taken | None = getattr(request.state, "taken", None)
    return taken is not None and not taken.is_new


def new_push_id(request: Request) -> str:
    """The id of the push that a request begins: the same when the request comes again."""
    taken: Taken | None = getattr(request.state, "taken", None)
    return push_id(now()) if taken is None else push_id(taken.at, taken.resource[:8])


def _of_key(service: Service, request: Request, token: str) -> User | None:
    parts = split_key(token)
    if parts is None:
        return None
    key_id, secret = parts
    # Proving takes a core half a second: whoever guesses is locked as with passwords.
    address = address_of(request)
    if service.guard.left(f"key {key_id}", address, now()):
        return None
    found = service.users.key(key_id, now())
    if found is None:
        return None
    if not service.hasher.key_fits(found[0].hash, secret):
        service.guard.wrong(f"key {key_id}", address, now())
        return None
    return found[1]


def _not_too_often(service: Service, request: Request, user: User) -> None:
    reads = request.method in _READS
    rate = service.rates.read if reads else service.rates.write
    if not service.rates.limiter.hit(rate, "read" if reads else "write", user.name):
        raise Refusal(
            429,
            "A-RATE",
            f"{user.name} asked more often than {rate}.",
            remedy="Wait a moment.",
            headers={"Retry-After": "5"},
        )


async def _once(
    service: Service,
    request: Request,
    user: User,
    key: str,
    handle: Callable[[Request], Coroutine[Any, Any, Response]],
) -> Response:
    """Handle a request at most once for each of the user's keys; later ones get its answer."""
    if not 1 <= len(key) <= _MOST_KEY or not key.isprintable():
        raise Refusal(
            422, "I-KEY", f"An idempotency key has 1 to {_MOST_KEY} printable characters."
        )
    body = await request.body()
    told = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + body
    digest = hashlib.sha256(told).hexdigest()
    mark = (user.name, key)
    if mark in service.in_hand:
        raise Refusal(
            409,
            "I-KEY",
            "The first request with this key is still being answered.",
            remedy="Ask again in a moment.",
        )
    service.in_hand.add(mark)
    try:
        taken = await run_in_threadpool(
            service.requests.take,
            user=user.name,
            key=key,
            digest=digest,
            resource=uuid.uuid4().hex,
            at=now(),
        )
        if taken.status is not None and taken.answer is not None:
            kept = json.loads(taken.answer)
            headers = {**kept["headers"], REPLAYED: "true"}
            if taken.status == 204:
                return Response(status_code=204, headers=headers)
            return JSONResponse(kept["body"], taken.status, headers)
        # Taken but never answered: the service ended in between. What the request makes
        # has the same id again, so that it is made once.
        request.state.resource = taken.resource
        request.state.taken = taken
        try:
            response = await handle(request)
        except BaseException:
            await run_in_threadpool(service.requests.give_back, user=user.name, key=key)
            raise
        await run_in_threadpool(_keep, service, user, key, response)
        return response
    finally:
        service.in_hand.discard(mark)


def _keep(service: Service, user: User, key: str, response: Response) -> None:
    headers = {
        name: response.headers[name] for name in ("etag", "location") if name in response.headers
    }
    text = bytes(response.body).decode() or "null"
    answer = json.dumps({"headers": headers, "body": json.loads(text)})
    service.requests.answered(user=user.name, key=key, status=response.status_code, answer=answer)
