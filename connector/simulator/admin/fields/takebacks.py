"""What comes back: returns in full, what of them could still be asked back, and where the goods ended."""

from typing import Any, Final

from connector.simulator.admin.fields.fulfillments import handed_over
from connector.simulator.admin.fields.orders import parts
from connector.simulator.admin.fields.outcome import outcome
from connector.simulator.admin.fields.roots import part_of
from connector.simulator.admin.fields.values import Fields, Part, at, enum
from connector.simulator.admin.mutations.refused import number_of
from connector.simulator.admin.rows import Rows
from connector.simulator.admin.view import View
from connector.simulator.claims import unclaimed
from connector.simulator.wire import gid


def _returnable(view: View, order_gid: str) -> Rows:
    """The order's fulfillments of which something can be asked back."""
    order = view.shop.orders.get(number_of(order_gid, "Order"))
    if order is None or not view.sees(order):
        return Rows([])
    free = unclaimed(order)
    found = []
    for made in order.fulfillments:
        lines = [
            {"quantity": free[part.id], "fulfillmentLineItem": Part(order, part)}
            for part in made.lines
            if part.id in free
        ]
        if lines:
            found.append(
                {
                    "id": gid("ReturnableFulfillment", made.id),
                    "fulfillment": Part(order, made),
                    "returnableFulfillmentLineItems": Rows(lines, key=_line_key),
                }
            )
    return Rows(found, key=lambda row: int(row["fulfillment"].id))


def _line_key(row: dict[str, Any]) -> int:
    return int(row["fulfillmentLineItem"].id)


def _dispositions(part: Part, view: View) -> list[dict[str, Any]]:
    return [
        {
            "id": gid("ReverseFulfillmentOrderDisposition", made.id),
            "type": enum(made.kind),
            "quantity": made.quantity,
            "location": view.shop.locations.get(made.location_id or 0),
            "createdAt": at(made.created_at),
        }
        for made in part.what.dispositions
    ]


QUERY: Final[Fields] = {
    "return": lambda _, view, a: part_of(view, "Return", number_of(a["id"], "Return")),
    "returnableFulfillments": lambda _, view, a: _returnable(view, a["orderId"]),
}
RETURN: Final[Fields] = {
    "createdAt": lambda p, view, _: at(p.what.created_at or p.order.created_at),
    "reverseFulfillmentOrders": lambda p, view, _: Rows(parts(p.order, p.what.reverse)),
    "suggestedFinancialOutcome": lambda p, view, a: outcome(view, p, a["returnLineItems"]),
}
RETURN_LINE: Final[Fields] = {
    "processedQuantity": lambda p, view, _: p.what.processed,
    "unprocessedQuantity": lambda p, view, _: p.what.quantity - p.what.processed,
}
REVERSE: Final[Fields] = {
    "id": lambda p, view, _: gid("ReverseFulfillmentOrder", p.what.id),
    "order": lambda p, view, _: p.order,
    "status": lambda p, view, _: enum(p.what.status),
    "lineItems": lambda p, view, _: Rows(parts(p.order, p.what.lines)),
}
REVERSE_LINE: Final[Fields] = {
    "id": lambda p, view, _: gid("ReverseFulfillmentOrderLineItem", p.what.id),
    "totalQuantity": lambda p, view, _: p.what.quantity,
    "fulfillmentLineItem": lambda p, view, _: handed_over(p, p.what.fulfillment_line_id),
    "dispositions": lambda p, view, _: _dispositions(p, view),
}
