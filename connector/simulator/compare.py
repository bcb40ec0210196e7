"""Where a point of sale's views differ from the truth."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

Views = Mapping[str, Iterable[Mapping[str, Any]]]

KEYS: Final[dict[str, tuple[str, ...]]] = {
    "products": ("product_id",),
    "variants": ("variant_id",),
    "collections": ("collection_id",),
    "locations": ("location_id",),
    "inventory": ("inventory_item_id", "location_id"),
    "orders": ("order_id",),
    "order_lines": ("order_id", "line_id"),
    "refunds": ("refund_id",),
    "customers": ("customer_id",),
    "collection_products": ("collection_id", "product_id"),
    "pickups": ("fulfillment_order_id",),
    "returns": ("return_id",),
}
BY_ADMIN: Final = {"collection_products", "pickups", "returns"}  # no webhook tells them
BY_WEBHOOKS: Final = [view for view in KEYS if view not in BY_ADMIN]
NUMBERS: Final = {
    "price",
    "compare_at_price",
    "weight_grams",
    "subtotal",
    "total_discounts",
    "total_discount",
    "total_tax",
    "total",
    "total_refunded",
    "outstanding",
    "overpaid",
    "current_subtotal",
    "current_total",
    "total_shipping",
    "total_duties",
    "total_additional_fees",
    "total_tip",
    "total_rounding",
    "presentment_total",
    "presentment_subtotal",
    "presentment_discounts",
    "presentment_tax",
    "presentment_current_total",
    "presentment_outstanding",
    "presentment_refunded",
    "presentment_price",
    "presentment_discount",
    "amount",
    "shop_amount",
    "total_spent",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell, or with column None one whole row: missing if `found` is None, extra if `expected` is."""

    view: str
    key: tuple[Any, ...]
    column: str | None
    expected: Any
    found: Any

    def __str__(self) -> str:
        where = f"{self.view} {'/'.join(map(str, self.key))}"
        if self.column is None:
            return f"{where}: {'row missing' if self.found is None else 'row too many'}"
        return f"{where}: {self.column} should be {self.expected!r}, is {self.found!r}"


def differences(truth: Views, views: Views) -> list[Difference]:
    """Every difference in the views that the truth names, over the columns it gives.

    Money and weights are compared as numbers, times as instants; jsonb may come as text, and with more keys.
    """
    found: list[Difference] = []
    for view, rows in truth.items():
        columns = KEYS[view]
        expected = {tuple(row[name] for name in columns): row for row in rows}
        actual = {tuple(row[name] for name in columns): row for row in views.get(view, ())}
        for key, row in expected.items():
            if key not in actual:
                found.append(Difference(view, key, None, dict(row), None))
                continue
            found += [
                Difference(view, key, name, value, actual[key].get(name))
                for name, value in row.items()
                if not _same(name, value, actual[key].get(name))
            ]
        # That a customer was merged into another only a webhook tells: the truth may not expect it.
        found += [
            Difference(view, key, None, None, dict(actual[key]))
            for key in actual.keys() - expected.keys()
            if not (view == "customers" and dict(actual[key]).get("merged_into"))
        ]
    return found


def _same(column: str, expected: Any, found: Any) -> bool:
    if expected is None or found is None:
        return expected is found
    if column in NUMBERS:
        return _number(expected) == _number(found)
    if column.endswith(("_at", "_since")):
        return _instant(expected) == _instant(found)
    if isinstance(expected, Mapping | list):
        return _contains(json.loads(found) if isinstance(found, str) else found, expected)
    return bool(expected == found)


def _number(value: Any) -> Decimal | None:
    try:
        return round(Decimal(str(value)), 3)
    except InvalidOperation:
        return None


def _instant(value: Any) -> datetime:
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return at.astimezone(UTC)


def _contains(found: Any, expected: Any) -> bool:
    """The same list; the same object but for keys the truth does not know."""
    if isinstance(expected, Mapping):
        return isinstance(found, Mapping) and all(
            name in found and _contains(found[name], value) for name, value in expected.items()
        )
    if isinstance(expected, list):
        return (
            isinstance(found, list | tuple)
            and len(found) == len(expected)
            and all(map(_contains, found, expected))
        )
    return bool(found == expected)
