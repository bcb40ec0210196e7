"""Totals are proven to the cent: orders that add up do, and one that does not stands in the drift report."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector import postgres, queue, reconciles, shops
from connector.postgres import Pool
from connector.settings import Settings
from connector.simulator.admin.fields.orders import LINE, bag
from connector.simulator.admin.fields.values import Resolve
from connector.simulator.balance import balance
from connector.simulator.sales import Order
from connector.simulator.units import refunded, unpaid
from tests import samples
from tests.deliveries import envelope
from tests.workers.connected import connected
from tests.workers.test_histories import SLOW_BUT_FEW, History, _domains, scrambled, settle_by_two_workers
from workers.batch import Batches

TOPICS = ("orders/create", "orders/updated", "orders/cancelled", "orders/paid", "orders/fulfilled")

#: Published samples whose amounts are made up, by the order's id, and what does not fit in them.
MADE_UP = {
    820982911946154508: {
        "subtotal": "lines of 414.95 without a discount stand under a subtotal of 404.95",
        "total": "10.00 of shipping is free and 20.00 are discounts, yet the total is the subtotal",
    },
    450789469: {
        "subtotal": "a discount of 10.00 is allocated to lines, the subtotal is that of lines without it",
        "total": "and taken off the total once more",
    },
}


@samples.needed
async def test_every_sample_adds_up_but_those_that_are_made_up(pool: Pool) -> None:
    bodies = {body for topic in TOPICS for body in samples.samples_of(topic)}
    batches, seen = Batches(pool), set()
    for body in sorted(bodies):
        await batches.settle([envelope("orders/updated", body)])
        seen.add(msgspec.json.decode(body)["id"])
    found: dict[int, set[str]] = {}
    for row in await pool.fetch("select order_id, figure from connector.order_proofs"):
        found.setdefault(row["order_id"], set()).add(row["figure"])
    assert found == {order_id: set(why) for order_id, why in MADE_UP.items() if order_id in seen}
    proven = await pool.fetchval(
        "select count(*) from connector.orders where presentment_subtotal is not null and total_shipping > 0"
    )
    assert proven >= 3


@SLOW_BUT_FEW
@given(seed=st.integers(0, 2**32), acts=st.integers(5, 60))
async def test_whatever_trade_brings_adds_up(dsn: str, seed: int, acts: int) -> None:
    """Also as webhooks alone tell it, in any order."""
    history = History(next(_domains), seed, [400] * acts, late=0)
    pool = await postgres.connect(dsn, size=4)
    try:
        shop_id = await shops.add(pool, history.domain)
        await settle_by_two_workers(pool, scrambled(history.deliveries, Random(seed)))
        found = await pool.fetch("select * from connector.order_proofs where shop_id = $1", shop_id)
        assert [dict(row) for row in found] == []
        rows = await pool.fetch(
            "select order_id, sum(current_quantity) as units, bool_and(0 <= current_quantity "
            "and current_quantity <= quantity and 0 <= refundable_quantity and 0 <= unfulfilled_quantity "
            "and 0 <= returnable_quantity and returnable_quantity <= fulfilled_quantity "
            "and (current_quantity = quantity - refunded_quantity or current_quantity <= refundable_quantity)"
            ") as sound "
            "from pos.order_lines where shop = $1 group by order_id",
            history.domain,
        )
        assert {row["order_id"]: row["units"] for row in rows} == {
            order.id: _ordered(order, added=False) + _ordered(order, added=True) - _removed(order)
            for order in history.shop.orders.values()
        }
        assert all(row["sound"] for row in rows)
        below = (
            "select 1 from pos.orders where shop = $1 and least(outstanding, overpaid, total_refunded) < 0"
        )
        assert await pool.fetch(below, history.domain) == []
    finally:
        await pool.close()


def _ordered(order: Order, *, added: bool) -> int:
    return sum(line.quantity for line in order.lines if line.added == added)


def _removed(order: Order) -> int:
    """Refunded or taken off by an edit, or back by a return that nobody has refunded yet."""
    return sum(refunded(order, line) + unpaid(order, line) for line in order.lines)


@pytest.mark.parametrize("kind", ["incremental", "full"])
async def test_what_does_not_add_up_is_read_anew_and_else_reported(
    settings: Settings, pool: Pool, redis: queue.Redis, kind: reconciles.Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(settings, pool, redis, acts=120) as shop:
        await shop.sync()
        assert await pool.fetch("select * from connector.order_proofs") == []
        ours, theirs = [order for order in shop.app.shop.orders.values() if not order.refunds][-2:]
        # One was kept wrong by us; the other Shopify itself tells so, more for a line than for all of them.
        await pool.execute(
            "update connector.orders set presentment_subtotal = presentment_subtotal + 1 where id = $1",
            ours.id,
        )
        monkeypatch.setitem(LINE, "originalUnitPriceSet", _dearer(theirs.lines[0].id))
        shop.app.shop.begin().touch(theirs)
        await reconciles.look_back(pool, shop.shop_id, ["orders"], ours.created_at)
        await reconciles.want(pool, shop.shop_id, ["orders"], kind)
        await queue.call(redis, "reconcile", shop.shop_id)
        await shop.work()
        run = next(run for run in await reconciles.report(pool, shop.shop_id) if run["family"] == "orders")
        assert run["error"] is None and run["unproven"] == 1
        told = {row["id"]: row for row in await reconciles.drift(pool, run["run_id"])}
        row = told[theirs.id]
        assert (row["difference"], row["repaired_at"]) == ("unproven", None)
        assert "subtotal" in row["fields"]
        worth = balance(theirs).subtotal * theirs.presentment_rate
        more = Decimal("0.50") * theirs.lines[0].quantity * theirs.presentment_rate
        assert f"do not add up to its subtotal: {worth + more:.2f} and {worth:.2f}" in row["cause"]
        left = await pool.fetch("select distinct order_id from connector.order_proofs")
        assert [row["order_id"] for row in left] == [theirs.id], "ours was mended by reading it anew"


def _dearer(line_id: int) -> Resolve:
    """What Shopify says a line costs, and half a dollar more for one of them."""

    def read(part: Any, view: Any, arguments: Any) -> Any:
        extra = Decimal("0.50") if part.what.id == line_id else Decimal(0)
        return bag(view, part.order, part.what.price + extra)

    return read
