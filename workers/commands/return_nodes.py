"""What Shopify tells of a return, and of what may be returned."""

from __future__ import annotations

import msgspec


class Id(msgspec.Struct):
    """Anything by its gid."""

    id: str


class Returns(msgspec.Struct):
    """The returns of an order."""

    nodes: list[Id] = []


class Order(msgspec.Struct):
    """An order, as far as its returns."""

    returns: Returns = msgspec.field(default_factory=Returns)


class OrderAnswer(msgspec.Struct):
    """The answer to ReturnsOfOrder."""

    node: Order | None


class HandedOver(msgspec.Struct, rename="camel"):
    """A line of a fulfillment."""

    id: str
    line_item: Id


class Returnable(msgspec.Struct, rename="camel"):
    """So many of a fulfillment's line may come back."""

    quantity: int
    fulfillment_line_item: HandedOver


class ReturnableLines(msgspec.Struct):
    """Lines of one fulfillment."""

    nodes: list[Returnable] = []


class ReturnableNode(msgspec.Struct, rename="camel"):
    """One fulfillment."""

    returnable_fulfillment_line_items: ReturnableLines


class Page(msgspec.Struct, rename="camel"):
    """Whether there is more."""

    has_next_page: bool = False
    end_cursor: str | None = None


class ReturnablePage(msgspec.Struct, rename="camel"):
    """Fulfillments, page by page."""

    nodes: list[ReturnableNode]
    page_info: Page


class ReturnableAnswer(msgspec.Struct, rename="camel"):
    """The answer to Returnable."""

    returnable_fulfillments: ReturnablePage


class Line(msgspec.Struct, rename="camel"):
    """A line of a return."""

    id: str
    quantity: int
    processed_quantity: int = 0
    unprocessed_quantity: int = 0
    fulfillment_line_item: HandedOver | None = None


class Lines(msgspec.Struct):
    """The lines of a return."""

    nodes: list[Line] = []


class Disposition(msgspec.Struct):
    """What became of some of it."""

    quantity: int


class ReverseLine(msgspec.Struct, rename="camel"):
    """What of a fulfillment's line is on its way back."""

    id: str
    total_quantity: int
    dispositions: list[Disposition] = []
    fulfillment_line_item: Id | None = None

    @property
    def left(self) -> int:
        """How many of it nobody has dealt with."""
        return self.total_quantity - sum(each.quantity for each in self.dispositions)


class ReverseLines(msgspec.Struct):
    """Lines of one way back."""

    nodes: list[ReverseLine] = []


class Reverse(msgspec.Struct, rename="camel"):
    """One way back."""

    line_items: ReverseLines


class ReverseNodes(msgspec.Struct):
    """The ways back."""

    nodes: list[Reverse] = []


class Return(msgspec.Struct, rename="camel"):
    """A return."""

    id: str
    name: str | None = None
    status: str = "OPEN"
    order: Id | None = None
    return_line_items: Lines = msgspec.field(default_factory=Lines)
    reverse_fulfillment_orders: ReverseNodes = msgspec.field(default_factory=ReverseNodes)

    @property
    def processed(self) -> dict[str, int]:
        """How many of each line were processed."""
        return {line.id: line.processed_quantity for line in self.return_line_items.nodes}


class ReturnAnswer(msgspec.Struct):
    """The answer to ReturnContents and all mutations of a return."""

    returned: Return | None = msgspec.field(name="return")
