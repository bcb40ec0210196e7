"""What a point of sale must know of the shop's customers."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from connector.simulator.payloads.customers import address_body, default_address
from connector.simulator.people import Consent
from connector.simulator.shop import Shop
from connector.simulator.wire import amount

Row = dict[str, Any]


def customers(shop: Shop) -> Iterable[Row]:
    for customer in shop.customers.values():
        yield {
            "customer_id": customer.id,
            "first_name": customer.first_name,
            "last_name": customer.last_name,
            "email": customer.email,
            "phone": customer.phone,
            "state": customer.state,
            "tags": sorted(customer.tags),
            "note": customer.note,
            "tax_exempt": customer.tax_exempt,
            "default_address": default_address(customer),
            "email_consent": _state(customer.email_consent),
            "sms_consent": _state(customer.sms_consent),
            "orders_count": customer.orders_count,
            "total_spent": None if customer.total_spent is None else amount(customer.total_spent),
            "merged_into": None,
            "addresses": [address_body(customer, n) for n in range(len(customer.addresses))],
            "updated_at": time(customer.updated_at),
        }
    for gone, kept in shop.register.merged.items():
        yield {"customer_id": gone, "merged_into": kept}


def _state(consent: Consent | None) -> str | None:
    return None if consent is None else consent.state


def time(at: datetime | None) -> str | None:
    """UTC in ISO form."""
    return None if at is None else at.astimezone(UTC).isoformat()
