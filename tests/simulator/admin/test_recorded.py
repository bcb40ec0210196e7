"""Where an answer of Shopify's was recorded, ours to the same wish looks the same."""

from typing import Any

import pytest

from connector.simulator.admin.bulk.refusals import refusals_of
from tests.simulator.admin.app import TOKEN, App, installed
from tests.simulator.admin.recorded import needs_recordings, recorded, shape
from tests.simulator.admin.test_http import SECRET, grant, post

pytestmark = needs_recordings
BULK = "captured/bulk-operations"


def _cases() -> list[tuple[str, str, list[str]]]:
    """Bulk queries that Shopify refused, with what it said."""
    found = []
    for file in ("bulk-operation-run-query-validators", "bulk-operation-run-query-user-error-codes"):
        for name, case in recorded(f"{BULK}/{file}.json")["validations"].items():
            if not isinstance(case, dict) or "response" not in case:
                continue
            answer = case["response"].get("data") or {}
            payload = answer.get("bulkOperationRunQuery")
            if payload and payload["userErrors"]:
                found.append(
                    (name, case["variables"]["query"], [e["message"] for e in payload["userErrors"]])
                )
    return found


def test_bulk_queries_are_refused_in_shopifys_words() -> None:
    cases = _cases()
    assert len(cases) >= 9
    for name, query, messages in cases:
        assert refusals_of(query) == messages, name


async def test_errors_of_reading_operations() -> None:
    cases = recorded(f"{BULK}/bulk-operations-read-arg-validation.json")["cases"]
    compared = 0
    async with installed() as app:
        for name, case in cases.items():
            told = await app.ask(case["query"].replace("#graphql\n", "", 1), **case["variables"])
            wanted = case["response"]
            compared += 1
            if "errors" in wanted:
                assert told["errors"][0]["message"] == wanted["errors"][0]["message"], name
                code = wanted["errors"][0]["extensions"]["code"]
                assert told["errors"][0]["extensions"]["code"] == code, name
            assert told.get("data") == wanted.get("data") or name == "malformedInlineId", name
            assert told["extensions"].get("search") == wanted.get("extensions", {}).get("search"), name
    assert compared >= 8


async def test_the_sixth_at_once() -> None:
    wanted = recorded("bulk_in_progress_user_error.json")
    query = "{ products { edges { node { id } } } }"
    run = (
        "mutation Run($query: String!) { bulkOperationRunQuery(query: $query, groupObjects: false) "
        "{ bulkOperation { id status } userErrors { field message code } } }"
    )
    async with installed() as app:
        await app.steer(bulk_stuck_next=5)
        told = [await app.ask(run, query=query) for _ in range(6)][-1]
        assert shape(told["data"]) == shape(wanted["data"])
        message = told["data"]["bulkOperationRunQuery"]["userErrors"][0]["message"]
        said = wanted["data"]["bulkOperationRunQuery"]["userErrors"][0]["message"]
        assert message.partition(":")[0] == said.partition(":")[0] and message.count("gid:") == 5


async def test_throttled_and_too_dear() -> None:
    async with installed() as app:
        await app.steer(throttle_next=1)
        told = await app.ask("{ shop { id } }")
        assert shape(told) == shape(recorded("throttled.json"))
        dear = await app.ask("{ orders(first: 250) { nodes { lineItems(first: 9) { nodes { id } } } } }")
        wanted = recorded("max_cost_exceeded.json")
        assert shape(dear) == shape(wanted)
        begin = str(dear["errors"][0]["message"]).partition("\n")[0]
        assert begin.split()[4:] == wanted["errors"][0]["message"].partition("\n")[0].split()[4:]


async def test_internal_errors_and_denied_access() -> None:
    async with installed(acts=10) as app:
        await app.steer(internal_error_next=1)
        assert shape(await app.ask("{ shop { id } }")) == shape(recorded("internal_server_error.json"))
        await app.steer(scopes=[])
        told = await app.ask("{ orders(first: 1) { nodes { id } } }")
        wanted = recorded("access_denied.json")
        assert told["errors"][0].keys() == wanted["errors"][0].keys()
        assert told["errors"][0]["extensions"].keys() == wanted["errors"][0]["extensions"].keys()
        await app.steer(scopes=["read_orders"], protected="objects")
        told = await app.ask("{ orders(first: 1) { nodes { id } } }")
        wanted = recorded("protected_customer_data_denied.json")
        assert told["data"] == wanted["data"]
        assert told["errors"][0]["message"].startswith("This app is not approved to access the Order object.")
        assert told["errors"][0]["extensions"] == wanted["errors"][0]["extensions"]


@pytest.mark.parametrize(
    ("status", "name"),
    [(401, "http_401"), (402, "http_402"), (403, "http_403_scope"), (404, "http_404")],
)
async def test_bodies_of_refusals(status: int, name: str) -> None:
    async with installed() as app:
        await app.steer(status=status, status_next=1)
        assert (await post(app))[:2] == (status, recorded(f"{name}.json"))


async def test_the_grant() -> None:
    async with installed(credentials=SECRET) as app:
        status, told = await grant(app)
        assert (status, shape(told)) == (200, shape(recorded("client_credentials_token.json")))
        assert told["access_token"].startswith("shpat_") and len(told["access_token"]) == len(TOKEN)


async def test_subscriptions_are_refused_in_shopifys_words() -> None:
    """Every recorded wish for an https address with a name, an address or a filter that will not do."""
    compared = 0
    async with installed() as app:
        for file in ("topic-format-name-validation", "scheme-allowlist", "uri-whitespace"):
            for case in _wishes(recorded(f"captured/webhooks/webhook-subscription-{file}.json")):
                compared += await _same(app, case)
    assert compared >= 8


def _wishes(value: Any) -> list[dict[str, Any]]:
    """Creations that were recorded, in their order."""
    if isinstance(value, list):
        return [case for each in value for case in _wishes(each)]
    if not isinstance(value, dict):
        return []
    if "topic" in (value.get("variables") or {}) and "response" in value:
        return [value]
    return [case for each in value.values() for case in _wishes(each)]


async def _same(app: App, case: dict[str, Any]) -> bool:
    """Whether it could be compared; topics and kinds of address that we do not have cannot."""
    text = (
        "mutation M($topic: WebhookSubscriptionTopic!, $webhookSubscription: WebhookSubscriptionInput!) { "
        "webhookSubscriptionCreate(topic: $topic, webhookSubscription: $webhookSubscription) "
        "{ webhookSubscription { topic uri } userErrors { field message } } }"
    )
    wish = case["variables"]["webhookSubscription"]
    payload = (case["response"]["payload"].get("data") or {}).get("webhookSubscriptionCreate")
    uri = wish.get("uri") or ""
    xml = wish.get("format") == "XML"  # of which we keep nothing: ours takes JSON alone
    strange = wish.keys() & {"metafieldNamespaces", "metafields"}
    if payload is None or xml or strange or uri.startswith("pubsub"):
        return False
    told = await app.ask(text, **case["variables"])
    assert told["data"]["webhookSubscriptionCreate"]["userErrors"] == payload["userErrors"], wish
    return True
