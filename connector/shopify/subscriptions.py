"""Webhook subscriptions: what Shopify has, what we want, and how the first becomes the second."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

import msgspec

from connector.shopify import errors
from connector.shopify.client import Admin
from connector.shopify.documents import document
from connector.shopify.topics import enum_of, lacking

TAKEN = "has already been taken"
GONE = "does not exist"


class Version(msgspec.Struct, frozen=True):
    """The API version that writes a subscription's payloads."""

    handle: str


class Subscription(msgspec.Struct, frozen=True, rename="camel"):
    """A subscription of this app, as Shopify tells of it; ``topic`` is the name in GraphQL."""

    id: str
    topic: str
    uri: str
    format: str = "JSON"
    filter: str | None = None
    include_fields: tuple[str, ...] = ()
    api_version: Version | None = None

    @property
    def whole(self) -> bool:
        """Whether everything is told, and as we read it."""
        return self.format == "JSON" and not self.filter and not self.include_fields


class Plan(NamedTuple):
    """Topics by their names in webhooks. ``lacking`` are not tried; any one of their scopes would do."""

    create: tuple[str, ...]
    update: tuple[tuple[str, Subscription], ...]
    delete: tuple[Subscription, ...]
    keep: tuple[tuple[str, Subscription], ...]
    lacking: dict[str, tuple[str, ...]]


class Done(msgspec.Struct, frozen=True):
    """What was carried out: Shopify's subscriptions by topic, and in its words what it refused."""

    created: dict[str, Subscription | None]
    updated: dict[str, Subscription]
    deleted: tuple[Subscription, ...]
    kept: dict[str, Subscription]
    lacking: dict[str, tuple[str, ...]]
    refused: dict[str, str]


def ours(present: Iterable[Subscription], uri: str | None, known: Collection[str]) -> list[Subscription]:
    """Those that deliver to us, or did when the public URL was another: ``known`` are the ids of ours.

    Not known by a name that we would give them: two installations may share one app, and each would take
    the other's for its own, again and again.
    """
    return [made for made in present if made.uri == uri or made.id in known]


def plan(
    wanted: Collection[str],
    present: Iterable[Subscription],
    uri: str,
    scopes: Iterable[str],
    known: Collection[str] = (),
) -> Plan:
    """What makes ours equal ``wanted``: one each, to ``uri``, whole. Those of others are in none of it."""
    granted = set(scopes)
    closed = {topic: needed for topic in wanted if (needed := lacking(topic, granted))}
    mine = ours(present, uri, known)
    # The one that needs no change goes first, so that no change makes it the second of its kind.
    mine.sort(key=lambda made: (made.uri != uri, not made.whole, made.id))
    standing: dict[str, Subscription] = {}
    for made in mine:
        standing.setdefault(made.topic, made)
    topics = {enum_of(topic): topic for topic in wanted}
    first = [(topics[name], made) for name, made in standing.items() if name in topics]
    # What lacks its scope may stand: it is silent, and tells again when the scope comes back.
    right = [(topic, made) for topic, made in first if topic in closed or (made.uri == uri and made.whole)]
    return Plan(
        create=tuple(t for t in wanted if enum_of(t) not in standing and t not in closed),
        update=tuple(each for each in first if each not in right),
        delete=tuple(made for made in mine if (topics.get(made.topic), made) not in first),
        keep=tuple(right),
        lacking=closed,
    )


class _Page(msgspec.Struct, rename="camel"):
    has_next_page: bool
    end_cursor: str | None = None


class _Listed(msgspec.Struct, rename="camel"):
    nodes: list[Subscription]
    page_info: _Page


class _UserError(msgspec.Struct):
    message: str


class _Payload(msgspec.Struct, rename="camel"):
    webhook_subscription: Subscription | None = None
    user_errors: list[_UserError] = []

    @property
    def complaint(self) -> str:
        return "; ".join(error.message for error in self.user_errors)


_listed = msgspec.json.Decoder(dict[str, _Listed])
_payload = msgspec.json.Decoder(dict[str, _Payload | None])


async def listed(admin: Admin) -> list[Subscription]:
    """All subscriptions that this app made through the API, of this installation or not."""
    found: list[Subscription] = []
    after = None
    while True:
        answer = await admin.ask(_document("Subscriptions"), {"after": after})
        (page,) = _listed.decode(answer.data).values()
        found += page.nodes
        if not page.page_info.has_next_page:
            return found
        after = page.page_info.end_cursor


async def carry_out(admin: Admin, plan: Plan, uri: str) -> Done:
    """Create, update, delete; each may be done twice without harm. One topic's refusal is no other's."""
    wish = {"uri": uri, "format": "JSON"}
    done = Done({}, {}, plan.delete, dict(plan.keep), plan.lacking, {})
    for topic in plan.create:
        made = await _asked(admin, "SubscriptionCreate", topic=enum_of(topic), subscription=wish)
        if made.complaint and TAKEN not in made.complaint:
            done.refused[topic] = made.complaint
        else:
            done.created[topic] = made.webhook_subscription
    whole = {**wish, "filter": "", "includeFields": []}
    for topic, old in plan.update:
        made = await _asked(admin, "SubscriptionUpdate", id=old.id, subscription=whole)
        if made.complaint:
            done.refused[topic] = made.complaint
        else:
            done.updated[topic] = made.webhook_subscription or old
    await delete(admin, plan.delete)
    return done


async def delete(admin: Admin, subscriptions: Iterable[Subscription]) -> None:
    """Delete these; one that is gone already is as good. Raises QueryRefused where Shopify will not."""
    for old in subscriptions:
        gone = await _asked(admin, "SubscriptionDelete", id=old.id)
        if gone.complaint and GONE not in gone.complaint:
            raise errors.QueryRefused(f"Shopify does not delete the subscription {old.id}: {gone.complaint}")


async def _asked(admin: Admin, name: str, **variables: Any) -> _Payload:
    try:
        answer = await admin.ask(_document(name), variables, repeatable=True)
    except (errors.AccessDenied, errors.QueryRefused) as refused:
        return _Payload(user_errors=[_UserError(str(refused))])
    (payload,) = _payload.decode(answer.data).values()
    return payload or _Payload(user_errors=[_UserError("Shopify answered nothing")])


def _document(name: str) -> Any:
    return document("connector.shopify", "subscriptions", name)
