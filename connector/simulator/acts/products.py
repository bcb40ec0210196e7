"""Acts on products and their variants."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from connector.simulator.acts.inventory import discard_item, stock_item
from connector.simulator.event import Event
from connector.simulator.goods import Image, Option, Product, Variant
from connector.simulator.money import cents
from connector.simulator.shop import Act, Shop


@dataclass(frozen=True, slots=True)
class NewVariant:
    """A variant as the merchant enters it. `stock` gives the quantity at each location id."""

    options: tuple[str, ...]
    price: Decimal
    compare_at_price: Decimal | None = None
    sku: str = ""
    barcode: str | None = None
    taxable: bool = True
    tracked: bool = True
    cost: Decimal | None = None
    weight_value: float = 0.0
    weight_unit: str = "kg"
    image: int | None = None  # index into the product's images
    stock: tuple[tuple[int, int], ...] = ()


def create_product(
    shop: Shop,
    title: str,
    variants: Sequence[NewVariant],
    *,
    options: Sequence[str] = ("Title",),
    vendor: str = "",
    product_type: str = "",
    tags: Sequence[str] = (),
    body_html: str | None = None,
    category: str | None = None,
    images: int = 1,
    status: str = "active",
) -> list[Event]:
    act = shop.begin()
    product_id = shop.new_id()
    product = Product(
        id=product_id,
        title=title,
        body_html=body_html,
        handle=handle_of(title, shop.register.ids),
        vendor=vendor,
        product_type=product_type,
        status=status,
        tags=sorted(tags),
        category=category,
        created_at=act.second,
        updated_at=act.second,
        published_at=act.second if status == "active" else None,
        options=[Option(id=shop.new_id(), name=name, values=[]) for name in options],
        images=[_image(act, product_id, n) for n in range(images)],
        variants=[],
    )
    act.fire("products/create", product_id)
    for spec in variants:
        _add(act, product, spec)
    act.touch(product)
    if product.published_at:
        act.fire("products/update", product_id)  # publishing is an update of its own
    return act.events


def add_variant(shop: Shop, product_id: int, spec: NewVariant) -> list[Event]:
    act = shop.begin()
    product = shop.products[product_id]
    _add(act, product, spec)
    act.touch(product)
    act.fire("products/update", product_id)
    return act.events


def remove_variant(shop: Shop, variant_id: int) -> list[Event]:
    """No topic says that a variant is gone: it is only missing from products/update."""
    act = shop.begin()
    product, variant = shop.variant(variant_id)
    if len(product.variants) == 1:
        raise ValueError("a product keeps at least one variant")
    product.variants.remove(variant)
    shop.forget(variant)
    for position, left in enumerate(product.variants, 1):
        left.position = position
    _list_option_values(product)
    act.touch(product)
    act.fire("products/update", product.id)
    discard_item(act, variant.item_id)
    return act.events


def edit_price(
    shop: Shop, variant_id: int, price: Decimal, compare_at_price: Decimal | None = None
) -> list[Event]:
    act = shop.begin()
    product, variant = shop.variant(variant_id)
    price = cents(price)
    if (variant.price, variant.compare_at_price) == (price, compare_at_price):
        return []
    variant.price, variant.compare_at_price = price, compare_at_price
    variant.updated_at = act.second
    act.touch(product)
    act.fire("products/update", product.id)
    return act.events


def rename_product(shop: Shop, product_id: int, title: str) -> list[Event]:
    return _edit(shop, product_id, title=title)


def retag_product(shop: Shop, product_id: int, tags: Sequence[str]) -> list[Event]:
    return _edit(shop, product_id, tags=sorted(tags))


def set_product_status(shop: Shop, product_id: int, status: str) -> list[Event]:
    """Only an active product is published."""
    published = shop.products[product_id].published_at or shop.clock().replace(microsecond=0)
    return _edit(shop, product_id, status=status, published_at=published if status == "active" else None)


def delete_product(shop: Shop, product_id: int) -> list[Event]:
    act = shop.begin()
    product = shop.products[product_id]
    shop.drop(product)
    act.fire("products/delete", product_id, pinned={"id": product_id})
    for variant in product.variants:
        discard_item(act, variant.item_id)
    for collection in shop.collections.values():
        if product_id in collection.members:
            collection.members.remove(product_id)
            act.touch(collection)
            act.fire("collections/update", collection.id)
    return act.events


def handle_of(title: str, n: int) -> str:
    """A URL name; the number keeps two products of one title apart."""
    words = re.sub(r"[^\w]+", "-", title.lower()).strip("-_")
    return f"{words or 'item'}-{n}"


def _edit(shop: Shop, product_id: int, **changes: object) -> list[Event]:
    act = shop.begin()
    product = shop.products[product_id]
    if all(getattr(product, name) == value for name, value in changes.items()):
        return []
    for name, value in changes.items():
        setattr(product, name, value)
    act.touch(product)
    act.fire("products/update", product_id)
    return act.events


def _add(act: Act, product: Product, spec: NewVariant) -> None:
    item_id = act.shop.new_id()
    product.variants.append(
        Variant(
            id=act.shop.new_id(),
            item_id=item_id,
            title=" / ".join(spec.options),
            options=list(spec.options),
            price=spec.price,
            compare_at_price=spec.compare_at_price,
            sku=spec.sku,
            barcode=spec.barcode,
            position=len(product.variants) + 1,
            taxable=spec.taxable,
            image_id=None if spec.image is None else product.images[spec.image].id,
            created_at=act.second,
            updated_at=act.second,
        )
    )
    _list_option_values(product)
    stock_item(
        act,
        item_id,
        sku=spec.sku,
        tracked=spec.tracked,
        cost=spec.cost,
        weight=(spec.weight_value, spec.weight_unit),
        stock=dict(spec.stock),
    )


def _list_option_values(product: Product) -> None:
    for n, option in enumerate(product.options):
        option.values = list(dict.fromkeys(variant.options[n] for variant in product.variants))


def _image(act: Act, product_id: int, n: int) -> Image:
    return Image(
        id=act.shop.new_id(),
        src=f"https://cdn.shopify.example/s/files/1/{act.shop.settings.id}/products/{product_id}-{n}.jpg",
        alt=None if n else "Front",
        width=1200,
        height=900,
        created_at=act.second,
    )
