"""What opens each shop: kept sealed in Postgres, and as far as the door needs it, told through Redis."""

from __future__ import annotations

import time

import msgspec

from connector import known_shops, log
from connector.errors import ConfigurationError
from connector.known_shops import Secret
from connector.postgres import Pool, blocks
from connector.queue import AWAY, Redis
from connector.shopify.credentials import Credentials
from connector.vault import Vault

logger = log.get("shops")

#: Shopify signs with the former secret for up to an hour after a rotation; and a delivery may wait; seconds.
FORMER_FOR = 86_400.0

_SQL = blocks("connector", "keyring")


class Kept(msgspec.Struct, frozen=True):
    """A shop's credentials, and the secrets that verified its webhooks before them."""

    credentials: Credentials
    former: tuple[Secret, ...] = ()

    @property
    def secrets(self) -> list[Secret]:
        """All that a webhook may be signed with now, the present ones first."""
        present = self.credentials.webhook_secrets
        return [*map(Secret, present), *(old for old in self.former if old.key not in present)]


_kept = msgspec.json.Decoder(Kept)


async def keep(pool: Pool, vault: Vault, shop_id: int, domain: str, credentials: Credentials) -> bool:
    """Store a shop's credentials in place of those before, whose webhook secrets hold for a day more.

    Whether anything changed.
    """
    try:
        before = await find(pool, vault, domain)
    except ConfigurationError:
        before = None  # sealed by a key that is lost: what is given now takes its place
    if before and before.credentials == credentials:
        return False
    now = time.time()
    gone = [
        Secret(old.key, old.until or now + FORMER_FOR)
        for old in (before.secrets if before else ())
        if old.until is None or old.until > now
    ]
    kept = Kept(credentials, tuple(old for old in gone if old.key not in credentials.webhook_secrets))
    sealed = vault.seal(msgspec.json.encode(kept))
    await pool.execute(_SQL["keep"], shop_id, credentials.kind, credentials.api_key, sealed)
    return True


async def find(pool: Pool, vault: Vault, domain: str) -> Kept | None:
    """A shop's credentials; raises ConfigurationError where they were sealed by another key."""
    row = await pool.fetchrow(_SQL["find"], domain)
    return _kept.decode(vault.unseal(row["sealed"])) if row else None


async def keep_check(
    pool: Pool, vault: Vault, domain: str, *, scopes: list[str] | None = None, problem: str | None = None
) -> None:
    """Note what a check found, and seal the credentials anew with the first key."""
    row = await pool.fetchrow(_SQL["find"], domain)
    before = row and row["sealed"]
    # What was stored meanwhile stays.
    sealed = before and vault.seal(vault.unseal(before))
    await pool.execute(_SQL["keep_check"], domain, scopes, problem, sealed, before)


async def publish(pool: Pool, redis: Redis, vault: Vault) -> bool:
    """Tell every ingress the shops and their webhook secrets; False where Redis is away."""
    told: dict[str, list[Secret]] = {}
    for row in await pool.fetch(_SQL["all"]):
        try:
            told[row["domain"]] = _kept.decode(vault.unseal(row["sealed"])).secrets
        except ConfigurationError as error:
            logger.error("a shop's webhooks cannot be verified", shop=row["domain"], error=str(error))
    try:
        await known_shops.publish(redis, vault, told)
    except AWAY as error:
        logger.warning("Redis did not take the shops", error=type(error).__name__)
        return False
    return True
