"""Bodies look like Shopify's: the same keys, the same types."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connector.simulator.acts import products
from connector.simulator.acts.checkout import place_order
from connector.simulator.acts.products import NewVariant
from connector.simulator.payloads.assemble import assemble
from connector.simulator.samples import STORIES, UnknownTopic, sample
from tests.simulator.shops import trading_shop

# Recorded samples are not part of this repository; where they lie beside it, shapes are checked against them.
SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "shopify" / "payloads"

# Topics whose bodies are one resource: a key seen in one of them is known for all of them.
FAMILIES = {
    "products": ["products_create", "products_update"],
    "collections": ["collections_create", "collections_update"],
    "inventory_items": ["inventory_items_create", "inventory_items_update"],
    "inventory_levels": ["inventory_levels_connect", "inventory_levels_update"],
    "orders": ["orders_create", "orders_updated", "orders_paid", "orders_cancelled"],
    "refunds": ["refunds_create"],
    "fulfillments": ["fulfillments_create", "fulfillments_update"],
    "customers": ["customers_create", "customers_update"],
    "locations": ["locations_create", "locations_update"],
    "shop": ["shop_update"],
    "app": ["shop_update"],
}
THIN = {"delete", "edited", "merge", "purchasing_summary"}  # bodies of their own
# Null here although no sample shows it: not every parcel is tracked, and a pickup goes nowhere.
NULLABLE = {
    "address2",
    "authorization",
    "company",
    "default_address",
    "destination",
    "image",
    "origin_address",
    "phone",
    "product_id",  # of a custom line, as `sku` and `variant_id` (recorded answers)
    "progress_stopped_by_user",
    "refund_line_items[].location_id",
    "sku",
    "tracking_company",
    "tracking_number",
    "tracking_url",
    "user_id",
    "variant_id",
    "variant_inventory_management",
    "variant_title",
}


def test_every_topic_has_a_sample() -> None:
    for topic in STORIES:
        assert sample(topic), topic


def test_an_unknown_topic_names_its_neighbours() -> None:
    with pytest.raises(UnknownTopic) as caught:
        sample("orders/update")
    assert "orders/updated" in str(caught.value)


def test_a_body_shows_the_shop_as_it_is_when_assembled() -> None:
    shop, _, _ = trading_shop()
    product = next(iter(shop.products.values()))
    [first] = products.rename_product(shop, product.id, "First")
    products.rename_product(shop, product.id, "Second")
    assert json.loads(assemble(shop, first) or b"")["title"] == "Second"


def test_an_entity_that_is_gone_has_no_body_but_its_deletion_has() -> None:
    shop, _, _ = trading_shop()
    product = next(iter(shop.products.values()))
    [renamed] = products.rename_product(shop, product.id, "Soon gone")
    deleted = products.delete_product(shop, product.id)[0]
    assert assemble(shop, renamed) is None
    assert json.loads(assemble(shop, deleted) or b"") == {"id": product.id}


def test_a_wide_product_shows_100_variants_and_lists_all() -> None:
    shop, _, _ = trading_shop()
    variants = [NewVariant(options=(str(n),), price=Decimal(n)) for n in range(1, 131)]
    events = products.create_product(shop, "Wide", variants, options=["Number"])
    added = products.add_variant(shop, events[0].key[0], variants[0])
    updated = next(event for event in added if event.topic == "products/update")
    body = json.loads(assemble(shop, updated) or b"")
    assert len(body["variants"]) == 100 and len(body["variant_gids"]) == 131
    newest = shop.products[body["id"]].variants[-1]
    times = [gid["updated_at"] for gid in body["variant_gids"]]
    assert times == sorted(times, reverse=True)
    assert body["variant_gids"][0]["admin_graphql_api_id"].endswith(f"/{newest.id}")


def test_a_pickup_is_a_free_line_with_the_name_of_the_place() -> None:
    shop, _, _ = trading_shop()
    place = next(iter(shop.locations.values()))
    variant = next(iter(shop.products.values())).variants[0]
    events = place_order(
        shop,
        [(variant.id, 1)],
        location_id=place.id,
        customer_id=next(iter(shop.customers)),
        pickup=True,
        shipping=Decimal("7.50"),
    )
    body = json.loads(assemble(shop, events[0]) or b"")
    [line] = body["shipping_lines"]
    assert (line["code"], line["title"], line["price"]) == (place.name, place.name, "0.00")
    assert body["shipping_address"] is None
    routed = next(event for event in events if event.topic.startswith("fulfillment_orders"))
    told = json.loads(assemble(shop, routed) or b"")["fulfillment_order"]
    assert told == {"id": f"gid://shopify/FulfillmentOrder/{routed.key[1]}", "status": "open"}


@pytest.mark.parametrize("topic", STORIES)
def test_shape(topic: str) -> None:
    folder = topic.replace("/", "_").replace(".", "_")
    if not (SAMPLES / folder).is_dir():
        pytest.skip("no recorded samples here")
    family, _, verb = topic.partition("/")
    folders = [folder] if verb in THIN else [folder, *FAMILIES.get(family, [])]
    recorded = [
        json.loads(path.read_text()) for name in folders for path in sorted((SAMPLES / name).glob("*.json"))
    ]
    recorded += [
        json.loads(path.read_text()) for path in (SAMPLES / "_masked_shapes").glob(f"{family}_*.json")
    ]
    known: dict[str, set[str]] = {}
    for body in recorded:
        _walk(body, "", known)
    ours: dict[str, set[str]] = {}
    for body in [sample(topic), *_traded(topic)]:
        _walk(body, "", ours)
    newest = json.loads((SAMPLES / folder / "1.json").read_text())
    assert newest.keys() <= sample(topic).keys()
    strange = {path: types for path, types in ours.items() if not _fits(path, types, known)}
    assert not strange


def _traded(topic: str) -> list[dict[str, Any]]:
    """The bodies of this topic in a stretch of random trade: richer than a sample."""
    shop, events = TRADED
    bodies = (assemble(shop, event) for event in events if event.topic == topic)
    return [json.loads(body) for body in bodies if body is not None][-25:]


_shop, _, _events = trading_shop(3, acts=400)
TRADED = (_shop, _events)


def _fits(path: str, types: set[str], known: dict[str, set[str]]) -> bool:
    if path not in known:
        # Below a list that is empty, or an object that is null, in all samples nothing is known.
        parent = path.removesuffix("[]") if path.endswith("[]") else path.rpartition(".")[0]
        return parent not in known or known[parent] <= {"null", "list"}
    if known[path] == {"null"}:
        return True
    nullable = any(path.endswith(f".{name}") for name in NULLABLE)
    return types <= known[path] | ({"null"} if nullable else set())


def _walk(value: Any, path: str, found: dict[str, set[str]]) -> None:
    names = {dict: "object", list: "list", bool: "bool", int: "number", float: "number", str: "text"}
    found.setdefault(path, set()).add(names.get(type(value), "null"))
    if isinstance(value, dict):
        for name, part in value.items():
            _walk(part, f"{path}.{name}", found)
    elif isinstance(value, list):
        for part in value:
            _walk(part, f"{path}[]", found)
