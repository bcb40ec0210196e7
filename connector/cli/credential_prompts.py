"""How a person gives a shop's credentials: options, environment, or a prompt that shows nothing."""

from __future__ import annotations

import sys
from typing import NamedTuple

import typer
from pydantic import SecretStr

from connector.settings import Settings
from connector.shopify.credentials import Credentials, fourth_field, recognise
from connector.shops import domain_of


class Pasted(NamedTuple):
    """What was given, as it was given."""

    api_key: str | None = None
    api_password: str | None = None
    webhook_secret: str | None = None

    def __repr__(self) -> str:
        return "<Pasted>"


def credentials_from(config: Settings, domain: str, pasted: Pasted, *, fresh: bool = False) -> Credentials:
    """What was pasted, completed from the environment (unless ``fresh``) and by asking.

    Raises ConfigurationError where it is not what belongs there.
    """
    key, password, secret = pasted
    if not fresh and (not config.shop_url or domain_of(config.shop_url) == domain):
        key = key or config.api_key
        password = password or _shown(config.api_password)
        secret = secret or _shown(config.webhook_secret)
    if key is None:
        key = _asked("API key (client id)", "--api-key", hidden=True)  # the secret, where they are swapped
    if password is None:
        password = _asked(
            "API password (client secret shpss_…, or access token)", "--api-password", hidden=True
        )
    recognise(key, password, secret or "?")  # what is wrong already is said before more is asked
    if not secret and (words := fourth_field(password)):
        secret = _asked(f"Webhook secret. {words}", "--webhook-secret", hidden=True)
    return recognise(key, password, secret)


def _asked(question: str, option: str, *, hidden: bool = False) -> str:
    """From the terminal, else a line of standard input: a script need not show it in its arguments."""
    if sys.stdin.isatty():
        answer: str = typer.prompt(question, hide_input=hidden, err=True)
        return answer
    line = sys.stdin.readline()
    if not line:
        raise typer.BadParameter(
            f"{option} is missing: give it, or write it as a line on standard input", param_hint=option
        )
    return line.strip()


def _shown(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
