"""The one table of what is compared with Shopify: by which question, in which table, told by which topics."""

from __future__ import annotations

from typing import NamedTuple

from connector.resources import RESOURCES
from connector.shopify import scopes
from connector.shopify.documents import Document, bulk_query, document
from connector.topics import TOPICS


class Comparison(NamedTuple):
    """One type of thing that has a time of change at Shopify and in a table of ours."""

    family: str
    kind: str
    table: str
    scopes: tuple[str, ...]
    versions: Document
    bulk: str
    #: Whether all that exist are listed, so that others are gone.
    proves_absence: bool
    #: What differs where no column of the row does.
    children: str

    @property
    def topics(self) -> list[str]:
        """The topics that tell of it."""
        return [name for name, topic in TOPICS.items() if topic.family == self.family]


def _comparison(kind: str, children: str) -> Comparison:
    resource = RESOURCES[kind]
    return Comparison(
        resource.family,
        kind,
        resource.table,
        (resource.scope,),
        resource.versions,
        bulk_query(resource.family, resource.versions_bulk),
        True,
        children,
    )


COMPARISONS: dict[str, Comparison] = {
    comparison.family: comparison
    for comparison in (
        _comparison("Location", "address"),
        _comparison("Product", "variants"),
        _comparison("InventoryItem", "levels"),
        _comparison("Collection", "products"),
        _comparison("Customer", "consents"),
        _comparison("Order", "line_items"),
        Comparison(
            "pickups",
            "FulfillmentOrder",
            "fulfillment_orders",
            scopes.FULFILLMENT_ORDERS,
            document("connector.families", "orders", "FulfillmentOrdersVersions"),
            bulk_query("orders", "FulfillmentOrdersVersionsBulk"),
            False,
            "lines",
        ),
    )
}
