"""What the resources work with: made once when the service starts, closed when it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from fastapi import Request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool

from signalctl.api.event_hub import EventHub
from signalctl.api.known_sessions import KnownSessions
from signalctl.api.metrics import Metrics
from signalctl.api.settings import Settings
from signalctl.domain.push import Push
from signalctl.store.alarms import Alarm
from signalctl.store.audit import Audit
from signalctl.store.database import Database
from signalctl.store.jobs import Job, JobState
from signalctl.store.lockouts import Lockouts
from signalctl.store.requests import Requests
from signalctl.store.sessions import Sessions
from signalctl.store.users import User, Users
from signalctl.workflow.service.alarm_desk import alarm_json
from signalctl.workflow.service.credentials import Hasher
from signalctl.workflow.service.device_poller import Reading
from signalctl.workflow.service.job_desk import JobDesk
from signalctl.workflow.service.kept import Kept
from signalctl.workflow.service.plan_desk import PlanDesk
from signalctl.workflow.service.street_desk import StreetDesk
from signalctl.workflow.service.street_orders import StreetPlace
from signalctl.workflow.service.street_view import device_json, push_json

_TEXTS: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How often is too often: logins by address, reads and writes by user."""

    limiter: MovingWindowRateLimiter
    login: RateLimitItem
    read: RateLimitItem
    write: RateLimitItem

    @classmethod
    def of(cls, settings: Settings) -> Rates:
        """Counters of this process."""
        return cls(
            limiter=MovingWindowRateLimiter(MemoryStorage()),
            login=parse(settings.login_rate),
            read=parse(settings.read_rate),
            write=parse(settings.write_rate),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Stores, desks and guards of one running service."""

    settings: Settings
    database: Database
    desk: PlanDesk
    jobs: JobDesk
    street: StreetDesk | None
    users: Users
    sessions: Sessions
    audit: Audit
    requests: Requests
    hub: EventHub
    hasher: Hasher
    guard: Lockouts
    rates: Rates
    metrics: Metrics
    known: KnownSessions = field(default_factory=KnownSessions)
    texts: Kept[tuple[str, bytes]] = field(default_factory=lambda: Kept(_TEXTS))
    """Answers about plans as they go over the wire, with their ETag."""
    in_hand: set[tuple[str, str]] = field(default_factory=set)
    """User and key of the requests with an idempotency key that are being answered."""

    @classmethod
    def of(
        cls,
        database: Database,
        desk: PlanDesk,
        settings: Settings,
        *,
        hasher: Hasher | None = None,
        cluster: str | None = None,
        place: StreetPlace | None = None,
    ) -> Service:
        """A service over a database and a site."""
        hub = EventHub(settings.events_kept)
        metrics = Metrics()
        metrics.gauge("signalctl_streams", "Open event streams", lambda: float(hub.streams))
        jobs = JobDesk(
            database,
            desk,
            cluster=cluster,
            on_change=lambda job: hub.publish("job", job_event(job)),
        )
        counts = jobs.runner.jobs.counts
        for state in JobState:
            metrics.gauge(
                f"signalctl_jobs_{state}", f"Jobs that are {state}", partial(_count, counts, state)
            )
        street = None if place is None else _street(database, desk, place, hub, metrics)
        return cls(
            settings=settings,
            database=database,
            desk=desk,
            jobs=jobs,
            street=street,
            users=Users(database),
            sessions=Sessions(database),
            audit=Audit(database),
            requests=Requests(database),
            hub=hub,
            hasher=hasher or Hasher(),
            guard=Lockouts(database, settings.lock_after, settings.lock),
            rates=Rates.of(settings),
            metrics=metrics,
        )

    async def start(self) -> None:
        """Begin what runs beside the requests."""
        await run_in_threadpool(self.requests.forget, now() - self.settings.request_keys)
        await run_in_threadpool(self.jobs.runner.start)
        if self.street is not None:
            self.street.start()

    async def stop(self) -> None:
        """End it; streams are closed."""
        self.hub.close()
        await run_in_threadpool(self.jobs.runner.stop)
        if self.street is not None:
            await run_in_threadpool(self.street.stop)


def job_event(job: Job) -> dict[str, Any]:
    """What the event stream tells of a job."""
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state,
        "progress": {"done": job.done, "total": job.total, "text": job.text},
        "plan": job.order["plan"],
        "scenario": job.order["scenario"],
        "number": job.number,
        "attempts": job.attempts,
        "actor": job.actor,
        "created_at": job.created_at.isoformat(),
        "started_at": None if job.started_at is None else job.started_at.isoformat(),
        "ended_at": None if job.ended_at is None else job.ended_at.isoformat(),
        "error": job.error,
    }


def _street(
    database: Database, desk: PlanDesk, place: StreetPlace, hub: EventHub, metrics: Metrics
) -> StreetDesk:
    """A street desk whose devices and pushes are told to the event streams."""

    def told(readings: Sequence[Reading]) -> None:
        at = now()
        hub.publish("device", {"devices": [device_json(r, street, at) for r in readings]})

    def pushed(push: Push) -> None:
        hub.publish("push", push_json(push))

    def alarmed(alarms: Sequence[Alarm]) -> None:
        hub.publish("alarm", {"alarms": [alarm_json(each) for each in alarms]})

    def oldest_s() -> float:
        ages = [(now() - r.read_at).total_seconds() for r in street.readings if r.read_at]
        return max(ages, default=0.0)

    street = StreetDesk(database, desk, place, on_readings=told, on_push=pushed, on_alarms=alarmed)
    metrics.gauge("signalctl_devices", "Devices", lambda: float(len(street.readings)))
    metrics.gauge(
        "signalctl_devices_failing",
        "Devices whose last reading failed",
        lambda: float(sum(bool(each.failure) for each in street.readings)),
    )
    metrics.gauge("signalctl_oldest_reading_seconds", "Age of the oldest device reading", oldest_s)
    return street


def _count(counts: Callable[[], dict[JobState, int]], state: JobState) -> float:
    return float(counts()[state])


def service_of(request: Request) -> Service:
    """The service a request came to."""
    service: Service = request.app.state.service
    return service


def user_of(request: Request) -> User:
    """Who asks; only behind a guarded route that is not public."""
    user: User = request.state.user
    return user


def now() -> datetime:
    """This moment, aware."""
    return datetime.now(UTC)
