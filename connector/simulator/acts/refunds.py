"""Acts that give money back and put units back on the shelf."""

from collections.abc import Sequence
from decimal import Decimal

from connector.simulator.acts.customers import credit
from connector.simulator.acts.dispositions import all_to, dispose, owed, settle, take_in
from connector.simulator.acts.inventory import adjust
from connector.simulator.acts.routing import keep, trim
from connector.simulator.balance import (
    balance,
    current,
    discount_of,
    fulfillable,
    held,
    net,
    refunded,
    returnable,
)
from connector.simulator.event import Event
from connector.simulator.money import ZERO, portion
from connector.simulator.sales import Line, Order, Refund, RefundLine, Return, Transaction
from connector.simulator.shop import Act, Shop


def refund(
    shop: Shop,
    order_id: int,
    lines: Sequence[tuple[int, int]] = (),
    *,
    restock: str = "no_restock",
    shipping: Decimal = ZERO,
    goodwill: Decimal = ZERO,
    note: str = "",
    return_id: int | None = None,
    declined_first: bool = False,
) -> list[Event]:
    """Refund (line id, quantity) pairs, and shipping or a sum for nothing in particular.

    `restock` is Shopify's word: `return` takes back fulfilled units, `cancel` units not yet fulfilled,
    `no_restock` any and leaves the stock alone. `declined_first` shows a failed attempt beside the payment.
    """
    act = shop.begin()
    order = shop.orders[order_id]
    sums = balance(order)
    if shipping > sums.current_shipping or goodwill > sums.current_total - shipping:
        raise ValueError("more than the order is worth")
    give_back(
        act,
        order,
        lines,
        restock=restock,
        shipping=shipping,
        goodwill=goodwill,
        note=note,
        return_id=return_id,
        declined_first=declined_first,
    )
    return act.events


def give_back(
    act: Act,
    order: Order,
    lines: Sequence[tuple[int, int]],
    *,
    restock: str,
    shipping: Decimal = ZERO,
    goodwill: Decimal = ZERO,
    note: str = "",
    return_id: int | None = None,
    declined_first: bool = False,
    duties: Decimal = ZERO,
    fees: Decimal = ZERO,
    paying: bool = True,
) -> None:
    """Refund them. Units of a return that are not in yet are processed with it."""
    if len(dict(lines)) < len(lines):
        raise ValueError("a refund names each line once")
    shelf = order.fulfillment_orders[0].location_id
    by_id = {line.id: line for line in order.lines}
    asked = None if return_id is None else next(a for a in order.returns if a.id == return_id)
    made = Refund(
        id=act.shop.new_id(),
        note=note,
        lines=[refund_line(act, order, by_id[i], q, restock, shelf, asked) for i, q in lines],
        shipping=shipping,
        goodwill=goodwill,
        transactions=[],
        return_id=return_id,
        created_at=act.second,
        duties=duties,
        fees=fees,
    )
    came = []
    if asked:
        came = take_in(act, asked, [(i, q - owed(asked, i)) for i, q in lines if q > owed(asked, i)])
        settle(asked, lines)
    order.refunds.append(made)
    # What is due is what was paid beyond the order's new worth: an unpaid order gets nothing back.
    due = max(ZERO, -balance(order).outstanding) if paying else ZERO
    if due:
        outcomes = ["failure", "success"] if declined_first else ["success"]
        sale = order.transactions[0].id
        made.transactions = [repayment(act, order, sale, due, outcome) for outcome in outcomes]
    if asked and came:
        act.fire("returns/process", order.id, asked.id, pinned={})
    book(act, order, made)
    if asked and restock == "return":
        dispose(act, order, asked, all_to(asked, came, "restocked", shelf))
    elif restock != "no_restock":
        for line_id, quantity in lines:
            adjust(act, by_id[line_id].item_id, shelf, quantity)
    if order.customer_id and paying:
        credit(act, order.customer_id, orders=0, amount=-due, last_order_id=order.id)


def book(act: Act, order: Order, made: Refund) -> None:
    """Tell of a refund that the order has: what it took away is not to be handed over any more."""
    trim(act, order)
    act.fire("refunds/create", order.id, made.id)
    act.fire("orders/updated", order.id)
    keep(act, order)


def refund_line(
    act: Act, order: Order, line: Line, quantity: int, restock: str, shelf: int, asked: Return | None = None
) -> RefundLine:
    """What a refund says of the units. Of a return's stock the dispositions tell, never the refund."""
    free = fulfillable(order, line)
    if asked:
        limit = sum(part.quantity - part.refunded for part in asked.lines if part.line_id == line.id)
        restock, free = "no_restock", 0
    else:
        if line.kind == "tip":
            restock = "no_restock"
        kept = current(order, line) - held(order, line)
        limit = {"return": returnable(order, line), "cancel": free}.get(restock, kept)
    if not 0 < quantity <= limit:
        raise ValueError(f"cannot refund {quantity} of line {line.id} as {restock}: {limit} left")
    before = refunded(order, line)
    return RefundLine(
        id=act.shop.new_id(),
        line_id=line.id,
        quantity=quantity,
        released=0 if restock == "return" else min(quantity, free),
        restock_type=restock,
        location_id=None if restock == "no_restock" else shelf,
        subtotal=portion(net(line), before, quantity, line.quantity),
        tax=portion(line.tax, before, quantity, line.quantity),
        discount=portion(discount_of(line), before, quantity, line.quantity),
    )


def repayment(act: Act, order: Order, parent_id: int, amount: Decimal, status: str) -> Transaction:
    sale = next(paid for paid in order.transactions if paid.id == parent_id)
    return Transaction(
        id=act.shop.new_id(),
        kind="refund",
        status=status,
        amount=amount,
        gateway=sale.gateway,
        parent_id=sale.id,
        created_at=act.second,
    )
