"""Which addresses Shopify would deliver to."""

from __future__ import annotations

import pytest

from connector.errors import ConfigurationError
from connector.public_url import base, required_address, webhook_address
from connector.settings import Settings


def config(url: str | None, origin: str | None = None) -> Settings:
    return Settings(_env_file=None, public_url=url, shopify_origin=origin)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("https://till.example", "https://till.example/webhooks/shopify"),
        (" https://Till.example:8443/pos/ ", "https://till.example:8443/pos/webhooks/shopify"),
        ("https://till.example/webhooks/shopify", "https://till.example/webhooks/shopify"),
        (None, None),
        ("  ", None),
    ],
)
def test_where_webhooks_go(given: str | None, address: str | None) -> None:
    assert webhook_address(config(given)) == address


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("http://till.example", "http://"),
        ("till.example", "no web address"),
        ("ftp://till.example", "no web address"),
        ("https://[till", "no URL"),
        ("https://till.example:99999", "no URL"),
        ("https://anna:pass-word@till.example", "no login"),
        ("https://till.example/?key=pass-word", "no ?"),
        ("https://localhost", "this machine"),
        ("http://127.0.0.1:8080", "this machine"),
        ("https://till.internal", "internal"),
        ("https://shop.myshopify.com", "Shopify's"),
        ("https://shopify.com", "Shopify's"),
    ],
)
def test_what_shopify_would_not_deliver_to_is_refused_without_being_quoted(given: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why.replace("?", r"\?")) as refused:
        base(config(given))
    assert "pass-word" not in str(refused.value)


def test_this_machine_is_for_a_simulated_shop() -> None:
    assert base(config("http://127.0.0.1:8080", "http://127.0.0.1:9000")) == "http://127.0.0.1:8080"


def test_what_needs_an_address_says_so() -> None:
    with pytest.raises(ConfigurationError, match="CONNECTOR_PUBLIC_URL is not set"):
        required_address(config(None))
