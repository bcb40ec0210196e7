"""How products and their variants are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from connector.changes import Change, Origin, Record, Refetch, tombstone, upsert
from connector.families.fields import Flag, Id, Int, Money, OptionalId, Text, Time, reads

#: A product payload shows at most this many variants (webhook reference, products/update, since 2024-04).
VARIANTS_SHOWN = 100


class Variant(msgspec.Struct):
    """A variant within its product's payload; it lives under the product's version."""

    id: Id
    title: Text = UNSET
    sku: Text = UNSET
    barcode: Text = UNSET
    price: Money = UNSET
    compare_at_price: Money = UNSET
    position: Int = UNSET
    option1: Text = UNSET
    option2: Text = UNSET
    option3: Text = UNSET
    inventory_item_id: OptionalId = UNSET
    inventory_policy: Text = UNSET
    taxable: Flag = UNSET
    grams: Int = UNSET
    image_id: Int = UNSET
    image_url: Text = UNSET


class Image(msgspec.Struct):
    """A product image; variants point at it by id."""

    id: Int = UNSET
    src: Text = UNSET


class VariantGid(msgspec.Struct):
    """One line of the list that names every variant, also those beyond the shown ones."""

    admin_graphql_api_id: str


class Product(Record, kw_only=True):
    """A product; ``variants_whole`` says that ``variants`` lists all, so that others are gone."""

    statement: ClassVar[str] = "products.upsert_products"

    id: Id
    title: Text = UNSET
    handle: Text = UNSET
    vendor: Text = UNSET
    product_type: Text = UNSET
    status: Text = UNSET
    tags: Text = UNSET
    created_at: Time = UNSET
    published_at: Time = UNSET
    variants: list[Variant] | UnsetType | None = UNSET
    variants_whole: bool = False


class ProductPayload(Product, kw_only=True):
    """The body of products/create and products/update."""

    updated_at: Time = UNSET
    images: list[Image] | UnsetType | None = UNSET
    image: Image | UnsetType | None = UNSET
    variant_gids: list[VariantGid] | UnsetType | None = UNSET


class ProductId(msgspec.Struct):
    """The body of products/delete."""

    id: Id


_payload = reads(ProductPayload)
_deleted = reads(ProductId)


def read(body: bytes, origin: Origin) -> Iterable[Change | Refetch]:
    """products/create and products/update: the product and the variants that its payload shows.

    Where it has more of them than a payload shows, it is read anew.
    """
    product = _payload(body)
    product.variants_whole = _lists_all_variants(product)
    if product.variants:
        _point_at_images(product, product.variants)
    product.images = product.image = product.variant_gids = UNSET
    yield upsert(product, f"products/{product.id}", origin)
    if product.variants is not UNSET and not product.variants_whole:
        yield Refetch("Product", product.id)


def read_delete(body: bytes, origin: Origin) -> Iterable[Change]:
    """products/delete: no webhook tells of its variants, they go with it."""
    return gone(_deleted(body).id, origin)


def gone(product_id: int, origin: Origin) -> Iterable[Change]:
    """The product is no more, nor are its variants."""
    product = Product(id=product_id, variants=[], variants_whole=True)
    yield tombstone(product, f"products/{product_id}", origin)


def _lists_all_variants(product: ProductPayload) -> bool:
    shown = product.variants
    if not isinstance(shown, list):
        return False
    if not isinstance(product.variant_gids, list):
        return len(shown) < VARIANTS_SHOWN
    ids = {str(variant.id) for variant in shown}
    return all(line.admin_graphql_api_id.rpartition("/")[2] in ids for line in product.variant_gids)


def _point_at_images(product: ProductPayload, variants: list[Variant]) -> None:
    """A variant shows its own image, else the product's first."""
    images = product.images if isinstance(product.images, list) else []
    sources: dict[object, Text] = {image.id: image.src for image in images if image.id}
    first: Text = product.image.src if isinstance(product.image, Image) else None
    if first is None and images:
        first = images[0].src
    for variant in variants:
        variant.image_url = sources.get(variant.image_id, first)
