"""Bodies of fulfillments/* and fulfillment_orders/*, and the fulfillments an order carries."""

from typing import Any

from connector.simulator.installation import APP
from connector.simulator.payloads.customers import postal_address
from connector.simulator.payloads.lines import line_body, part_body
from connector.simulator.sales import Fulfillment, FulfillmentOrder, Order
from connector.simulator.shop import Shop
from connector.simulator.wire import gid, local


def fulfillment_body(shop: Shop, order: Order, fulfillment_id: int) -> dict[str, Any]:
    made = {made.id: made for made in order.fulfillments}[fulfillment_id]
    by_id = {line.id: line for line in order.lines}
    return _fulfillment(order, made) | {
        "email": order.email,
        "destination": postal_address(order.shipping_address),
        "line_items": [part_body(shop, order, by_id[part.line_id], part.quantity) for part in made.lines],
    }


def embedded_fulfillment(shop: Shop, order: Order, made: Fulfillment) -> dict[str, Any]:
    """The fulfillment as orders carry it: whole lines, but their quantity is what this one handed over."""
    by_id = {line.id: line for line in order.lines}
    return _fulfillment(order, made) | {
        "line_items": [
            line_body(shop, order, by_id[part.line_id]) | {"quantity": part.quantity} for part in made.lines
        ],
    }


def routing_body(order: Order, routed_id: int) -> dict[str, Any]:
    """No order and no location: who wants to know has to ask."""
    routed = _routed(order, routed_id)
    return {"fulfillment_order": {"id": gid("FulfillmentOrder", routed.id), "status": routed.status}}


def stopped_body(order: Order, routed_id: int) -> dict[str, Any]:
    """It was in progress, by somebody's word, and is open again; an app said so."""
    return routing_body(order, routed_id) | {
        "progress_stopped_by_app": {"id": gid("App", APP)},
        "progress_stopped_by_user": None,
    }


def pickup_body(order: Order, routed_id: int) -> dict[str, Any]:
    routed = _routed(order, routed_id)
    return {
        "fulfillment_order": {
            "id": gid("FulfillmentOrder", routed.id),
            "status": routed.status,
            "preparable": routed.status == "open",
            "delivery_method": {"method_type": "pickup"},
        }
    }


def _routed(order: Order, routed_id: int) -> FulfillmentOrder:
    return {routed.id: routed for routed in order.fulfillment_orders}[routed_id]


def _fulfillment(order: Order, made: Fulfillment) -> dict[str, Any]:
    number = made.tracking_number
    url = None if number is None else f"https://track.example/{number}"
    return {
        "id": made.id,
        "order_id": order.id,
        "status": made.status,
        "created_at": local(made.created_at),
        "service": "manual",
        "updated_at": local(made.updated_at),
        "tracking_company": made.tracking_company,
        "shipment_status": None,
        "location_id": made.location_id,
        "origin_address": None,
        "tracking_number": number,
        "tracking_numbers": [] if number is None else [number],
        "tracking_url": url,
        "tracking_urls": [] if url is None else [url],
        "receipt": {},
        "name": made.name,
        "admin_graphql_api_id": gid("Fulfillment", made.id),
    }
