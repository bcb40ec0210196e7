"""A verified delivery: made from an HTTP request, carried to and from bytes."""

from __future__ import annotations

import binascii
import hmac
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
import zstandard

from connector.errors import Transient

_TOPIC = re.compile(r"[A-Za-z0-9_]+[/.][A-Za-z0-9_./-]+")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(?::\d{1,5})?")
_WORD = re.compile(r"[\x21-\x7e]{1,255}")

# Two bytes ahead of every stored batch. A worker that does not know them leaves the batch for a newer one.
_FORMAT = b"E1"

# How far ahead of ours Shopify's clock may be; seconds.
_CLOCK_SKEW = 300.0


class Rejected(Exception):
    """An HTTP request that is no verified delivery; ``status`` and the words that answer it."""

    def __init__(self, status: int, error: str, detail: str) -> None:
        super().__init__(f"{error}: {detail}")
        self.status, self.error, self.detail = status, error, detail


class UnknownFormat(Transient):
    """A stored batch that a newer release wrote; it waits for a newer worker."""


class Envelope(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One delivery whose signature was right. A value that exists is verified.

    ``triggered_at`` is when Shopify triggered it, the same on every retry (header X-Shopify-Triggered-At,
    which Shopify's own library treats as optional). ``attempts`` counts our failed tries to apply it, and
    ``dead_letter`` names the dead letter that this is a replay of.
    """

    shop: str
    topic: str
    webhook_id: str
    event_id: str | None
    api_version: str
    triggered_at: datetime | None
    received_at: datetime
    body: bytes
    other_headers: dict[str, str] = {}
    attempts: int = 0
    replay: bool = False
    dead_letter: int | None = None

    @classmethod
    def from_http(
        cls, headers: Mapping[str, str], body: bytes, secrets: Iterable[bytes], received_at: datetime
    ) -> Envelope:
        """Verify and read a webhook request; ``headers`` must look names up in any case.

        Raises Rejected with 400 for missing or malformed headers and 401 for a wrong signature. The signature
        is looked at before anything else, over the bytes as they came (Shopify docs, "Verify webhook
        deliveries").
        """
        signature = headers.get("X-Shopify-Hmac-Sha256")
        if signature is not None and not _signed(body, signature, secrets):
            raise Rejected(401, "bad signature", "the signature does not match the body")
        missing = [name for name in _REQUIRED if not headers.get(name)]
        if missing:
            raise Rejected(400, "missing header", ", ".join(missing))
        return cls(
            shop=_checked(headers, "X-Shopify-Shop-Domain", _HOST).lower(),
            topic=_checked(headers, "X-Shopify-Topic", _TOPIC),
            webhook_id=_checked(headers, "X-Shopify-Webhook-Id", _WORD),
            event_id=_word(headers.get("X-Shopify-Event-Id")),
            api_version=_checked(headers, "X-Shopify-API-Version", _WORD),
            triggered_at=_instant(headers.get("X-Shopify-Triggered-At"), received_at),
            received_at=received_at,
            body=body,
            other_headers={
                name: value
                for name, value in headers.items()
                if name.lower().startswith("x-shopify-") and name.lower() not in _READ and value.isprintable()
            },
        )

    @property
    def moment(self) -> datetime:
        """When Shopify triggered it, or the next best thing: when it reached us."""
        return self.triggered_at or self.received_at

    @property
    def headers(self) -> dict[str, str]:
        """The Shopify headers as they came."""
        given = {
            "X-Shopify-Topic": self.topic,
            "X-Shopify-Shop-Domain": self.shop,
            "X-Shopify-API-Version": self.api_version,
            "X-Shopify-Webhook-Id": self.webhook_id,
            "X-Shopify-Event-Id": self.event_id,
            "X-Shopify-Triggered-At": self.triggered_at and self.triggered_at.isoformat(),
        }
        return {name: value for name, value in given.items() if value} | self.other_headers


def sign(body: bytes, secret: bytes) -> str:
    """What Shopify puts into X-Shopify-Hmac-Sha256: base64 of HMAC-SHA256 over the raw body."""
    return b64encode(hmac.digest(secret, body, "sha256")).decode()


def encode(envelopes: Sequence[Envelope]) -> bytes:
    """Several deliveries as one compressed value."""
    return _FORMAT + compress(_encoder.encode(envelopes))


def decode(data: bytes) -> list[Envelope]:
    """The deliveries of one stored value; raises UnknownFormat for what this release cannot read."""
    if data[:2] != _FORMAT:
        raise UnknownFormat(f"a batch of format {data[:2]!r} waits for a newer worker")
    try:
        return _decoder.decode(decompress(data[2:]))
    except (zstandard.ZstdError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnknownFormat(f"an unreadable batch waits for a newer worker: {error}") from error


_REQUIRED = (
    "X-Shopify-Topic",
    "X-Shopify-Hmac-Sha256",
    "X-Shopify-Shop-Domain",
    "X-Shopify-API-Version",
    "X-Shopify-Webhook-Id",
)
_READ = {name.lower() for name in (*_REQUIRED, "X-Shopify-Event-Id", "X-Shopify-Triggered-At")}
# With a checksum: a damaged batch is told from a good one, and not applied as if it were one.
_compressor = zstandard.ZstdCompressor(level=1, write_checksum=True)
_decompressor = zstandard.ZstdDecompressor()
compress = _compressor.compress
decompress = _decompressor.decompress
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Envelope])


def _signed(body: bytes, signature: str, secrets: Iterable[bytes]) -> bool:
    try:
        given = binascii.a2b_base64(signature.strip(), strict_mode=True)
    except (binascii.Error, ValueError):
        return False
    return any(hmac.compare_digest(hmac.digest(secret, body, "sha256"), given) for secret in secrets)


def _checked(headers: Mapping[str, str], name: str, form: re.Pattern[str]) -> str:
    value = headers[name].strip()
    if len(value) > 255 or not form.fullmatch(value):
        raise Rejected(400, "malformed header", name)
    return value


def _word(value: str | None) -> str | None:
    return value if value and _WORD.fullmatch(value) else None


def _instant(value: str | None, received_at: datetime) -> datetime | None:
    """An unreadable optional header is as good as none: refusing would lose the delivery for good.

    So is one from the future, which no signature covers: it would win over every later delivery.
    """
    if not value:
        return None
    try:
        instant = msgspec.convert(value, datetime)
    except msgspec.ValidationError:
        return None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    if (instant - received_at).total_seconds() > _CLOCK_SKEW:
        return None
    try:
        return instant.astimezone(UTC)
    except OverflowError:  # the year 1, east of Greenwich
        return None
