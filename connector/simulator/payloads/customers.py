"""Bodies of customers/* and of the consent topics; tags and purchases are not among them since 2025-01."""

from typing import Any

from connector.simulator.people import Address, Consent, Customer
from connector.simulator.shop import Shop
from connector.simulator.wire import gid, local


def customer_body(shop: Shop, customer: Customer) -> dict[str, Any]:
    body = embedded_customer(shop, customer)
    body["addresses"] = [address_body(customer, n) for n in range(len(customer.addresses))]
    return body


def embedded_customer(shop: Shop, customer: Customer) -> dict[str, Any]:
    """The customer as orders carry it: without the list of addresses."""
    return {
        "id": customer.id,
        "created_at": local(customer.created_at),
        "updated_at": local(customer.updated_at),
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "state": customer.state,
        "note": customer.note,
        "verified_email": customer.verified_email,
        "multipass_identifier": None,
        "tax_exempt": customer.tax_exempt,
        "email": customer.email,
        "phone": customer.phone,
        "currency": shop.settings.currency,
        "tax_exemptions": [],
        "admin_graphql_api_id": gid("Customer", customer.id),
        "default_address": default_address(customer),
    }


def default_address(customer: Customer) -> dict[str, Any] | None:
    return address_body(customer, 0) if customer.addresses else None


def address_body(customer: Customer, n: int) -> dict[str, Any]:
    address = customer.addresses[n]
    return {
        "id": address.id,
        "customer_id": customer.id,
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
        "name": f"{address.first_name} {address.last_name}",
        "province_code": address.province_code,
        "country_code": address.country_code,
        "country_name": address.country,
        "default": n == 0,
    }


def postal_address(address: Address | None) -> dict[str, Any] | None:
    """An address as orders carry it: of nobody in particular, with a place on the map."""
    if address is None:
        return None
    return {
        "first_name": address.first_name,
        "address1": address.address1,
        "phone": address.phone,
        "city": address.city,
        "zip": address.zip,
        "province": address.province,
        "country": address.country,
        "last_name": address.last_name,
        "address2": address.address2,
        "company": address.company,
        "latitude": None,
        "longitude": None,
        "name": f"{address.first_name} {address.last_name}",
        "country_code": address.country_code,
        "province_code": address.province_code,
    }


# Three topics for one thing, and no two agree on how the customer, the date or the channel is called.


def email_consent_body(customer: Customer) -> dict[str, Any]:
    state, level, at = _told(customer.email_consent)
    return {
        "customer_id": customer.id,
        "email_address": customer.email,
        "email_marketing_consent": {"state": state, "opt_in_level": level, "consent_updated_at": at},
    }


def sms_consent_body(customer: Customer) -> dict[str, Any]:
    state, level, at = _told(customer.sms_consent)
    return {
        "id": customer.id,
        "phone": customer.phone,
        "sms_marketing_consent": {
            "state": state,
            "opt_in_level": level,
            "consent_updated_at": at,
            "consent_collected_from": "other",
        },
    }


def whatsapp_consent_body(customer: Customer) -> dict[str, Any]:
    state, level, at = _told(customer.whatsapp_consent)
    return {
        "customer_id": customer.id,
        "phone_number": customer.phone,
        "whats_app_marketing_consent": {
            "state": state,
            "opt_in_level": level,
            "updated_at": at,
            "collected_from": "other",
        },
    }


def _told(consent: Consent | None) -> tuple[str | None, str | None, str | None]:
    if consent is None:
        return None, None, None
    return consent.state, consent.opt_in_level, local(consent.updated_at)
