"""Bodies of inventory_items/*, inventory_levels/* and locations/*."""

from typing import Any

from connector.simulator.goods import InventoryItem, Level, Location
from connector.simulator.wire import amount, gid, local


def item_body(item: InventoryItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "sku": item.sku,
        "created_at": local(item.created_at),
        "updated_at": local(item.updated_at),
        "requires_shipping": item.requires_shipping,
        "cost": None if item.cost is None else amount(item.cost),
        "country_code_of_origin": item.country_code_of_origin,
        "province_code_of_origin": None,
        "harmonized_system_code": item.harmonized_system_code,
        "tracked": item.tracked,
        "country_harmonized_system_codes": [],
        "weight_value": item.weight_value,
        "weight_unit": item.weight_unit,
        "admin_graphql_api_id": gid("InventoryItem", item.id),
    }


def level_body(level: Level) -> dict[str, Any]:
    owner = gid("InventoryLevel", level.location_id)
    return {
        "inventory_item_id": level.item_id,
        "location_id": level.location_id,
        "available": level.available,
        "updated_at": local(level.updated_at),
        "admin_graphql_api_id": f"{owner}?inventory_item_id={level.item_id}",
    }


def location_body(location: Location) -> dict[str, Any]:
    return {
        "id": location.id,
        "name": location.name,
        "address1": location.address1,
        "address2": location.address2,
        "city": location.city,
        "zip": location.zip,
        "province": location.province,
        "country": location.country_code,
        "phone": location.phone,
        "created_at": local(location.created_at),
        "updated_at": local(location.updated_at),
        "country_code": location.country_code,
        "country_name": location.country_name,
        "province_code": location.province_code,
        "legacy": False,
        "active": location.active,
        "admin_graphql_api_id": gid("Location", location.id),
    }
