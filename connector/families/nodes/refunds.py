"""How refunds of the Admin API are read: as parts of their order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

import msgspec

from connector.changes import Change, Origin, upsert
from connector.families.nodes.form import (
    Bag,
    Connection,
    Node,
    lower,
    number_of,
    once,
    reads_node,
    shop_amount,
    shown_amount,
)
from connector.families.order_parts import root
from connector.families.refunds import Refund, RefundLine, RefundReturn


class RefundLineNode(Node, kw_only=True):
    """RefundLineItem."""

    line_item: Node
    quantity: int | None = None
    restock_type: str | None = None
    location: Node | None = None
    subtotal_set: Bag | None = None
    total_tax_set: Bag | None = None

    def line(self) -> RefundLine:
        """What of an order line was refunded."""
        return RefundLine(
            id=self.number,
            line_item_id=self.line_item.number,
            quantity=self.quantity,
            restock_type=lower(self.restock_type),
            location_id=number_of(self.location),
            subtotal=shop_amount(self.subtotal_set),
            total_tax=shop_amount(self.total_tax_set),
            presentment_subtotal=shown_amount(self.subtotal_set),
            presentment_tax=shown_amount(self.total_tax_set),
        )


class RefundNode(Node, kw_only=True):
    """Refund."""

    note: str | None = None
    created_at: datetime | None = None
    processed_at: datetime | None = None
    returned: Node | None = msgspec.field(name="return", default=None)
    total_refunded_set: Bag | None = None
    refund_line_items: Connection[RefundLineNode] | None = None


class RefundedNode(Node, kw_only=True):
    """Order, as far as its refunds are asked for."""

    refunds: tuple[RefundNode, ...] = ()


_refunded = reads_node(RefundedNode)


def read(node: bytes, origin: Origin) -> Iterable[Change]:
    """An order's refunds, with their lines."""
    told = _refunded(node)
    order_id = told.number
    for refund in told.refunds:
        made_at = refund.processed_at or refund.created_at
        tied = RefundReturn(refund_id=refund.number, return_id=number_of(refund.returned))
        yield upsert(tied, root(order_id), origin, at=made_at)
        yield upsert(_refund(refund, order_id), root(order_id), origin, at=made_at)


def _refund(told: RefundNode, order_id: int) -> Refund:
    """What was paid back, in the currency that the customer saw; in the shop's where nothing was."""
    bag = told.total_refunded_set or Bag()
    paid, in_shop = bag.presentment_money, bag.shop_money
    moved = bool(paid and paid.amount and Decimal(str(paid.amount)))
    refund = Refund(
        id=told.number,
        order_id=order_id,
        amount=paid.amount if paid else None,
        currency=paid.currency_code if paid and moved else in_shop.currency_code if in_shop else None,
        note=told.note,
        created_at=told.created_at,
        processed_at=told.processed_at,
        shop_amount=in_shop.amount if in_shop else None,
        shop_currency=in_shop.currency_code if in_shop else None,
    )
    if told.refund_line_items is not None:
        refund.refund_line_items = [line.line() for line in once(told.refund_line_items.nodes)]
    return refund
