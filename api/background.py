"""The service detached from the terminal: begun, looked at, ended."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from signalctl.api.listening import PortTaken, bound
from signalctl.api.serve_options import ServeOptions
from signalctl.api.site_hold import Running, running
from signalctl.domain.errors import SignalctlError
from signalctl.store.address import VARIABLE
from signalctl.workflow.service.site import default_folder

_START_S: Final = 300.0
"""The first start builds a network and its first plan."""
_END_S: Final = 60.0
_PORTS: Final = 50
_LOG_LINES: Final = 15


def log_of(site: Path | None) -> Path:
    """The file that a detached service writes to."""
    return (site or default_folder()) / "service.log"


def begin(options: ServeOptions, say: Callable[[str], None]) -> Running:
    """Start a service that outlives the terminal, and wait until it answers.

    One that holds the site already is left alone and returned. A port in use gives way to
    the next free one. Raises InputError for options that cannot be used, SignalctlError
    with the end of the log when the service does not come up.
    """
    site = options.site or default_folder()
    found = running(site)
    if found is not None:
        say("A service runs on this site already; it is left as it is.")
        return _answering(site, lambda: None)
    port = _free_port(options.host, options.port, say)
    log = log_of(options.site)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as written:
        begun_at = written.tell()
        process = subprocess.Popen(  # noqa: S603 - our own module and options
            [sys.executable, "-m", "signalctl", "serve", *_words(options, port)],
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            start_new_session=True,
            # A URL may hold a password, which must not stand in the list of processes.
            env={**os.environ, **({VARIABLE: options.database} if options.database else {})},
        )
    say(f"Starting the service; its log is {log}")

    def check() -> None:
        if process.poll() is None:
            return
        with log.open("rb") as file:
            file.seek(begun_at)
            last = file.read().decode("utf-8", "replace").splitlines()[-_LOG_LINES:]
        raise SignalctlError("The service ended at its start: " + " / ".join(last), where=str(log))

    return _answering(site, check)


def end(site: Path | None) -> Running | None:
    """End the service of a site and wait until it has; None when there is none.

    Raises SignalctlError for one that does not end.
    """
    folder = site or default_folder()
    found = running(folder)
    if found is None:
        return None
    if found.pid:
        with suppress(ProcessLookupError):
            os.kill(found.pid, signal.SIGTERM)
    give_up = time.monotonic() + _END_S
    while running(folder) is not None:
        if time.monotonic() > give_up:
            raise SignalctlError(
                f"The service (process {found.pid}) does not end.",
                where=str(folder),
                remedy=f"Its log is {log_of(site)}.",
            )
        time.sleep(0.1)
    return found


def is_ready(service: Running) -> bool:
    """Whether a service answers that it is ready."""
    # It is asked whether it is there, nothing is told to it: any certificate will do.
    unchecked = ssl.create_default_context()
    unchecked.check_hostname = False
    unchecked.verify_mode = ssl.CERT_NONE
    direct = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=unchecked)
    )
    try:
        with direct.open(f"{service.url}ready", timeout=5) as answer:
            return bool(json.load(answer)) and answer.status == 200
    except (OSError, ValueError):
        return False


def _answering(site: Path, check: Callable[[], None]) -> Running:
    """The site's service once it is ready; `check` raises when it never will be."""
    give_up = time.monotonic() + _START_S
    while True:
        found = running(site)
        if found is not None and found.url and is_ready(found):
            return found
        check()
        if time.monotonic() > give_up:
            raise SignalctlError(
                f"The service does not answer after {_START_S:.0f} s.",
                where=str(site),
                remedy=f"Its log is {log_of(site)}.",
            )
        time.sleep(0.2)


def _free_port(host: str, wanted: int, say: Callable[[str], None]) -> int:
    """The wanted port, or the next one that no program listens at."""
    for port in range(wanted, min(wanted + _PORTS, 65536)):
        try:
            bound(host, port).close()
        except PortTaken:
            if port == wanted + _PORTS - 1 or port == 65535:
                raise
            continue
        if port != wanted:
            say(f"Port {wanted} is another program's: taking {port}.")
        return port
    raise AssertionError("a port is in range")


def _words(options: ServeOptions, port: int) -> Sequence[str]:
    """The options of a foreground service that does the same."""
    words = ["--host", options.host, "--port", str(port), "--rules", options.rules]
    for name, value in (
        ("--site", options.site),
        ("--tls-cert", options.certificate),
        ("--tls-key", options.key),
    ):
        if value is not None:
            words += [name, str(value)]
    if options.cluster is not None:
        words += ["--cluster", options.cluster]
    if options.behind_proxy:
        words.append("--behind-proxy")
    return words
