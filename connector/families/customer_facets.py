"""What only topics of their own tell of a customer, each with a version: consents, tags, totals, merges."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from connector.changes import Change, Origin, Record, Refetch, upsert
from connector.families.fields import Id, Instant, Int, Money, Text, reads
from connector.gids import gid

#: Seconds within which several webhooks about one customer have them read once.
SETTLED = 5.0


class Consent(msgspec.Struct):
    """Whether a customer wants to hear from the shop by one channel."""

    state: Text = UNSET
    opt_in_level: Text = UNSET


class CustomerConsent(Record, kw_only=True):
    """The consent for one channel: email, sms or whats_app."""

    statement: ClassVar[str] = "customer_facets.upsert_consents"
    key: ClassVar[tuple[str, ...]] = ("customer_id", "channel")

    customer_id: Id
    channel: str
    state: Text = UNSET
    opt_in_level: Text = UNSET


class CustomerTags(Record, kw_only=True):
    """All tags of a customer as one source listed them."""

    statement: ClassVar[str] = "customer_facets.upsert_tag_lists"
    key: ClassVar[tuple[str, ...]] = ("customer_id",)

    customer_id: Id
    tags: Text


class CustomerTag(Record, kw_only=True):
    """One tag put on or taken off a customer; it stands beside the list until a newer list comes."""

    statement: ClassVar[str] = "customer_facets.upsert_tags"
    key: ClassVar[tuple[str, ...]] = ("customer_id", "tag")

    customer_id: Id
    tag: str
    present: bool


class CustomerTotals(Record, kw_only=True):
    """How often and for how much a customer bought."""

    statement: ClassVar[str] = "customer_facets.upsert_totals"
    key: ClassVar[tuple[str, ...]] = ("customer_id",)

    customer_id: Id
    orders_count: Int = UNSET
    total_spent: Money = UNSET


class CustomerMerge(Record, kw_only=True):
    """A customer that became part of another."""

    statement: ClassVar[str] = "customer_facets.upsert_merges"
    key: ClassVar[tuple[str, ...]] = ("customer_id",)

    customer_id: Id
    merged_into: Id


class EmailConsentPayload(msgspec.Struct):
    """The body of customers_email_marketing_consent/update."""

    customer_id: Id
    email_marketing_consent: Consent | None = None


class SmsConsentPayload(msgspec.Struct):
    """The body of customers_marketing_consent/update; here the customer is ``id``."""

    id: Id
    sms_marketing_consent: Consent | None = None


class WhatsAppConsentPayload(msgspec.Struct):
    """The body of customers_whats_app_marketing_consent/update."""

    customer_id: Id
    whats_app_marketing_consent: Consent | None = None


class TagsPayload(msgspec.Struct, rename="camel"):
    """The body of customer.tags_added and customer.tags_removed: the tags that were added or removed."""

    customer_id: str
    tags: list[str]
    occurred_at: Instant | None = None


class Spent(msgspec.Struct):
    """Money with its currency."""

    amount: Money = UNSET


class SummaryPayload(msgspec.Struct, rename="camel"):
    """The body of customers/purchasing_summary."""

    customer_id: str
    number_of_orders: Int = UNSET
    amount_spent: Spent | UnsetType | None = UNSET
    occurred_at: Instant | None = None


class MergePayload(msgspec.Struct):
    """The body of customers/merge, which also tells of merges that failed."""

    admin_graphql_api_customer_kept_id: str
    admin_graphql_api_customer_deleted_id: str
    status: str


_email = reads(EmailConsentPayload)
_sms = reads(SmsConsentPayload)
_whats_app = reads(WhatsAppConsentPayload)
_tags = reads(TagsPayload)
_summary = reads(SummaryPayload)
_merge = reads(MergePayload)


def read_email_consent(body: bytes, origin: Origin) -> Iterable[Change]:
    """customers_email_marketing_consent/update."""
    told = _email(body)
    yield facet(consent_for(told.customer_id, "email", told.email_marketing_consent), origin)


def read_sms_consent(body: bytes, origin: Origin) -> Iterable[Change]:
    """customers_marketing_consent/update."""
    told = _sms(body)
    yield facet(consent_for(told.id, "sms", told.sms_marketing_consent), origin)


def read_whats_app_consent(body: bytes, origin: Origin) -> Iterable[Change]:
    """customers_whats_app_marketing_consent/update."""
    told = _whats_app(body)
    yield facet(consent_for(told.customer_id, "whats_app", told.whats_app_marketing_consent), origin)


def read_tags_added(body: bytes, origin: Origin) -> Iterable[Change]:
    """customer.tags_added."""
    return _tag_changes(body, origin, present=True)


def read_tags_removed(body: bytes, origin: Origin) -> Iterable[Change]:
    """customer.tags_removed."""
    return _tag_changes(body, origin, present=False)


def read_summary(body: bytes, origin: Origin) -> Iterable[Change]:
    """customers/purchasing_summary."""
    told = _summary(body)
    spent = told.amount_spent.amount if isinstance(told.amount_spent, Spent) else told.amount_spent
    totals = CustomerTotals(
        customer_id=gid(told.customer_id), orders_count=told.number_of_orders, total_spent=spent
    )
    yield facet(totals, origin, told.occurred_at or UNSET)


def read_merge(body: bytes, origin: Origin) -> Iterable[Change | Refetch]:
    """customers/merge: both ids go on resolving; one that did not complete changes nothing.

    Who was kept has the other's orders, totals and tags now, and is read anew.
    """
    told = _merge(body)
    if told.status.lower() in ("failed", "requested", "in_progress"):
        return
    merge = CustomerMerge(
        customer_id=gid(told.admin_graphql_api_customer_deleted_id),
        merged_into=gid(told.admin_graphql_api_customer_kept_id),
    )
    yield facet(merge, origin)
    yield Refetch("Customer", merge.merged_into, settle=SETTLED)


def consent_for(customer_id: int, channel: str, consent: Consent | UnsetType | None) -> CustomerConsent:
    """The consent for a channel, cleared where none is told."""
    if not isinstance(consent, Consent):
        return CustomerConsent(customer_id=customer_id, channel=channel, state=None, opt_in_level=None)
    return CustomerConsent(
        customer_id=customer_id, channel=channel, state=consent.state, opt_in_level=consent.opt_in_level
    )


def facet(
    record: CustomerConsent | CustomerTags | CustomerTag | CustomerTotals | CustomerMerge,
    origin: Origin,
    at: Instant | UnsetType = UNSET,
) -> Change:
    """A change of what hangs on a customer."""
    return upsert(record, root(record.customer_id), origin, at=at)


def root(customer_id: int) -> str:
    """What is written as one: a customer with all that hangs on it."""
    return f"customers/{customer_id}"


def _tag_changes(body: bytes, origin: Origin, *, present: bool) -> Iterable[Change]:
    told = _tags(body)
    customer_id = gid(told.customer_id)
    for tag in dict.fromkeys(told.tags):
        record = CustomerTag(customer_id=customer_id, tag=tag, present=present)
        yield facet(record, origin, told.occurred_at or UNSET)
