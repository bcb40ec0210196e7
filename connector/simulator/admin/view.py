"""The shop as the app may see it: what its scopes, its age limit and its approval leave of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from graphql import GraphQLError

from connector.simulator.admin import refusals
from connector.simulator.admin.faults import Faults
from connector.simulator.event import Event
from connector.simulator.installation import Installation, Subscription
from connector.simulator.sales import Order
from connector.simulator.shop import Shop

ROUTING: Final = (
    "read_merchant_managed_fulfillment_orders",
    "read_assigned_fulfillment_orders",
    "read_third_party_fulfillment_orders",
)
WINDOW: Final = timedelta(days=60)
MOVING: Final = (
    "write_assigned_fulfillment_orders",
    "write_merchant_managed_fulfillment_orders",
    "write_third_party_fulfillment_orders",
)
SCOPES: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("QueryRoot", "products"): ("read_products",),
    ("QueryRoot", "collections"): ("read_products",),
    ("QueryRoot", "inventoryItems"): ("read_inventory", "read_products"),
    ("QueryRoot", "locations"): ("read_locations",),
    ("QueryRoot", "customers"): ("read_customers",),
    ("QueryRoot", "orders"): ("read_orders",),
    ("QueryRoot", "location"): ("read_locations",),
    ("InventoryItem", "inventoryLevels"): ("read_inventory",),
    ("Location", "inventoryLevels"): ("read_inventory",),
    ("Order", "customer"): ("read_customers",),
    ("Order", "returns"): ("read_returns",),
    ("Refund", "return"): ("read_returns",),
    ("QueryRoot", "return"): ("read_returns",),
    ("QueryRoot", "returnableFulfillments"): ("read_returns",),
    ("InventoryItem", "inventoryLevel"): ("read_inventory",),
    ("Mutation", "fulfillmentOrderLineItemsPreparedForPickup"): (
        "write_merchant_managed_fulfillment_orders",
    ),
    ("Mutation", "fulfillmentCreate"): MOVING,
    ("Mutation", "fulfillmentOrderOpen"): MOVING,
    ("Mutation", "fulfillmentCancel"): MOVING,
    ("Mutation", "returnCreate"): ("write_returns",),
    ("Mutation", "returnProcess"): ("write_returns",),
    ("Mutation", "returnClose"): ("write_returns",),
    ("Mutation", "inventoryAdjustQuantities"): ("write_inventory",),
}
OF_NODES: Final[dict[str, tuple[str, ...]]] = {
    "Product": ("read_products",),
    "ProductVariant": ("read_products",),
    "Collection": ("read_products",),
    "InventoryItem": ("read_inventory", "read_products"),
    "Location": ("read_locations",),
    "Customer": ("read_customers",),
    "Order": ("read_orders",),
    "Refund": ("read_orders",),
    "Fulfillment": ("read_orders", "read_fulfillments"),
    "Return": ("read_returns",),
    "ReverseFulfillmentOrder": ("read_returns",),
}


class Desk(Protocol):
    """Where wishes are granted that are more than reading."""

    def perform(self, act: Callable[[], list[Event]]) -> list[Event]: ...
    def spend(self, counter: str) -> bool: ...
    def run_bulk(self, query: str) -> dict[str, Any]: ...
    def cancel_bulk(self, gid: str) -> dict[str, Any]: ...
    def operations(self) -> list[Any]: ...
    def subscribe(self, topic: str, wish: dict[str, Any]) -> dict[str, Any]: ...
    def change(self, gid: str, wish: dict[str, Any]) -> dict[str, Any]: ...
    def unsubscribe(self, gid: str) -> dict[str, Any]: ...


@dataclass(slots=True)
class View:
    """One request's sight of the shop. `warnings` gathers what its searches did not understand."""

    shop: Shop
    faults: Faults
    desk: Desk
    now: datetime
    path: list[str | int] = field(default_factory=list)
    key: str | None = None  # the idempotency key of the mutation being done
    warnings: list[dict[str, Any]] = field(default_factory=list)

    @property
    def app(self) -> Installation:
        return self.shop.register.app

    def subscriptions(self) -> list[Subscription]:
        return self.app.own()

    def refusal(self, kind: str, name: str) -> GraphQLError | None:
        """Why the field may not be read, if so."""
        scopes = SCOPES.get((kind, name), ())
        if not self.app.granted(*scopes):
            return refusals.access_denied(name, scopes)
        if kind == "QueryRoot" and name in ("orders", "customers") and self.faults.protected == "objects":
            return refusals.protected("Order" if name == "orders" else "Customer")
        return None

    def refusal_of_node(self, kind: str) -> GraphQLError | None:
        """Why a node of this kind may not be read, if so."""
        scopes = OF_NODES.get(kind, ())
        if not self.app.granted(*scopes):
            return refusals.access_denied("node", scopes)
        if kind in ("Order", "Customer") and self.faults.protected == "objects":
            return refusals.protected(kind)
        return None

    def sees(self, order: Order) -> bool:
        """Without a scope of its own for them, old orders do not exist."""
        return self.app.granted("read_all_orders") or order.created_at > self.now - WINDOW

    def routes(self) -> bool:
        """Whether fulfillment orders exist for the app."""
        return self.app.granted(*ROUTING)

    def personal(self, value: Any) -> Any:
        """What could identify a person: blank where the app was not approved for it."""
        return value if self.faults.protected == "open" else None
