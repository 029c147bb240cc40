"""What the resources work with: made once when the service starts, closed when it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from fastapi import Request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool

from signalctl.api.event_hub import EventHub
from signalctl.api.login_guard import LoginGuard
from signalctl.api.metrics import Metrics
from signalctl.api.settings import Settings
from signalctl.store.audit import Audit
from signalctl.store.database import Database
from signalctl.store.jobs import Job, JobState
from signalctl.store.requests import Requests
from signalctl.store.users import User, Users
from signalctl.workflow.service.credentials import Hasher
from signalctl.workflow.service.job_desk import JobDesk
from signalctl.workflow.service.plan_desk import PlanDesk


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
    users: Users
    audit: Audit
    requests: Requests
    hub: EventHub
    hasher: Hasher
    guard: LoginGuard
    rates: Rates
    metrics: Metrics
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
        return cls(
            settings=settings,
            database=database,
            desk=desk,
            jobs=jobs,
            users=Users(database),
            audit=Audit(database),
            requests=Requests(database),
            hub=hub,
            hasher=hasher or Hasher(),
            guard=LoginGuard(settings.lock_after, settings.lock.total_seconds()),
            rates=Rates.of(settings),
            metrics=metrics,
        )

    async def start(self) -> None:
        """Begin what runs beside the requests."""
        await run_in_threadpool(self.requests.forget, now() - self.settings.request_keys)
        await run_in_threadpool(self.jobs.runner.start)

    async def stop(self) -> None:
        """End it; streams are closed."""
        self.hub.close()
        await run_in_threadpool(self.jobs.runner.stop)


def job_event(job: Job) -> dict[str, Any]:
    """What the event stream tells of a job."""
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state,
        "progress": {"done": job.done, "total": job.total, "text": job.text},
        "plan": job.order["plan"],
    }


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
