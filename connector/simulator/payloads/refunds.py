"""Bodies of refunds/create and returns/*, and the refunds an order carries."""

from decimal import Decimal
from typing import Any

from connector.simulator.payloads.lines import line_body, money, part_body
from connector.simulator.sales import Order, Refund, Return, Transaction
from connector.simulator.shop import Shop
from connector.simulator.wire import amount, gid, local


def refund_body(shop: Shop, order: Order, refund_id: int) -> dict[str, Any]:
    refund = {made.id: made for made in order.refunds}[refund_id]
    tied = None if refund.return_id is None else _thin_return(refund.return_id)
    return _refund(shop, order, refund, whole_lines=False) | {
        "return": tied,
        "refund_shipping_lines": [],
        "transactions": [
            _transaction(order, paid) | _webhook_only(shop, order, paid) for paid in refund.transactions
        ],
    }


def embedded_refund(shop: Shop, order: Order, refund: Refund) -> dict[str, Any]:
    """The refund as orders carry it: whole lines, transactions without the newest fields."""
    return _refund(shop, order, refund, whole_lines=True) | {
        "additional_fees": [],
        "total_additional_fees_set": money(shop, order, refund.fees),
        "transactions": [_transaction(order, paid) for paid in refund.transactions],
    }


def return_body(order: Order, return_id: int) -> dict[str, Any]:
    asked = _return(order, return_id)
    return _thin_return(return_id) | {
        "status": asked.status,
        "order": {"id": order.id, "admin_graphql_api_id": gid("Order", order.id)},
        "total_return_line_items": sum(line.quantity for line in asked.lines),
        "name": asked.name,
        "return_line_items": [
            {
                "id": line.id,
                "admin_graphql_api_id": gid("ReturnLineItem", line.id),
                "fulfillment_line_item": {
                    "id": line.fulfillment_line_id,
                    "admin_graphql_api_id": gid("FulfillmentLineItem", line.fulfillment_line_id),
                    "line_item": {"id": line.line_id, "admin_graphql_api_id": gid("LineItem", line.line_id)},
                },
                "quantity": line.quantity,
                "return_reason": line.reason,
                "return_reason_note": line.note,
                "customer_note": None,
            }
            for line in asked.lines
        ],
        "return_shipping_fees": [],
        "exchange_line_items": [],
        "total_exchange_line_items": 0,
    }


def return_status_body(order: Order, return_id: int) -> dict[str, Any]:
    """returns/close names its order differently, and carries no lines."""
    asked = _return(order, return_id)
    return _thin_return(return_id) | {"order_id": order.id, "status": asked.status}


def _return(order: Order, return_id: int) -> Return:
    return {asked.id: asked for asked in order.returns}[return_id]


def _thin_return(return_id: int) -> dict[str, Any]:
    return {"id": return_id, "admin_graphql_api_id": gid("Return", return_id)}


def _refund(shop: Shop, order: Order, refund: Refund, *, whole_lines: bool) -> dict[str, Any]:
    by_id = {line.id: line for line in order.lines}
    kinds = {line.restock_type for line in refund.lines}
    return {
        "id": refund.id,
        "order_id": order.id,
        "created_at": local(refund.created_at),
        "note": refund.note,
        "user_id": None,
        "processed_at": local(refund.created_at),
        "duties": [],
        "total_duties_set": money(shop, order, refund.duties),
        "restock": bool(kinds & {"return", "cancel"}),
        "admin_graphql_api_id": gid("Refund", refund.id),
        "order_adjustments": [
            _adjustment(shop, order, refund, n, kind, value)
            for n, (kind, value) in enumerate(
                [("shipping_refund", refund.shipping), ("refund_discrepancy", refund.goodwill)], 1
            )
            if value
        ],
        "refund_line_items": [
            {
                "id": line.id,
                "quantity": line.quantity,
                "line_item_id": line.line_id,
                "location_id": line.location_id,
                "restock_type": line.restock_type,
                "subtotal": float(line.subtotal),
                "total_tax": float(line.tax),
                "subtotal_set": money(shop, order, line.subtotal),
                "total_tax_set": money(shop, order, line.tax),
                "line_item": line_body(shop, order, by_id[line.line_id])
                if whole_lines
                else part_body(shop, order, by_id[line.line_id], by_id[line.line_id].quantity),
            }
            for line in refund.lines
        ],
    }


def _adjustment(
    shop: Shop, order: Order, refund: Refund, n: int, kind: str, value: Decimal
) -> dict[str, Any]:
    return {
        "id": refund.id + n,
        "order_id": order.id,
        "refund_id": refund.id,
        "amount": amount(-value),
        "amount_set": money(shop, order, -value),
        "kind": kind,
        "reason": "Shipping refund" if kind == "shipping_refund" else "Refund discrepancy",
        "tax_amount": "0.00",
        "tax_amount_set": money(shop, order, Decimal(0)),
    }


def _transaction(order: Order, paid: Transaction) -> dict[str, Any]:
    """Money moves in the currency the buyer saw, so amount and currency are the presentment ones."""
    return {
        "id": paid.id,
        "order_id": order.id,
        "kind": paid.kind,
        "gateway": paid.gateway,
        "status": paid.status,
        "message": "Transaction approved" if paid.status == "success" else "Issuer declined",
        "created_at": local(paid.created_at),
        "test": order.test,
        "authorization": None,
        "location_id": None,
        "user_id": None,
        "parent_id": paid.parent_id,
        "processed_at": local(paid.created_at),
        "device_id": None,
        "error_code": None,
        "source_name": order.source,
        "receipt": {},
        "amount": amount(paid.amount * order.presentment_rate),
        "currency": order.presentment_currency,
        "payment_id": f"{order.name}.{len(order.transactions) + 1}",
        "admin_graphql_api_id": gid("OrderTransaction", paid.id),
    }


def _webhook_only(shop: Shop, order: Order, paid: Transaction) -> dict[str, Any]:
    return {
        "total_unsettled_set": {  # unlike every other money bag it says `currency`
            "presentment_money": {"amount": "0.0", "currency": order.presentment_currency},
            "shop_money": {"amount": "0.0", "currency": shop.settings.currency},
        },
        "manual_payment_gateway": paid.gateway == "cash",
        "amount_rounding": None,
    }
