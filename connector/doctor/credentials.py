"""Whether each shop can be asked, what it granted, and how long our API version lives."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

from connector import connected, keyring, shops
from connector.doctor.result import Connected, Found, Patient
from connector.errors import ConfigurationError, ConnectorError
from connector.shopify import check as checks
from connector.shopify.errors import Unavailable
from connector.shopify.scopes import missing
from connector.vault import KEY_FILE, Vault

#: Before its end there is time to upgrade.
SOON = timedelta(days=90)


async def look_at_secret_key(patient: Patient) -> AsyncIterator[Found]:
    """What is sealed can be opened, and the key is nobody else's."""
    vault = Vault(patient.config)
    file = patient.config.data_dir / KEY_FILE
    try:
        sealed = [row["shop"] for row in await shops.listed(patient.pool) if row["kind"]]
        for domain in sealed:
            await keyring.find(patient.pool, vault, domain)
        if patient.config.secret_key or file.exists():
            vault.unseal(vault.seal(b"doctor"))
    except ConfigurationError as error:
        yield Found("failed", str(error), "bring back the key, or give the credentials again")
        return
    if patient.config.secret_key is None and file.exists() and file.stat().st_mode & 0o077:
        yield Found("warning", f"others on this machine can read {file}", f"chmod 600 {file}")
    elif patient.config.secret_key is None and not file.exists():
        yield Found("ok", "no shop is connected yet; the key is made with the first one")
    else:
        yield Found("ok", f"the credentials of {len(sealed)} shops open with {vault.where}")


async def look_at_credentials(patient: Patient) -> AsyncIterator[Found]:
    """Shopify takes the credentials of each shop."""
    config = patient.config
    hasty = config.model_copy(update={"shopify_patience": min(config.shopify_patience, connected.TRIED_FOR)})
    listed = await shops.listed(patient.pool)
    if not listed:
        yield Found("failed", "no shop is connected", "connector shops add your-store.myshopify.com")
    async with patient.pool.acquire() as connection:
        ids = await shops.ShopIds().find(connection, [row["shop"] for row in listed])
    for row in listed:
        domain = row["shop"]
        if row["kind"] is None:
            yield Found(
                "warning",
                "webhooks are taken, but no credentials are stored: nothing is imported or compared",
                f"connector shops add {domain}",
                domain,
            )
            continue
        try:
            admin = await connected.open_admin(hasty, patient.pool, patient.redis, patient.http, domain)
            found = await checks.check(admin)
        except ConnectorError as error:
            mend = f"connector shops update {domain}"
            if isinstance(error, Unavailable):
                mend = "see whether this machine reaches the internet, and www.shopifystatus.com"
            yield Found("failed", str(error), mend, domain)
            continue
        patient.shops[domain] = Connected(ids[domain], admin, found)
        plan = found.shop.plan.public_display_name
        yield Found("ok", f"Shopify takes the credentials{f' (plan {plan})' if plan else ''}", shop=domain)


async def look_at_scopes(patient: Patient) -> AsyncIterator[Found]:
    """What the app may not, and what does not work without it."""
    for domain, (_, _, found) in patient.shops.items():
        lacking = missing(found.scopes)
        for need in lacking:
            if not need.optional:
                mend = f"grant {need.scopes[0]} to the app in Shopify and install it again"
                yield Found("warning", f"{need.scopes[0]} is missing: {need.without}", mend, domain)
        if found.protected or found.blank:
            what = f" ({', '.join(found.protected)})" if found.protected else ""
            yield Found(
                "warning",
                f"protected customer data is not shown to this app{what}",
                "ask for it on the app's page in Shopify, under API access",
                domain,
            )
        optional = [f"{need.scopes[0]} ({need.without})" for need in lacking if need.optional]
        words = f"not granted, and only needed for this: {'; '.join(optional)}" if optional else "all granted"
        yield Found("ok", words, shop=domain)


async def look_at_api_version(patient: Patient) -> AsyncIterator[Found]:
    """Ours lives, and for how long."""
    version = patient.config.api_version
    ends = end_of(version)
    for domain, (_, _, found) in patient.shops.items():
        mend = "upgrade this program, or correct CONNECTOR_API_VERSION"
        supported = {each.handle for each in found.versions if each.supported}
        if found.answered_version and found.answered_version != version:
            words = f"Shopify answers with API version {found.answered_version} instead of {version}"
            yield Found("warning", words, mend, domain)
        elif version not in supported:
            words = f"API version {version} is not among those that Shopify supports"
            yield Found("warning", words, mend, domain)
        elif ends and ends - datetime.now(UTC).date() < SOON:
            yield Found("warning", f"API version {version} may end on {ends}", mend, domain)
        else:
            yield Found("ok", f"API version {version} lives until {ends} at least", shop=domain)


def end_of(version: str) -> date | None:
    """Until when Shopify supports a version at least: a year from its first day; None for one without."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", version):
        return None
    return date(int(version[:4]) + 1, int(version[5:]), 1)
