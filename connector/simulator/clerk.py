"""What clerks do with orders: hand over, take back, refund, cancel, note, archive."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from itertools import islice
from random import Random
from typing import Final

from connector.simulator import words
from connector.simulator.acts import fulfillments, orders, refunds, returns
from connector.simulator.balance import balance, current, fulfillable, fulfilled, returnable
from connector.simulator.event import Event
from connector.simulator.money import ZERO
from connector.simulator.sales import Order, Return
from connector.simulator.shop import Shop

RECENT: Final = 150  # trade goes on around the latest orders; older ones are at rest


def recent(shop: Shop, random: Random, fits: Callable[[Order], bool] = lambda order: True) -> Order | None:
    """One of the latest orders, if any fits."""
    found = [order for order in islice(reversed(shop.orders.values()), RECENT) if fits(order)]
    return random.choice(found) if found else None


def _hand_over(shop: Shop, random: Random) -> list[Event]:
    """Prepare a pickup, send a parcel or half of it, add its tracking, or take it back."""
    order = recent(shop, random, lambda order: not order.cancelled_at)
    if order is None:
        return []
    made = next((made for made in order.fulfillments if made.status == "success"), None)
    left = [(line.id, fulfillable(order, line)) for line in order.lines if fulfillable(order, line)]
    shipping = order.fulfillment_orders[-1].method == "shipping"
    if made and random.random() < 0.04 and not order.refunds:
        return fulfillments.cancel_fulfillment(shop, order.id, made.id)
    if made and shipping and not made.tracking_number and random.random() < 0.3:
        return fulfillments.track(shop, order.id, made.id, "Correos", f"PA{random.randrange(10**9):09d}")
    if not left:
        return []
    prepared = fulfillments.prepare_pickup(shop, order.id)
    if prepared:
        return prepared
    if random.random() < 0.3:
        left = [(line_id, random.randint(1, units)) for line_id, units in left[:1]]
    return fulfillments.fulfill(shop, order.id, left)


def _refund(shop: Shop, random: Random) -> list[Event]:
    """Give back some or all units, at times with the shipping, or a little money for the trouble."""
    order = recent(shop, random, lambda order: bool(order.transactions) and not order.cancelled_at)
    if order is None:
        return []
    sums = balance(order)
    note, declined_first = random.choice(words.REFUND_NOTES), random.random() < 0.1
    if random.random() < 0.15 and sums.current_total > 5:
        goodwill = Decimal(random.randint(100, 300)) / 100
        return refunds.refund(shop, order.id, goodwill=goodwill, note=note, declined_first=declined_first)
    restock = random.choice(["return", "cancel", "no_restock"])
    held = {"return": returnable, "cancel": fulfillable, "no_restock": current}[restock]
    units = [(line.id, random.randint(1, held(order, line))) for line in order.lines if held(order, line)]
    if not units:
        return []
    return refunds.refund(
        shop,
        order.id,
        units[: random.randint(1, len(units))],
        restock=restock,
        shipping=sums.current_shipping if random.random() < 0.2 else ZERO,
        note=note,
        declined_first=declined_first,
    )


def _take_back(shop: Shop, random: Random) -> list[Event]:
    """Move a return one step on, or let somebody ask for one."""
    order = recent(shop, random, lambda order: _open_return(order) is not None)
    if order is None or random.random() < 0.3:
        order = recent(shop, random, lambda order: any(fulfilled(order, line) for line in order.lines))
    if order is None:
        return []
    asked = _open_return(order)
    if asked is None:
        held = [(line.id, returnable(order, line)) for line in order.lines if returnable(order, line)]
        note = random.choice(words.REFUND_NOTES)
        return returns.request_return(shop, order.id, held[:1], note=note) if held else []
    if asked.status == "requested":
        return returns.approve_return(shop, order.id, asked.id)
    lines = {line.id: line for line in order.lines}
    back: Counter[int] = Counter()
    for part in asked.lines:
        back[part.line_id] += part.quantity - part.processed
    left = [(line_id, units) for line_id, units in back.items() if units]
    if not left or any(returnable(order, lines[line_id]) < units for line_id, units in left):
        return returns.close_return(shop, order.id, asked.id)
    return refunds.refund(shop, order.id, left, restock="return", return_id=asked.id, note="Returned")


def _cancel(shop: Shop, random: Random) -> list[Event]:
    """Cancel an order that nothing was handed over of; rarely, delete one that was cancelled before."""
    if random.random() < 0.05:
        gone = recent(shop, random, lambda order: order.cancelled_at is not None)
        return orders.delete_order(shop, gone.id) if gone else []
    order = recent(
        shop,
        random,
        lambda order: not order.cancelled_at and not any(fulfilled(order, line) for line in order.lines),
    )
    reason = random.choice(["customer", "inventory", "fraud", "declined", "other"])
    return orders.cancel(shop, order.id, reason) if order else []


def _annotate(shop: Shop, random: Random) -> list[Event]:
    order = recent(shop, random)
    return orders.annotate(shop, order.id, random.choice([*words.NOTES, None])) if order else []


def _add_line(shop: Shop, random: Random) -> list[Event]:
    """Somebody calls: one more of something, please."""
    order = recent(shop, random, lambda order: not order.cancelled_at and len(order.lines) < 6)
    if order is None:
        return []
    shelf = order.fulfillment_orders[0].location_id
    stocked = [
        variant.id
        for product in shop.products.values()
        for variant in product.variants
        if (level := shop.levels.get((variant.item_id, shelf))) and level.available
    ]
    return orders.edit_order(shop, order.id, random.choice(stocked), 1) if stocked else []


def _archive(shop: Shop, random: Random) -> list[Event]:
    order = recent(shop, random, lambda order: bool(order.fulfillments))
    return orders.close_order(shop, order.id) if order else []


def _open_and_save(shop: Shop, random: Random) -> list[Event]:
    order = recent(shop, random)
    return orders.echo(shop, order.id) if order else []


DUTIES: Final[list[tuple[float, Callable[[Shop, Random], list[Event]]]]] = [
    (22, _hand_over),
    (5, _refund),
    (4, _take_back),
    (2, _cancel),
    (3, _annotate),
    (2, _add_line),
    (2, _archive),
    (1, _open_and_save),
]


def _open_return(order: Order) -> Return | None:
    return next((asked for asked in order.returns if asked.status != "closed"), None)
