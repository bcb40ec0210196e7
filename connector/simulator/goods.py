"""What the shop sells and where it keeps it: products, collections, inventory and locations as records."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

GRAMS: Final = {"g": 1.0, "kg": 1000.0, "lb": 453.59237, "oz": 28.349523125}


@dataclass(slots=True, kw_only=True)
class Option:
    id: int
    name: str
    values: list[str]


@dataclass(slots=True, kw_only=True)
class Image:
    id: int
    src: str
    alt: str | None
    width: int
    height: int
    created_at: datetime


@dataclass(slots=True, kw_only=True)
class Variant:
    id: int
    item_id: int
    title: str
    options: list[str]
    price: Decimal
    compare_at_price: Decimal | None
    sku: str
    barcode: str | None
    position: int
    taxable: bool
    image_id: int | None
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True, kw_only=True)
class Product:
    id: int
    title: str
    body_html: str | None
    handle: str
    vendor: str
    product_type: str
    status: str  # active, draft, archived
    tags: list[str]
    category: str | None
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    options: list[Option]
    images: list[Image]
    variants: list[Variant]


@dataclass(slots=True, kw_only=True)
class Collection:
    id: int
    title: str
    handle: str
    body_html: str
    sort_order: str
    rule: str | None  # the product type a smart collection gathers; None for a manual one
    members: list[int] = field(default_factory=list)
    published_at: datetime
    updated_at: datetime


@dataclass(slots=True, kw_only=True)
class Location:
    id: int
    name: str
    address1: str | None
    address2: str | None
    city: str | None
    zip: str | None
    province: str | None
    province_code: str | None
    phone: str | None
    active: bool = True
    country_code: str = "PA"
    country_name: str = "Panama"
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True, kw_only=True)
class InventoryItem:
    id: int
    sku: str
    tracked: bool
    requires_shipping: bool
    cost: Decimal | None
    weight_value: float
    weight_unit: str  # kg, g, lb, oz
    country_code_of_origin: str | None = None
    harmonized_system_code: str | None = None
    created_at: datetime
    updated_at: datetime

    @property
    def grams(self) -> float:
        return self.weight_value * GRAMS[self.weight_unit]


@dataclass(slots=True, kw_only=True)
class Level:
    """An item at a location. A disconnected level is kept out of the shop's table altogether."""

    item_id: int
    location_id: int
    available: int | None  # None: the item is not tracked
    updated_at: datetime
