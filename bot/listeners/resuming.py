"""After a restart: briefs that somebody still waits for are gone on with."""

import asyncio
import logging
from collections.abc import Mapping

from bot.delivery import ClientOf
from bot.errands import ErrandKind, NewErrand
from bot.listeners import errands, ordering, versions, workflow
from bot.listeners.alone import tell_alone
from bot.listeners.desk import Desk

log = logging.getLogger(__name__)

DOING: Mapping[ErrandKind, errands.Do] = {
    "post": ordering.post,
    "preview": ordering.preview,
    "version": versions.make,
}


async def resume(desk: Desk, client_of: ClientOf) -> None:
    """Does what is left of each errand, one after the other."""
    left = await asyncio.to_thread(desk.errands.waiting, desk.services.now())
    for one in left:
        with desk.at_work():
            try:
                await _go_on(desk, client_of, one)
            except Exception as error:
                log.error("a brief that somebody waits for: %s", type(error).__name__)


async def _go_on(desk: Desk, client_of: ClientOf, one: NewErrand) -> None:
    client = await client_of(one.channel)
    if one.kind == "step":
        await workflow.resume(desk, client, one.key)
    else:
        tell = tell_alone(client, one.channel, one.user)
        await errands.go_on(desk, client, one.key, DOING[one.kind], tell)
