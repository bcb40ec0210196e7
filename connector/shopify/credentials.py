"""What a pasted credential is, recognised by its form, and what is missing beside it. Pure."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from connector.errors import ConfigurationError

Kind = Literal["client_secret", "custom_app_token", "private_app_password"]

#: Prefixes as Shopify gives them out; a bare password is older than prefixes (secret scanners' rules agree).
_PREFIXES: dict[str, Kind] = {
    "shpss_": "client_secret",
    "shpat_": "custom_app_token",
    "shpca_": "custom_app_token",
    "shppa_": "private_app_password",
}
_ANY_PREFIX = re.compile(r"shp[a-z]{2}_")
_BARE = re.compile(r"[0-9a-fA-F]{32}")
_WORD = re.compile(r"[!-~]+")

_DESCRIBED: dict[Kind, str] = {
    "client_secret": "the client id and client secret of an app: access tokens are fetched from Shopify as "
    "they are needed, and the same secret verifies webhooks",
    "custom_app_token": "the access token of a custom app, and the secret that verifies its webhooks",
    "private_app_password": "the password of an old private app, and the secret that verifies its webhooks",
}
_FOURTH_FIELD: dict[Kind, str] = {
    "custom_app_token": "Shopify calls it “API secret key” and shows it on the custom app's page, under API "
    "credentials",
    "private_app_password": "Shopify calls it “Shared secret” and shows it on the private app's page, "
    "below the password",
}


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What opens one shop: either a token, or a client secret that buys tokens."""

    kind: Kind
    api_key: str
    token: str | None = None
    client_secret: str | None = None
    #: What webhooks may be signed with, the newest first.
    webhook_secrets: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<Credentials {self.kind}>"

    def described(self) -> str:
        """One sentence for the owner: what was recognised, and what it does."""
        return f"this is {_DESCRIBED[self.kind]}"


def recognise(api_key: str | None, api_password: str | None, webhook_secret: str | None) -> Credentials:
    """The credentials that these three fields are, however they were pasted.

    Raises ConfigurationError saying which field is wrong and what belongs there, never its value.
    """
    key, password = _trimmed(api_key), _trimmed(api_password)
    secrets = tuple(
        dict.fromkeys(word for text in (webhook_secret or "").split(",") if (word := _trimmed(text)))
    )
    if not password:
        raise ConfigurationError(
            "the API password is missing: the app's client secret (shpss_…), or the access token (shpat_…) "
            "of an older custom app"
        )
    kind = _kind_of(password)
    if _ANY_PREFIX.match(key):
        if kind in (None, "private_app_password") and not password.startswith("shppa_"):
            raise ConfigurationError(
                "API key and API password are swapped: the key is the one without a prefix"
            )
        raise ConfigurationError(
            "the API key holds a secret: the key is the app's client id, without a prefix"
        )
    _check_word(password, "API password")
    if password.startswith("shpua_"):
        raise ConfigurationError(
            "the API password is the token of one staff member's login (shpua_…), which ends with it: use "
            "the app's client secret (shpss_…), or a custom app's access token (shpat_…)"
        )
    if kind is None:
        raise ConfigurationError(
            "the API password is none that Shopify gives: a client secret begins with shpss_, an access "
            "token with shpat_, shpca_ or shppa_; copy it whole, without what stands around it"
        )
    for secret in secrets:
        _check_secret(secret, kind)
    if kind == "client_secret":
        return _client(key, password, secrets)
    if key:
        _check_word(key, "API key")
    if not secrets:
        raise ConfigurationError(
            f"an access token cannot verify webhooks: give the webhook secret as well. {_FOURTH_FIELD[kind]}"
        )
    return Credentials(kind=kind, api_key=key, token=password, webhook_secrets=secrets)


def fourth_field(api_password: str) -> str | None:
    """What Shopify calls the webhook secret that this password needs beside it; None where it needs none."""
    kind = _kind_of(_trimmed(api_password))
    return _FOURTH_FIELD.get(kind) if kind else None


def _client(key: str, secret: str, others: tuple[str, ...]) -> Credentials:
    if not key:
        raise ConfigurationError(
            "the API key is missing: a client secret (shpss_…) works only together with the client id that "
            "stands beside it on the app's settings page. For a custom app of the shop's own admin, the "
            "secret belongs into the webhook secret, and its access token (shpat_…) into the API password"
        )
    _check_word(key, "API key")
    every = tuple(dict.fromkeys((secret, *others)))
    return Credentials(kind="client_secret", api_key=key, client_secret=secret, webhook_secrets=every)


def _kind_of(password: str) -> Kind | None:
    if _BARE.fullmatch(password):
        return "private_app_password"
    prefix = password[:6]
    return _PREFIXES.get(prefix) if len(password) > len(prefix) else None


def _check_secret(secret: str, kind: Kind) -> None:
    _check_word(secret, "webhook secret")
    if not _ANY_PREFIX.match(secret) or secret.startswith("shpss_"):
        return
    if kind == "client_secret":
        raise ConfigurationError(
            "API password and webhook secret are swapped: the access token (shpat_…) is the password, the "
            "API secret key (shpss_…) is the webhook secret"
        )
    raise ConfigurationError(
        f"the webhook secret holds an access token, which signs nothing: {_FOURTH_FIELD[kind]}"
    )


def _check_word(value: str, field: str) -> None:
    if not _WORD.fullmatch(value):
        raise ConfigurationError(f"the {field} has a space or another strange character in it: copy it again")
    if "://" in value or value.endswith(".myshopify.com"):
        raise ConfigurationError(f"the {field} is an address: the store's address is a field of its own")


def _trimmed(pasted: str | None) -> str:
    """Without the quotes, blanks and invisible characters that come along with a paste."""
    return (pasted or "").strip(" \t\r\n\v\f\"'`“”‘’„«»\u00a0\u200b\u200c\u200d\u2060\ufeff;")
