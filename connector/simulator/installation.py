"""The app as the shop knows it: what it was granted, and what it subscribed to."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

APP: Final = 347_082_227  # the app's own id
NEEDED: Final = (
    "read_products",
    "read_inventory",
    "read_locations",
    "read_orders",
    "read_all_orders",
    "read_merchant_managed_fulfillment_orders",
    "read_assigned_fulfillment_orders",
    "read_third_party_fulfillment_orders",
    "read_fulfillments",
    "read_returns",
    "read_customers",
    "read_customer_merge",
)
# What the till's own doings need. Each brings the reading scope of its name with it.
WRITES: Final = (
    "write_inventory",
    "write_merchant_managed_fulfillment_orders",
    "write_returns",
)


@dataclass(slots=True, kw_only=True)
class Subscription:
    """A wish to be told of a topic. `topic` is the name that webhooks carry, such as orders/create."""

    id: int
    topic: str
    uri: str
    filter: str | None = None
    include_fields: list[str] = field(default_factory=list)
    name: str | None = None
    foreign: bool = False  # another app's: delivered to nobody we know, and listed to nobody
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True, kw_only=True)
class Installation:
    """Small enough to be written down after every action, with the rest of the register."""

    scopes: list[str] = field(default_factory=lambda: [*NEEDED, *WRITES])
    subscriptions: dict[int, Subscription] = field(default_factory=dict)
    tokens: dict[str, datetime] = field(default_factory=dict)  # granted, and until when

    def granted(self, *any_of: str) -> bool:
        """Whether one of the scopes was granted; to write something includes to read it."""
        return not any_of or any(
            scope in self.scopes or scope.replace("read_", "write_", 1) in self.scopes for scope in any_of
        )

    def own(self) -> list[Subscription]:
        """The app's own subscriptions, oldest first."""
        return [made for made in self.subscriptions.values() if not made.foreign]
