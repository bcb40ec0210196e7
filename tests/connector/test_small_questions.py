"""Questions that bring no rows ask for what is read of their answers, and for nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from connector.resources import ORDERS_OF, RESOURCES
from connector.shopify import bulk, check, pages, subscriptions
from connector.shopify.documents import document
from tests.connector.asked import Path, asked, below, read_by
from workers import full_compare, reconcile, refetch


class Small(NamedTuple):
    """A document that brings no rows, the struct of what stands at a place in it, and what is not read."""

    text: str
    at: str
    form: Any
    unread: frozenset[str] = frozenset()


#: Each answer says which input it refuses, and which thing it was about, for whoever reads the traffic.
SAID = frozenset({"userErrors.field", "deletedWebhookSubscriptionId"})


def _family(family: str, operation: str) -> str:
    return document("connector.families", family, operation).text


def _small() -> Iterator[tuple[str, Small]]:
    roots = {"InventoryItem": "inventoryItems"}
    for kind, resource in RESOURCES.items():
        root = roots.get(kind, f"{kind.lower()}s")
        yield resource.versions.name, Small(resource.versions.text, root, pages._Page)
        text = _family(resource.family, resource.versions_bulk)
        yield resource.versions_bulk, Small(text, f"{root}.nodes", full_compare._Line)
    text = _family("orders", "FulfillmentOrdersVersions")
    yield "FulfillmentOrdersVersions", Small(text, "fulfillmentOrders", pages._Page)
    text = _family("orders", "FulfillmentOrdersVersionsBulk")
    yield "FulfillmentOrdersVersionsBulk", Small(text, "fulfillmentOrders.nodes", full_compare._Line)
    # Which of several types a node is, it says by its id.
    yield "OrdersOf", Small(ORDERS_OF.text, "nodes", refetch._Owned, frozenset({"id"}))
    unread = frozenset({"location.id", "location.inventoryLevels.nodes.id"})  # asked with every node
    text = _family("inventory", "InventoryLevelsChanged")
    yield "InventoryLevelsChanged", Small(text, "", reconcile._Located, unread)
    for name, root, form in (
        ("BulkRun", "bulkOperationRunQuery", bulk._Outcome), ("BulkRead", "bulkOperation", bulk.Operation),
        ("BulkUnfinished", "bulkOperations", bulk._Operations),
        ("BulkCancel", "bulkOperationCancel", bulk._Outcome),
    ):  # fmt: skip
        yield name, Small(document("connector.shopify", "bulk", name).text, root, form, SAID)
    for name, form, root in (
        ("Subscriptions", subscriptions._Listed, "webhookSubscriptions"),
        ("SubscriptionCreate", subscriptions._Payload, "webhookSubscriptionCreate"),
        ("SubscriptionUpdate", subscriptions._Payload, "webhookSubscriptionUpdate"),
        ("SubscriptionDelete", subscriptions._Payload, "webhookSubscriptionDelete"),
    ):
        yield name, Small(document("connector.shopify", "subscriptions", name).text, root, form, SAID)
    yield "ShopCheck", Small(document("connector.shopify", "shop", "ShopCheck").text, "", check._Data)
    # Orders are tried only to be refused, and so are customers whose name is hidden.
    unread = frozenset({"orders.nodes.id", "customers.nodes.id"})
    text = document("connector.shopify", "shop", "ProtectedData").text
    yield "ProtectedData", Small(text, "", check._Customers, unread)


#: Read where it is asked for: by some of those who share a struct.
SHARED_FORMS = {
    "bulk.": {"bulkOperation.query", "query", "userErrors.code"},
    "subscriptions.": {"webhookSubscription"},
    "full_compare.": {"location.id", "tags", "numberOfOrders", "amountSpent"},
}


SMALL = dict(_small())


@pytest.mark.parametrize(("name", "small"), list(SMALL.items()), ids=list(SMALL))
def test_all_that_a_small_question_asks_for_is_read_and_nothing_else(name: str, small: Small) -> None:
    paths = {".".join(path) for path in below(asked(small.text), _path(small.at))}
    places = {".".join(path) for path in read_by(small.form) if "pageInfo" not in path}
    if name == "ProtectedData":
        places = {f"{place}.emailAddress" if place.endswith("Address") else place for place in places}
    if small.form is full_compare._Line:  # lines of several types, one after the other
        paths = {path.rpartition("nodes.")[2] for path in paths}
    assert paths - places == small.unread & paths
    assert small.unread == SAID or small.unread <= paths
    optional = next(
        (held for form, held in SHARED_FORMS.items() if form in small.form.__module__ + "."), set()
    )
    assert {place for place in places - paths if not any(place.startswith(o) for o in optional)} == set()


def _path(dotted: str) -> Path:
    return tuple(dotted.split(".")) if dotted else ()
