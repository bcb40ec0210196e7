"""The courier signs, repeats itself exactly, gives up in the end, and misbehaves only when told to."""

import base64
import hashlib
import hmac
from random import Random

import pytest

from connector.simulator.acts.locations import create_location, rename_location
from connector.simulator.chaos import Chaos
from connector.simulator.delivery import RETRIES, Courier
from connector.simulator.event import Event
from connector.simulator.shop import Shop
from tests.simulator.receiver import Receiver, receiving
from tests.simulator.shops import DOMAIN, ticking, trading_shop

SECRET = "shpss_of_the_test"


def courier_to(receiver: Receiver, shop: Shop, chaos: Chaos | None = None, backoff: float = 0.001) -> Courier:
    return Courier(shop, receiver.url, SECRET, chaos=chaos, random=Random(1), connections=4, backoff=backoff)


def one_event() -> tuple[Shop, Event]:
    shop = Shop(DOMAIN, 1, ticking())
    [event] = create_location(shop, "Kiosk 🌿")
    return shop, event


async def test_a_webhook_is_signed_and_carries_its_ids() -> None:
    shop, event = one_event()
    async with receiving() as receiver, courier_to(receiver, shop) as courier:
        courier.send([event])
        assert await courier.drain(2) == 0
    [(headers, body)] = receiver.requests
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).digest()
    assert {
        "X-Shopify-Topic": "locations/create",
        "X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode(),
        "X-Shopify-Shop-Domain": DOMAIN,
        "X-Shopify-API-Version": "2026-10",
        "X-Shopify-Webhook-Id": event.webhook_id,
        "X-Shopify-Event-Id": event.event_id,
        "X-Shopify-Triggered-At": event.triggered_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "User-Agent": "Shopify-Captain-Hook",
        "Content-Type": "application/json",
    }.items() <= headers.items()
    assert "Kiosk 🌿".encode() in body
    assert courier.settled == [event]


@pytest.mark.parametrize("status", [503, 302, 401])
async def test_a_retry_repeats_bytes_and_ids_although_the_shop_moved_on(status: int) -> None:
    shop, event = one_event()

    def answer(number: int) -> int:
        if number == 1:
            rename_location(shop, event.key[0], "Renamed meanwhile")
        return status if number < 4 else 200

    async with receiving(answer) as receiver, courier_to(receiver, shop) as courier:
        courier.send([event])
        assert await courier.drain(2) == 0
    assert len(receiver.requests) == 4
    assert all(request == receiver.requests[0] for request in receiver.requests)
    assert (courier.counters.acknowledged, courier.counters.retried) == (1, 3)


async def test_after_the_last_retry_the_delivery_has_failed() -> None:
    shop, event = one_event()
    async with receiving(lambda number: 500) as receiver, courier_to(receiver, shop, backoff=1e-6) as courier:
        courier.send([event])
        assert await courier.drain(2) == 0
    assert len(receiver.requests) == 1 + RETRIES
    assert (courier.counters.failed, courier.counters.acknowledged) == (1, 0)
    assert courier.settled == [event]


async def test_nobody_listening_is_a_failure_too() -> None:
    shop, event = one_event()
    async with receiving() as receiver:
        pass  # its port is closed again
    async with courier_to(receiver, shop, backoff=1e-6) as courier:
        courier.send([event])
        assert await courier.drain(2) == 0
    assert courier.counters.failed == 1


async def test_what_is_still_owed_is_told() -> None:
    shop, event = one_event()
    async with receiving(lambda number: 500) as receiver, courier_to(receiver, shop, backoff=60) as courier:
        courier.send([event])
        await receiver.arrived.wait()
        assert await courier.drain(0.01) == 1
    assert courier.settled == []


async def test_chaos_duplicates_drops_and_reorders() -> None:
    shop, _, events = trading_shop(acts=10)
    chaos = Chaos(duplicates=0.3, drops=0.2, reorder=0.05)
    async with receiving() as receiver, courier_to(receiver, shop, chaos) as courier:
        courier.send(events)
        assert await courier.drain(5) == 0
    counters = courier.counters
    arrived = [headers["X-Shopify-Webhook-Id"] for headers, _ in receiver.requests]
    assert counters.dropped > 0 and counters.duplicated > 0
    assert len(set(arrived)) == len(events) - counters.dropped - counters.vanished
    assert len(arrived) == counters.sent == len(set(arrived)) + counters.duplicated
    sent = [event.webhook_id for event in events if event.webhook_id in set(arrived)]
    assert list(dict.fromkeys(arrived)) != sent, "order is lost"
    by_id: dict[str, set[bytes]] = {}
    for headers, body in receiver.requests:
        by_id.setdefault(headers["X-Shopify-Webhook-Id"], set()).add(body)
    assert all(len(bodies) == 1 for bodies in by_id.values()), "a duplicate is the same to the byte"


async def test_without_chaos_everything_arrives_once() -> None:
    shop, _, events = trading_shop(acts=10)
    async with receiving() as receiver, courier_to(receiver, shop) as courier:
        courier.send(events)
        assert await courier.drain(5) == 0
    assert len(receiver.requests) == len(events) - courier.counters.vanished
    assert sum(courier.counters.topics.values()) == courier.counters.acknowledged == len(receiver.requests)
