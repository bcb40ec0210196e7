"""What the Admin API adds to the truth, and what of it only a webhook could have told."""

from collections.abc import Iterator
from typing import Any

from connector.simulator.goods import Collection
from connector.simulator.sales import FulfillmentOrder, Order
from connector.simulator.shop import Shop

Row = dict[str, Any]


def by_admin(shop: Shop, told: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """The truth after an import. A column that both sides tell differently is left out of its row."""
    return told | {
        "inventory": [row | _stock(shop, row) for row in told["inventory"]],
        "orders": [_order(shop, row) for row in told["orders"]],
        "order_lines": [_line(shop, row) for row in told["order_lines"]],
        "customers": [_customer(shop, row) for row in told["customers"] if row["merged_into"] is None],
        "collection_products": [
            {"collection_id": collection.id, "product_id": product_id}
            for collection in shop.collections.values()
            for product_id in _members(shop, collection)
        ],
        "pickups": [
            {
                "fulfillment_order_id": routed.id,
                "order_id": order.id,
                "order_name": order.name,
                "location_id": routed.location_id,
                "status": _waiting(order, routed),
            }
            for order in shop.orders.values()
            for routed in order.fulfillment_orders
            if routed.method == "pick_up"
        ],
        "returns": list(_returns(shop)),
    }


def _stock(shop: Shop, row: Row) -> Row:
    available = row["available"]
    if available is None:
        return {"on_hand": None, "committed": None}
    committed = shop.committed[row["inventory_item_id"], row["location_id"]]
    return {"on_hand": available + committed, "committed": committed}


def _order(shop: Shop, row: Row) -> Row:
    """No e-mail address is an empty one in webhooks and none at all in the Admin API."""
    order = shop.orders[row["order_id"]]
    pickup = any(routed.method == "pick_up" for routed in order.fulfillment_orders)
    return {name: value for name, value in row.items() if name != "email" or value} | {"is_pickup": pickup}


def _line(shop: Shop, row: Row) -> Row:
    """What was deleted since is named by webhooks, but no more by the Admin API."""
    gone = {
        "variant_id": row["variant_id"] not in shop.homes,
        "product_id": row["product_id"] not in shop.products,
    }
    return {name: value for name, value in row.items() if not gone.get(name)}


def _customer(shop: Shop, row: Row) -> Row:
    """Without an address there is no consent to show; without a word on consent there is none given."""
    silent = {"orders_count", "total_spent", "email_consent", "sms_consent"}
    unreachable = {"email_consent": row["email"] is None, "sms_consent": row["phone"] is None}
    return {
        name: value
        for name, value in row.items()
        if not (name in silent and value is None) and not unreachable.get(name)
    }


def _members(shop: Shop, collection: Collection) -> list[int]:
    if collection.rule:
        return [p.id for p in shop.products.values() if p.product_type == collection.rule]
    return [product_id for product_id in collection.members if product_id in shop.products]


def _waiting(order: Order, routed: FulfillmentOrder) -> str:
    if routed.status == "cancelled" or order.cancelled_at:
        return "cancelled"
    return {"closed": "picked_up", "in_progress": "ready"}.get(routed.status, "open")


def _returns(shop: Shop) -> Iterator[Row]:
    for order in shop.orders.values():
        for asked in order.returns:
            yield {
                "return_id": asked.id,
                "order_id": order.id,
                "name": asked.name,
                "status": asked.status,
            }
