"""What all that hangs on an order shares: its root, references, sums."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from connector.errors import Permanent
from connector.families.fields import Money, MoneyBag, OptionalId


class Reference(msgspec.Struct):
    """Another thing, of which only the id is wanted."""

    id: OptionalId = UNSET


def root(order_id: int) -> str:
    """What is written as one: an order with all that hangs on it."""
    return f"orders/{order_id}"


def required(value: int | UnsetType | None, name: str) -> int:
    """A field that must be there; raises Permanent naming it."""
    if not isinstance(value, int):
        raise Permanent(f"Object missing required field `{name}`")
    return value


def total(amounts: Sequence[Money]) -> str:
    """Amounts added up, to the last decimal."""
    return str(sum((Decimal(str(amount)) for amount in amounts if amount), Decimal(0)))


def in_shop(bag: MoneyBag | UnsetType | None) -> Money:
    """A bag's amount in the shop's currency; not told where the bag is not."""
    if not isinstance(bag, MoneyBag):
        return bag
    return bag.shop_money.amount if bag.shop_money else None


def shown(bag: MoneyBag | UnsetType | None) -> Money:
    """A bag's amount in the currency that the customer saw; not told where the bag is not."""
    if not isinstance(bag, MoneyBag):
        return bag
    return bag.presentment_money.amount if bag.presentment_money else None
