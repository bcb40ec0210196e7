"""Why a subscription is gone, from what is known around it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connector.losses import Scene, Stood, found
from connector.shopify.subscriptions import Plan, Subscription

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
URI = "https://till.example/webhooks/shopify"
OLD = "https://old.example/webhooks/shopify"


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


RECENTLY, LONG_AGO = ago(minutes=15), ago(days=9)


def stood(looked_at: datetime = RECENTLY, since: datetime = LONG_AGO, uri: str = URI) -> Stood:
    return Stood(uri, since, looked_at, looked_at)


def plan(*create: str, **parts: object) -> Plan:
    return Plan(**{"create": create, "update": (), "delete": (), "keep": (), "lacking": {}, **parts})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("scene", "known", "cause"),
    [
        (Scene(NOW, ago(minutes=2), ago(hours=1)), stood(), "reinstalled"),
        (Scene(NOW, ago(minutes=2), None), stood(), "deleted"),
        (Scene(NOW, ago(hours=5), None), stood(), "unreachable"),
        (Scene(NOW, ago(hours=9), None), stood(looked_at=ago(hours=8)), "unreachable"),
        (Scene(NOW, ago(hours=1), None), stood(looked_at=ago(hours=8)), "deleted"),
        # Nothing can have failed for four hours that stands for one.
        (Scene(NOW, None, None), stood(since=ago(hours=1)), "deleted"),
        (Scene(NOW, None, None), stood(), "unreachable"),
    ],
)
def test_a_single_one_is_gone(scene: Scene, known: Stood, cause: str) -> None:
    everything = {"orders/create": known, "orders/paid": stood()}
    (loss,) = found(everything, plan("orders/create", "shop/update"), URI, scene)
    assert (loss.topic, loss.cause, loss.seen_at) == ("orders/create", cause, known.seen_at)


def test_all_gone_at_once_were_uninstalled() -> None:
    topics = [f"orders/{name}" for name in ("create", "paid", "updated", "edited", "delete")]
    known = dict.fromkeys(topics, stood())
    scene = Scene(NOW, ago(minutes=2), None)
    assert {loss.cause for loss in found(known, plan(*topics), URI, scene)} == {"reinstalled"}
    assert {loss.cause for loss in found(known, plan(*topics[1:]), URI, scene)} == {"deleted"}


def test_what_lacks_its_scope_or_was_changed_is_said() -> None:
    scene = Scene(NOW, ago(minutes=2), None)
    known = {"orders/create": stood(), "shop/update": stood(uri=OLD), "orders/paid": stood()}
    moved = ("shop/update", Subscription("1", "SHOP_UPDATE", OLD))
    changed = ("orders/paid", Subscription("2", "ORDERS_PAID", URI, filter="id:1"))
    new = ("app/uninstalled", Subscription("3", "APP_UNINSTALLED", URI, filter="id:1"))
    planned = plan(lacking={"orders/create": ("read_orders",)}, update=(moved, changed, new))
    told = {loss.topic: (loss.cause, loss.words) for loss in found(known, planned, URI, scene)}
    assert told["orders/create"] == ("scope", "the scope read_orders is not granted any more")
    assert told["shop/update"][0] == "moved"
    assert told["orders/paid"][0] == "changed"
    assert "app/uninstalled" not in told
