"""Acts on inventory items and on their levels at each location."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from connector.simulator.event import Event
from connector.simulator.goods import InventoryItem, Level
from connector.simulator.shop import Act, Shop


def set_available(shop: Shop, item_id: int, location_id: int, available: int) -> list[Event]:
    """Nothing happens when the level already says so."""
    act = shop.begin()
    level = shop.levels[item_id, location_id]
    if level.available == available:
        return []
    level.available = available
    report_level(act, level)
    return act.events


def move_stock(shop: Shop, item_id: int, source: int, destination: int, quantity: int) -> list[Event]:
    """Carry units from one location to another: two levels, one action."""
    act = shop.begin()
    adjust(act, item_id, source, -quantity)
    adjust(act, item_id, destination, quantity)
    return act.events


def connect_level(shop: Shop, item_id: int, location_id: int, available: int = 0) -> list[Event]:
    act = shop.begin()
    if (item_id, location_id) in shop.levels:
        return []
    if location_id not in shop.locations:
        raise KeyError(location_id)
    connect(act, shop.items[item_id], location_id, available)
    report_product(act, item_id)
    return act.events


def disconnect_level(shop: Shop, item_id: int, location_id: int) -> list[Event]:
    act = shop.begin()
    drop_level(act, shop.levels[item_id, location_id])
    gone = Level(item_id=item_id, location_id=location_id, available=0, updated_at=act.second)
    shop.register.disconnected.append(gone)
    report_product(act, item_id)
    return act.events


def update_inventory_item(
    shop: Shop,
    item_id: int,
    *,
    sku: str | None = None,
    cost: Decimal | None = None,
    tracked: bool | None = None,
    weight_value: float | None = None,
    weight_unit: str | None = None,
) -> list[Event]:
    """A new sku shows on the variant as well, so the product is updated too."""
    act = shop.begin()
    item = shop.items[item_id]
    wanted = {
        "sku": sku,
        "cost": cost,
        "tracked": tracked,
        "weight_value": weight_value,
        "weight_unit": weight_unit,
    }
    changes = {name: v for name, v in wanted.items() if v is not None and getattr(item, name) != v}
    if not changes:
        return []
    for name, value in changes.items():
        setattr(item, name, value)
    act.touch(item)
    act.fire("inventory_items/update", item_id)
    if "sku" in changes:
        product, variant = shop.variant(shop.owners[item_id])
        variant.sku = item.sku
        variant.updated_at = act.second
        act.touch(product)
        act.fire("products/update", product.id)
    return act.events


def adjust(act: Act, item_id: int | None, location_id: int, delta: int) -> None:
    """Change the stock of a tracked item kept at the location; anything else has no stock to change."""
    level = None if item_id is None else act.shop.levels.get((item_id, location_id))
    if level is None or level.available is None or not act.shop.items[level.item_id].tracked or not delta:
        return
    level.available += delta
    report_level(act, level)


def report_level(act: Act, level: Level) -> None:
    act.touch(level)
    act.fire("inventory_levels/update", level.item_id, level.location_id)
    report_product(act, level.item_id)


def report_product(act: Act, item_id: int) -> None:
    """Its summed quantity is part of the product, so every change of stock updates the product."""
    product, variant = act.shop.variant(act.shop.owners[item_id])
    variant.updated_at = act.second
    act.touch(product)
    act.fire("products/update", product.id)


def stock_item(
    act: Act,
    item_id: int,
    *,
    sku: str,
    tracked: bool,
    cost: Decimal | None,
    weight: tuple[float, str],
    stock: Mapping[int, int],
) -> None:
    item = InventoryItem(
        id=item_id,
        sku=sku,
        tracked=tracked,
        requires_shipping=True,
        cost=cost,
        weight_value=weight[0],
        weight_unit=weight[1],
        created_at=act.second,
        updated_at=act.second,
    )
    act.touch(item)
    act.fire("inventory_items/create", item_id)
    for location_id, available in stock.items():
        connect(act, item, location_id, available)


def discard_item(act: Act, item_id: int) -> None:
    """With the item go its levels. Neither can be read afterwards, so what is told is fixed now."""
    for level in act.shop.levels_of(item_id):
        drop_level(act, level)
    forget_disconnected(act.shop, lambda level: level.item_id == item_id)
    item = act.shop.items[item_id]
    act.shop.drop(item)
    act.fire(
        "inventory_items/delete",
        item_id,
        pinned={
            "id": item_id,
            "country_code_of_origin": item.country_code_of_origin,
            "province_code_of_origin": None,
            "harmonized_system_code": item.harmonized_system_code,
            "country_harmonized_system_codes": [],
            "admin_graphql_api_id": f"gid://shopify/InventoryItem/{item_id}",
        },
    )


def drop_level(act: Act, level: Level) -> None:
    act.shop.drop(level)
    ids = {"inventory_item_id": level.item_id, "location_id": level.location_id}
    act.fire("inventory_levels/disconnect", level.item_id, level.location_id, pinned=ids)


def forget_disconnected(shop: Shop, gone: Callable[[Level], bool]) -> None:
    """These are connected again, or what they were of is gone."""
    register = shop.register
    register.disconnected = [level for level in register.disconnected if not gone(level)]


def connect(act: Act, item: InventoryItem, location_id: int, available: int) -> None:
    level = Level(
        item_id=item.id,
        location_id=location_id,
        available=available if item.tracked else None,
        updated_at=act.second,
    )
    key = item.id, location_id
    forget_disconnected(act.shop, lambda level: (level.item_id, level.location_id) == key)
    act.touch(level)
    act.fire("inventory_levels/connect", item.id, location_id)
