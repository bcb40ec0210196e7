"""What each access scope is for, and what will not work without it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Need(NamedTuple):
    """Any one of ``scopes`` will do; ``without`` says what is missing where none is granted.

    The first one is the one to grant. ``streams`` are the families that cannot be asked for without it.
    """

    scopes: tuple[str, ...]
    without: str
    streams: tuple[str, ...] = ()
    optional: bool = False


#: Each shows the fulfillment orders of its own kind only, silently.
FULFILLMENT_ORDERS = (
    "read_merchant_managed_fulfillment_orders",
    "read_assigned_fulfillment_orders",
    "read_third_party_fulfillment_orders",
)

#: The one table: doctor, `shops check`, import and reconcile read it.
NEEDS = (
    Need(("read_products",), "no products, variants, prices or collections", ("products", "collections")),
    Need(("read_inventory",), "no stock", ("inventory",)),
    Need(("read_locations",), "no locations, and so no stock by location", ("locations",)),
    Need(("read_orders",), "no orders, refunds or pickups", ("orders",)),
    Need(
        ("read_all_orders",),
        "orders older than 60 days do not exist for the connector, without any error: they cannot be "
        "looked up or taken back at the till",
        optional=True,
    ),
    Need(
        FULFILLMENT_ORDERS,
        "no pickups: fulfillment orders are left out silently",
        ("fulfillment_orders",),
    ),
    Need(
        ("write_merchant_managed_fulfillment_orders",),
        "pickups cannot be told ready, nor handed over, from the till",
        optional=True,
    ),
    Need(("write_returns",), "returns cannot be opened, processed or closed from the till", optional=True),
    Need(("write_inventory",), "what tills sell is not taken off Shopify's stock", optional=True),
    Need(("read_fulfillments", "read_marketplace_orders"), "no webhooks of fulfillments", optional=True),
    Need(("read_returns",), "no returns", ("returns",)),
    Need(("read_customers",), "no customers", ("customers",)),
    Need(("read_customer_merge",), "merged customers are noticed only by the nightly compare", optional=True),
)


def includes(granted: Iterable[str], scope: str) -> bool:
    """Whether ``scope`` is granted; write_x brings read_x with it, also where only the first is listed."""
    granted = set(granted)
    return scope in granted or (scope.startswith("read_") and f"write_{scope[5:]}" in granted)


def missing(granted: Iterable[str]) -> list[Need]:
    """The needs that no granted scope meets, in the order of the table."""
    granted = set(granted)
    return [need for need in NEEDS if not any(includes(granted, scope) for scope in need.scopes)]
