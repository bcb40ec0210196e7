"""Whatever is pasted is recognised, or refused with the name of the field and what belongs there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import ConfigurationError
from connector.shopify.credentials import recognise

KEY = "0123456789abcdef0123456789abcdef"
BARE = "fedcba9876543210fedcba9876543210"
CLIENT, TOKEN, OLD = f"shpss_{BARE}", f"shpat_{BARE}", f"shppa_{BARE}"


@pytest.mark.parametrize(
    ("password", "secret", "kind", "secrets"),
    [
        (CLIENT, None, "client_secret", (CLIENT,)),
        (CLIENT, f"{CLIENT},one", "client_secret", (CLIENT, "one")),
        (TOKEN, "hush", "custom_app_token", ("hush",)),
        (f"shpca_{BARE}", CLIENT, "custom_app_token", (CLIENT,)),
        (OLD, "n3w, 0ld,", "private_app_password", ("n3w", "0ld")),
        (BARE, KEY, "private_app_password", (KEY,)),
    ],
)
def test_the_kind_is_recognised_by_the_password(
    password: str, secret: str | None, kind: str, secrets: tuple[str, ...]
) -> None:
    found = recognise(KEY, password, secret)
    assert (found.kind, found.webhook_secrets, found.api_key) == (kind, secrets, KEY)
    assert (found.client_secret if kind == "client_secret" else found.token) == password
    told = repr(found) + found.described()
    assert password not in told
    assert not any(secret in told for secret in secrets)


@pytest.mark.parametrize("around", ["  {} \n", '"{}"', "'{}'", "“{}”", "\ufeff{}\u200b", "`{}`;", "\t{}\r\n"])
def test_what_comes_along_with_a_paste_is_left_out(around: str) -> None:
    found = recognise(around.format(KEY), around.format(CLIENT), around.format("one"))
    assert (found.api_key, found.client_secret, found.webhook_secrets) == (KEY, CLIENT, (CLIENT, "one"))


@pytest.mark.parametrize(
    ("key", "password", "secret", "words"),
    [
        (KEY, None, None, "API password is missing"),
        (KEY, "  ", None, "API password is missing"),
        (None, CLIENT, None, "API key is missing"),
        (KEY, TOKEN, None, "API secret key"),
        (KEY, OLD, "", "Shared secret"),
        (KEY, BARE, None, "Shared secret"),
        (CLIENT, KEY, None, "swapped"),
        (TOKEN, KEY, "hush", "swapped"),
        (CLIENT, CLIENT, None, "API key holds a secret"),
        (CLIENT, TOKEN, None, "API key holds a secret"),
        (KEY, f"shpua_{BARE}", "hush", "staff member"),
        (KEY, "hunter2", "hush", "none that Shopify gives"),
        (KEY, "shpss_", None, "none that Shopify gives"),
        (KEY, BARE[:-1], "hush", "none that Shopify gives"),
        (KEY, f"shpss_{BARE[:8]} {BARE[8:]}", None, "API password has a space"),
        (f"{KEY} {KEY}", CLIENT, None, "API key has a space"),
        ("https://tea.myshopify.com", CLIENT, None, "API key is an address"),
        ("tea.myshopify.com", CLIENT, None, "API key is an address"),
        (KEY, TOKEN, f"shpat_{KEY}", "signs nothing"),
        (KEY, CLIENT, TOKEN, "API password and webhook secret are swapped"),
    ],
)
def test_what_is_wrong_is_named_and_not_repeated(
    key: str | None, password: str | None, secret: str | None, words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words) as refusal:
        recognise(key, password, secret)
    for value in (KEY, BARE, "hush", "hunter2"):
        assert value not in str(refusal.value)


@given(st.text(max_size=50), st.text(max_size=50), st.text(max_size=50))
def test_nothing_that_can_be_typed_is_more_than_refused(key: str, password: str, secret: str) -> None:
    try:
        recognise(key, password, secret)
    except ConfigurationError as refusal:
        assert str(refusal)
