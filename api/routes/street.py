"""The street: devices watched, plans pushed to them and taken back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query, Request
from fastapi.responses import JSONResponse

from signalctl.api.guarded_route import is_repeated, new_push_id
from signalctl.api.problems import Refusal
from signalctl.api.resource import resource
from signalctl.api.routes.street_models import (
    DeviceOut,
    DryRunOut,
    PushIn,
    PushOut,
    PushPage,
    RollBackIn,
)
from signalctl.api.service import Service, now, service_of, user_of
from signalctl.store.plans import PlanState
from signalctl.store.refusals import Missing, WrongState
from signalctl.workflow.service.push_history import is_going_back
from signalctl.workflow.service.street_desk import StreetDesk
from signalctl.workflow.service.street_orders import PushOrder
from signalctl.workflow.service.street_view import device_json, prepared_json, push_json

devices = resource("/devices", "street")
pushes = resource("/pushes", "street")

PushId = Annotated[str, Path(max_length=64)]


@devices.get("", response_model=list[DeviceOut])
def list_devices(request: Request) -> JSONResponse:
    """Every device with its last reading and how old that is."""
    service = service_of(request)
    street, at = street_of(service), now()
    return JSONResponse([device_json(each, street, at) for each in street.readings])


@pushes.get("", response_model=PushPage)
def list_pushes(
    request: Request,
    after: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> JSONResponse:
    """Pushes, the newest first."""
    found = street_of(service_of(request)).journal.history(limit + 1, after)
    items = [push_json(each) for each in found[:limit]]
    return JSONResponse({"items": items, "next": items[-1]["id"] if len(found) > limit else None})


@pushes.post(
    "",
    status_code=202,
    response_model=PushOut,
    responses={200: {"model": DryRunOut, "description": "A dry run: nothing was sent"}},
)
def begin_push(request: Request, order: PushIn) -> JSONResponse:
    """Push an approved plan, all of it or none; or with `dry_run` tell what stands against it."""
    service = service_of(request)
    street = street_of(service)
    push_id = new_push_id(request)
    if not order.dry_run and street.journal.find(push_id) is not None:
        # Begun by the same request, before the service ended.
        return _told(street, push_id)
    read = service.desk.read(order.plan)
    wanted = PushOrder(
        push_id=push_id,
        plan_id=order.plan,
        plans=read.unrolled.plans.plans,
        devices=None if order.devices is None else tuple(dict.fromkeys(order.devices)),
        activation=order.activation,
        actor=user_of(request).name,
        reason=order.reason,
    )
    if order.dry_run:
        return JSONResponse(prepared_json(street.prepare(wanted)), 200)
    if read.stored.state is not PlanState.APPROVED:
        raise WrongState(
            f"The plan is {read.stored.state}, and only an approved plan is pushed.",
            where=f"plan {order.plan}",
            remedy="Submit it, and let another person approve it.",
        )
    if not order.reason:
        raise Refusal(422, "bad-request", "A push needs a reason.", where="body: reason")
    return _told(street, street.push(wanted))


@pushes.get("/{push_id}", response_model=PushOut)
def read_push(request: Request, push_id: PushId) -> JSONResponse:
    """One push, device by device."""
    return _told(street_of(service_of(request)), push_id, 200)


@pushes.post("/{push_id}/rollback", status_code=202, response_model=PushOut)
def roll_back(request: Request, push_id: PushId, why: RollBackIn) -> JSONResponse:
    """Take a push back on all its devices."""
    street = street_of(service_of(request))
    found = street.journal.find(push_id)
    if found is None:
        raise _missing(push_id)
    if is_repeated(request) and is_going_back(found):
        return _told(street, push_id)
    return _told(street, street.roll_back(push_id, user_of(request).name, why.reason))


def street_of(service: Service) -> StreetDesk:
    """The street desk; a site without devices has none."""
    if service.street is None:
        raise Refusal(
            404,
            "no-devices",
            "This site has no devices.",
            remedy="Put a devices.yaml into the site's folder and start the service again.",
        )
    return service.street


def _told(street: StreetDesk, push_id: str, status: int = 202) -> JSONResponse:
    headers = {"Location": f"/api/v1/pushes/{push_id}"} if status == 202 else None
    return JSONResponse(_read(street, push_id), status, headers)


def _read(street: StreetDesk, push_id: str) -> dict[str, Any]:
    found = street.journal.find(push_id)
    if found is None:
        raise _missing(push_id)
    return push_json(found)


def _missing(push_id: str) -> Missing:
    return Missing(f"There is no push {push_id!r}.", remedy="GET /pushes lists them.")
