"""Acts that put units on a shelf or take them off it, whether the item was kept there before or not."""

from collections.abc import Sequence

from connector.simulator.acts.inventory import connect, report_level
from connector.simulator.event import Event
from connector.simulator.shop import Act, Shop

Change = tuple[int, int, int]  # inventory item, location, units more


def adjust_stock(shop: Shop, changes: Sequence[Change]) -> list[Event]:
    """All of them at once. Stock may fall below nothing: more was sold than anybody had."""
    act = shop.begin()
    for item_id, location_id, delta in changes:
        supply(act, item_id, location_id, delta)
    return act.events


def supply(act: Act, item_id: int, location_id: int, delta: int) -> None:
    """Change the stock there. An item that is not tracked has none to change."""
    shop = act.shop
    if not delta or not shop.items[item_id].tracked:
        return
    if (item_id, location_id) not in shop.levels:
        connect(act, shop.items[item_id], location_id, 0)
    level = shop.levels[item_id, location_id]
    level.available = (level.available or 0) + delta
    report_level(act, level)
