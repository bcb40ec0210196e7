"""What clerks do behind the counter: edit orders, reroute them, take in what comes back."""

from collections import Counter
from decimal import Decimal
from random import Random

from connector.simulator import words
from connector.simulator.acts import edits, processing, refunds, rerouting, returns
from connector.simulator.balance import current, fulfillable, fulfilled, net, refunded, returnable
from connector.simulator.event import Event
from connector.simulator.latest import recent
from connector.simulator.routes import pending
from connector.simulator.sales import Order, Return
from connector.simulator.shop import Shop


def edit(shop: Shop, random: Random) -> list[Event]:
    """Somebody calls: fewer of this, please; or, is it not cheaper elsewhere?"""
    order = recent(shop, random, lambda order: not order.cancelled_at)
    if order is None:
        return []
    line = random.choice(order.lines)
    if line.kind == "tip":
        return []
    whole = not refunded(order, line) and current(order, line) == line.quantity
    if random.random() < 0.4 and whole and net(line) > 2:
        return edits.discount_line(shop, order.id, line.id, Decimal(random.randint(50, 200)) / 100)
    free = fulfillable(order, line)
    if not free:
        return []
    restock = random.random() < 0.7
    return edits.remove_units(shop, order.id, line.id, random.randint(1, free), restock=restock)


def reroute(shop: Shop, random: Random) -> list[Event]:
    """Split, merge, move, hold, release, put back or replace what is still to be handed over."""
    order = recent(shop, random, lambda order: any(routed.lines for routed in pending(order)))
    if order is None:
        return []
    routed = random.choice([routed for routed in pending(order) if routed.lines])
    if routed.status == "on_hold":
        return rerouting.release(shop, order.id, routed.id)
    if routed.status == "in_progress":
        act = rerouting.put_back if random.random() < 0.5 else rerouting.replace
        return act(shop, order.id, routed.id)
    units = {part.line_id: part.remaining for part in routed.lines}
    part = {next(iter(units)): 1}
    several = sum(units.values()) > 1
    match random.randrange(5):
        case 0 if several:
            return rerouting.split(shop, order.id, routed.id, part)
        case 1:
            return rerouting.hold(shop, order.id, routed.id, part if several else None)
        case 2:
            return rerouting.replace(shop, order.id, routed.id)
        case 3:
            others = [p.id for p in shop.locations.values() if p.active and p.id != routed.location_id]
            return rerouting.move(shop, order.id, routed.id, random.choice(others)) if others else []
        case _:
            same = [
                other.id
                for other in pending(order)
                if (other.status, other.location_id, other.method)
                == ("open", routed.location_id, routed.method)
                and other.id != routed.id
            ]
            return rerouting.merge(shop, order.id, routed.id, same[0]) if same else []


def take_back(shop: Shop, random: Random) -> list[Event]:
    """Move a return one step on, or let somebody ask for one."""
    order = recent(shop, random, lambda order: _open_return(order) is not None)
    if order is None or random.random() < 0.3:
        order = recent(shop, random, lambda order: any(fulfilled(order, line) for line in order.lines))
    if order is None:
        return []
    asked = _open_return(order)
    if asked is None:
        held = [(line.id, returnable(order, line)) for line in order.lines if returnable(order, line)]
        if not held:
            return []
        units = [(line_id, random.randint(1, most)) for line_id, most in held[:2]]
        return returns.request_return(shop, order.id, units, note=random.choice(words.REFUND_NOTES))
    if asked.status == "requested":
        say = returns.decline_return if random.random() < 0.15 else returns.approve_return
        return say(shop, order.id, asked.id)
    return _further(shop, random, order, asked)


def _further(shop: Shop, random: Random, order: Order, asked: Return) -> list[Event]:
    """An open return: what is not in yet comes in, what is in is paid back, then it is closed."""
    due, left = Counter[int](), Counter[int]()
    for part in asked.lines:
        due[part.line_id] += part.processed - part.refunded
        left[part.line_id] += part.quantity - part.processed
    if due := +due:
        return refunds.refund(shop, order.id, list(due.items()), return_id=asked.id, note="Returned")
    if not (left := +left):
        return returns.close_return(shop, order.id, asked.id)
    if not any(part.processed for part in asked.lines) and random.random() < 0.15:
        return returns.cancel_return(shop, order.id, asked.id)
    if random.random() < 0.25:
        return refunds.refund(
            shop, order.id, list(left.items()), restock="return", return_id=asked.id, note="Returned"
        )
    some = [(line_id, random.randint(1, most)) for line_id, most in left.items()]
    shelf = random.choice(list(shop.locations)) if random.random() < 0.7 else None
    return processing.process_return(
        shop,
        order.id,
        asked.id,
        some,
        shelf=shelf,
        paying=random.random() < 0.7,
        exchange=_exchange(shop, random, order) if random.random() < 0.25 else [],
    )


def _exchange(shop: Shop, random: Random, order: Order) -> list[tuple[int, int]]:
    """One of something that the place has which the order went out from."""
    place = order.fulfillment_orders[-1].location_id
    stocked = [
        variant.id
        for product in shop.products.values()
        for variant in product.variants
        if (level := shop.levels.get((variant.item_id, place))) and level.available
    ]
    return [(random.choice(stocked), 1)] if stocked else []


def _open_return(order: Order) -> Return | None:
    return next((asked for asked in order.returns if asked.status in ("requested", "open")), None)
