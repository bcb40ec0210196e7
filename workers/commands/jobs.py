"""What the API's queue runs for tills: their commands, shop by shop."""

from __future__ import annotations

from typing import Any

from arq import Retry
from arq.worker import Function, func

from connector import queue
from connector.commands import store
from connector.errors import ConfigurationError
from workers.api import LONGEST, SOONEST, Api, put_off
from workers.commands.run import Commands
from workers.jobs import Failed, attempt, lasting


@lasting
async def commands(ctx: dict[str, Any], shop_id: int) -> None:
    """Carry out what tills want done at a shop; what cannot be now stays pending and is called for again."""
    api: Api = ctx["api"]
    async with store.held(api.pool, shop_id) as ours:
        if not ours:  # another worker's, whose lease on the job was lost
            raise Retry(defer=SOONEST)
        ended = await attempt(_commands(api, shop_id))
    if isinstance(ended, Failed):
        put_off(ctx, "commands", ended)


@lasting
async def commands_due(ctx: dict[str, Any]) -> None:
    """Call for every shop whose tills wait for an answer."""
    api: Api = ctx["api"]
    for shop_id in await store.shops_due(api.pool):
        await queue.call(api.redis, "commands", shop_id)


async def _commands(api: Api, shop_id: int) -> None:
    try:
        admin = await api.admin(shop_id)
    except ConfigurationError as error:
        for command in await store.heads(api.pool, shop_id):
            await store.postpone(api.pool, command, SOONEST, command.attempts, f"waits: {error}")
        return
    await Commands(api.settings, api.pool, admin, shop_id).all_due()


FUNCTIONS: list[Function] = [func(commands, timeout=LONGEST)]
