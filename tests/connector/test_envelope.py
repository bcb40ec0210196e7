"""A value that exists is verified; what is stored is read back as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from connector.envelope import Envelope, Rejected, UnknownFormat, decode, encode, sign

BODY = b'{"id":  1, "title": "Tea"}'
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def headers(**changed: str | None) -> CIMultiDict[str]:
    given = {
        "X-Shopify-Topic": "products/update",
        "X-Shopify-Hmac-Sha256": sign(BODY, b"hush"),
        "X-Shopify-Shop-Domain": "Corner-Shop.myshopify.com",
        "X-Shopify-API-Version": "2026-10",
        "X-Shopify-Webhook-Id": "w-1",
        "X-Shopify-Event-Id": "e-1",
        "X-Shopify-Triggered-At": "2026-11-20T11:59:59.123456Z",
        "X-Shopify-Test": "true",
    }
    renamed = {name.replace("_", "-"): value for name, value in changed.items()}
    return CIMultiDict({name: value for name, value in (given | renamed).items() if value is not None})


def read(given: CIMultiDict[str], body: bytes = BODY, secrets: tuple[bytes, ...] = (b"hush",)) -> Envelope:
    return Envelope.from_http(given, body, secrets, NOW)


def test_a_right_signature_makes_an_envelope() -> None:
    made = read(CIMultiDict({name.lower(): value for name, value in headers().items()}))
    assert (made.shop, made.topic, made.webhook_id) == ("corner-shop.myshopify.com", "products/update", "w-1")
    assert made.triggered_at == NOW - timedelta(seconds=1) + timedelta(microseconds=123456)
    assert made.headers["x-shopify-test"] == "true"


@pytest.mark.parametrize("case", [str.lower, str.upper, str.title, str.swapcase])
def test_headers_are_found_in_any_case(case: Callable[[str], str]) -> None:
    cased = read(CIMultiDict({case(name): value for name, value in headers().items()}))
    assert (cased.event_id, cased.triggered_at) == ("e-1", read(headers()).triggered_at)
    assert {name.lower(): value for name, value in cased.other_headers.items()} == {"x-shopify-test": "true"}


@given(st.integers(0, len(BODY) * 8 - 1))
def test_a_single_flipped_bit_is_401(bit: int) -> None:
    flipped = bytearray(BODY)
    flipped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Rejected) as refusal:
        read(headers(), bytes(flipped))
    assert refusal.value.status == 401


@given(st.binary(max_size=200), st.binary(min_size=1, max_size=40))
def test_any_bytes_verify_with_their_own_signature_and_stay_as_they_came(body: bytes, secret: bytes) -> None:
    signed = headers(X_Shopify_Hmac_Sha256=sign(body, secret))
    assert read(signed, body, (secret,)).body == body


@pytest.mark.parametrize("secrets", [(b"new", b"hush"), (b"hush", b"old")])
def test_during_a_rotation_both_secrets_verify(secrets: tuple[bytes, ...]) -> None:
    assert read(headers(), secrets=secrets)


@pytest.mark.parametrize(
    "signature", ["", "garbage", "é", sign(BODY, b"wrong"), sign(b'{"id":1}', b"hush"), "AAAA"]
)
def test_a_wrong_signature_is_401_whatever_else_is_wrong(signature: str) -> None:
    for sent in (
        headers(X_Shopify_Hmac_Sha256=signature),
        headers(X_Shopify_Hmac_Sha256=signature, X_Shopify_Topic=None),
    ):
        with pytest.raises(Rejected) as refusal:
            read(sent)
        assert refusal.value.status == 401


def test_without_any_secret_nothing_verifies() -> None:
    with pytest.raises(Rejected, match="signature"):
        read(headers(), secrets=())


@pytest.mark.parametrize("name", ["Topic", "Hmac-Sha256", "Shop-Domain", "API-Version", "Webhook-Id"])
def test_a_missing_header_is_400_and_named(name: str) -> None:
    with pytest.raises(Rejected) as refusal:
        read(headers(**{f"X_Shopify_{name.replace('-', '_')}": None}))
    assert refusal.value.status == 400
    assert f"X-Shopify-{name}" in refusal.value.detail


@pytest.mark.parametrize(
    ("name", "value"),
    [("Topic", "nonsense"), ("Shop_Domain", "../etc"), ("Webhook_Id", "a b"), ("Topic", "a/" * 200)],
)
def test_a_malformed_header_is_400(name: str, value: str) -> None:
    with pytest.raises(Rejected) as refusal:
        read(headers(**{f"X_Shopify_{name}": value}))
    assert refusal.value.status == 400


@pytest.mark.parametrize("value", [None, "", "yesterday", "2026-11-20T12:06:00Z", "99999-01-01T00:00:00Z"])
def test_a_trigger_time_that_is_absent_unreadable_or_to_come_is_none(value: str | None) -> None:
    made = read(headers(X_Shopify_Triggered_At=value, X_Shopify_Event_Id=None))
    assert (made.triggered_at, made.event_id, made.moment) == (None, None, NOW)


@pytest.mark.parametrize(
    ("value", "after"),
    [
        ("2026-11-20T12:05:00Z", timedelta(minutes=5)),
        ("2026-11-20T13:00:00.000001+01:00", timedelta(microseconds=1)),
        ("2026-11-20T11:00:00.5", timedelta(minutes=-60, milliseconds=500)),
    ],
)
def test_a_trigger_time_is_kept_to_the_microsecond_in_utc(value: str, after: timedelta) -> None:
    made = read(headers(X_Shopify_Triggered_At=value))
    assert made.triggered_at == NOW + after
    assert made.triggered_at.tzinfo is UTC


envelopes = st.builds(
    Envelope,
    shop=st.text(max_size=20),
    topic=st.text(max_size=20),
    webhook_id=st.text(max_size=20),
    event_id=st.none() | st.text(max_size=20),
    api_version=st.text(max_size=10),
    triggered_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    received_at=st.datetimes(timezones=st.just(UTC)),
    body=st.binary(max_size=200),
    other_headers=st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=3),
    attempts=st.integers(0, 9),
    replay=st.booleans(),
    dead_letter=st.none() | st.integers(1, 2**62),
)


@given(st.lists(envelopes, max_size=4))
def test_what_is_stored_is_read_back(made: list[Envelope]) -> None:
    assert decode(encode(made)) == made


@pytest.mark.parametrize("data", [b"", b"E", b"E2 of the future", b"E1 garbage", encode([])[:-3]])
def test_what_cannot_be_read_waits_for_a_newer_worker(data: bytes) -> None:
    with pytest.raises(UnknownFormat):
        decode(data)
