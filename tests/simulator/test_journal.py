"""What is on disk is the shop: nothing recorded is lost with the process."""

import sqlite3
from pathlib import Path
from random import Random

import pytest

from connector.simulator.journal import Journal
from connector.simulator.shop import Shop
from connector.simulator.trade import Trader
from connector.simulator.truth import truth
from tests.simulator.shops import DOMAIN, ticking, trading_shop


def test_a_killed_process_loses_neither_state_nor_pending_events(tmp_path: Path) -> None:
    shop, trader, events = trading_shop(2)
    journal = Journal(tmp_path / "shop.sqlite3")
    journal.record(shop, events)
    for _ in range(120):
        acted = trader.step()
        journal.record(shop, acted)
        events += acted
    journal.settle(event.webhook_id for event in events[::2])

    # The first journal is neither closed nor asked: it is as good as dead.
    after = Journal(tmp_path / "shop.sqlite3")
    again = after.load(shop.clock)
    assert again is not None and again is not shop
    assert truth(again) == truth(shop)
    assert [list(again.table(kind)) for kind in ("products", "orders")] == [
        list(shop.products),
        list(shop.orders),
    ]
    assert after.pending() == events[1::2]

    # And it goes on where it stood: no id is given twice, no event is triggered before the last one.
    more = Trader(again, Random(9)).step()
    assert not {event.webhook_id for event in more} & {event.webhook_id for event in events}
    assert more[0].triggered_at > events[-1].triggered_at
    after.record(again, more)
    assert after.pending() == events[1::2] + more


def test_an_action_is_recorded_whole_or_not_at_all(tmp_path: Path) -> None:
    shop, trader, events = trading_shop(2)
    journal = Journal(tmp_path / "shop.sqlite3")
    journal.record(shop, events)
    before = truth(shop)
    acted = trader.step()
    with pytest.raises(sqlite3.IntegrityError):
        journal.record(shop, [*acted, acted[0]])  # the same event twice cannot be written
    again = Journal(tmp_path / "shop.sqlite3")
    loaded = again.load(shop.clock)
    assert loaded is not None and truth(loaded) == before
    assert again.pending() == events


def test_an_empty_journal_holds_no_shop(tmp_path: Path) -> None:
    assert Journal(tmp_path / "shop.sqlite3").load(ticking()) is None
    assert Journal().load(ticking()) is None


def test_deleted_entities_stay_deleted(tmp_path: Path) -> None:
    shop = Shop(DOMAIN, 1, ticking())
    trader = Trader(shop, Random(1))
    journal = Journal(tmp_path / "shop.sqlite3")
    journal.record(shop, trader.open_shop(products=3, customers=1))
    gone = next(iter(shop.products.values()))
    shop.drop(gone)
    journal.record(shop, [])
    loaded = Journal(tmp_path / "shop.sqlite3").load(shop.clock)
    assert loaded is not None and gone.id not in loaded.products and len(loaded.products) == 2
