"""UDP under the SNMP library, with a gate: what is no message never reaches a decoder."""

from __future__ import annotations

import logging
from typing import Any, Final

from pyasn1.error import PyAsn1Error
from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.error import PySnmpError
from pysnmp.hlapi.v3arch.asyncio import UdpTransportTarget

from signalctl.controllers.device.ntcip1202.ber import well_formed

_LOG: Final = logging.getLogger(__name__)


class GatedTransport(udp.UdpAsyncioTransport):
    """A UDP socket that hands on well-formed messages only."""

    def __init__(self) -> None:
        super().__init__()
        self.dropped = 0
        """Datagrams that were no SNMP message, or that the library choked on."""

    def datagram_received(self, datagram: bytes, transportAddress: Any) -> None:  # noqa: N803  (the library's name)
        """A datagram has come in."""
        self.hand_on(datagram, transportAddress)

    def hand_on(self, datagram: bytes, address: Any) -> None:
        """Give a datagram to the library if it is a message, and survive what it makes of it."""
        if not well_formed(datagram) or self._callback_function is None:
            self.dropped += 1
            return
        try:
            self._callback_function(self, address, datagram)
        except (
            PySnmpError,
            PyAsn1Error,
            ValueError,
            TypeError,
            LookupError,
            AttributeError,
            ArithmeticError,
            RecursionError,
        ) as error:
            # The library raises any of these on messages that are well formed and yet
            # senseless; a peer on the street stays silent.
            self.dropped += 1
            _LOG.debug("dropped a message from %s: %r", address, error)


class GatedTarget(UdpTransportTarget):
    """An address to ask, over a gated socket."""

    PROTO_TRANSPORT = GatedTransport
