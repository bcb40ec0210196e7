"""What the Admin API's nodes are made of: gids, connections, money bags."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

import msgspec

from connector.errors import Permanent
from connector.families.fields import Amount, mended
from connector.gids import gid

T = TypeVar("T")
N = TypeVar("N", bound="Node")


class Node(msgspec.Struct, rename="camel", kw_only=True):
    """Anything with an identity; its fields carry GraphQL's names in camelCase."""

    id: str

    @property
    def number(self) -> int:
        """Shopify's number at the end of the gid; raises Permanent for a gid of another form."""
        return gid(self.id)


class Connection(msgspec.Struct, Generic[T]):
    """The nodes of a connection, all pages together."""

    nodes: tuple[T, ...] = ()


class Amounts(msgspec.Struct):
    """Money as a number and, where asked for, its currency."""

    amount: Amount | None = None
    currency_code: str | None = msgspec.field(name="currencyCode", default=None)


class Bag(msgspec.Struct, rename="camel"):
    """The same money for the shop and for the customer."""

    shop_money: Amounts | None = None
    presentment_money: Amounts | None = None


class Preview(msgspec.Struct):
    """What stands for a medium."""

    image: PreviewImage | None = None


class PreviewImage(msgspec.Struct):
    """Where a picture is."""

    url: str | None = None


class Medium(msgspec.Struct):
    """A picture, film or model; only its preview is wanted."""

    preview: Preview | None = None

    @property
    def url(self) -> str | None:
        """Where its preview is, if it has one by now."""
        return self.preview.image.url if self.preview and self.preview.image else None


def reads_node(form: type[T]) -> Callable[[bytes], T]:
    """A decoder of nodes into ``form`` that raises Permanent naming the field that is wrong."""
    decoder = msgspec.json.Decoder(form)

    def decode(node: bytes) -> T:
        try:
            return decoder.decode(mended(node))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Permanent(f"a {form.__name__} of the Admin API is not understood: {error}") from None

    return decode


def once(nodes: Iterable[N]) -> list[N]:
    """Each node once, as it was told last: pages and files written while things move repeat some."""
    return list({node.id: node for node in nodes}.values())


def number_of(node: Node | None) -> int | None:
    """The number of a node that may be absent."""
    return node.number if node else None


def shop_amount(bag: Bag | None) -> Amount | None:
    """What a bag is worth in the shop's currency."""
    return bag.shop_money.amount if bag and bag.shop_money else None


def shown_amount(bag: Bag | None) -> Amount | None:
    """What a bag is worth in the currency that the customer saw."""
    return bag.presentment_money.amount if bag and bag.presentment_money else None


def lower(word: str | None) -> str | None:
    """An enum's value as webhooks spell it."""
    return word.lower() if word else word
