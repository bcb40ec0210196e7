"""What can be wrong between us and Shopify, each with what to do about it."""

from __future__ import annotations

from connector.errors import ConnectorError, Permanent, Transient


class Unavailable(Transient):
    """Shopify cannot be reached, is busy or failed inside: asking later helps.

    ``retry_after`` is what Shopify wished, in seconds. ``maybe_done`` tells that a mutation may have taken
    effect although no answer came.
    """

    def __init__(self, words: str, *, retry_after: float | None = None, maybe_done: bool = False) -> None:
        super().__init__(words)
        self.retry_after = retry_after
        self.maybe_done = maybe_done


class Throttled(Unavailable):
    """The shop's query budget is spent: it refills, and how fast is known."""


class OutcomeUnknown(Unavailable):
    """A mutation was sent and not answered: look before sending it again."""


class NoAccess(Transient):
    """Nothing of this shop can be asked until somebody acts; what waits for it is not wrong and stays."""


class Unauthorized(NoAccess):
    """401: the token is not, or no longer, one of this shop."""


class ShopFrozen(NoAccess):
    """402: the shop's bill is not paid."""


class Forbidden(NoAccess):
    """403: this app may not."""


class NoSuchShop(NoAccess):
    """404: no shop of this name, or it was closed."""


class ShopLocked(NoAccess):
    """423: Shopify locked the shop."""


class SecurityRejected(NoAccess):
    """430: Shopify took the request for an attack."""


class NotShopify(NoAccess):
    """Something else than the Admin API answered."""


class ShopRenamed(NoAccess):
    """The store lives under another myshopify domain now, ``domain``; no token was sent there."""

    def __init__(self, words: str, domain: str) -> None:
        super().__init__(words)
        self.domain = domain


class CannotGrantToken(NoAccess):
    """Shopify sells this app no token for this shop: wrong secret, another organisation, not installed."""


class TooExpensive(Permanent):
    """The document costs more than one query may, whatever the budget."""


class AccessDenied(Permanent):
    """A field is closed to this app. ``scopes`` would open it; ``protected`` is a kind of customer data."""

    def __init__(self, words: str, *, scopes: tuple[str, ...] = (), protected: str | None = None) -> None:
        super().__init__(words)
        self.scopes = scopes
        self.protected = protected


class FilterIgnored(Permanent):
    """Shopify did not understand a search filter and would have answered with everything."""


class QueryRefused(Permanent):
    """The document or its variables are not what Shopify's schema wants."""


class ResultExpired(ConnectorError):
    """The address of a bulk result does not open any more: read the operation again for another one."""
