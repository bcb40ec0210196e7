"""Acts on the shop itself."""

from connector.simulator.event import Event
from connector.simulator.payloads.settings import shop_body
from connector.simulator.shop import Shop


def update_shop(shop: Shop, **changes: str | int) -> list[Event]:
    """Set any of the settings by name. Without changes it just tells them, as after an installation."""
    act = shop.begin()
    for name, value in changes.items():
        if getattr(shop.settings, name) != value:
            setattr(shop.settings, name, value)
            shop.settings.updated_at = act.second
    act.fire("shop/update", shop.settings.id)
    return act.events


def uninstall(shop: Shop) -> list[Event]:
    """The last thing the app hears of the shop."""
    act = shop.begin()
    act.fire("app/uninstalled", shop.settings.id, pinned=shop_body(shop))
    return act.events
