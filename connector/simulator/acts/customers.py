"""Acts on customers: who they are, what they agreed to, and which of them are one person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from connector.simulator.event import Event
from connector.simulator.money import ZERO
from connector.simulator.people import Address, Customer
from connector.simulator.shop import Act, Shop
from connector.simulator.wire import gid, zulu


@dataclass(frozen=True, slots=True)
class NewCustomer:
    first_name: str
    last_name: str
    email: str | None = None
    phone: str | None = None
    note: str | None = None
    tax_exempt: bool = False
    tags: tuple[str, ...] = ()
    address: Address | None = None


def create_customer(shop: Shop, spec: NewCustomer) -> list[Event]:
    act = shop.begin()
    enrol(act, spec)
    return act.events


def edit_customer(shop: Shop, customer_id: int, **changes: str | bool | None) -> list[Event]:
    """Change names, email, phone, note or tax_exempt."""
    act = shop.begin()
    customer = shop.customers[customer_id]
    if all(getattr(customer, name) == value for name, value in changes.items()):
        return []
    for name, value in changes.items():
        setattr(customer, name, value)
    act.touch(customer)
    act.fire("customers/update", customer_id)
    return act.events


def enable_customer(shop: Shop, customer_id: int) -> list[Event]:
    return _switch(shop, customer_id, "enabled", "customers/enable")


def disable_customer(shop: Shop, customer_id: int) -> list[Event]:
    return _switch(shop, customer_id, "disabled", "customers/disable")


def add_tags(shop: Shop, customer_id: int, tags: Sequence[str]) -> list[Event]:
    act = shop.begin()
    label(act, shop.customers[customer_id], tags)
    return act.events


def remove_tags(shop: Shop, customer_id: int, tags: Sequence[str]) -> list[Event]:
    act = shop.begin()
    customer = shop.customers[customer_id]
    gone = [tag for tag in tags if tag in customer.tags]
    if gone:
        customer.tags = [tag for tag in customer.tags if tag not in gone]
        act.touch(customer)
        act.fire("customer.tags_removed", customer_id, pinned=_tags_body(customer_id, gone, act.at))
        act.fire("customers/update", customer_id)
    return act.events


def merge_customers(shop: Shop, kept_id: int, gone_id: int) -> list[Event]:
    """The orders and tags of one customer pass to the other, and the first one is gone."""
    act = shop.begin()
    kept, gone = shop.customers[kept_id], shop.customers[gone_id]
    if kept_id == gone_id:
        raise ValueError("a customer cannot be merged with itself")
    for order in shop.orders.values():
        if order.customer_id == gone_id:
            order.customer_id = kept_id
            shop.keep(order)
    shop.drop(gone)
    shop.register.merged[gone_id] = kept_id
    body: dict[str, object] = {
        "admin_graphql_api_customer_kept_id": gid("Customer", kept_id),
        "admin_graphql_api_customer_deleted_id": gid("Customer", gone_id),
        "admin_graphql_api_job_id": None,
        "status": "completed",
        "errors": [],
    }
    act.fire("customers/merge", kept_id, gone_id, pinned=body)
    act.touch(kept)
    act.fire("customers/update", kept_id)
    label(act, kept, gone.tags)
    if gone.orders_count:
        last = max(kept.last_order_id or 0, gone.last_order_id or 0)
        credit(act, kept_id, orders=gone.orders_count, amount=gone.total_spent or ZERO, last_order_id=last)
    return act.events


def delete_customer(shop: Shop, customer_id: int) -> list[Event]:
    act = shop.begin()
    if any(order.customer_id == customer_id for order in shop.orders.values()):
        raise ValueError("a customer with orders cannot be deleted")
    shop.drop(shop.customers[customer_id])
    body = {"id": customer_id, "tax_exemptions": (), "admin_graphql_api_id": gid("Customer", customer_id)}
    act.fire("customers/delete", customer_id, pinned=body)
    return act.events


def enrol(act: Act, spec: NewCustomer) -> Customer:
    customer = Customer(
        id=act.shop.new_id(),
        first_name=spec.first_name,
        last_name=spec.last_name,
        email=spec.email,
        phone=spec.phone,
        note=spec.note,
        tax_exempt=spec.tax_exempt,
        addresses=[spec.address] if spec.address else [],
        created_at=act.second,
        updated_at=act.second,
    )
    act.touch(customer)
    act.fire("customers/create", customer.id)
    label(act, customer, spec.tags)
    return customer


def label(act: Act, customer: Customer, tags: Sequence[str]) -> None:
    """Tags are no part of customers/*: only their own topic tells them, and only what was added."""
    added = [tag for tag in dict.fromkeys(tags) if tag not in customer.tags]
    if added:
        customer.tags = sorted(customer.tags + added)
        act.touch(customer)
        act.fire("customer.tags_added", customer.id, pinned=_tags_body(customer.id, added, act.at))
        act.fire("customers/update", customer.id)


def credit(act: Act, customer_id: int, *, orders: int, amount: Decimal, last_order_id: int) -> None:
    """Count orders and money towards the customer's purchases; the sums are told as they are now."""
    customer = act.shop.customers[customer_id]
    if not orders and not amount:
        return
    customer.orders_count = (customer.orders_count or 0) + orders
    customer.total_spent = (customer.total_spent or ZERO) + amount
    customer.last_order_id = last_order_id
    act.shop.keep(customer)
    body = {
        "customerId": gid("Customer", customer_id),
        "numberOfOrders": customer.orders_count,
        "amountSpent": {"amount": str(customer.total_spent), "currencyCode": act.shop.settings.currency},
        "lastOrderId": gid("Order", last_order_id),
        "occurredAt": zulu(act.at),
    }
    act.fire("customers/purchasing_summary", customer_id, pinned=body)


def _switch(shop: Shop, customer_id: int, state: str, topic: str) -> list[Event]:
    act = shop.begin()
    customer = shop.customers[customer_id]
    if customer.state == state:
        return []
    customer.state = state
    act.touch(customer)
    act.fire(topic, customer_id)
    act.fire("customers/update", customer_id)
    return act.events


def _tags_body(customer_id: int, tags: list[str], at: datetime) -> dict[str, object]:
    return {"customerId": gid("Customer", customer_id), "tags": tags, "occurredAt": zulu(at)}
