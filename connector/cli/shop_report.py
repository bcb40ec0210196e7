"""How the result of looking at a shop is told to its owner."""

from __future__ import annotations

from collections.abc import Iterator

from connector.shopify.check import Checkup
from connector.shopify.scopes import missing

_APPROVAL = "ask for protected customer data on the app's page in Shopify, under API access"


def lines(checkup: Checkup, asked_version: str) -> Iterator[str]:
    """What the credentials open, what is missing and what will not work without it."""
    shop = checkup.shop
    about = ", ".join(word for word in (shop.name, shop.plan.public_display_name, shop.currency_code) if word)
    yield f"{shop.myshopify_domain}: {about}{f'; app {checkup.app}' if checkup.app else ''}"
    yield f"scopes: {', '.join(checkup.scopes) or 'none'}"
    for need in missing(checkup.scopes):
        others = f" (or {', '.join(need.scopes[1:])})" if need.scopes[1:] else ""
        yield f"missing {need.scopes[0]}{others}: {need.without}"
    if checkup.protected:
        yield (
            f"protected customer data is not approved for this app ({', '.join(checkup.protected)}): these "
            f"cannot be read at all; {_APPROVAL}"
        )
    elif checkup.blank:
        yield (
            "a customer is shown with neither name nor e-mail: where Shopify's admin shows them, this app is "
            f"not approved for them, and they stay empty here; {_APPROVAL}"
        )
    if checkup.bucket:
        yield (
            f"limits: {checkup.bucket.maximum_available:.0f} query points at once, "
            f"{checkup.bucket.restore_rate:.0f} more each second"
        )
    if checkup.answered_version and checkup.answered_version != asked_version:
        yield (
            f"Shopify answers with API version {checkup.answered_version} instead of {asked_version}, which "
            "has ended or does not exist: upgrade this program, or correct CONNECTOR_API_VERSION"
        )
