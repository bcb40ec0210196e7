"""Webhook subscriptions as the app makes, changes and deletes them, with Shopify's own objections."""

import re
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from connector.simulator.admin.topics import NAMES, TOPICS
from connector.simulator.installation import Installation, Subscription

ADDRESS: Final = ["webhookSubscription", "callbackUrl"]
NAME: Final = ["webhookSubscription", "name"]
_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
_GID: Final = re.compile(r"gid://shopify/WebhookSubscription/(\d+)")
OWN_HOSTS: Final = ("myshopify.com", "shopify.com", "shopifycloud.com", "shopifypreview.com")
Error = dict[str, Any]


class Subscriptions:
    def __init__(self, app: Installation, new_id: Callable[[], int], now: Callable[[], datetime]) -> None:
        self._app, self._new_id, self._now = app, new_id, now

    def create(self, topic: str, wish: dict[str, Any]) -> dict[str, Any]:
        """The payload of webhookSubscriptionCreate; `topic` is the enum's value."""
        name = NAMES[topic]
        uri = (wish.get("uri") or "").strip()
        errors = (
            _of_scope(self._app, name)
            or _of_format(wish, name)
            or _of_uri(uri)
            or self._of_name(wish, None)
            or _of_filter(wish)
            or self._taken(name, uri, wish, None)
        )
        if errors:
            return {"webhookSubscription": None, "userErrors": errors}
        at = self._now().replace(microsecond=0)
        made = Subscription(id=self._new_id(), topic=name, uri=uri, created_at=at, updated_at=at)
        _apply(made, wish)
        self._app.subscriptions[made.id] = made
        return {"webhookSubscription": made, "userErrors": []}

    def update(self, gid: str, wish: dict[str, Any]) -> dict[str, Any]:
        """The payload of webhookSubscriptionUpdate; what the wish does not name stays."""
        made = self._own(gid)
        if made is None:
            return {"webhookSubscription": None, "userErrors": [_gone()]}
        uri = (wish["uri"] or "").strip() if "uri" in wish else made.uri
        errors = (
            _of_format(wish, made.topic)
            or _of_uri(uri)
            or self._of_name(wish, made)
            or _of_filter(wish)
            or self._taken(made.topic, uri, wish, made)
        )
        if errors:
            return {"webhookSubscription": None, "userErrors": errors}
        made.uri, made.updated_at = uri, self._now().replace(microsecond=0)
        _apply(made, wish)
        return {"webhookSubscription": made, "userErrors": []}

    def delete(self, gid: str) -> dict[str, Any]:
        """The payload of webhookSubscriptionDelete."""
        made = self._own(gid)
        if made is None:
            return {"deletedWebhookSubscriptionId": None, "userErrors": [_gone()]}
        del self._app.subscriptions[made.id]
        return {"deletedWebhookSubscriptionId": gid, "userErrors": []}

    def of_another_app(self, topic: str, uri: str) -> None:
        """It stands beside ours, and nobody may see or touch it."""
        at = self._now().replace(microsecond=0)
        number = self._new_id()
        self._app.subscriptions[number] = Subscription(
            id=number, topic=topic, uri=uri, foreign=True, created_at=at, updated_at=at
        )

    def _own(self, gid: str) -> Subscription | None:
        match = _GID.fullmatch(gid)
        made = self._app.subscriptions.get(int(match[1])) if match else None
        return None if made is None or made.foreign else made

    def _of_name(self, wish: dict[str, Any], made: Subscription | None) -> list[Error]:
        name = wish.get("name")
        if name is None:
            return []
        errors = []
        if not name:
            errors.append(_error(NAME, "Name is too short (minimum is 1 character)"))
        if len(name) > 50:
            errors.append(_error(NAME, "Name is too long (maximum is 50 characters)"))
        if not _NAME.fullmatch(name):
            told = "Name name field can only contain alphanumeric characters, underscores, and hyphens"
            errors.append(_error(NAME, told))
        others = [other for other in self._app.own() if other is not made and other.name]
        if any((other.name or "").lower() == name.lower() for other in others):
            errors.append(_error(NAME, "Name already exists, no duplicate allowed"))
        return errors

    def _taken(self, topic: str, uri: str, wish: dict[str, Any], made: Subscription | None) -> list[Error]:
        """One of a topic, an address and a filter; the name makes no difference."""
        filtered = wish.get("filter", made.filter if made else None) or None
        for other in self._app.own():
            if other is not made and (other.topic, other.uri, other.filter) == (topic, uri, filtered):
                return [_error(ADDRESS, "Address for this topic has already been taken")]
        return []


def _apply(made: Subscription, wish: dict[str, Any]) -> None:
    if "filter" in wish:
        made.filter = wish["filter"] or None
    if "includeFields" in wish:
        made.include_fields = list(wish["includeFields"] or ())
    if "name" in wish:
        made.name = wish["name"]


def _of_scope(app: Installation, topic: str) -> list[Error]:
    if app.granted(*TOPICS[topic]):
        return []
    told = (
        f"You cannot create a webhook subscription with the specified topic: {topic}. Missing access scope."
    )
    return [_error(["webhookSubscription", "topic"], told)]


def _of_format(wish: dict[str, Any], topic: str) -> list[Error]:
    if wish.get("format") != "XML":
        return []
    told = "Format 'xml' is invalid for this webhook topic. Allowed formats: json"
    return [_error(["webhookSubscription", "format"], told)]


def _of_filter(wish: dict[str, Any]) -> list[Error]:
    if not wish.get("filter") or ":" in wish["filter"]:
        return []
    told = "The specified filter is invalid, please ensure you specify the field(s) you wish to filter on."
    return [_error(["webhookSubscription"], told)]


def _of_uri(uri: str) -> list[Error]:
    """https only; plain http is for the loopback, where a shop that is simulated can deliver."""
    if not uri:
        return [_error(ADDRESS, "Address can't be blank")]
    parts = urlsplit(uri)
    host = parts.hostname or ""
    if parts.scheme not in ("https", "http") or (parts.scheme == "http" and not _is_loopback(host)):
        return [_error(ADDRESS, f"Address protocol {parts.scheme}:// is not supported")]
    if not host:
        return [_error(ADDRESS, "Address is invalid")]
    if host.endswith(OWN_HOSTS):
        return [_error(ADDRESS, "Address cannot be a Shopify or an internal domain")]
    return []


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _gone() -> Error:
    return _error(["id"], "Webhook subscription does not exist")


def _error(field: list[str], message: str) -> Error:
    return {"field": field, "message": message}
