"""Orders, their lines and refunds."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from connector.simulator.admin.fields.values import (
    Fields,
    Part,
    Resolve,
    at,
    decimal,
    enum,
    gid_of,
    moment,
    plain,
)
from connector.simulator.admin.rows import Rows
from connector.simulator.admin.view import View
from connector.simulator.balance import (
    Balance,
    balance,
    current,
    financial_status,
    fulfillable,
    fulfillment_status,
)
from connector.simulator.money import ZERO
from connector.simulator.payloads.lines import requires_shipping
from connector.simulator.sales import Order
from connector.simulator.wire import gid

FULFILLMENT: Final = {None: "UNFULFILLED", "partial": "PARTIALLY_FULFILLED", "fulfilled": "FULFILLED"}
# Of several returns the first of these that any is in decides.
RETURNS: Final = {"requested": "RETURN_REQUESTED", "open": "IN_PROGRESS", "closed": "RETURNED"}


def bag(view: View, order: Order, value: Decimal) -> dict[str, Any]:
    """The money for the shop and as the buyer saw it."""
    return {
        "shopMoney": {"amount": decimal(value), "currencyCode": view.shop.settings.currency},
        "presentmentMoney": {
            "amount": decimal(value * order.presentment_rate),
            "currencyCode": order.presentment_currency,
        },
    }


def return_status(order: Order) -> str:
    there = {asked.status for asked in order.returns}
    return next((shown for status, shown in RETURNS.items() if status in there), "NO_RETURN")


def parts(order: Order, whats: list[Any]) -> list[Part]:
    return [Part(order, what) for what in whats]


def _sum(read: Callable[[Balance], Decimal]) -> Resolve:
    return lambda order, view, _: bag(view, order, read(balance(order)))


def _first(rows: list[Any], arguments: Any) -> list[Any]:
    wanted = arguments.get("first")
    return rows if wanted is None else rows[:wanted]


ORDER: Final[Fields] = {
    "id": gid_of("Order"),
    "name": plain("name"),
    "customer": lambda o, view, _: view.shop.customers.get(o.customer_id) if o.customer_id else None,
    "email": lambda o, view, _: view.personal(o.email or None),
    "phone": lambda o, view, _: view.personal(o.phone),
    "displayFinancialStatus": lambda o, view, _: enum(financial_status(o, balance(o))),
    "displayFulfillmentStatus": lambda o, view, _: FULFILLMENT[fulfillment_status(o)],
    "returnStatus": lambda o, view, _: return_status(o),
    "currencyCode": lambda o, view, _: view.shop.settings.currency,
    "presentmentCurrencyCode": plain("presentment_currency"),
    "subtotalPriceSet": _sum(lambda sums: sums.subtotal),
    "totalDiscountsSet": _sum(lambda sums: sums.discounts),
    "totalTaxSet": _sum(lambda sums: sums.tax),
    "totalPriceSet": _sum(lambda sums: sums.total),
    "totalOutstandingSet": _sum(lambda sums: sums.outstanding),
    "currentSubtotalPriceSet": _sum(lambda sums: sums.current_subtotal),
    "currentTotalDiscountsSet": _sum(lambda sums: sums.current_discounts),
    "currentTotalTaxSet": _sum(lambda sums: sums.current_tax),
    "currentTotalPriceSet": _sum(lambda sums: sums.current_total),
    "totalShippingPriceSet": _sum(lambda sums: sums.shipping),
    "originalTotalDutiesSet": lambda o, view, _: None if o.duties is None else bag(view, o, o.duties),
    "originalTotalAdditionalFeesSet": lambda o, view, _: None if o.fees is None else bag(view, o, o.fees),
    "totalTipReceivedSet": _sum(lambda sums: sums.tip),
    "totalCashRoundingAdjustment": lambda o, view, _: {
        "paymentSet": bag(view, o, o.rounding),
        "refundSet": bag(view, o, ZERO),
    },
    "totalReceivedSet": _sum(lambda sums: sums.paid),
    "totalRefundedSet": _sum(lambda sums: sums.refunded),
    "refundDiscrepancySet": lambda o, view, _: bag(
        view, o, -sum((refund.goodwill for refund in o.refunds), ZERO)
    ),
    "billingAddress": lambda o, view, _: view.personal(o.billing_address),
    "shippingAddress": lambda o, view, _: view.personal(o.shipping_address),
    "dutiesIncluded": lambda o, view, _: False,
    "taxesIncluded": plain("taxes_included"),
    "test": plain("test"),
    "note": plain("note"),
    "tags": plain("tags"),
    "sourceName": plain("source"),
    "retailLocation": lambda o, view, _: (
        None if o.source == "web" else view.shop.locations.get(o.fulfillment_orders[0].location_id)
    ),
    "createdAt": moment("created_at"),
    "processedAt": moment("created_at"),
    "updatedAt": moment("updated_at"),
    "cancelledAt": moment("cancelled_at"),
    "cancelReason": lambda o, view, _: enum(o.cancel_reason),
    "closedAt": moment("closed_at"),
    "refunds": lambda o, view, arguments: _first(parts(o, o.refunds), arguments),
    "fulfillments": lambda o, view, arguments: _first(parts(o, o.fulfillments), arguments),
    "lineItems": lambda o, view, _: Rows(parts(o, o.lines)),
    "returns": lambda o, view, _: Rows(parts(o, o.returns)),
    "fulfillmentOrders": lambda o, view, _: Rows(parts(o, o.fulfillment_orders) if view.routes() else []),
}
LINE: Final[Fields] = {
    "id": lambda p, view, _: gid("LineItem", p.what.id),
    "variant": lambda p, view, _: (
        view.shop.variant(p.what.variant_id)[1] if p.what.variant_id in view.shop.homes else None
    ),
    "product": lambda p, view, _: view.shop.products.get(p.what.product_id),
    "sku": lambda p, view, _: p.what.sku,
    "title": lambda p, view, _: p.what.title,
    "variantTitle": lambda p, view, _: p.what.variant_title,
    "quantity": lambda p, view, _: p.what.quantity,
    "currentQuantity": lambda p, view, _: current(p.order, p.what),
    "unfulfilledQuantity": lambda p, view, _: fulfillable(p.order, p.what),
    "originalUnitPriceSet": lambda p, view, _: bag(view, p.order, p.what.price),
    "discountAllocations": lambda p, view, _: [
        {"allocatedAmountSet": bag(view, p.order, share)} for share in p.what.allocations if share
    ],
    "taxLines": lambda p, view, _: (
        [{"priceSet": bag(view, p.order, p.what.tax)}] if p.what.taxable and p.order.tax_rate else []
    ),
    "isGiftCard": lambda p, view, _: p.what.kind == "gift_card",
    "taxable": lambda p, view, _: p.what.taxable,
    "requiresShipping": lambda p, view, _: requires_shipping(p.what),
}
REFUND: Final[Fields] = {
    "id": lambda p, view, _: gid("Refund", p.what.id),
    "note": lambda p, view, _: p.what.note,
    "createdAt": lambda p, view, _: at(p.what.created_at),
    "processedAt": lambda p, view, _: at(p.what.created_at),
    "return": lambda p, view, _: next(
        (Part(p.order, asked) for asked in p.order.returns if asked.id == p.what.return_id), None
    ),
    "totalRefundedSet": lambda p, view, _: bag(
        view, p.order, sum((t.amount for t in p.what.transactions if t.status == "success"), ZERO)
    ),
    "refundLineItems": lambda p, view, _: Rows(parts(p.order, p.what.lines)),
}
REFUND_LINE: Final[Fields] = {
    "id": lambda p, view, _: gid("RefundLineItem", p.what.id),
    "lineItem": lambda p, view, _: line_of(p, p.what.line_id),
    "quantity": lambda p, view, _: p.what.quantity,
    "restockType": lambda p, view, _: enum(p.what.restock_type),
    "location": lambda p, view, _: view.shop.locations.get(p.what.location_id),
    "subtotalSet": lambda p, view, _: bag(view, p.order, p.what.subtotal),
    "totalTaxSet": lambda p, view, _: bag(view, p.order, p.what.tax),
}


def line_of(part: Part, line_id: int) -> Part:
    return next(Part(part.order, line) for line in part.order.lines if line.id == line_id)
