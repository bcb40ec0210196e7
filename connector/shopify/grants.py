"""The client-credentials grant: a client id and secret buy a token that lasts a day."""

from __future__ import annotations

import re

import aiohttp
import msgspec

from connector.errors import ConnectorError
from connector.shopify import errors, refusals

PATH = "/admin/oauth/access_token"


class Grant(msgspec.Struct, frozen=True):
    """A token, what it may, and for how many seconds."""

    access_token: str
    expires_in: float = 86_399.0
    scope: str = ""

    def __repr__(self) -> str:
        return "<Grant>"


async def ask(
    http: aiohttp.ClientSession, origin: str, shop: str, api_key: str, secret: str, timeout: float
) -> Grant:
    """A new token; raises CannotGrantToken saying why there is none, or what the HTTP status means."""
    form = {"grant_type": "client_credentials", "client_id": api_key, "client_secret": secret}
    try:
        async with http.post(
            origin + PATH,
            data=form,
            headers={"Accept": "application/json"},
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=timeout, sock_connect=min(timeout, 10.0)),
        ) as response:
            body = await response.read()
            if response.status != 200:
                raise _refused(response, body, shop)
            return msgspec.json.decode(body, type=Grant)
    except aiohttp.ClientConnectorCertificateError:
        raise refusals.untrusted(shop) from None
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise errors.Unavailable(f"{shop} gives no token now ({type(error).__name__})") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise errors.NotShopify(
            f"{shop} answered a wish for a token with something else than JSON: a proxy, or a wrong store "
            "address; check the address, and how this machine reaches the internet"
        ) from None


class TrialToken:
    """A token bought by just this id and secret, and shared with nobody: it proves that they are right."""

    def __init__(
        self,
        shop: str,
        api_key: str,
        client_secret: str,
        http: aiohttp.ClientSession,
        *,
        origin: str | None = None,
        timeout: float = 30.0,
    ) -> None:
        self._shop, self._api_key, self._secret, self._http = shop, api_key, client_secret, http
        self._origin, self._timeout = origin or f"https://{shop}", timeout
        self._token: str | None = None

    async def current(self) -> str:
        """The token; raises as ``ask`` does."""
        if self._token is None:
            grant = await ask(
                self._http, self._origin, self._shop, self._api_key, self._secret, self._timeout
            )
            self._token = grant.access_token
        return self._token

    async def renewed(self, spent: str) -> str:
        """Raises Unauthorized: a token bought a moment ago does not end by itself."""
        raise errors.Unauthorized(
            f"{self._shop} refuses the token it has just given: the app was uninstalled, or is switched off"
        )


_REASONS = (
    (
        rb"shop_not_permitted",
        "the app and the store belong to different organisations: an app of the Dev Dashboard gets tokens "
        "only for stores of its own organisation; create the app in the organisation that owns this store",
    ),
    (
        rb"app_not_installed|not installed",
        "the app is not installed on this store, or was uninstalled: install it from its page in the Dev "
        "Dashboard, then run: connector shops check",
    ),
    (
        rb"application_cannot_be_found|Could not find Shopify API application",
        "Shopify knows no app of this API key: copy the client id again, from the app's settings",
    ),
    (
        rb"invalid_client|client_secret",
        "the client secret does not belong to this client id, or was rotated: copy both again from the app's "
        "settings, then run: connector shops update",
    ),
    (
        rb"unsupported_grant_type|unauthorized_client",
        "Shopify grants this app no tokens by client id and secret: use an app of the Dev Dashboard that is "
        "made for stores of your own organisation",
    ),
)


def _refused(response: aiohttp.ClientResponse, body: bytes, shop: str) -> ConnectorError:
    """Shopify tells the reason as JSON or in the middle of a page."""
    if response.status in (400, 401, 403):
        for pattern, words in _REASONS:
            if re.search(pattern, body):
                return errors.CannotGrantToken(f"{shop} gives no token: {words}")
        return errors.CannotGrantToken(
            f"{shop} gives no token (HTTP {response.status}): check that client id and secret are of "
            "one app, and that this app is installed on this store"
        )
    return refusals.refusal(response.status, response.headers, body, shop)
