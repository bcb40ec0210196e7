"""Where Shopify reaches this installation: CONNECTOR_PUBLIC_URL, and what it must be like. Pure."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from connector.errors import ConfigurationError
from connector.settings import Settings, is_loopback

PATH: Final = "/webhooks/shopify"

#: Shopify delivers to none of these (Shopify docs, "HTTPS webhooks").
_ITS_OWN = ("myshopify.com", "shopify.com", "shopifycloud.com", "shopifypreview.com")


def base(config: Settings) -> str | None:
    """The public URL without a slash at its end; None where none is set.

    Raises ConfigurationError for one that Shopify would never deliver to; a simulated shop delivers to this
    machine too.
    """
    given = (config.public_url or "").strip().rstrip("/").removesuffix(PATH).rstrip("/")
    if not given:
        return None
    try:
        parts = urlsplit(given)
        host, _ = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise _wrong("is no URL") from None
    if parts.username is not None or parts.query or parts.fragment:
        raise _wrong("must have no login, no ? and no #")
    if not host or parts.scheme not in ("http", "https"):
        raise _wrong("is no web address")
    if is_loopback(host):
        if config.shopify_origin is None:
            raise _wrong("is this machine itself, which Shopify cannot reach")
    elif parts.scheme == "http":
        raise _wrong("begins with http://, and Shopify delivers to https:// only")
    elif host.endswith(".internal") or any(host == own or host.endswith(f".{own}") for own in _ITS_OWN):
        raise _wrong("is an internal domain or one of Shopify's, to which it does not deliver")
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def webhook_address(config: Settings) -> str | None:
    """Where webhooks are to go; None without a public URL. Raises ConfigurationError as ``base`` does."""
    found = base(config)
    return found and found + PATH


def required_address(config: Settings) -> str:
    """The same; raises ConfigurationError where no public URL is set."""
    found = webhook_address(config)
    if found is None:
        raise ConfigurationError(
            "CONNECTOR_PUBLIC_URL is not set, so Shopify cannot be told where to send webhooks: set it to "
            "the https:// address under which the ingress is reached from the internet"
        )
    return found


def _wrong(why: str) -> ConfigurationError:
    return ConfigurationError(
        f"CONNECTOR_PUBLIC_URL {why}: set it to the https:// address under which the ingress is reached from "
        "the internet"
    )
