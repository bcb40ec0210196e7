"""Bulk operations beside a shop that trades: they end, and whatever they tell was so."""

import pytest

from connector.shopify.documents import bulk_query
from connector.simulator.admin.bulk.refusals import refusals_of
from tests.simulator.admin.app import installed
from tests.simulator.admin.test_bulk import ENDED, begin, download, status

STREAMS = [
    ("products", "ProductsBulk"),
    ("inventory", "InventoryBulk"),
    ("orders", "OrdersBulk"),
    ("orders", "FulfillmentsBulk"),
    ("collections", "CollectionsBulk"),
]


async def test_what_goes_while_it_is_written_breaks_nothing() -> None:
    async with installed(acts=200, products=40) as app:
        begun = [await begin(app, bulk_query(*stream)) for stream in STREAMS]
        ended = begun
        while not all(operation["status"] in ENDED for operation in ended):
            for _ in range(5):
                app.simulation.perform(app.simulation.trader.step)
            ended = [await status(app, operation) for operation in begun]
        assert {operation["status"] for operation in ended} == {"COMPLETED"}
        for operation in ended:
            _, body = await download(app, operation["url"])
            assert len(body.splitlines()) == int(operation["objectCount"])
        async with app.client.get("/healthz") as answer:
            assert answer.status == 200


@pytest.mark.parametrize("query", [bulk_query(*stream) for stream in STREAMS])
def test_ours_are_not_refused(query: str) -> None:
    assert refusals_of(query) == []


@pytest.mark.parametrize(
    "query",
    [
        "{ products { edges { node { id secrets } } } }",
        "query($q: String) { products(query: $q) { edges { node { id } } } }",
        "{ products { edges { node { id } } } orders { edges { node { id } } } }",
        "{ products { edges { node { id } } } } # " + "x" * 65_535,
        "{ products { edges { node { ...F } } } } fragment F on Product { id }",
        "{ products {",
    ],
)
def test_what_cannot_be_run_is_refused(query: str) -> None:
    assert refusals_of(query)
