"""Runs jobs: a process each, so many at a time, in the order in which they came."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from signalctl.store.database import Database
from signalctl.store.jobs import Job, Jobs, JobState
from signalctl.store.refusals import WrongState
from signalctl.workflow.jobs.order import JobOrder

_LOOK_EVERY_S: Final = 1.0
_MERCY_S: Final = 3.0
_MOST_RESULT: Final = 64 * 1024 * 1024


@dataclass(slots=True)
class _Running:
    process: subprocess.Popen[str]
    cancelled_by: str = ""
    ended: threading.Event = field(default_factory=threading.Event)


class JobRunner:
    """Takes queued jobs from the database and runs them until it is stopped.

    `on_change` is told every state and step of progress, from the runner's threads.
    `on_done` sees a finished job's result before it counts as done.
    """

    def __init__(
        self,
        database: Database,
        folder: Path,
        *,
        most: int,
        on_change: Callable[[Job], None],
        on_done: Callable[[Job, Any], None] = lambda _job, _result: None,
    ) -> None:
        self.jobs = Jobs(database)
        self._folder = folder
        self._most = most
        self._on_change = on_change
        self._on_done = on_done
        self._running: dict[str, _Running] = {}
        self._lock = threading.Lock()
        self._bell = threading.Event()
        self._stopped = False
        self._thread: threading.Thread | None = None

    def start(self) -> tuple[Job, ...]:
        """Take up what an earlier service left running, and begin; what was found."""
        found = self.jobs.recover(_now())
        self._thread = threading.Thread(target=self._serve, name="jobs", daemon=True)
        self._thread.start()
        return found

    def submit(self, *, id: str, order: JobOrder) -> Job:
        """Queue a job; it is on the disk when this returns."""
        job = self.jobs.create(
            id=id,
            kind=order.kind.value,
            order=order.model_dump(mode="json"),
            actor=order.actor,
            at=_now(),
        )
        self._on_change(job)
        self._bell.set()
        return job

    def cancel(self, id: str, actor: str) -> Job:
        """End a job before its time. Raises Missing, WrongState for one that has ended."""
        with self._lock:
            running = self._running.get(id)
            if running is None:
                job = self.jobs.end(id, JobState.CANCELLED, at=_now(), actor=actor)
                self._on_change(job)
                return job
            running.cancelled_by = actor
        _end(running)
        running.ended.wait(2 * _MERCY_S)
        return self.jobs.read(id)

    def stop(self) -> None:
        """End every process; their jobs are taken up again at the next start."""
        self._stopped = True
        self._bell.set()
        if self._thread is not None:
            self._thread.join()
        with self._lock:
            running = list(self._running.values())
        for each in running:
            _end(each)
        for each in running:
            each.ended.wait(2 * _MERCY_S)

    def _serve(self) -> None:
        while not self._stopped:
            self._bell.clear()
            while len(self._running) < self._most and not self._stopped:
                with self._lock:
                    job = self.jobs.begin_next(_now())
                    if job is None:
                        break
                    running = _Running(self._begin(job))
                    self._running[job.id] = running
                self._on_change(job)
                threading.Thread(
                    target=self._follow, args=(job, running), name=f"job {job.id}", daemon=True
                ).start()
            self._bell.wait(_LOOK_EVERY_S)

    def _begin(self, job: Job) -> subprocess.Popen[str]:
        folder = self._folder / job.id
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "stderr.txt").open("wb") as errors:
            process = subprocess.Popen(  # noqa: S603 - our own module, an id of our own
                [sys.executable, "-m", "signalctl.workflow.jobs.child", str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
                # Ctrl-C at the terminal reaches the service alone; it ends the job.
                start_new_session=True,
            )
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(job.order) + "\n")
            process.stdin.flush()
        return process

    def _follow(self, job: Job, running: _Running) -> None:
        """Read what the process says until it ends, then note how it ended."""
        said: dict[str, Any] = {}
        assert running.process.stdout is not None
        for text in iter(lambda: _line(running), ""):
            line = json.loads(text)
            if "progress" in line:
                self.jobs.progress(job.id, **line["progress"])
                self._on_change(self.jobs.read(job.id))
            else:
                said = line
        status = running.process.wait()
        if running.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                running.process.stdin.close()
        try:
            self._note_end(job, running, said, status)
        finally:
            with self._lock:
                self._running.pop(job.id, None)
            running.ended.set()
            self._bell.set()

    def _note_end(self, job: Job, running: _Running, said: dict[str, Any], status: int) -> None:
        state, result, error = JobState.DONE, said.get("result"), said.get("error")
        if running.cancelled_by:
            state, result, error = JobState.CANCELLED, None, None
        elif self._stopped and result is None and error is None:
            return  # still running as far as the disk knows: the next start takes it up
        elif result is None:
            state = JobState.FAILED
            error = error or {
                "code": "job-died",
                "message": f"The job's process ended with status {status} and no word.",
                "where": f"job {job.id}",
                "remedy": "Order it again; its folder keeps what it wrote.",
            }
        if state is JobState.DONE:
            self._on_done(job, result)
        with contextlib.suppress(WrongState):
            ended = self.jobs.end(
                job.id,
                state,
                at=_now(),
                actor=running.cancelled_by or job.actor,
                result=result,
                error=error,
            )
            self._on_change(ended)
        if state in (JobState.DONE, JobState.CANCELLED):
            shutil.rmtree(self._folder / job.id, ignore_errors=True)


def _line(running: _Running) -> str:
    assert running.process.stdout is not None
    return running.process.stdout.readline(_MOST_RESULT)


def _end(running: _Running) -> None:
    """Ask the process to end, then make it."""
    process = running.process
    for number, wait_s in ((signal.SIGTERM, _MERCY_S), (signal.SIGKILL, None)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        try:
            process.wait(wait_s)
        except subprocess.TimeoutExpired:
            continue
        return


def _now() -> datetime:
    return datetime.now(UTC)
