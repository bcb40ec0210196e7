"""Every topic is read: our own samples, published ones, and every key path that the records name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from connector.changes import Change, Origin, Refetch
from connector.families import (
    collections,
    customer_facets,
    customers,
    fulfillments,
    inventory,
    locations,
    orders,
    products,
    refunds,
    shop,
)
from connector.simulator.samples import STORIES, sample
from connector.topics import TOPICS
from tests import samples
from workers.apply import STATEMENTS

ORIGIN = Origin(1, datetime(2026, 11, 20, 12, 0, 0, 250_000, tzinfo=UTC))
READ = sorted(TOPICS)
#: Documented as an empty object, never published.
UNPUBLISHED = {"returns/process"}


def read(topic: str, body: bytes) -> list[Change | Refetch]:
    return list(TOPICS[topic].read(body, ORIGIN))


@pytest.mark.parametrize("topic", sorted(set(TOPICS) & set(STORIES)))
def test_our_own_sample_is_read(topic: str) -> None:
    told = read(topic, msgspec.json.encode(sample(topic)))
    assert told
    for change in told:
        if isinstance(change, Refetch):
            assert change.id > 0
            continue
        assert change.record.shop_id == 1
        assert change.record.statement in STATEMENTS
        updated_at, triggered_at = change.version
        assert triggered_at == ORIGIN.moment
        assert updated_at.tzinfo is UTC


@samples.needed
@pytest.mark.parametrize("topic", sorted(set(READ) - UNPUBLISHED))
def test_published_samples_are_read(topic: str) -> None:
    bodies = samples.samples_of(topic)
    assert bodies
    for body in bodies:
        # The one published merge is one that failed, and changes nothing.
        assert read(topic, body) or topic == "customers/merge"


#: Topic → the record its body is decoded into.
RECORDS: dict[str, type[msgspec.Struct]] = {
    "products/update": products.ProductPayload,
    "products/delete": products.ProductId,
    "collections/update": collections.CollectionPayload,
    "inventory_items/update": inventory.InventoryItemPayload,
    "inventory_levels/update": inventory.InventoryLevelPayload,
    "locations/update": locations.LocationPayload,
    "orders/updated": orders.OrderPayload,
    "refunds/create": refunds.RefundPayload,
    "fulfillments/update": fulfillments.FulfillmentPayload,
    "customers/update": customers.CustomerPayload,
    "customers_email_marketing_consent/update": customer_facets.EmailConsentPayload,
    "customers_marketing_consent/update": customer_facets.SmsConsentPayload,
    "customers_whats_app_marketing_consent/update": customer_facets.WhatsAppConsentPayload,
    "customer.tags_added": customer_facets.TagsPayload,
    "customers/purchasing_summary": customer_facets.SummaryPayload,
    "customers/merge": customer_facets.MergePayload,
    "shop/update": shop.ShopPayload,
}

#: Set by the reader, not by Shopify.
OURS = {"shop_id", "triggered_at", "deleted_at", "variants_whole", "image_url", "kind"}
#: Told by the Admin API only.
ADMIN = {
    "members", "on_hand", "committed", "asked_at", "total_refunded", "presentment_refunded", "total_received",
    "presentment_outstanding", "presentment_tip", "refund_discrepancy",
}  # fmt: skip
#: Worked out from other fields of the same payload.
DERIVED = {
    "customer_id", "phone_digits", "amount", "currency", "total_discount", "total_tax", "total_shipping",
    "total_duties",
    "total_additional_fees", "total_tip", "total_rounding", "total_refund_rounding", "shop_amount",
    "shop_currency",
    *(f"presentment_{what}" for what in (
        "total", "subtotal", "discounts", "tax", "current_total", "shipping", "duties", "additional_fees",
        "price", "discount",
    )),
    *(f"{whose}_{what}" for whose in ("billing", "shipping") for what in ("name", "phone")),
}  # fmt: skip
#: Not in the published samples of these topics (their refunds have no return), but in
#: Shopify's documentation of the resource. No refund has an ``updated_at``; ours comes from when it was made.
ELSEWHERE = {
    "orders/updated": {
        "refunds.return",
        "refunds.return.id",
        "refunds.updated_at",
        # Null in them; bags like all others by Shopify's documentation of the order.
        *(
            f"original_total_{what}_set.{side}_money{field}"
            for what in ("duties", "additional_fees")
            for side in ("shop", "presentment")
            for field in ("", ".amount", ".currency_code")
        ),
    },
    "refunds/create": {"return.id", "updated_at"},
}


@samples.needed
@pytest.mark.parametrize("topic", sorted(RECORDS))
def test_every_key_path_a_record_reads_exists(topic: str) -> None:
    family = topic.partition("/")[0]
    related = [other for other in TOPICS if other.partition("/")[0] == family]
    known: set[str] = set()
    for body in [body for other in related for body in samples.samples_of(other)]:
        known |= set(_paths(msgspec.json.decode(body)))
    wanted = set(_fields(RECORDS[topic]))
    told = {path for path in wanted - known if path.partition(".")[0] not in ADMIN}
    missing = {path for path in told if path.rpartition(".")[2] not in OURS | DERIVED}
    assert missing - ELSEWHERE.get(topic, set()) == set()


def _fields(record: Any, prefix: str = "") -> Iterator[str]:
    for field in msgspec.structs.fields(record):
        path = f"{prefix}{field.encode_name}"
        yield path
        for inner in _structs(field.type):
            yield from _fields(inner, f"{path}.")


def _structs(form: Any) -> Iterator[Any]:
    if isinstance(form, type) and issubclass(form, msgspec.Struct):
        yield form
    for argument in getattr(form, "__args__", ()):
        yield from _structs(argument)


def _paths(value: Any, prefix: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield f"{prefix}{name}"
            yield from _paths(inner, f"{prefix}{name}.")
    elif isinstance(value, list):
        for inner in value:
            yield from _paths(inner, prefix)
