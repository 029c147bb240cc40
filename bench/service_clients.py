"""Clients that go on while the service is killed, and remember what they were told.

Each request that changes something carries an idempotency key. When the connection breaks,
the same request is sent again with the same key until it is answered: what an answer says
was done is told, and must be there for ever after, once.
"""

from __future__ import annotations

import copy
import http.client
import json
import queue
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from bench.served_site import PASSWORD, V1, ServedSite

ROLES: Final = {"emil": "engineer", "anna": "approver", "otto": "operator"}
_ANSWER_S: Final = 30.0
_PAUSE_S: Final = 0.1
_JOBS_AT_ONCE: Final = 2


@dataclass
class Told:
    """What the service has told its clients."""

    facts: list[tuple[str, str]] = field(default_factory=list)
    """Action and subject of the audit entry that each told change must have."""
    hashes: dict[str, str] = field(default_factory=dict)
    """The hash that each plan was approved with, by plan."""
    under_way: Counter[str] = field(default_factory=Counter)
    """Requests that are not answered yet, by what they would do."""
    refused: Counter[str] = field(default_factory=Counter)
    """Requests that were not in time: something else had changed what they were about."""
    repeated: int = 0
    """Requests that had to be sent again."""
    wrong: list[str] = field(default_factory=list)


class Client:
    """A person who asks until there is an answer."""

    def __init__(self, served: ServedSite, name: str, told: Told, ended: threading.Event) -> None:
        self._served = served
        self._name = name
        self._told = told
        self._ended = ended
        self._token = ""

    def write(self, action: str, path: str, body: Any = None, subject: str = "") -> Any:
        """Change something, once; what it answers, None when it was refused."""
        key = uuid.uuid4().hex
        self._told.under_way[action] += 1
        try:
            status, answer = self._until_answered("POST", path, body, {"Idempotency-Key": key})
        finally:
            self._told.under_way[action] -= 1
        if status == 409:
            self._told.refused[f"{action} ({answer['detail'][:120]})"] += 1
            return None
        if status >= 400:
            self._told.wrong.append(f"{action} {path}: {status} {answer}")
            return None
        self._told.facts.append((action, subject.format(**answer)))
        return answer

    def read(self, path: str) -> Any:
        """What is there."""
        return self._until_answered("GET", path, None, {})[1]

    def _until_answered(
        self, method: str, path: str, body: Any, headers: dict[str, str]
    ) -> tuple[int, Any]:
        is_repeated = False
        while True:
            try:
                if not self._token:
                    login = {"name": self._name, "password": PASSWORD}
                    self._token = self._ask("POST", "/sessions", login, {})[1]["token"]
                status, answer = self._ask(method, path, body, headers)
            except (OSError, http.client.HTTPException, ValueError):
                # Nothing was answered, or only half of it: the service is gone.
                self._told.repeated += not is_repeated
                is_repeated = True
                if self._ended.wait(_PAUSE_S):
                    raise
                continue
            busy = status == 409 and answer.get("code") == "I-KEY"
            if not busy and status != 503:
                return status, answer
            time.sleep(_PAUSE_S)

    def _ask(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, Any]:
        place = urlsplit(self._served.base)
        if place.hostname is None:
            raise ConnectionError("the service is not there")
        line = http.client.HTTPConnection(place.hostname, place.port, timeout=_ANSWER_S)
        try:
            sent = {**headers, "Content-Type": "application/json"}
            if self._token:
                sent["Authorization"] = f"Bearer {self._token}"
            line.request(method, V1 + path, None if body is None else json.dumps(body), sent)
            answer = line.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            line.close()


class Crowd:
    """An engineer, an approver and an operator who work without a break."""

    def __init__(self, served: ServedSite, plan: str, devices: list[str], scenario: str) -> None:
        self.told = Told()
        self._scenario = scenario
        self._devices = devices
        self._ended = threading.Event()
        self._rest = threading.Event()
        self._submitted: queue.Queue[str] = queue.Queue()
        self._approved: queue.Queue[str] = queue.Queue()
        self.clients = {n: Client(served, n, self.told, self._ended) for n in ROLES}
        self._document = self.clients["emil"].read(f"/plans/{plan}")["document"]
        works = (self._plan, self._order, self._approve, self._push)
        self._threads = [threading.Thread(target=self._work, args=(each,)) for each in works]
        for thread in self._threads:
            thread.start()

    def rest(self) -> None:
        """Begin nothing new, and wait until everybody has an answer."""
        self._rest.set()
        for thread in self._threads:
            thread.join()

    def leave(self) -> None:
        """Stop asking, answered or not."""
        self._ended.set()
        self.rest()

    def _work(self, work: Any) -> None:
        number = 0
        while not self._rest.wait(_PAUSE_S):
            number += 1
            try:
                work(number)
            except (OSError, http.client.HTTPException, ValueError):
                return  # told to leave in the middle of a question

    def _plan(self, number: int) -> None:
        """A plan like the first one, with another offset, written and submitted."""
        document = copy.deepcopy(self._document)
        plan = document["plans"][number % len(document["plans"])]
        offset = plan["offset"]
        offset["seconds"] = (offset["seconds"] + 1 + number) % plan["cycle_s"]
        body = {"network": "arterial", "name": f"plan {number}", "document": document}
        emil = self.clients["emil"]
        made = emil.write("plan-created", "/plans", body, "plan {id}")
        if made is None:
            return
        if emil.write("plan-submitted", f"/plans/{made['id']}/submit", None, "plan {id}"):
            self._submitted.put(made["id"])
        self._rest.wait(4 * _PAUSE_S)

    def _approve(self, _number: int) -> None:
        """The next submitted plan, approved by somebody else."""
        if self._submitted.empty():
            return
        plan, anna = self._submitted.get(), self.clients["anna"]
        why = {"reason": "looked at it"}
        if done := anna.write("plan-approved", f"/plans/{plan}/approve", why, "plan {id}"):
            self.told.hashes[plan] = done["hash"]
            self._approved.put(plan)

    def _order(self, _number: int) -> None:
        """A simulation, whenever there are few."""
        emil = self.clients["emil"]
        waiting = [each for each in emil.read("/jobs")["items"] if each["state"] in OPEN_JOB]
        if len(waiting) < _JOBS_AT_ONCE:
            plan = emil.read("/plans?limit=1")["items"][0]["id"]
            order = {"kind": "simulate", "plan": plan, "scenario": self._scenario}
            emil.write("job-ordered", "/jobs", {**order, "options": {"seeds": 1}}, "job {id}")

    def _push(self, _number: int) -> None:
        """The next approved plan, to a device of each protocol; one push after the other."""
        otto = self.clients["otto"]
        if self._approved.empty() or any(
            each["state"] == "open" for each in otto.read("/pushes")["items"]
        ):
            return
        body = {"plan": self._approved.get(), "devices": self._devices, "reason": "evening"}
        otto.write("push-begin", "/pushes", body, "push {id}")


OPEN_JOB: Final = ("queued", "running")
