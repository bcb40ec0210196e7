"""How single values look in GraphQL: times, amounts, enums, ids."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connector.simulator.admin.view import View
from connector.simulator.sales import Order

Resolve = Callable[[Any, View, Mapping[str, Any]], Any]
Fields = dict[str, Resolve]


@dataclass(frozen=True, slots=True)
class Part:
    """Something that hangs on an order, with the order."""

    order: Order
    what: Any

    @property
    def id(self) -> int:
        return int(self.what.id)


def at(moment: datetime | None) -> str | None:
    """UTC in whole seconds."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def decimal(value: Decimal) -> str:
    """As MoneyV2 writes it: no more digits than needed, but always one after the point."""
    whole, _, cents = f"{value:.2f}".partition(".")
    return f"{whole}.{cents.rstrip('0') or '0'}"


def enum(word: str | None) -> str | None:
    return None if word is None else word.upper().replace("-", "_")


def plain(name: str) -> Resolve:
    """The attribute as it is."""
    return lambda source, view, arguments: getattr(source, name)


def moment(name: str) -> Resolve:
    """The attribute as a time."""
    return lambda source, view, arguments: at(getattr(source, name))


def gid_of(kind: str) -> Resolve:
    return lambda source, view, arguments: f"gid://shopify/{kind}/{source.id}"
