"""The last look at the lease before a message leaves: in the moment in which its bytes are given to the system.

A process may be stopped at any point, also while it connects, or while another of its tasks has its turn. Had it looked
only before the call, it could send what another process has taken over and sent meanwhile.
"""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.leases import Hold

AT_ONCE = 1 << 20
"""Bytes that the system takes at once: more than any message, so that none is left half sent for later."""


class _Leased:
    """A connection's way out, which is open as long as the lease holds."""

    def __init__(self, transport: Any, hold: Hold) -> None:
        self._transport = transport
        self._hold = hold

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: Any) -> None:
        """LeaseLost if the lease may have run out."""
        self._hold.check()
        self._transport.write(data)

    def writelines(self, lines: Any) -> None:
        """As `write`."""
        self._hold.check()
        self._transport.writelines(lines)


class _Guarded(aiohttp.TCPConnector):
    """Connections over which bytes go out under a lease only; the call fails otherwise."""

    def __init__(self, hold: Hold) -> None:
        super().__init__(force_close=True)
        self._hold = hold

    async def connect(self, *arguments: Any, **options: Any) -> Any:
        """A new connection; LeaseLost if the lease ran out while it was made."""
        connection: Any = await super().connect(*arguments, **options)
        try:
            self._hold.check()
        except BaseException:
            connection.close()
            raise
        transport = connection.protocol.transport
        with suppress(OSError, AttributeError):
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, AT_ONCE)
        connection.protocol.transport = _Leased(transport, self._hold)
        return connection


@asynccontextmanager
async def guarded(client: AsyncWebClient, hold: Hold) -> AsyncIterator[None]:
    """The client's calls go out under the lease for the length of a block."""
    timeout = aiohttp.ClientTimeout(total=client.timeout)
    async with aiohttp.ClientSession(
        connector=_Guarded(hold), timeout=timeout, trust_env=client.trust_env_in_session
    ) as session:
        client.session = session
        try:
            yield
        finally:
            client.session = None
