"""What the Admin API adds to the truth, and what of it only a webhook could have told."""

from typing import Any

from connector.simulator.balance import refundable, returnable
from connector.simulator.goods import Collection
from connector.simulator.money import ZERO
from connector.simulator.shop import Shop
from connector.simulator.truth_handover import pickup_rows, return_rows
from connector.simulator.units import fulfillable, held
from connector.simulator.wire import amount

Row = dict[str, Any]


def by_admin(shop: Shop, told: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """The truth after an import. A column that both sides tell differently is left out of its row."""
    return told | {
        "inventory": [row | _stock(shop, row) for row in told["inventory"]],
        "orders": [_order(shop, row) for row in told["orders"]],
        "order_lines": [_line(shop, row) for row in told["order_lines"]],
        "refunds": [row | _paid_back(shop, row) for row in told["refunds"]],
        "customers": [_customer(shop, row) for row in told["customers"] if row["merged_into"] is None],
        "collection_products": [
            {"collection_id": collection.id, "product_id": product_id}
            for collection in shop.collections.values()
            for product_id in _members(shop, collection)
        ],
        "pickups": [row for order in shop.orders.values() for row in pickup_rows(shop, order)],
        "returns": [row for order in shop.orders.values() for row in return_rows(order)],
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
    order = shop.orders[row["order_id"]]
    line = next(line for line in order.lines if line.id == row["line_id"])
    units = {
        "returnable_quantity": returnable(order, line),
        "refundable_quantity": refundable(order, line),
        "returning_quantity": held(order, line),
        "unfulfilled_quantity": fulfillable(order, line),
    }
    return {name: value for name, value in row.items() if not gone.get(name)} | units


def _paid_back(shop: Shop, row: Row) -> Row:
    order = shop.orders[row["order_id"]]
    made = next(made for made in order.refunds if made.id == row["refund_id"])
    paid = sum((t.amount for t in made.transactions if t.status == "success"), ZERO)
    return {"shop_amount": amount(paid), "shop_currency": shop.settings.currency}


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
