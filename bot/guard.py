"""The last look at the lease before a message leaves: after the connection stands, before a byte is written.

A process may be stopped at any point, also while it connects. Had it looked only before the call, it could send what
another process has taken over and sent meanwhile.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.leases import Hold


class _Guarded(aiohttp.TCPConnector):
    """Connections that are given out under a lease only; LeaseLost comes out of the call otherwise."""

    def __init__(self, hold: Hold) -> None:
        super().__init__(force_close=True)
        self._hold = hold

    async def connect(self, *arguments: Any, **options: Any) -> Any:
        """A connection, if the lease still holds once it stands."""
        connection = await super().connect(*arguments, **options)
        try:
            self._hold.check()
        except BaseException:
            connection.close()
            raise
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
