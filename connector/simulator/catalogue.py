"""A catalogue of any size as bulk results tell it, made line by line and never held: for benchmarks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

FIRST: Final = 20_000_000_000_000  # ids of products; variants and items have the next spans
SPAN: Final = 10_000_000_000_000
GID: Final = r"gid:\/\/shopify"
MADE: Final = "2026-11-01T08:00:00Z"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The same numbers make the same lines, byte for byte; ids, skus and barcodes are all distinct."""

    products: int
    variants_each: int = 10
    location_ids: tuple[int, ...] = (10_000_000_032_769, 10_000_000_065_538, 10_000_000_098_307)
    edition: int = 0  # a later one has every row changed, and dates it so

    @property
    def at(self) -> str:
        """When this edition was made."""
        return f"2026-11-01T{8 + self.edition // 60:02d}:{self.edition % 60:02d}:00Z"

    @property
    def variants(self) -> int:
        return self.products * self.variants_each

    @property
    def product_lines(self) -> int:
        """How many lines `tell_products` yields."""
        return self.products + self.variants

    @property
    def inventory_lines(self) -> int:
        """How many lines `tell_inventory` yields."""
        return self.variants * (1 + len(self.location_ids))

    def tell_products(self) -> Iterator[bytes]:
        """Lines of a bulk result of products with their variants, without line ends."""
        for n in range(self.products):
            parent = f"{GID}\\/Product\\/{FIRST + n}"
            picture = f"https:\\/\\/cdn.shopify.example\\/p\\/{n}.jpg"
            yield (
                f'{{"id":"{parent}","title":"Article {n} · {self.edition}","handle":"article-{n}",'
                f'"vendor":"Vendor {n % 97}","productType":"Type {n % 31}","status":"ACTIVE",'
                f'"tags":["bulk","t{n % 13}"],"createdAt":"{MADE}","publishedAt":"{MADE}",'
                f'"updatedAt":"{self.at}","featuredMedia":{{"preview":{{"image":{{"url":"{picture}"}}}}}}}}'
            ).encode()
            for v in range(self.variants_each):
                yield self._variant(n, v, parent)

    def tell_inventory(self) -> Iterator[bytes]:
        """Lines of a bulk result of inventory items with their levels, without line ends."""
        for m in range(self.variants):
            number = FIRST + 2 * SPAN + m
            item = f"{GID}\\/InventoryItem\\/{number}"
            yield (
                f'{{"id":"{item}","sku":"SKU-{m}","tracked":true,"requiresShipping":true,'
                f'"unitCost":{{"amount":"{(m + self.edition) % 50 + 1}.5"}},'
                f'"measurement":{{"weight":{{"value":{m % 9 + 0.25},"unit":"KILOGRAMS"}}}},'
                f'"createdAt":"{MADE}","updatedAt":"{self.at}"}}'
            ).encode()
            for n, place in enumerate(self.location_ids):
                available, committed = (m + n + self.edition) % 41, m % 3
                yield (
                    f'{{"id":"{GID}\\/InventoryLevel\\/{place}?inventory_item_id={number}",'
                    f'"location":{{"id":"{GID}\\/Location\\/{place}"}},'
                    f'"quantities":[{{"name":"available","quantity":{available}}},'
                    f'{{"name":"on_hand","quantity":{available + committed}}},'
                    f'{{"name":"committed","quantity":{committed}}}],'
                    f'"updatedAt":"{self.at}","__parentId":"{item}"}}'
                ).encode()

    def _variant(self, n: int, v: int, parent: str) -> bytes:
        m = n * self.variants_each + v
        return (
            f'{{"id":"{GID}\\/ProductVariant\\/{FIRST + SPAN + m}","title":"Size {v}","sku":"SKU-{m}",'
            f'"barcode":"{20_000_000_0000 + m:013d}","price":"{(m + self.edition) % 90 + 1}.99",'
            f'"compareAtPrice":null,"position":{v + 1},"selectedOptions":[{{"value":"Size {v}"}}],'
            f'"inventoryItem":{{"id":"{GID}\\/InventoryItem\\/{FIRST + 2 * SPAN + m}"}},'
            f'"inventoryPolicy":"DENY","taxable":true,"__parentId":"{parent}"}}'
        ).encode()
