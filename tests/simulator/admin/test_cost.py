"""What our documents cost, with as many ids at once as they are used with."""

from typing import Any

import pytest

from connector.simulator.admin.bucket import Bucket
from connector.simulator.admin.cost import MOST, actual_cost, cost_of
from tests.simulator.admin.app import ours
from tests.simulator.admin.test_schema import documents
from tests.simulator.admin.till import told_in_full

AT_ONCE = {
    "ProductsRefetch": 5,
    "CollectionsRefetch": 5,
    "LocationsRefetch": 50,
    "InventoryRefetch": 5,
    "CustomersRefetch": 50,
    "OrdersRefetch": 3,
    "OrdersRefetchRefunds": 3,
    "OrdersRefetchFulfillments": 1,
    "OrdersOf": 100,
}


def _variables(name: str) -> dict[str, Any]:
    return {
        "ids": [f"gid://shopify/Thing/{n}" for n in range(AT_ONCE.get(name, 1))],
        "id": "gid://shopify/T/1",
    }


@pytest.mark.parametrize(
    "document", [d for d in documents() if not d.name.endswith("Bulk")], ids=lambda document: document.name
)
def test_every_document_is_affordable(document: Any) -> None:
    assert 1 <= cost_of(document.text, _variables(document.name)) <= MOST


def test_the_rule() -> None:
    assert cost_of("{ shop { id name } }") == 1
    assert cost_of("{ shop { plan { shopifyPlus } } }") == 2
    assert cost_of("{ orders(first: 10) { nodes { id } pageInfo { hasNextPage } } }") == 10
    assert cost_of("{ orders(first: 10) { edges { cursor node { id customer { id } } } } }") == 20
    assert (
        cost_of(
            "query($n: Int) { orders(first: $n) { nodes { lineItems(first: 5) { nodes { id } } } } }",
            {"n": 2},
        )
        == 12
    )
    assert cost_of(ours("bulk", "BulkRun").text, {"query": "{}"}) == 10
    assert cost_of(ours("stock", "StockAdjust").text) == 13, (
        "10 for the mutation, a change, its item and place"
    )
    assert cost_of(told_in_full("returns", "ReturnOpen").text) > 50, (
        "what is asked of the return costs as elsewhere"
    )


def test_of_several_kinds_of_node_the_dearest_counts() -> None:
    query = (
        "{ node(id: 1) { ... on Order { customer { id } retailLocation { id } } "
        "... on Return { order { id } } } }"
    )
    assert cost_of(query) == 3


def test_the_actual_cost_is_of_what_came() -> None:
    query = "{ orders(first: 10) { nodes { id customer { id } } } }"
    data = {"orders": {"nodes": [{"id": "1", "customer": {"id": "2"}}, {"id": "3", "customer": None}]}}
    assert actual_cost(query, {}, None, data) == 3


def test_the_bucket_fills_again() -> None:
    now = 0.0
    bucket = Bucket(lambda: now, 2000, 100)
    assert bucket.take(1990) and not bucket.take(11)
    now = 1.0
    assert bucket.status() == {"maximumAvailable": 2000, "currentlyAvailable": 110, "restoreRate": 100}
    bucket.give_back(5000)
    assert bucket.status()["currentlyAvailable"] == 2000
    bucket.resize(50, 1)
    assert bucket.take(50) and not bucket.take(1)
