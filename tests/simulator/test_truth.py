"""The truth can be reached: whoever hears every webhook, in any order, knows the whole shop."""

import random
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.simulator.acts.products import edit_price
from connector.simulator.compare import differences
from connector.simulator.event import Event
from connector.simulator.payloads.assemble import assemble
from connector.simulator.truth import truth
from tests.simulator.replica import replay
from tests.simulator.shops import trading_shop


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**9))
def test_all_webhooks_together_tell_the_truth(seed: int) -> None:
    """Deliveries lag behind trade by a random number of acts, so bodies are often newer than their event."""
    chance = random.Random(seed)
    shop, trader, waiting = trading_shop(seed)
    delivered: list[tuple[Event, bytes]] = []

    def deliver(count: int) -> None:
        for _ in range(min(count, len(waiting))):
            event = waiting.pop(chance.randrange(len(waiting)))
            body = assemble(shop, event)
            if body is not None:
                delivered.append((event, body))

    for _ in range(150):
        waiting += trader.step()
        deliver(chance.randrange(12))
    deliver(len(waiting))
    chance.shuffle(delivered)
    assert differences(truth(shop), replay(delivered)) == []


def test_one_lost_webhook_shows() -> None:
    shop, _, events = trading_shop()
    delivered = [(event, assemble(shop, event) or b"") for event in events]
    variant = next(iter(shop.products.values())).variants[0]
    edit_price(shop, variant.id, Decimal("99.99"), variant.compare_at_price)  # nobody is told
    found = differences(truth(shop), replay(delivered))
    assert {(d.view, d.column) for d in found} == {("variants", "price"), ("products", "updated_at")}


@pytest.mark.parametrize("column", ["customer_id", "merged_into"])
def test_a_merged_customer_stays_listed_with_two_columns(column: str) -> None:
    shop, trader, _ = trading_shop(acts=60)
    while not shop.register.merged:
        trader.step()
    [(gone, kept), *_] = shop.register.merged.items()
    rows = [row for row in truth(shop)["customers"] if row["customer_id"] == gone]
    assert rows == [{"customer_id": gone, "merged_into": kept}]
    assert column in rows[0]
