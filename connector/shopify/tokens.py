"""The access token of a shop: one that was pasted, or one that is bought from Shopify and shared."""

from __future__ import annotations

from connector.shopify import errors


class StaticToken:
    """A pasted access token: there is no other."""

    def __init__(self, shop: str, token: str) -> None:
        self._shop, self._token = shop, token

    async def current(self) -> str:
        """The token."""
        return self._token

    async def renewed(self, spent: str) -> str:
        """Raises Unauthorized: only the owner has another one."""
        raise errors.Unauthorized(
            f"{self._shop} refuses the access token: it was revoked, or the app was uninstalled; "
            "give the store's present credentials with: connector shops update"
        )
