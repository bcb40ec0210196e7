"""Acts on collections."""

from collections.abc import Sequence

from connector.simulator.acts.products import handle_of
from connector.simulator.event import Event
from connector.simulator.goods import Collection
from connector.simulator.shop import Shop


def create_collection(
    shop: Shop, title: str, *, rule: str | None = None, members: Sequence[int] = (), body_html: str = ""
) -> list[Event]:
    """A manual collection of the members, or, with a rule, a smart one of that product type."""
    act = shop.begin()
    collection_id = shop.new_id()
    collection = Collection(
        id=collection_id,
        title=title,
        handle=handle_of(title, shop.register.ids),
        body_html=body_html,
        sort_order="best-selling" if rule else "manual",
        rule=rule,
        members=list(members),
        published_at=act.second,
        updated_at=act.second,
    )
    act.touch(collection)
    act.fire("collections/create", collection_id)
    return act.events


def rename_collection(shop: Shop, collection_id: int, title: str) -> list[Event]:
    act = shop.begin()
    collection = shop.collections[collection_id]
    if collection.title == title:
        return []
    collection.title = title
    act.touch(collection)
    act.fire("collections/update", collection_id)
    return act.events


def set_members(shop: Shop, collection_id: int, members: Sequence[int]) -> list[Event]:
    """One update for the whole batch; the payload does not tell who the members are."""
    act = shop.begin()
    collection = shop.collections[collection_id]
    if collection.rule:
        raise ValueError("a smart collection chooses its own members")
    if collection.members == list(members):
        return []
    collection.members = list(members)
    act.touch(collection)
    act.fire("collections/update", collection_id)
    return act.events


def delete_collection(shop: Shop, collection_id: int) -> list[Event]:
    act = shop.begin()
    shop.drop(shop.collections[collection_id])
    gid = f"gid://shopify/Collection/{collection_id}"
    pinned = {"id": collection_id, "published_scope": "web", "admin_graphql_api_id": gid}
    act.fire("collections/delete", collection_id, pinned=pinned)
    return act.events
