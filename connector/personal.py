"""What of a row may be shown to anybody: numbers, times and Shopify's own words; the rest is masked. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

HIDDEN = "•••"

#: Rows of these views are about nobody.
IMPERSONAL = frozenset(
    {"products", "variants", "collections", "collection_products", "locations", "inventory"}
)
#: Columns whose words Shopify or the shop chose, whomever the row is about.
_WORDS = frozenset(
    {
        "shop", "status", "financial_status", "fulfillment_status", "return_status", "currency",
        "presentment_currency", "cancel_reason", "source", "state", "email_consent", "sms_consent",
        "restock_type", "delivery_method",
    }
)  # fmt: skip
#: What people call the thing, where it is the thing's name and no person's.
_CALLED = frozenset({("orders", "name"), ("returns", "name"), ("pickups", "order_name")})


def masked(view: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of one of the POS's views without what could identify a person, or was written by hand."""
    if view in IMPERSONAL:
        return dict(row)
    return {
        column: value if (view, column) in _CALLED else _mask(column, value) for column, value in row.items()
    }


def _mask(name: str, value: Any) -> Any:
    if not value and value != 0:
        return value
    if "address" in name:
        return HIDDEN
    if isinstance(value, Mapping):
        return {key: _mask(key, inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_mask(name, inner) for inner in value]
    plain = isinstance(value, bool | int | float | Decimal | date | datetime)
    return value if plain or name in _WORDS else HIDDEN
