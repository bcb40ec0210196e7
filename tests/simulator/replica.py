"""A point of sale at its simplest: the views, rebuilt from webhooks in the order of triggering."""

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from connector.simulator.event import Event

Row = dict[str, Any]
ADDRESS = ("name", "active", "address1", "address2", "city", "zip", "province", "country_code", "phone")
GRAMS = {"g": "1", "kg": "1000", "lb": "453.59237", "oz": "28.349523125"}


def replay(deliveries: Iterable[tuple[Event, bytes]]) -> dict[str, list[Row]]:
    """What the views hold after these deliveries, whatever order they came in."""
    known: dict[str, dict[Any, Row]] = {
        kind: {}
        for kind in ("products", "collections", "inventory_items", "inventory_levels", "locations", "orders")
    }
    people: dict[int, Row] = {}
    merged: dict[int, int] = {}
    returns: dict[int, int | None] = {}
    for event, raw in sorted(deliveries, key=lambda delivery: delivery[0].triggered_at):
        body = json.loads(raw)
        kind, _, verb = event.topic.partition("/")
        if event.topic == "customers/merge":
            gone, kept = _number(body, "deleted"), _number(body, "kept")
            people.pop(gone, None)
            merged[gone] = kept
        elif event.topic == "refunds/create":
            returns[body["id"]] = body["return"] and body["return"]["id"]
        elif kind.startswith("customer"):
            _hear_of_customer(people, event.topic, body)
        elif event.topic == "orders/edited" or kind not in known:
            continue
        elif verb in ("delete", "disconnect"):
            known[kind].pop(_key(kind, body), None)
        else:
            known[kind][_key(kind, body)] = body
    orders = list(known["orders"].values())
    return {
        "products": [_product(p) for p in known["products"].values()],
        "variants": [
            _variant(p, v, known["inventory_items"])
            for p in known["products"].values()
            for v in p["variants"]
        ],
        "collections": [
            {"collection_id": c["id"]} | {name: c[name] for name in ("title", "handle", "updated_at")}
            for c in known["collections"].values()
        ],
        "locations": [
            {"location_id": place["id"]} | {name: place[name] for name in ADDRESS}
            for place in known["locations"].values()
        ],
        "inventory": list(known["inventory_levels"].values()),
        "orders": [_order(order, merged) for order in orders],
        "order_lines": [_line(order, line) for order in orders for line in order["line_items"]],
        "refunds": [_refund(made, returns) for order in orders for made in order["refunds"]],
        "customers": [
            *({"customer_id": i} | _customer(row) for i, row in people.items() if "state" in row),
            *({"customer_id": gone, "merged_into": kept} for gone, kept in merged.items()),
        ],
    }


def _hear_of_customer(people: dict[int, Row], topic: str, body: Row) -> None:
    if topic == "customers/delete":
        people.pop(body["id"], None)
        return
    gid = str(body.get("customerId") or body.get("customer_id") or body["id"])
    row = people.setdefault(int(gid.rpartition("/")[2]), {"tags": set()})
    match topic:
        case "customer.tags_added":
            row["tags"] |= set(body["tags"])
        case "customer.tags_removed":
            row["tags"] -= set(body["tags"])
        case "customers/purchasing_summary":
            row |= {"orders_count": body["numberOfOrders"], "total_spent": body["amountSpent"]["amount"]}
        case "customers_email_marketing_consent/update":
            row["email_consent"] = body["email_marketing_consent"]["state"]
        case "customers_marketing_consent/update":
            row["sms_consent"] = body["sms_marketing_consent"]["state"]
        case "customers_whats_app_marketing_consent/update":
            pass
        case _:
            row |= body


def _customer(row: Row) -> Row:
    told = ("email_consent", "sms_consent", "orders_count", "total_spent")
    return row | {name: row.get(name) for name in told} | {"tags": sorted(row["tags"]), "merged_into": None}


def _product(body: Row) -> Row:
    return body | {"product_id": body["id"], "tags": _tags(body)}


def _variant(product: Row, body: Row, items: dict[int, Row]) -> Row:
    item = items[body["inventory_item_id"]]
    images = {image["id"]: image["src"] for image in product["images"]}
    return body | {
        "variant_id": body["id"],
        "currency": "USD",
        "tracked": item["tracked"],
        "weight_grams": Decimal(str(item["weight_value"])) * Decimal(GRAMS[item["weight_unit"]]),
        "image_url": images.get(body["image_id"]) or next(iter(images.values()), None),
    }


def _order(body: Row, merged: dict[int, int]) -> Row:
    customer = body["customer"] and body["customer"]["id"]
    # Where nothing was to pay, nothing can be paid back: any rate will do.
    total = Decimal(body["total_price"])
    shown = Decimal(body["total_price_set"]["presentment_money"]["amount"])
    rate = shown / total if total else Decimal(1)
    back = [t for made in body["refunds"] for t in made["transactions"] if t["status"] == "success"]
    return body | {
        "order_id": body["id"],
        "customer_id": merged.get(customer, customer),
        "subtotal": body["subtotal_price"],
        "total": body["total_price"],
        "total_refunded": sum(Decimal(t["amount"]) for t in back) / rate,
        "outstanding": max(Decimal(0), Decimal(body["total_outstanding"])),
        "overpaid": max(Decimal(0), -Decimal(body["total_outstanding"])),
        "current_subtotal": body["current_subtotal_price"],
        "current_total": body["current_total_price"],
        "total_shipping": _side(body["total_shipping_price_set"], "shop"),
        "total_duties": _side(body["original_total_duties_set"], "shop"),
        "total_additional_fees": _side(body["original_total_additional_fees_set"], "shop"),
        "total_tip": body["total_tip_received"],
        "total_rounding": _side(body["total_cash_rounding_payment_adjustment_set"], "shop"),
        "presentment_subtotal": _side(body["subtotal_price_set"], "presentment"),
        "presentment_discounts": _side(body["total_discounts_set"], "presentment"),
        "presentment_tax": _side(body["total_tax_set"], "presentment"),
        "presentment_current_total": _side(body["current_total_price_set"], "presentment"),
        "presentment_refunded": sum(Decimal(t["amount"]) for t in back),
        "presentment_total": body["total_price_set"]["presentment_money"]["amount"],
        "tags": _tags(body),
        "source": body["source_name"],
    }


def _line(order: Row, body: Row) -> Row:
    alive = [made for made in order["fulfillments"] if made["status"] == "success"]
    handed = sum(p["quantity"] for made in alive for p in made["line_items"] if p["id"] == body["id"])
    parts = [part for made in order["refunds"] for part in made["refund_line_items"]]
    held = body["current_quantity"] - body["fulfillable_quantity"]
    mine = [part for part in parts if part["line_item_id"] == body["id"]]
    back = sum(part["quantity"] for part in mine if part["restock_type"] == "return")
    return body | {
        "order_id": order["id"],
        "line_id": body["id"],
        "fulfilled_quantity": handed,
        "refunded_quantity": sum(part["quantity"] for part in mine),
        "returnable_quantity": max(0, min(handed - back, held)),
        "refundable_quantity": body["current_quantity"],
        "presentment_price": _side(body["price_set"], "presentment"),
        "presentment_discount": _sides(part["amount_set"] for part in body["discount_allocations"]),
        "presentment_tax": _sides(tax["price_set"] for tax in body["tax_lines"]),
        "total_discount": sum(Decimal(part["amount"]) for part in body["discount_allocations"]),
        "total_tax": sum(Decimal(tax["price"]) for tax in body["tax_lines"]),
    }


def _refund(body: Row, returns: dict[int, int | None]) -> Row:
    paid = [t for t in body["transactions"] if t["status"] == "success"]
    shown = ("quantity", "restock_type", "location_id")
    return body | {
        "refund_id": body["id"],
        "return_id": returns.get(body["id"]),
        "amount": sum((Decimal(t["amount"]) for t in paid), Decimal(0)),
        "currency": paid[0]["currency"] if paid else body["total_duties_set"]["shop_money"]["currency_code"],
        "restocked": body["restock"],
        "lines": [
            {"line_id": part["line_item_id"]} | {name: part[name] for name in shown}
            for part in sorted(body["refund_line_items"], key=lambda part: part["line_item_id"])
        ],
    }


def _side(bag: Row | None, side: str) -> str | None:
    return None if bag is None else bag[f"{side}_money"]["amount"]


def _sides(bags: Iterable[Row]) -> Decimal:
    return sum((Decimal(bag["presentment_money"]["amount"]) for bag in bags), Decimal(0))


def _key(kind: str, body: Row) -> Any:
    if kind == "inventory_levels":
        return body["inventory_item_id"], body["location_id"]
    return body["id"]


def _tags(body: Row) -> list[str]:
    return body["tags"].split(", ") if body["tags"] else []


def _number(body: Row, who: str) -> int:
    return int(body[f"admin_graphql_api_customer_{who}_id"].rpartition("/")[2])
