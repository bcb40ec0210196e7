"""What an HTTP answer other than 200 means, and where a redirect leads. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from connector.errors import ConnectorError
from connector.shopify import errors


def refusal(status: int, headers: Mapping[str, str], body: bytes, shop: str) -> ConnectorError:
    """What an HTTP status other than 200 means for this shop."""
    if 300 <= status < 400:
        return _redirected(headers.get("Location", ""), shop)
    if status == 429 or status >= 500:
        return errors.Unavailable(
            f"{shop} answered HTTP {status}: Shopify is busy or failing; this heals by itself",
            retry_after=_seconds(headers.get("Retry-After")),
            maybe_done=status >= 500,
        )
    scopes = re.findall(rb"approval for (\w+) scope", body)
    kind, words = _STATUSES.get(status, (errors.QueryRefused, "Shopify does not take this request"))
    if status == 403 and scopes:
        words = f"the app lacks the scope {scopes[0].decode()}: grant it, then run: connector shops check"
    return kind(f"{shop} answered HTTP {status}: {words}")


_STATUSES: dict[int, tuple[type[ConnectorError], str]] = {
    401: (
        errors.Unauthorized,
        "the access token is wrong, was revoked, or the app was uninstalled; "
        "give the store's present credentials with: connector shops update",
    ),
    402: (
        errors.ShopFrozen,
        "the shop is frozen over an open bill; its owner pays it in Shopify's admin",
    ),
    403: (errors.Forbidden, "Shopify forbids this to the app; look at the app's page in Shopify's admin"),
    404: (
        errors.NoSuchShop,
        "there is no such store, or it was closed; check the store address, or reopen it in Shopify",
    ),
    423: (errors.ShopLocked, "Shopify locked the shop; its owner asks Shopify's support why"),
    430: (
        errors.SecurityRejected,
        "Shopify's protection took these requests for an attack; wait an hour, and if it goes on ask "
        "Shopify's support to look at this server's address",
    ),
}


def untrusted(shop: str) -> ConnectorError:
    """What it means that the other side's certificate is not accepted."""
    return errors.NotShopify(
        f"the certificate of {shop} is not trusted: check this machine's clock and certificates, and that no "
        "proxy opens its connections"
    )


def _redirected(location: str, shop: str) -> ConnectorError:
    try:
        host = (urlsplit(location).hostname or "").lower()
    except ValueError:
        host = ""
    if host.endswith(".myshopify.com") and host != shop:
        return errors.ShopRenamed(
            f"{shop} is called {host} now: connect it under its new address with: connector shops add {host}",
            host,
        )
    return errors.NotShopify(
        f"{shop} redirects to {host or 'another page'} instead of answering; no token was sent there: "
        "check the store address"
    )


def _seconds(retry_after: str | None) -> float | None:
    """`Retry-After` is seconds, also with a fraction, or a date."""
    if not retry_after:
        return None
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
