"""A shop's commands, carried out once each in effect: per order as they arrived, side by side otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec

from connector import dead_letters, log
from connector.changes import Change
from connector.commands import store
from connector.commands.records import KINDS, Command, NeedsPerson, Refused
from connector.dead_letters import Failure
from connector.envelope import Envelope
from connector.errors import Permanent
from connector.history import Source
from connector.postgres import Pool
from connector.settings import Settings
from connector.shopify.client import Admin
from connector.shopify.errors import AccessDenied, Unavailable
from workers import policy
from workers.apply import apply, lock
from workers.commands import pickups, returns, stock
from workers.commands.errand import Done, Errand
from workers.jobs import Failed, attempt
from workers.refetch import Refetcher

logger = log.get("commands")

CARRY_OUT: dict[str, Callable[[Errand], Awaitable[Done]]] = {
    "prepare_for_pickup": pickups.prepare,
    "picked_up": pickups.hand_over,
    "cancel_pickup": pickups.cancel,
    "open_return": returns.open_return,
    "process_return": returns.process,
    "close_return": returns.close,
    "adjust_inventory": stock.adjust,
}

assert set(CARRY_OUT) == set(KINDS)

AT_ONCE = 4


class Commands:
    """Carries out one shop's commands."""

    def __init__(self, settings: Settings, pool: Pool, admin: Admin, shop_id: int) -> None:
        self._settings, self._pool, self._admin, self._shop_id = settings, pool, admin, shop_id
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def all_due(self) -> None:
        """Carry out what is due, also what becomes due meanwhile; each command's answer is in its row."""
        while heads := await store.heads(self._pool, self._shop_id):
            async with asyncio.TaskGroup() as group:
                for command in heads:
                    group.create_task(self._one(command))

    async def _one(self, command: Command) -> None:
        async with self._slots:
            ended = await attempt(self._carry_out(command))
            if isinstance(ended, Failed):
                await self._failed(command, ended)

    async def _carry_out(self, command: Command) -> None:
        if command.effect is None:
            settle = timedelta(seconds=self._settings.commands_settle)
            errand = Errand(self._pool, self._admin, command, command.read(), settle)
            done = await CARRY_OUT[command.kind](errand)
            await store.note_effect(self._pool, command, msgspec.to_builtins(done))
        else:
            done = msgspec.convert(command.effect, Done)
        await self._mirror(command, done)

    async def _mirror(self, command: Command, done: Done) -> None:
        """The answer, and in the same transaction how things stand at Shopify now."""
        refetcher = Refetcher(self._pool, self._admin, self._shop_id)
        changes: list[Change] = []
        for kind, number in done.affected:
            read = await attempt(refetcher.changes(kind, [number]))
            if not isinstance(read, Failed):
                changes += read
            elif read.rule.kind == "transient":
                raise read.error
        async with self._pool.acquire() as connection, connection.transaction():
            await lock(connection, changes)
            source = Source("command", command.kind, str(command.command_id))
            await apply(connection, changes, [source] * len(changes))
            await store.end(connection, command, "done", done.reason, done.answer)
        logger.info("carried out", kind=command.kind, command=str(command.command_id))

    async def _failed(self, command: Command, failed: Failed) -> None:
        error, tries = failed.error, command.attempts + 1
        words = _words(failed)
        logger.warning("not carried out", kind=command.kind, command=str(command.command_id), error=words)
        if isinstance(error, Refused):
            await store.end(self._pool, command, "refused", str(error))
        elif isinstance(error, AccessDenied):
            scopes = f" the scope {' or '.join(error.scopes)}" if error.scopes else ""
            words = f"the app may not do this: grant it{scopes}, then send the command anew"
            await store.end(self._pool, command, "refused", words)
        elif failed.rule.kind == "transient":
            wait = policy.delay(failed.rule, tries)
            if isinstance(error, Unavailable) and error.retry_after:
                wait = max(wait, error.retry_after)
            await store.postpone(self._pool, command, wait, tries, f"waits: {_words(failed)}")
        elif failed.rule.kind == "suspect" and tries < self._settings.suspect_attempts:
            wait = policy.delay(failed.rule, tries)
            await store.postpone(self._pool, command, wait, tries, "failed, and is tried again")
        else:
            await self._bury(command, failed)

    async def _bury(self, command: Command, failed: Failed) -> None:
        """Somebody must look: in the row for the clerk, among the dead letters for the operator."""
        failure = policy.describe(failed.error, failed.rule)
        async with self._pool.acquire() as connection, connection.transaction():
            await dead_letters.bury(connection, [(_letter(command, self._settings), failure)])
            await store.end(connection, command, "needs_person", _for_clerk(failed, failure))


def _letter(command: Command, settings: Settings) -> Envelope:
    return Envelope(
        shop=command.shop,
        topic=f"{dead_letters.COMMANDS}{command.kind}",
        webhook_id=str(command.command_id),
        event_id=None,
        api_version=settings.api_version,
        triggered_at=None,
        received_at=command.received_at,
        body=command.arguments,
        attempts=command.attempts,
    )


def _for_clerk(failed: Failed, failure: Failure) -> str:
    if isinstance(failed.error, NeedsPerson):
        return str(failed.error)
    return f"it could not be carried out: {failure.error}; see connector dead-letters list"


def _words(failed: Failed) -> str:
    known = isinstance(failed.error, Permanent) or failed.rule.kind == "transient"
    return (str(failed.error) if known else "") or type(failed.error).__name__
