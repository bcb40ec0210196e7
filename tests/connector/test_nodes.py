"""The Admin API and webhooks are two ways to tell one thing: what both tell of a moment is the same row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from random import Random
from typing import Any, NamedTuple, cast

import aiohttp
import msgspec
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from connector.changes import Change, Origin, Record
from connector.postgres import Pool
from connector.shopify.client import Admin
from connector.shopify.throttle import LocalBudget
from connector.shopify.tokens import StaticToken
from connector.simulator.acts import products
from connector.simulator.event import Event
from connector.simulator.payloads.assemble import assemble
from connector.simulator.shop import Shop
from connector.simulator.trade import Trader
from connector.topics import TOPICS
from tests.simulator.admin.app import TOKEN, App, installed
from tests.simulator.shops import DOMAIN
from workers.refetch import Refetcher


class Known(NamedTuple):
    """A difference that Shopify documents: is it one of these two values, and why it is there."""

    holds: Callable[[Any, Any], bool]
    why: str


#: Both tell it, and differently.
DIFFER: dict[tuple[str, str], Known] = {
    ("CustomerConsent", "state"): Known(
        lambda sent, asked: (sent, asked) == (None, "not_subscribed"),
        "a webhook's consent is null until the customer said a word; the Admin API calls that NOT_SUBSCRIBED",
    ),
    ("Order", "email"): Known(
        lambda sent, asked: (sent, asked) == ("", None),
        "no address is an empty one in webhooks (samples) and null in the Admin API",
    ),
    ("Order.line_items", "fulfillable_quantity"): Known(
        lambda sent, asked: sent < asked,
        "what is on hold a webhook leaves out, as LineItem.fulfillableQuantity does (recorded); "
        "unfulfilledQuantity has it",
    ),
    ("Order.line_items", "variant_id"): Known(
        lambda sent, asked: asked is None,
        "a webhook goes on naming a variant that was deleted; LineItem.variant is then null",
    ),
    ("Order.line_items", "product_id"): Known(
        lambda sent, asked: asked is None,
        "a webhook goes on naming a product that was deleted; LineItem.product is then null",
    ),
}

#: What webhooks alone tell of a row, and what nodes alone do.
SENT_ONLY = {
    ("Customer", "addresses"): "the Admin API is asked for the default one: the others may be closed to us",
    ("Collection", "published_at"): "publications are a matter of sales channels in the Admin API",
    ("Fulfillment", "shipment_status"): "the Admin API has it as displayStatus, of other words",
    ("Product.variants", "image_id"): "what it stands for, the address of the image, both tell",
}
ASKED_ONLY = {
    (
        "Collection",
        "kind",
    ): "a manual collection's webhook has no rules, nor has one that was cut",
    ("Collection", "members"): "no webhook tells who is in a collection",
    ("InventoryLevel", "on_hand"): "a level's webhook tells what is for sale, and no more",
    ("InventoryLevel", "committed"): "a level's webhook tells what is for sale, and no more",
    ("Order", "asked_at"): "when it was asked for",
    ("Order", "total_refunded"): "an order's webhook has its refunds, and no sum of them",
    ("Order", "presentment_refunded"): "an order's webhook has its refunds, and no sum of them",
    ("Order", "total_received"): "an order's webhook has no payments",
    ("Order", "refund_discrepancy"): "an order's webhook has its refunds, and no sum of them",
    ("Order", "presentment_outstanding"): "a webhook's total_outstanding is in the shop's currency alone",
    ("Order", "presentment_tip"): "a webhook's total_tip_received is in the shop's currency alone",
    ("Refund", "shop_amount"): "where another currency moved, a webhook does not tell what it was worth",
}

#: Rows that one side alone has.
ROWS_SENT_ONLY = {"CustomerConsent": "without an address or a number there is no consent in the Admin API"}
ROWS_ASKED_ONLY = {
    "CustomerTags": "webhooks tell tags as they are put on and taken off",
    "CustomerTotals": "webhooks tell totals by a topic that has them alone",
    "FulfillmentOrder": "its webhooks name it, and no more", "Return": "so do its own",
    "StockedAt": "a webhook tells of one level",
}  # fmt: skip

Key = tuple[str, tuple[Any, ...]]


def told_by_webhooks(shop: Shop) -> Iterator[Change]:
    """What webhooks sent at this moment would tell of everything there is."""
    origin = Origin(1, datetime.now(UTC))
    for topic, keys in (
        ("products/update", [(each,) for each in shop.products]),
        ("collections/update", [(each,) for each in shop.collections]),
        ("inventory_items/update", [(each,) for each in shop.items]),
        ("inventory_levels/update", list(shop.levels)),
        ("locations/update", [(each,) for each in shop.locations]),
        ("customers/update", [(each,) for each in shop.customers]),
        ("customers_email_marketing_consent/update", [(each,) for each in shop.customers]),
        ("customers_marketing_consent/update", [(each,) for each in shop.customers]),
        ("orders/updated", [(each,) for each in shop.orders]),
        ("refunds/create", [(o.id, refund.id) for o in shop.orders.values() for refund in o.refunds]),
        ("fulfillments/update", [(o.id, made.id) for o in shop.orders.values() for made in o.fulfillments]),
    ):
        for key in keys:
            body = assemble(shop, Event(topic, key, "1", "1", origin.moment))
            assert body is not None
            for change in TOPICS[topic].read(body, origin):
                if isinstance(change, Change):
                    yield change


async def told_by_nodes(shop: Shop, admin: Admin) -> list[Change]:
    """What the Admin API tells of everything there is, all pages."""
    reads = Refetcher(cast(Pool, None), admin, 1)  # reading asks no database
    found: list[Change] = []
    for kind, ids in (
        ("Product", shop.products), ("Collection", shop.collections), ("InventoryItem", shop.items),
        ("Location", shop.locations), ("Customer", shop.customers), ("Order", shop.orders),
    ):  # fmt: skip
        found += await reads.changes(kind, list(ids))
    return found


def rows(changes: Iterable[Change]) -> dict[Key, Record]:
    return {(change.record.statement, change.key): change.record for change in changes}


def plain(value: Any) -> Any:
    """Amounts as numbers, times as instants, whatever they were written as."""
    if isinstance(value, msgspec.Struct):
        told = {name: getattr(value, name) for name in value.__struct_fields__}
        return {name: plain(inner) for name, inner in told.items() if inner is not UNSET}
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, str | float) and not isinstance(value, bool):
        try:
            return Decimal(str(value))
        except InvalidOperation:
            return value
    return value


def differences(sent: Record, asked: Record) -> Iterator[str]:
    """Where both tell one row differently, or one alone tells a field, and nothing above says why."""
    yield from _differences(type(asked).__name__, plain(sent), plain(asked))


def _differences(name: str, sent: Any, asked: Any) -> Iterator[str]:
    for field in sorted(sent.keys() - asked.keys()):
        if (name, field) not in SENT_ONLY:
            yield f"{name}.{field} is only in the webhook: {sent[field]!r}"
    for field in sorted(asked.keys() - sent.keys()):
        if (name, field) not in ASKED_ONLY:
            yield f"{name}.{field} is only in the node: {asked[field]!r}"
    for field in sorted(sent.keys() & asked.keys() - {"triggered_at"}):
        yield from _compared(name, field, sent[field], asked[field])


def _compared(name: str, field: str, sent: Any, asked: Any) -> Iterator[str]:
    if isinstance(sent, dict) and isinstance(asked, dict):
        yield from _differences(f"{name}.{field}", sent, asked)
    elif isinstance(sent, list) and isinstance(asked, list) and len(sent) == len(asked) and sent:
        if isinstance(sent[0], dict):
            for one, other in zip(sent, asked, strict=True):
                yield from _differences(f"{name}.{field}", one, other)
        elif sent != asked:
            yield f"{name}.{field}: {sent!r} is not {asked!r}"
    elif sent != asked:
        known = DIFFER.get((name, field))
        if field != "updated_at" and known and known.holds(sent, asked):
            return
        if field == "updated_at" and name.startswith("Customer") and name != "Customer":
            return  # what topics of their own tell is as of when it was asked: nothing dates it
        yield f"{name}.{field}: {sent!r} is not {asked!r}"


async def traded(app: App, seed: int, acts: int) -> None:
    trader = Trader(app.shop, Random(seed))
    for _ in range(acts):
        app.simulation.perform(trader.step)


async def both(seed: int, acts: int, *, delete: bool = False) -> tuple[dict[Key, Record], dict[Key, Record]]:
    """The rows of a shop after random trade: as webhooks tell them, and as the Admin API does."""
    async with installed(products=5) as app, aiohttp.ClientSession() as http:
        await app.steer(bucket=1_000_000, restore_rate=1_000_000)
        await traded(app, seed, acts)
        if delete:
            (sold, *_) = {
                line.product_id for o in app.shop.orders.values() for line in o.lines
            } & app.shop.products.keys()
            app.simulation.perform(lambda: products.delete_product(app.shop, sold))
        origin, token = str(app.client.make_url("")).rstrip("/"), StaticToken(DOMAIN, TOKEN)
        admin = Admin(DOMAIN, http, token, LocalBudget(), version="2026-10", origin=origin)
        return rows(told_by_webhooks(app.shop)), rows(await told_by_nodes(app.shop, admin))


FEW = settings(
    max_examples=8, phases=(Phase.explicit, Phase.generate), suppress_health_check=[HealthCheck.too_slow]
)


@FEW
@given(seed=st.integers(0, 2**32), acts=st.integers(0, 120))
async def test_what_both_tell_is_the_same(seed: int, acts: int) -> None:
    sent, asked = await both(seed, acts)
    assert [each for key in sent.keys() & asked.keys() for each in differences(sent[key], asked[key])] == []
    assert {type(sent[key]).__name__ for key in sent.keys() - asked.keys()} <= ROWS_SENT_ONLY.keys()
    assert {type(asked[key]).__name__ for key in asked.keys() - sent.keys()} <= ROWS_ASKED_ONLY.keys()


async def test_each_difference_that_is_known_is_one_that_there_is() -> None:
    """So that none outlives its reason. No order of the simulated shop is without an address."""
    seen: set[Any] = {("Order", "email")}
    shared = set()
    for seed in (16, 12, 2):
        sent, asked = await both(seed, 100, delete=True)
        for key in sent.keys() & asked.keys():
            shared.add(type(asked[key]).__name__)
            seen |= _fields_apart(type(asked[key]).__name__, plain(sent[key]), plain(asked[key]))
        seen |= {type(sent[key]).__name__ for key in sent.keys() - asked.keys()}
        seen |= {type(asked[key]).__name__ for key in asked.keys() - sent.keys()}
    for table in (DIFFER, SENT_ONLY, ASKED_ONLY, ROWS_SENT_ONLY, ROWS_ASKED_ONLY):
        assert table.keys() - seen == set()
    assert shared >= {"Product", "Collection", "Order", "Refund", "RefundReturn", "Fulfillment", "Customer"}
    assert shared >= {"InventoryItem", "InventoryLevel", "Location", "CustomerConsent"}


def _fields_apart(name: str, sent: Any, asked: Any) -> set[tuple[str, str]]:
    found = {(name, field) for field in sent.keys() ^ asked.keys()}
    for field in sent.keys() & asked.keys():
        one, other = sent[field], asked[field]
        if isinstance(one, list) and isinstance(other, list):
            for first, second in zip(one, other, strict=True):
                if isinstance(first, dict):
                    found |= _fields_apart(f"{name}.{field}", first, second)
        elif one != other:
            found.add((name, field))
    return found
