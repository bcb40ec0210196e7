"""Whether webhooks find their way: the public URL, the subscriptions, and whether any topic is silent."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator
from ipaddress import ip_address
from urllib.parse import urlsplit

import aiohttp

from connector import public_url, silence, subscriptions, topic_states
from connector.doctor.result import Found, Patient
from connector.errors import ConfigurationError
from connector.settings import is_loopback

#: Shopify gives up on us after five seconds, one of them for connecting.
ANSWERS_WITHIN = 5.0
SLOW = 1.0
_PROXY = "see that the address leads to the ingress (CONNECTOR_HOST, CONNECTOR_PORT), and that it runs"


async def look_at_public_url(patient: Patient) -> AsyncIterator[Found]:
    """Shopify would find our own ingress there."""
    try:
        base = public_url.base(patient.config)
    except ConfigurationError as error:
        yield Found("failed", str(error), "correct CONNECTOR_PUBLIC_URL")
        return
    if base is None:
        yield Found(
            "warning",
            "there is no public URL: the shop lives from comparing with Shopify every minute; everything "
            "works and nothing is missed, only later",
            "for changes within seconds, set CONNECTOR_PUBLIC_URL to an https:// address of the ingress",
        )
        return
    parts = urlsplit(base)
    host = parts.hostname or ""
    try:
        known = await asyncio.get_running_loop().getaddrinfo(host, parts.port, type=socket.SOCK_STREAM)
    except OSError:
        yield Found(
            "failed", f"{host} has no address in the DNS", "create its DNS record, or correct the URL"
        )
        return
    private = [str(entry[4][0]) for entry in known if not _reachable(str(entry[4][0]).partition("%")[0])]
    if private and not is_loopback(host):
        yield Found(
            "warning",
            f"{host} leads to {private[0]} here, which is not an address of the internet",
            "see that it leads to a public address elsewhere",
        )
    async for finding in _answers(patient.http, base):
        yield finding


async def _answers(http: aiohttp.ClientSession, base: str) -> AsyncIterator[Found]:
    limit = aiohttp.ClientTimeout(total=ANSWERS_WITHIN)
    started = time.monotonic()
    try:
        async with http.get(f"{base}/healthz", allow_redirects=False, timeout=limit) as answer:
            alive = answer.status == 200 and b'"alive"' in await answer.content.read(1000)
        took, status = time.monotonic() - started, answer.status
        if not alive:  # some let nothing but webhooks through
            async with http.post(base + public_url.PATH, allow_redirects=False, timeout=limit) as answer:
                body = await answer.content.read(1000)
                alive = answer.status == 400 and b'"error"' in body
    except aiohttp.ClientConnectorCertificateError:
        yield Found("failed", f"the certificate of {base} is not valid", "renew it: Shopify checks it too")
        return
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        yield Found("failed", f"{base} does not answer ({type(error).__name__})", _PROXY)
        return
    if 300 <= status < 400 and not alive:
        yield Found("failed", f"{base} redirects, which Shopify does not follow", "name the final address")
    elif not alive:
        yield Found("failed", f"something else than our ingress answers at {base} ({status})", _PROXY)
    elif took > SLOW:
        yield Found("warning", f"our ingress answers at {base} after {took:.1f} s", "Shopify waits 5 s")
    else:
        yield Found("ok", f"our ingress answers at {base}")


async def look_at_subscriptions(patient: Patient) -> AsyncIterator[Found]:
    """Shopify's list is ours."""
    try:
        uri = public_url.webhook_address(patient.config)
    except ConfigurationError:
        yield Found("skipped", "because of public URL")
        return
    version = patient.config.api_version
    for domain, (shop_id, admin, checkup) in patient.shops.items():
        if uri is None:
            yield Found("skipped", "there is no public URL", shop=domain)
            continue
        told = await topic_states.look(patient.pool, admin, shop_id, uri, checkup.scopes)
        counted = Counter(_kind(each.state) for each in told)
        mend = f"connector webhooks register {domain}"
        wrong = False
        for kind in ("missing", "refused", "former", "changed"):
            topics = [each.topic for each in told if _kind(each.state) == kind]
            if topics:
                wrong = True
                wanted = await subscriptions.wanted(patient.pool, shop_id)
                words = f"{len(topics)} {_WORDS[kind]}, {topics[0]} among them"
                words = words if wanted else f"{words}; they were removed by `connector webhooks remove`"
                yield Found("failed" if wanted else "warning", words, mend, domain)
        other = {each.api_version for each in told} - {None, version}
        if other:
            yield Found(
                "warning",
                f"payloads come in API version {', '.join(sorted(filter(None, other)))}, not {version}",
                "set the webhook API version on the app's page in Shopify",
                domain,
            )
        if not wrong:
            lacking = f"; {counted['lacking']} lack their scope" if counted["lacking"] else ""
            yield Found("ok", f"{counted['ours']} topics are subscribed{lacking}", shop=domain)


async def look_at_silence(patient: Patient) -> AsyncIterator[Found]:
    """No topic is quieter than the shop's habits make likely."""
    silent = await silence.look(patient.pool)
    for each in silent:
        mend = "see the checks above; connector webhooks list tells more"
        yield Found("warning", str(each), mend, each.shop)
    if not silent:
        yield Found("ok", "no topic is silent for unusually long")


_WORDS = {
    "missing": "subscriptions are missing",
    "refused": "subscriptions are refused by Shopify",
    "former": "subscriptions go to a former address",
    "changed": "subscriptions were changed by somebody",
}


def _kind(state: str) -> str:
    words = ("missing", "refused", "former", "changed", "lacking", "other")
    return next((word for word in words if word in state.partition(":")[0]), "ours")


def _reachable(address: str) -> bool:
    try:
        return ip_address(address).is_global
    except ValueError:
        return False
