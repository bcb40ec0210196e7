"""How products and variants of the Admin API are read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from connector.changes import Change, Origin, upsert
from connector.families.nodes.form import Connection, Medium, Node, lower, once, reads_node
from connector.families.products import Product, Variant


class Option(msgspec.Struct):
    """The value that a variant has of one option."""

    value: str


class VariantNode(Node, kw_only=True):
    """ProductVariant."""

    title: str | None = None
    sku: str | None = None
    barcode: str | None = None
    price: str | None = None
    compare_at_price: str | None = None
    position: int | None = None
    selected_options: tuple[Option, ...] = ()
    inventory_item: Node | None = None
    inventory_policy: str | None = None
    taxable: bool | None = None
    media: Connection[Medium] | None = None

    def variant(self, product_image: str | None) -> Variant:
        """The variant; without an image of its own it shows its product's."""
        own = next((medium.url for medium in self.media.nodes if medium.url), None) if self.media else None
        first, second, third = (*[option.value for option in self.selected_options], None, None, None)[:3]
        return Variant(
            id=self.number,
            title=self.title,
            sku=self.sku,
            barcode=self.barcode,
            price=self.price,
            compare_at_price=self.compare_at_price,
            position=self.position,
            option1=first,
            option2=second,
            option3=third,
            inventory_item_id=self.inventory_item.number if self.inventory_item else None,
            inventory_policy=lower(self.inventory_policy),
            taxable=self.taxable,
            image_url=own or product_image,
        )


class ProductNode(Node, kw_only=True):
    """Product."""

    title: str | None = None
    handle: str | None = None
    vendor: str | None = None
    product_type: str | None = None
    status: str | None = None
    tags: tuple[str, ...] = ()
    created_at: datetime | None = None
    published_at: datetime | None = None
    updated_at: datetime
    featured_media: Medium | None = None
    variants: Connection[VariantNode] | None = None

    @property
    def image(self) -> str | None:
        """The picture that stands for the product."""
        return self.featured_media.url if self.featured_media else None

    def product(self) -> Product:
        """The product without its variants."""
        return Product(
            id=self.number,
            updated_at=self.updated_at,
            title=self.title,
            handle=self.handle,
            vendor=self.vendor,
            product_type=self.product_type,
            status=lower(self.status),
            tags=", ".join(self.tags),
            created_at=self.created_at,
            published_at=self.published_at,
        )


_product = reads_node(ProductNode)


def read(node: bytes, origin: Origin) -> Iterable[Change]:
    """A product with all of its variants."""
    told = _product(node)
    product = told.product()
    if told.variants is not None:
        product.variants = [variant.variant(told.image) for variant in once(told.variants.nodes)]
        product.variants_whole = True
    yield upsert(product, f"products/{product.id}", origin)
