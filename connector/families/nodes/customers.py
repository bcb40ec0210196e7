"""How customers of the Admin API are read: here one node tells consents, tags and totals too."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from connector.changes import Change, Origin, Record, upsert
from connector.families.customer_facets import CustomerConsent, CustomerTags, CustomerTotals
from connector.families.customers import Address, Customer, phone_digits
from connector.families.nodes.form import Amounts, Node, lower, reads_node

#: What consents by text message call the state that webhooks, and e-mail, call not subscribed.
NEVER = "NEVER_SUBSCRIBED"


class EmailAddress(msgspec.Struct, rename="camel"):
    """Where to write to, and whether that is welcome."""

    email_address: str | None = None
    marketing_state: str | None = None
    marketing_opt_in_level: str | None = None


class SmsConsent(msgspec.Struct, rename="camel"):
    """Whether text messages are welcome."""

    state: str | None = None
    opt_in_level: str | None = None


class PhoneNumber(msgspec.Struct, rename="camel"):
    """Where to call."""

    phone_number: str | None = None
    sms_marketing_consent: SmsConsent | None = None


class MailingAddress(Node, kw_only=True):
    """A postal address."""

    first_name: str | None = None
    last_name: str | None = None
    name: str | None = None
    company: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    province: str | None = None
    province_code: str | None = None
    country: str | None = None
    country_code: str | None = msgspec.field(name="countryCodeV2", default=None)
    zip: str | None = None
    phone: str | None = None


class CustomerNode(Node, kw_only=True):
    """Customer; every field that could identify the person may be withheld."""

    first_name: str | None = None
    last_name: str | None = None
    default_email_address: EmailAddress | None = None
    default_phone_number: PhoneNumber | None = None
    state: str | None = None
    note: str | None = None
    tax_exempt: bool | None = None
    tags: tuple[str, ...] = ()
    number_of_orders: int | str | None = None
    amount_spent: Amounts | None = None
    created_at: datetime | None = None
    updated_at: datetime
    default_address: MailingAddress | None = None


_customer = reads_node(CustomerNode)


def read(node: bytes, origin: Origin) -> Iterable[Change]:
    """A customer with consents, tags and totals."""
    told = _customer(node)
    email, phone = told.default_email_address, told.default_phone_number
    customer_id = told.number
    address = _address(told.default_address, customer_id)
    number = phone.phone_number if phone else None
    customer = Customer(
        id=customer_id,
        updated_at=told.updated_at,
        first_name=told.first_name,
        last_name=told.last_name,
        email=email.email_address if email else None,
        phone=number,
        state=lower(told.state),
        note=told.note,
        tax_exempt=told.tax_exempt,
        created_at=told.created_at,
        default_address=address,
        phone_digits=phone_digits(number, address),
    )
    facets: list[Record] = [
        CustomerTags(customer_id=customer_id, tags=", ".join(told.tags)),
        CustomerTotals(
            customer_id=customer_id,
            orders_count=None if told.number_of_orders is None else int(told.number_of_orders),
            total_spent=told.amount_spent.amount if told.amount_spent else None,
        ),
    ]
    if email:
        facets.append(_consent(customer_id, "email", email.marketing_state, email.marketing_opt_in_level))
    sms = phone.sms_marketing_consent if phone else None
    if sms:
        facets.append(_consent(customer_id, "sms", sms.state, sms.opt_in_level))
    yield upsert(customer, f"customers/{customer_id}", origin)
    for facet in facets:
        # Topics of their own tell these without the customer being updated: they are as of when it was asked.
        yield upsert(facet, f"customers/{customer_id}", origin, at=origin.second())


def _consent(customer_id: int, channel: str, state: str | None, level: str | None) -> CustomerConsent:
    told = "NOT_SUBSCRIBED" if state == NEVER else state
    return CustomerConsent(
        customer_id=customer_id, channel=channel, state=lower(told), opt_in_level=lower(level)
    )


def _address(address: MailingAddress | None, customer_id: int) -> Address | None:
    """An address with the names that webhooks give its parts."""
    if address is None:
        return None
    return {
        "id": int(address.id.partition("?")[0].rpartition("/")[2]),
        "customer_id": customer_id,
        "first_name": address.first_name,
        "last_name": address.last_name,
        "company": address.company,
        "address1": address.address1,
        "address2": address.address2,
        "city": address.city,
        "province": address.province,
        "country": address.country,
        "zip": address.zip,
        "phone": address.phone,
        "name": address.name,
        "province_code": address.province_code,
        "country_code": address.country_code,
        "country_name": address.country,
        "default": True,
    }
