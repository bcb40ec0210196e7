"""Whether an order's figures add up from its parts, and which do not, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from connector.postgres import Pool, blocks

_SQL = blocks("connector", "proofs")

#: Figure → what its parts do not do; the two amounts follow.
WORDS = {
    "subtotal": "its lines do not add up to its subtotal",
    "current_subtotal": "its lines less what was removed and refunded do not add up to its subtotal now",
    "total_discounts": "its lines have more discounts than it has",
    "total_tax": "its lines have more taxes than it has",
    "total": "subtotal, shipping, taxes, duties, fees and tips do not add up to its total",
    "total_refunded": "its refunds do not add up to what Shopify says was refunded",
    "outstanding": "what it is worth now less what was paid is not what Shopify says is outstanding",
    "current_quantity": "a line has fewer units than none, or more than were ordered",
}


class Failing(msgspec.Struct, frozen=True):
    """A figure that does not add up: what its parts come to, and what Shopify says."""

    figure: str
    reckoned: Decimal
    told: Decimal

    def __str__(self) -> str:
        return f"{WORDS[self.figure]}: {_plain(self.reckoned)} and {_plain(self.told)}"


async def failing(pool: Pool, shop_id: int, order_ids: Sequence[int]) -> dict[int, list[Failing]]:
    """Those of these orders of which something does not add up, and what."""
    found: defaultdict[int, list[Failing]] = defaultdict(list)
    for row in await pool.fetch(_SQL["failing"], shop_id, list(order_ids)):
        found[row["order_id"]].append(Failing(row["figure"], row["reckoned"], row["told"]))
    return dict(found)


async def unsettled(pool: Pool, shop_id: int, order_ids: Sequence[int]) -> list[int]:
    """Those of these orders with refunds that were not read from the Admin API since they last changed."""
    rows = await pool.fetch(_SQL["unsettled"], shop_id, list(order_ids))
    return [row["id"] for row in rows]


async def versions(pool: Pool, shop_id: int, order_ids: Sequence[int]) -> dict[int, datetime]:
    """When Shopify last changed these orders, as far as we know."""
    rows = await pool.fetch(_SQL["versions"], shop_id, list(order_ids))
    return {row["id"]: row["updated_at"] for row in rows}


def _plain(amount: Decimal) -> str:
    """With cents, and with more where there are more."""
    return f"{amount.normalize():f}" if amount != round(amount, 2) else f"{amount:.2f}"
