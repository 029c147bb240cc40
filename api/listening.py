"""The socket that the service listens at, taken before anything is begun."""

from __future__ import annotations

import errno
import socket
from typing import Final

from signalctl.domain.errors import InputError

_ANY: Final = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - named, not used


class PortTaken(InputError):
    """Another program listens there."""


def bound(host: str, port: int) -> socket.socket:
    """A socket at an address of this machine; port 0 is any free one.

    Raises PortTaken when another program has the port, InputError for an address that
    is none of this machine's.
    """
    where = f"{host}:{port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        taken = socket.socket(family, kind, protocol)
    except OSError as error:
        raise InputError(
            f"The service cannot listen there: {error.strerror}.",
            where=where,
            remedy="Give --host an address of this machine.",
        ) from error
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
    except OSError as error:
        taken.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(
                "Another program listens at this port.",
                where=where,
                remedy="Choose another --port.",
            ) from error
        raise InputError(
            f"The service cannot listen there: {error.strerror}.",
            where=where,
            remedy="Give --host and --port that this user may listen at.",
        ) from error
    return taken


def url_of(scheme: str, host: str, listens: socket.socket) -> str:
    """Where a browser of this machine finds what listens at a socket."""
    host = _ANY.get(host, host)
    port: int = listens.getsockname()[1]
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/"
