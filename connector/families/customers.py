"""How customers are read: thin payloads since 2025-01, the rest told by topics of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from connector.changes import Change, Origin, Record, Refetch, tombstone, upsert
from connector.families.customer_facets import (
    SETTLED,
    Consent,
    CustomerTags,
    CustomerTotals,
    consent_for,
    facet,
    root,
)
from connector.families.fields import Flag, Id, Int, Money, Number, Text, Time, reads
from connector.families.phones import forms

#: An address by the names that webhooks give its parts.
Address = dict[str, str | Number | float | bool | None]


class Customer(Record, kw_only=True):
    """Who they are. Tags, consents and totals have rows, and so versions, of their own."""

    statement: ClassVar[str] = "customers.upsert_customers"

    id: Id
    first_name: Text = UNSET
    last_name: Text = UNSET
    email: Text = UNSET
    phone: Text = UNSET
    state: Text = UNSET
    note: Text = UNSET
    tax_exempt: Flag = UNSET
    created_at: Time = UNSET
    default_address: Address | UnsetType | None = UNSET
    #: All of them as a webhook lists them; the Admin API is asked for the default one alone.
    addresses: list[Address] | UnsetType | None = UNSET
    #: By which the phone, and the default address's, are found; told where the phone is.
    phone_digits: list[str] | UnsetType | None = UNSET


class CustomerPayload(Customer, kw_only=True):
    """The body of customers/create, update, enable, disable; the last five fields until 2024-10 only."""

    updated_at: Time = UNSET
    tags: Text = UNSET
    orders_count: Int = UNSET
    total_spent: Money = UNSET
    email_marketing_consent: Consent | UnsetType | None = UNSET
    sms_marketing_consent: Consent | UnsetType | None = UNSET


class CustomerId(msgspec.Struct):
    """The body of customers/delete."""

    id: Id


_customer = reads(CustomerPayload)
_deleted = reads(CustomerId)


def read(body: bytes, origin: Origin) -> Iterable[Change | Refetch]:
    """customers/create, update, enable and disable; what is thin about them is read anew."""
    told = _customer(body)
    if told.tags is UNSET or told.phone is UNSET or told.default_address is UNSET:
        yield Refetch("Customer", told.id, settle=SETTLED)
    at = told.updated_at or UNSET
    if told.tags is not UNSET:
        yield facet(CustomerTags(customer_id=told.id, tags=told.tags), origin, at)
    if told.orders_count is not UNSET or told.total_spent is not UNSET:
        totals = CustomerTotals(
            customer_id=told.id, orders_count=told.orders_count, total_spent=told.total_spent
        )
        yield facet(totals, origin, at)
    for channel, consent in (("email", told.email_marketing_consent), ("sms", told.sms_marketing_consent)):
        if consent is not UNSET:
            yield facet(consent_for(told.id, channel, consent), origin, at)
    told.phone_digits = phone_digits(told.phone, told.default_address)
    told.tags = told.orders_count = told.total_spent = UNSET
    told.email_marketing_consent = told.sms_marketing_consent = UNSET
    yield upsert(told, root(told.id), origin)


def read_delete(body: bytes, origin: Origin) -> Iterable[Change]:
    """customers/delete."""
    return gone(_deleted(body).id, origin)


def gone(customer_id: int, origin: Origin) -> Iterable[Change]:
    """The customer is no more: what could identify the person goes at once."""
    customer = Customer(
        id=customer_id,
        first_name=None,
        last_name=None,
        email=None,
        phone=None,
        note=None,
        default_address=None,
        addresses=None,
        phone_digits=None,
    )
    yield tombstone(customer, root(customer.id), origin)


def phone_digits(phone: Text, address: Address | UnsetType | None) -> list[str] | UnsetType:
    """By which digits a till finds somebody with this phone and default address; UNSET without the phone."""
    if phone is UNSET:
        return UNSET
    given = address or {}
    country = _text(given, "country_code")
    numbers = (phone, _text(given, "phone"))
    return forms((number, country) for number in numbers if number)


def _text(address: Address, name: str) -> str | None:
    value = address.get(name)
    return value if isinstance(value, str) else None
