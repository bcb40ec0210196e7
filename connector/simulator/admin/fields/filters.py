"""What the roots can be filtered by, and the rows that a query wants of them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from connector.simulator.admin import search
from connector.simulator.admin.fields.orders import return_status
from connector.simulator.admin.rows import Rows
from connector.simulator.admin.search import Filter
from connector.simulator.admin.view import View
from connector.simulator.balance import balance, financial_status, fulfillment_status
from connector.simulator.sales import Order

Filters = Mapping[str, Filter]


def _attributes(*names: str) -> dict[str, Filter]:
    return {name: Filter(lambda row, name=name: getattr(row, name)) for name in names}  # type: ignore[misc]


def _order_status(order: Order) -> str:
    return "cancelled" if order.cancelled_at else "closed" if order.closed_at else "open"


PRODUCTS: Final[Filters] = _attributes(
    "id", "created_at", "updated_at", "published_at", "handle", "product_type", "status", "title", "vendor"
)
COLLECTIONS: Final[Filters] = _attributes("id", "updated_at", "published_at", "handle", "title")
ITEMS: Final[Filters] = _attributes("id", "created_at", "updated_at", "sku")
LOCATIONS: Final[Filters] = _attributes("id", "created_at", "active", "name", "city", "zip")  # not updated_at
CUSTOMERS: Final[Filters] = _attributes(
    "id", "updated_at", "email", "first_name", "last_name", "phone", "state"
) | {"customer_date": Filter(lambda row: row.created_at)}
ORDERS: Final[Filters] = _attributes(
    "id", "created_at", "updated_at", "customer_id", "email", "name", "test"
) | {
    "processed_at": Filter(lambda row: row.created_at),
    "status": Filter(_order_status, frozenset({"open", "closed", "cancelled"})),
    "financial_status": Filter(lambda row: financial_status(row, balance(row))),
    "fulfillment_status": Filter(lambda row: fulfillment_status(row) or "unfulfilled"),
    "return_status": Filter(
        return_status,
        frozenset(
            {
                "return_requested",
                "in_progress",
                "inspection_complete",
                "returned",
                "return_failed",
                "no_return",
            }
        ),
    ),
}
FULFILLMENT_ORDERS: Final[Filters] = {
    "id": Filter(lambda row: row.id),
    "updated_at": Filter(lambda row: row.what.updated_at or row.order.updated_at),
    "status": Filter(lambda row: row.what.status),
    "assigned_location_id": Filter(lambda row: row.what.location_id),
}
LEVELS: Final[Filters] = {
    "id": Filter(lambda row: row.location_id),
    "inventory_item_id": Filter(lambda row: row.item_id),
    "updated_at": Filter(lambda row: row.updated_at),
}
OPERATIONS: Final[Filters] = _attributes("id", "created_at") | {
    "status": Filter(
        lambda row: row.status,
        frozenset({"canceled", "canceling", "completed", "created", "failed", "running"}),
    ),
    "operation_type": Filter(lambda row: "query", frozenset({"query", "mutation"})),
}


def listed(
    view: View,
    rows: Iterable[Any],
    filters: Filters,
    arguments: Mapping[str, Any],
    key: Callable[[Any], int] = lambda row: int(row.id),
) -> Rows:
    """Those that the query wants, by id; what it says wrongly is warned of."""
    query = arguments.get("query")
    if query and query.strip():
        found = search.parse(query, filters)
        rows = [row for row in rows if found.test(row)]
        if found.warnings:
            view.warnings.append(
                {
                    "path": list(view.path),
                    "query": query,
                    "parsed": found.parsed,
                    "warnings": found.warnings,
                }
            )
    return Rows(sorted(rows, key=key), key=key, sorted=True)
