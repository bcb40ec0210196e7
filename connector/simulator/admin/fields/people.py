"""Customers."""

from typing import Any, Final

from connector.simulator.admin.fields.values import Fields, decimal, enum, gid_of, moment, plain
from connector.simulator.admin.view import View
from connector.simulator.money import ZERO
from connector.simulator.people import Address, Customer


def _email(customer: Customer, view: View) -> dict[str, Any] | None:
    consent = customer.email_consent
    if customer.email is None:
        return None
    return {
        "emailAddress": customer.email,
        "marketingState": enum(consent.state) if consent else "NOT_SUBSCRIBED",
        "marketingOptInLevel": enum(consent.opt_in_level) if consent else None,
    }


def _phone(customer: Customer, view: View) -> dict[str, Any] | None:
    consent = customer.sms_consent
    if customer.phone is None:
        return None
    state = "NEVER_SUBSCRIBED" if not consent or consent.state == "not_subscribed" else enum(consent.state)
    return {
        "phoneNumber": customer.phone,
        "smsMarketingConsent": {
            "state": state,
            "optInLevel": enum(consent.opt_in_level) if consent else None,
        },
    }


CUSTOMER: Final[Fields] = {
    "id": gid_of("Customer"),
    "firstName": lambda c, view, _: view.personal(c.first_name),
    "lastName": lambda c, view, _: view.personal(c.last_name),
    "defaultEmailAddress": lambda c, view, _: view.personal(_email(c, view)),
    "defaultPhoneNumber": lambda c, view, _: view.personal(_phone(c, view)),
    "state": lambda c, view, _: enum(c.state),
    "note": plain("note"),
    "taxExempt": plain("tax_exempt"),
    "tags": plain("tags"),
    "numberOfOrders": lambda c, view, _: str(c.orders_count or 0),
    "amountSpent": lambda c, view, _: {
        "amount": decimal(c.total_spent or ZERO),
        "currencyCode": view.shop.settings.currency,
    },
    "createdAt": moment("created_at"),
    "updatedAt": moment("updated_at"),
    "defaultAddress": lambda c, view, _: view.personal(c.addresses[0] if c.addresses else None),
}


def _name(address: Address) -> str:
    return f"{address.first_name} {address.last_name}"


ADDRESS: Final[Fields] = {
    "id": lambda a, view, _: f"gid://shopify/MailingAddress/{a.id}?model_name=CustomerAddress",
    "firstName": plain("first_name"),
    "lastName": plain("last_name"),
    "name": lambda a, view, _: _name(a),
    "company": plain("company"),
    "address1": plain("address1"),
    "address2": plain("address2"),
    "city": plain("city"),
    "province": plain("province"),
    "provinceCode": plain("province_code"),
    "country": plain("country"),
    "countryCodeV2": plain("country_code"),
    "zip": plain("zip"),
    "phone": plain("phone"),
}
