"""Acts on locations."""

from connector.simulator.acts.inventory import drop_level, forget_disconnected
from connector.simulator.event import Event
from connector.simulator.goods import Location
from connector.simulator.shop import Shop


def create_location(
    shop: Shop,
    name: str,
    *,
    address1: str | None = None,
    address2: str | None = None,
    city: str | None = None,
    zip: str | None = None,
    province: str | None = None,
    province_code: str | None = None,
    phone: str | None = None,
) -> list[Event]:
    act = shop.begin()
    location = Location(
        id=shop.new_id(),
        name=name,
        address1=address1,
        address2=address2,
        city=city,
        zip=zip,
        province=province,
        province_code=province_code,
        phone=phone,
        created_at=act.second,
        updated_at=act.second,
    )
    act.touch(location)
    act.fire("locations/create", location.id)
    return act.events


def rename_location(shop: Shop, location_id: int, name: str) -> list[Event]:
    act = shop.begin()
    location = shop.locations[location_id]
    if location.name == name:
        return []
    location.name = name
    act.touch(location)
    act.fire("locations/update", location_id)
    return act.events


def deactivate_location(shop: Shop, location_id: int) -> list[Event]:
    """Its levels stay connected, but no order is sold from it any more."""
    return _switch(shop, location_id, active=False)


def activate_location(shop: Shop, location_id: int) -> list[Event]:
    return _switch(shop, location_id, active=True)


def delete_location(shop: Shop, location_id: int) -> list[Event]:
    act = shop.begin()
    location = shop.locations[location_id]
    if location.active:
        raise ValueError("only an inactive location can be deleted")
    for level in [level for level in shop.levels.values() if level.location_id == location_id]:
        drop_level(act, level)
    forget_disconnected(shop, lambda level: level.location_id == location_id)
    shop.drop(location)
    act.fire("locations/delete", location_id, pinned={"id": location_id})
    return act.events


def _switch(shop: Shop, location_id: int, *, active: bool) -> list[Event]:
    act = shop.begin()
    location = shop.locations[location_id]
    if location.active == active:
        return []
    location.active = active
    act.touch(location)
    act.fire("locations/activate" if active else "locations/deactivate", location_id)
    act.fire("locations/update", location_id)
    return act.events
