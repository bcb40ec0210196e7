"""Bodies of products/* and collections/*."""

from typing import Any, Final

from connector.simulator.goods import Collection, Image, Product, Variant
from connector.simulator.shop import Shop
from connector.simulator.wire import amount, gid, local, zulu

SHOWN: Final = 100  # Shopify lists no more variants than this; the others appear only in variant_gids


def product_body(shop: Shop, product: Product) -> dict[str, Any]:
    images = [_image(product, image, n) for n, image in enumerate(product.images, 1)]
    newest_first = sorted(product.variants, key=lambda v: (v.updated_at, v.position), reverse=True)
    return {
        "admin_graphql_api_id": gid("Product", product.id),
        "body_html": product.body_html,
        "created_at": local(product.created_at),
        "handle": product.handle,
        "id": product.id,
        "product_type": product.product_type,
        "published_at": local(product.published_at),
        "template_suffix": None,
        "title": product.title,
        "updated_at": local(product.updated_at),
        "vendor": product.vendor,
        "status": product.status,
        "published_scope": "web",
        "tags": ", ".join(product.tags),
        "variants": [_variant(shop, product, variant) for variant in product.variants[:SHOWN]],
        "options": [
            {
                "name": option.name,
                "id": option.id,
                "product_id": product.id,
                "position": position,
                "values": option.values,
            }
            for position, option in enumerate(product.options, 1)
        ],
        "images": images,
        "image": images[0] if images else None,
        "media": [_media(product, image, n) for n, image in enumerate(product.images, 1)],
        "variant_gids": [
            {
                "admin_graphql_api_id": gid("ProductVariant", variant.id),
                "updated_at": zulu(variant.updated_at),
            }
            for variant in newest_first
        ],
        "has_variants_that_requires_components": False,
        "category": None if product.category is None else _category(product.category),
    }


def collection_body(collection: Collection) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": collection.id,
        "handle": collection.handle,
        "title": collection.title,
        "updated_at": local(collection.updated_at),
        "body_html": collection.body_html,
        "published_at": local(collection.published_at),
        "sort_order": collection.sort_order,
        "template_suffix": None,
        "published_scope": "web",
        "admin_graphql_api_id": gid("Collection", collection.id),
    }
    if collection.rule:
        rule = {"column": "type", "relation": "equals", "condition": collection.rule}
        body |= {"disjunctive": False, "rules": [rule]}
    return body


def _variant(shop: Shop, product: Product, variant: Variant) -> dict[str, Any]:
    first, second, third = [*variant.options, None, None][:3]
    stock = sum(level.available or 0 for level in shop.levels_of(variant.item_id))
    return {
        "admin_graphql_api_id": gid("ProductVariant", variant.id),
        "barcode": variant.barcode,
        "compare_at_price": None if variant.compare_at_price is None else amount(variant.compare_at_price),
        "created_at": local(variant.created_at),
        "id": variant.id,
        "inventory_policy": "deny",
        "position": variant.position,
        "price": amount(variant.price),
        "product_id": product.id,
        "sku": variant.sku,
        "taxable": variant.taxable,
        "title": variant.title,
        "updated_at": local(variant.updated_at),
        "option1": first,
        "option2": second,
        "option3": third,
        "image_id": variant.image_id,
        "inventory_item_id": variant.item_id,
        "inventory_quantity": stock,
        "old_inventory_quantity": stock,
    }


def _image(product: Product, image: Image, position: int) -> dict[str, Any]:
    return {
        "id": image.id,
        "alt": image.alt,
        "position": position,
        "product_id": product.id,
        "created_at": local(image.created_at),
        "updated_at": local(image.created_at),
        "admin_graphql_api_id": gid("ProductImage", image.id),
        "width": image.width,
        "height": image.height,
        "src": image.src,
        "variant_ids": [variant.id for variant in product.variants if variant.image_id == image.id],
    }


def _media(product: Product, image: Image, position: int) -> dict[str, Any]:
    return {
        "id": image.id + 1,
        "product_id": product.id,
        "position": position,
        "created_at": local(image.created_at),
        "updated_at": local(image.created_at),
        "alt": image.alt or "",
        "status": "READY",
        "media_content_type": "IMAGE",
        "preview_image": {
            "width": image.width,
            "height": image.height,
            "src": image.src,
            "status": "READY",
        },
        "variant_ids": [],
        "admin_graphql_api_id": gid("MediaImage", image.id + 1),
    }


def _category(full_name: str) -> dict[str, str]:
    path = full_name.split(" > ")
    return {
        "admin_graphql_api_id": f"gid://shopify/TaxonomyCategory/{path[0][:2].lower()}-{len(path)}",
        "name": path[-1],
        "full_name": full_name,
    }
