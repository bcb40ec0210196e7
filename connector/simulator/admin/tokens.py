"""The app's credentials, and the access tokens it gets for them."""

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from connector.simulator.admin.faults import Faults
from connector.simulator.installation import Installation

GRANT: Final = "client_credentials"
Answer = tuple[int, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Credentials:
    """`api_password` is a client secret (shpss_), which buys tokens, or is itself an access token."""

    api_key: str = f"{0xC0FFEE:032x}"
    api_password: str = f"shpss_{0xDECAF:032x}"

    @property
    def secret(self) -> str | None:
        return self.api_password if self.api_password.startswith("shpss_") else None


class Tokens:
    def __init__(self, credentials: Credentials, app: Installation, now: Callable[[], datetime]) -> None:
        self.credentials = credentials
        self.app = app
        self.revoked = False  # also what was there before anything was asked for
        self._now = now

    def grant(self, form: Mapping[str, Any], faults: Faults) -> Answer:
        """What /admin/oauth/access_token says to the form."""
        if form.get("grant_type") != GRANT:
            return _refused(400, "unsupported_grant_type", "The grant type is not supported.")
        client_id = str(form.get("client_id", ""))
        if client_id != self.credentials.api_key:
            named = f"Could not find Shopify API application with api_key {client_id}"
            return _refused(400, "invalid_request", named)
        secret = self.credentials.secret or ""
        if not secret or not hmac.compare_digest(secret, str(form.get("client_secret", ""))):
            return _refused(401, "invalid_client", "Client authentication failed.")
        if self.revoked:
            return _refused(400, "app_not_installed", "The application is not installed on this shop.")
        if faults.foreign_organization:
            named = "Client credentials cannot be performed on this shop."
            return _refused(400, "shop_not_permitted", named)
        token = f"shpat_{secrets.token_hex(16)}"
        self._forget()
        self.app.tokens[token] = self._now() + timedelta(seconds=faults.token_lifetime)
        lifetime = int(faults.token_lifetime)
        return 200, {"access_token": token, "scope": ",".join(self.app.scopes), "expires_in": lifetime}

    def accepts(self, token: str) -> bool:
        if token and token == self.credentials.api_password and not self.credentials.secret:
            return not self.revoked
        ends = self.app.tokens.get(token)
        return ends is not None and ends > self._now()

    def revoke(self) -> None:
        """The app is as good as uninstalled until it is granted a token again."""
        self.app.tokens.clear()
        self.revoked = True

    def expire(self) -> None:
        """Tokens that were bought are dead; new ones can be bought."""
        self.app.tokens.clear()

    def _forget(self) -> None:
        now = self._now()
        for token in [token for token, ends in self.app.tokens.items() if ends <= now]:
            del self.app.tokens[token]


def _refused(status: int, error: str, description: str) -> Answer:
    return status, {"error": error, "error_description": description}
