"""Body of orders/*: the whole order, the same for every topic but the thin ones."""

from decimal import Decimal
from typing import Any

from connector.simulator.balance import Balance, balance, financial_status, fulfillment_status
from connector.simulator.payloads.customers import embedded_customer, postal_address
from connector.simulator.payloads.fulfillments import embedded_fulfillment
from connector.simulator.payloads.lines import line_body, money, tax_lines
from connector.simulator.payloads.refunds import embedded_refund
from connector.simulator.sales import Discount, Order, ShippingLine
from connector.simulator.shop import Shop
from connector.simulator.wire import amount, gid, local


def order_body(shop: Shop, order: Order) -> dict[str, Any]:
    sums = balance(order)
    return _header(shop, order) | _status(order, sums) | _totals(shop, order, sums) | _parts(shop, order)


def _header(shop: Shop, order: Order) -> dict[str, Any]:
    web = order.source == "web"
    token = f"{order.id:032x}"
    return {
        "id": order.id,
        "admin_graphql_api_id": gid("Order", order.id),
        "app_id": 580_111 if web else 129_785,
        "browser_ip": "203.0.113.24" if web else None,
        "buyer_accepts_marketing": False,
        "cart_token": None,
        "checkout_token": token[::-1] if web else None,
        "client_details": _client() if web else None,
        "confirmation_number": f"C{order.number:08d}",
        "confirmed": True,
        "contact_email": order.email or None,
        "created_at": local(order.created_at),
        "currency": shop.settings.currency,
        "customer_locale": "es",
        "device_id": None,
        "duties_included": False,
        "email": order.email,
        "estimated_taxes": False,
        "landing_site": None,
        "landing_site_ref": None,
        "location_id": None if web else order.fulfillment_orders[0].location_id,
        "merchant_business_entity_id": "MTYwMDAwMDAwMDAw",
        "merchant_of_record_app_id": None,
        "name": order.name,
        "note": order.note,
        "note_attributes": [],
        "number": order.number - 1000,
        "order_number": order.number,
        "order_status_url": f"https://{shop.domain}/{shop.settings.id}/orders/{token}",
        "phone": order.phone,
        "po_number": None,
        "presentment_currency": order.presentment_currency,
        "processed_at": local(order.created_at),
        "reference": None,
        "referring_site": None,
        "source_identifier": None,
        "source_name": order.source,
        "source_url": None,
        "tags": ", ".join(order.tags),
        "tax_exempt": not order.tax_rate,
        "taxes_included": order.taxes_included,
        "test": order.test,
        "token": token,
        "updated_at": local(order.updated_at),
        "user_id": None,
    }


def _status(order: Order, sums: Balance) -> dict[str, Any]:
    return {
        "cancel_reason": order.cancel_reason,
        "cancelled_at": local(order.cancelled_at),
        "closed_at": local(order.closed_at),
        "financial_status": financial_status(order, sums),
        "fulfillment_status": fulfillment_status(order),
        "payment_gateway_names": list(dict.fromkeys(t.gateway for t in order.transactions)),
        "payment_terms": None,
    }


def _totals(shop: Shop, order: Order, sums: Balance) -> dict[str, Any]:
    both = {  # told as a plain amount and as a set
        "current_subtotal_price": sums.current_subtotal,
        "current_total_discounts": sums.current_discounts,
        "current_total_price": sums.current_total,
        "current_total_tax": sums.current_tax,
        "subtotal_price": sums.subtotal,
        "total_discounts": sums.discounts,
        "total_line_items_price": sums.line_items,
        "total_price": sums.total,
        "total_tax": sums.tax,
    }
    sets = {
        "current_shipping_price": sums.current_shipping,
        "total_cash_rounding_payment_adjustment": order.rounding,
        "total_cash_rounding_refund_adjustment": Decimal(0),
        "total_shipping_price": sums.shipping,
    }
    plain = {name: amount(value) for name, value in both.items()}
    bags = {f"{name}_set": money(shop, order, value) for name, value in (both | sets).items()}
    return (
        plain
        | bags
        | {
            "current_total_additional_fees_set": _known(shop, order, order.fees, sums.current_fees),
            "current_total_duties_set": _known(shop, order, order.duties, sums.current_duties),
            "original_total_additional_fees_set": _known(shop, order, order.fees, order.fees),
            "original_total_duties_set": _known(shop, order, order.duties, order.duties),
            "tax_lines": tax_lines(shop, order, sums.tax) if sums.tax else [],
            "total_outstanding": amount(sums.outstanding),
            "total_tip_received": amount(sums.tip),
            "total_weight": sum(line.grams * line.quantity for line in order.lines),
        }
    )


def _known(shop: Shop, order: Order, charged: Decimal | None, value: Decimal | None) -> dict[str, Any] | None:
    """A bag of what was charged; none where that never was."""
    return None if charged is None or value is None else money(shop, order, value)


def _parts(shop: Shop, order: Order) -> dict[str, Any]:
    customer = shop.customers.get(order.customer_id) if order.customer_id else None
    return {
        "billing_address": postal_address(order.billing_address),
        "customer": embedded_customer(shop, customer) if customer else None,
        "discount_applications": [_application(discount) for discount in order.discounts],
        "discount_codes": [
            {
                "code": discount.title,
                "amount": amount(sum((line.allocations[n] for line in order.lines), Decimal(0))),
                "type": discount.value_type,
            }
            for n, discount in enumerate(order.discounts)
            if discount.kind == "discount_code"
        ],
        "fulfillments": [embedded_fulfillment(shop, order, made) for made in order.fulfillments],
        "line_item_groups": [],
        "line_items": [
            line_body(shop, order, line) | {"sales_line_item_group_id": None} for line in order.lines
        ],
        "refunds": [embedded_refund(shop, order, made) for made in order.refunds],
        "returns": [
            {"id": asked.id, "admin_graphql_api_id": gid("Return", asked.id)} for asked in order.returns
        ],
        "shipping_address": postal_address(order.shipping_address),
        "shipping_lines": [_shipping(shop, order, line) for line in order.shipping],
    }


def _application(discount: Discount) -> dict[str, Any]:
    named = "code" if discount.kind == "discount_code" else "title"
    return {
        "target_type": "line_item",
        "type": discount.kind,
        "value": str(discount.value),
        "value_type": discount.value_type,
        "allocation_method": "across",
        "target_selection": "all",
        named: discount.title,
    }


def _shipping(shop: Shop, order: Order, line: ShippingLine) -> dict[str, Any]:
    left = line.price - sum((refund.shipping for refund in order.refunds), Decimal(0))
    return {
        "id": line.id,
        "carrier_identifier": line.carrier_identifier,
        "code": line.code,
        "current_discounted_price_set": money(shop, order, left),
        "discounted_price": amount(line.price),
        "discounted_price_set": money(shop, order, line.price),
        "is_removed": False,
        "phone": None,
        "price": amount(line.price),
        "price_set": money(shop, order, line.price),
        "requested_fulfillment_service_id": None,
        "source": "shopify",
        "title": line.title,
        "tax_lines": [],
        "discount_allocations": [],
    }


def _client() -> dict[str, Any]:
    return {
        "accept_language": None,
        "browser_height": None,
        "browser_ip": "203.0.113.24",
        "browser_width": None,
        "session_hash": None,
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    }
