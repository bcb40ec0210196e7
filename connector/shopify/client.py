"""`Admin`: one shop's GraphQL Admin API, asked within its budget and with patience."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import AsyncGenerator, Mapping
from typing import Any, Protocol

import aiohttp
import msgspec

from connector import log
from connector.shopify import answers, errors, refusals
from connector.shopify.answers import Answer, Cost, GraphQLProblem
from connector.shopify.documents import Document
from connector.shopify.download import stream

__all__ = ["Admin", "Answer", "Budget", "GraphQLProblem", "Tokens"]

logger = log.get("shopify")

VERSION_HEADER = "X-Shopify-API-Version"

#: What a mutation costs, and the most that any query may; points.
MUTATION, MOST = 10, 1_000
#: Shopify's protection is not argued with: so many tries, so far apart; seconds.
SECURITY_TRIES, SECURITY_PAUSE = 3, 10.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
#: Waiting for the budget is no failure, but a job has its own end; seconds.
LONGEST_QUEUEING = 150.0


_FIRST = re.compile(r"first: (\d+)")


class Tokens(Protocol):
    """Where the access token comes from."""

    async def current(self) -> str: ...

    async def renewed(self, spent: str) -> str:
        """Another token than ``spent``, which Shopify refused; raises Unauthorized where there is none."""
        ...


class Budget(Protocol):
    """The points that all processes may spend together."""

    async def reserve(self, cost: float, share: float) -> tuple[str, float]:
        """A reservation, or "" and the seconds to wait before asking again."""
        ...

    async def settle(self, reservation: str, cost: Cost | None) -> None:
        """What became of it; None where Shopify did not say."""
        ...


class Admin:
    """Asks one shop, with every failure typed; see ``connector.shopify.errors``."""

    def __init__(
        self,
        shop: str,
        http: aiohttp.ClientSession,
        tokens: Tokens,
        budget: Budget,
        *,
        version: str,
        origin: str | None = None,
        timeout: float = 30.0,
        patience: float = 60.0,
    ) -> None:
        self.shop = shop
        self.version = version
        #: The version that Shopify answered with last; another than asked for means ours has ended.
        self.answered_version: str | None = None
        self._http, self._tokens, self._budget = http, tokens, budget
        self._url = f"{origin or f'https://{shop}'}/admin/api/{version}/graphql.json"
        self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=min(timeout, 10.0))
        self._patience = patience
        self._costs: dict[tuple[str, int], int] = {}

    async def ask(
        self,
        document: Document,
        variables: Mapping[str, Any] | None = None,
        *,
        share: float = 1.0,
        partial: bool = False,
        repeatable: bool | None = None,
    ) -> Answer:
        """Shopify's answer to one operation, asked again for as long as that may help and patience lasts.

        ``share`` below 1 leaves the rest of the budget to others. With ``partial``, fields that are closed to
        the app are told in ``errors`` (``data`` may then be null) instead of raising AccessDenied. A mutation
        whose outcome is unknown raises OutcomeUnknown, unless it is ``repeatable``: queries and @idempotent
        ones are. ``userErrors`` are the caller's to read.
        """
        variables = variables or {}
        mutation = document.text.lstrip().startswith("mutation")
        if repeatable is None:
            repeatable = not mutation or "@idempotent" in document.text
        body = msgspec.json.encode({"query": document.text, "variables": variables})
        size = sum(len(value) for value in variables.values() if isinstance(value, list | tuple))
        key = document.name, size.bit_length()
        guess = MUTATION if mutation else _guessed(document.text, size)
        started, failures, rejected, refused = time.monotonic(), 0, 0, False
        while True:
            token = await self._tokens.current()
            waited, reservation = await self._reserved(key, guess, share)
            if not failures:  # waiting for the budget is no failure, but after one patience runs
                started += waited
            try:
                reply, version = await self._post(body, token, reservation)
                if reply.cost:
                    self._costs[key] = reply.cost.requested_query_cost
                return answers.answer(reply, version, document.name, variables, partial=partial)
            except errors.Unauthorized:
                if refused:
                    raise
                refused = True
                await self._tokens.renewed(token)
            except errors.SecurityRejected:
                rejected += 1
                if rejected >= SECURITY_TRIES:
                    raise
                await asyncio.sleep(SECURITY_PAUSE * rejected * random.uniform(0.5, 1.5))
            except errors.Unavailable as error:
                if error.maybe_done and not repeatable:
                    raise errors.OutcomeUnknown(
                        f"{error}; whether {document.name} took effect is not known", maybe_done=True
                    ) from error
                failures += 1
                # How long a spent budget takes to refill, the budget itself tells.
                steps = 1 if isinstance(error, errors.Throttled) else failures
                pause = _pause(steps, error.retry_after)
                if time.monotonic() - started + pause > self._patience:
                    raise
                logger.info("asking again", shop=self.shop, query=document.name, error=str(error))
                await asyncio.sleep(pause)

    def download(self, url: str, offset: int = 0) -> AsyncGenerator[bytes, None]:
        """The bytes of a bulk result from ``offset`` on, resumed where a connection drops; no token is sent.

        Raises ResultExpired where the address does not open any more.
        """
        return stream(self._http, url, offset, patience=self._patience)

    async def _reserved(self, key: tuple[str, int], guess: int, share: float) -> tuple[float, str]:
        """Seconds waited, and the reservation, of what the document is known to cost by then."""
        started = time.monotonic()
        while True:
            reservation, wait = await self._budget.reserve(self._costs.get(key, guess), share)
            waited = time.monotonic() - started
            if reservation:
                return waited, reservation
            if waited + wait > LONGEST_QUEUEING:
                raise errors.Unavailable(f"the query budget of {self.shop} is in use by others for long")
            await asyncio.sleep(wait * random.uniform(1.0, 1.1) + 0.01)

    async def _post(self, body: bytes, token: str, reservation: str) -> tuple[answers.Reply, str]:
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "X-Shopify-Access-Token": token,
        }
        cost = None
        try:
            async with self._http.post(
                self._url, data=body, headers=headers, allow_redirects=False, timeout=self._timeout
            ) as response:
                received = await response.read()
                version = self._compared(response.headers.get(VERSION_HEADER))
                if response.status != 200:
                    raise refusals.refusal(response.status, response.headers, received, self.shop)
                reply = answers.decoded(received, response.content_type, self.shop)
                cost = reply.cost
                return reply, version
        except aiohttp.ClientConnectorCertificateError:
            raise refusals.untrusted(self.shop) from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise errors.Unavailable(f"{self.shop} cannot be reached ({type(error).__name__})") from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise errors.Unavailable(
                f"{self.shop} did not answer whole ({type(error).__name__})", maybe_done=True
            ) from None
        finally:
            await self._budget.settle(reservation, cost)

    def _compared(self, answered: str | None) -> str:
        if answered and answered != self.answered_version:
            self.answered_version = answered
            if answered != self.version:
                logger.warning(
                    "Shopify answers with another API version than asked for: upgrade this program",
                    shop=self.shop,
                    asked=self.version,
                    answered=answered,
                )
        return answered or ""


def _guessed(text: str, size: int) -> int:
    """What a query that was never asked is taken to cost: the rows it may bring, for each of its ids."""
    rows = sum(map(int, _FIRST.findall(text)))
    return min(MOST, max(MUTATION, rows * max(1, size)))


def _pause(failures: int, wished: float | None) -> float:
    """Full jitter, never sooner than Shopify wished."""
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures, 10))
    return (wished or 0.0) + random.uniform(0.0, longest)
