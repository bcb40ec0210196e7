"""Tills' commands in Postgres: which are due, what was sent for each, and how each ended."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec

from connector import postgres
from connector.commands.records import Command, Sent
from connector.postgres import Connection, Pool, blocks

_SQL = blocks("connector.commands", "store")

#: A space of advisory locks that nothing else in this database uses.
_SHOPS = 731_346_034

Status = Literal["done", "refused", "needs_person"]

#: Heads of lanes that are taken up together.
TAKEN = 50


async def shops_due(pool: Pool) -> list[int]:
    """The shops for which a command is due."""
    return [row["shop_id"] for row in await pool.fetch(_SQL["shops_due"])]


async def unsettled(pool: Pool) -> dict[str, int]:
    """How many commands of all shops are pending, and how many need a person."""
    return {row["status"]: row["commands"] for row in await pool.fetch(_SQL["unsettled"])}


async def heads(pool: Pool, shop_id: int) -> list[Command]:
    """The oldest command of each order or stock that is due, in order of arrival."""
    return [_command(row) for row in await pool.fetch(_SQL["heads"], shop_id, TAKEN)]


def held(pool: Pool, shop_id: int) -> AbstractAsyncContextManager[bool]:
    """Whether a shop's commands are ours alone while the block runs."""
    return postgres.held(pool, _SHOPS, shop_id)


async def note_sent(pool: Pool, command: Command, sent: Sent, settle: timedelta) -> None:
    """What is about to be sent; should no answer come, the command is not looked at before ``settle``."""
    await pool.execute(_SQL["note_sent"], command.command_id, msgspec.json.encode(sent), settle)


async def note_unsent(pool: Pool, command: Command) -> None:
    """What was about to be sent certainly took no effect."""
    await pool.execute(_SQL["note_unsent"], command.command_id)


async def note_effect(pool: Pool, command: Command, answer: dict[str, Any]) -> None:
    """Shopify did it; what is left to do is to read how things stand now."""
    await pool.execute(_SQL["note_effect"], command.command_id, answer)


async def postpone(pool: Pool, command: Command, wait: float, attempts: int, reason: str) -> None:
    """Not now: again after ``wait`` seconds; the till reads what it waits for."""
    await pool.execute(_SQL["postpone"], command.command_id, timedelta(seconds=wait), attempts, reason)


async def end(
    connection: Connection | Pool,
    command: Command,
    status: Status,
    reason: str | None = None,
    answer: dict[str, Any] | None = None,
) -> None:
    """Its answer."""
    await connection.execute(_SQL["end"], command.command_id, status, reason, answer and answer)


async def outcome(pool: Pool, shop: str, command_id: UUID) -> tuple[str, dict[str, Any]] | None:
    """A command's status and answer; None where the shop has no such command."""
    row = await pool.fetchrow(_SQL["outcome"], command_id, shop)
    return None if row is None else (row["status"], row["answer"] or {})


async def handed_over(pool: Pool, command: Command, fulfillment_order_id: int) -> tuple[str, datetime] | None:
    """Which till handed the parcel over, and when, if one of ours did."""
    row = await pool.fetchrow(_SQL["handed_over"], command.shop, command.order_id, fulfillment_order_id)
    return None if row is None else (row["till"] or "another till", row["ended_at"])


async def opened(pool: Pool, command: Command) -> set[int]:
    """The returns of the command's order that commands opened."""
    rows = await pool.fetch(_SQL["opened"], command.shop, command.order_id)
    return {row["return_id"] for row in rows}


def _command(row: Any) -> Command:
    return Command(
        command_id=UUID(str(row["command_id"])),
        shop_id=row["shop_id"],
        shop=row["shop"],
        kind=row["kind"],
        order_id=row["order_id"],
        arguments=row["arguments"].encode(),
        till=row["till"],
        received_at=row["received_at"],
        attempts=row["attempts"],
        sent=msgspec.json.decode(row["sent"], type=Sent) if row["sent"] else None,
        effect=msgspec.json.decode(row["effect"]) if row["effect"] else None,
    )
