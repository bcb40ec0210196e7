"""Where an event goes: to the fixed target, and to everybody of the app who subscribed to its topic."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from connector.simulator.admin.topics import TOPICS
from connector.simulator.event import Event
from connector.simulator.shop import Shop


@dataclass(frozen=True, slots=True)
class Destination:
    address: str
    subscription_id: int | None = None  # None: the fixed target, which cannot be unsubscribed
    fields: tuple[str, ...] = ()

    def webhook_id(self, event: Event) -> str:
        """Every subscription's delivery has its own, the same after a restart."""
        if self.subscription_id is None:
            return event.webhook_id
        return str(uuid.uuid5(uuid.UUID(event.webhook_id), str(self.subscription_id)))


def destinations_of(shop: Shop, event: Event, target: str | None) -> list[Destination]:
    """What the app lost the scope for is not told it any more."""
    found = [] if target is None or event.topic.startswith("bulk_operations/") else [Destination(target)]
    app = shop.register.app
    if not app.granted(*TOPICS.get(event.topic, ())):
        return found
    return found + [
        Destination(made.uri, made.id, tuple(made.include_fields))
        for made in app.own()
        if made.topic == event.topic
    ]


def only(body: bytes, fields: Iterable[str]) -> bytes:
    """The body with no more than these fields, parts of parts named with dots; without fields all of it."""
    wanted = [name.split(".") for name in fields]
    return msgspec.json.encode(_part(msgspec.json.decode(body), wanted)) if wanted else body


def _part(value: Any, wanted: list[list[str]]) -> Any:
    if isinstance(value, list):
        return [_part(each, wanted) for each in value]
    if not isinstance(value, dict) or [] in wanted:
        return value
    heads = dict.fromkeys(path[0] for path in wanted)
    below = {head: [path[1:] for path in wanted if path[0] == head] for head in heads}
    return {name: _part(value[name], paths) for name, paths in below.items() if name in value}
