"""Body of shop/update and app/uninstalled."""

from typing import Any

from connector.simulator.shop import Shop
from connector.simulator.wire import local


def shop_body(shop: Shop) -> dict[str, Any]:
    s = shop.settings
    plain, named = "${{amount}}", f"${{{{amount}}}} {s.currency}"
    return {
        "id": s.id,
        "name": s.name,
        "email": s.email,
        "domain": s.domain,
        "province": "Panamá",
        "country": "PA",
        "address1": s.address1,
        "zip": s.zip,
        "city": s.city,
        "source": None,
        "phone": s.phone,
        "latitude": 8.98,
        "longitude": -79.52,
        "primary_locale": "es",
        "address2": None,
        "created_at": local(s.created_at),
        "updated_at": local(s.updated_at),
        "country_code": "PA",
        "country_name": "Panama",
        "currency": s.currency,
        "customer_email": s.email,
        "timezone": "(GMT-05:00) America/Panama",
        "iana_timezone": "America/Panama",
        "shop_owner": s.owner,
        "money_format": plain,
        "money_with_currency_format": named,
        "weight_unit": "kg",
        "province_code": "PA-8",
        "taxes_included": s.taxes_included,
        "auto_configure_tax_inclusivity": None,
        "tax_shipping": None,
        "county_taxes": True,
        "plan_display_name": "Shopify",
        "plan_name": "professional",
        "has_discounts": True,
        "has_gift_cards": False,
        "myshopify_domain": shop.domain,
        "google_apps_domain": None,
        "google_apps_login_enabled": None,
        "money_in_emails_format": plain,
        "money_with_currency_in_emails_format": named,
        "eligible_for_payments": True,
        "requires_extra_payments_agreement": False,
        "password_enabled": False,
        "has_storefront": True,
        "finances": True,
        "primary_location_id": s.primary_location_id,
        "checkout_api_supported": True,
        "multi_location_enabled": True,
        "setup_required": False,
        "pre_launch_enabled": False,
        "enabled_presentment_currencies": [s.currency, *s.presentment_rates],
        "marketing_sms_consent_enabled_at_checkout": False,
        "transactional_sms_disabled": False,
    }
