"""Who buys and who sells: customers with their consents, and the shop's own settings, as plain records."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


@dataclass(slots=True, kw_only=True)
class Address:
    id: int
    first_name: str
    last_name: str
    company: str | None
    address1: str
    address2: str | None
    city: str
    province: str
    province_code: str | None
    zip: str
    phone: str
    country_code: str = "PA"
    country: str = "Panama"


@dataclass(slots=True, kw_only=True)
class Consent:
    state: str  # subscribed, unsubscribed, not_subscribed, pending
    opt_in_level: str | None
    updated_at: datetime | None


@dataclass(slots=True, kw_only=True)
class Customer:
    """Tags, consents and purchases stay empty until the topic that alone tells them has fired."""

    id: int
    first_name: str
    last_name: str
    email: str | None
    phone: str | None
    state: str = "disabled"
    note: str | None = None
    tax_exempt: bool = False
    verified_email: bool = True
    addresses: list[Address] = field(default_factory=list)  # the first one is the default
    tags: list[str] = field(default_factory=list)
    email_consent: Consent | None = None
    sms_consent: Consent | None = None
    whatsapp_consent: Consent | None = None
    orders_count: int | None = None
    total_spent: Decimal | None = None
    last_order_id: int | None = None
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True, kw_only=True)
class Settings:
    """What the merchant set under Settings, General."""

    id: int
    name: str
    email: str
    phone: str
    owner: str
    domain: str
    address1: str
    city: str
    zip: str
    primary_location_id: int | None
    created_at: datetime
    updated_at: datetime
    currency: str = "USD"
    taxes_included: bool = False
    # Integer rates: converting is then exact, and presentment totals add up to the cent as well.
    presentment_rates: dict[str, int] = field(default_factory=lambda: {"BBD": 2, "JMD": 157, "CRC": 505})
