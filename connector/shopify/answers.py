"""How an answer of the Admin API is read: its data, its price, or the typed error it means. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from connector.errors import ConnectorError
from connector.shopify import errors

_SCOPE = re.compile(r"`(\w+)` access scope")
_PROTECTED = re.compile(r"not approved to access the (\w+) object")
_LONGEST_WORDS = 300


class Bucket(msgspec.Struct, frozen=True, rename="camel"):
    """How Shopify says the shop's budget stands."""

    maximum_available: float
    currently_available: float
    restore_rate: float


class Cost(msgspec.Struct, frozen=True, rename="camel"):
    """What a query was announced to cost and what it did; ``actual`` is None where it was throttled."""

    requested_query_cost: int
    throttle_status: Bucket
    actual_query_cost: int | None = None


class GraphQLProblem(msgspec.Struct, frozen=True):
    """A field that Shopify left out: where, why, and the scopes that would open it."""

    message: str
    path: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    protected: str | None = None


class Answer(msgspec.Struct, frozen=True):
    """The whole ``data`` object as JSON; ``errors`` only where a partial answer was asked for."""

    data: msgspec.Raw
    errors: tuple[GraphQLProblem, ...] = ()
    version: str = ""
    cost: Cost | None = None


class _ErrorExtensions(msgspec.Struct, rename="camel"):
    code: Any = ""
    required_access: str = ""
    cost: int | float | None = None
    max_cost: int | float | None = None


class _Error(msgspec.Struct):
    message: str = ""
    path: list[str | int] | None = None
    extensions: _ErrorExtensions = msgspec.field(default_factory=_ErrorExtensions)


class _Warning(msgspec.Struct):
    message: str = ""
    field: str | None = None


class _Search(msgspec.Struct):
    warnings: list[_Warning] = []


class _Extensions(msgspec.Struct):
    cost: Cost | None = None
    search: list[_Search] | None = None


class Reply(msgspec.Struct):
    """A GraphQL answer's body."""

    data: msgspec.Raw = msgspec.Raw(b"null")
    errors: list[_Error] | str | dict[str, Any] | None = None
    extensions: _Extensions | None = None

    @property
    def cost(self) -> Cost | None:
        """The price, where Shopify told it."""
        return self.extensions.cost if self.extensions else None


_reply = msgspec.json.Decoder(Reply)


def decoded(body: bytes, content_type: str, shop: str) -> Reply:
    """A 200's body; raises NotShopify for another kind of content, Unavailable for JSON that is cut off."""
    if "json" not in content_type:
        raise errors.NotShopify(
            f"{shop} answered {content_type or 'nothing of a known type'} instead of JSON: a proxy, a "
            "captive portal or a wrong store address stands between here and Shopify's Admin API; check the "
            "address, and how this machine reaches the internet"
        )
    try:
        return _reply.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise errors.Unavailable(
            f"{shop} sent an answer that is cut off or of a strange form", maybe_done=True
        ) from None


def answer(reply: Reply, version: str, name: str, variables: Mapping[str, Any], *, partial: bool) -> Answer:
    """The data of a reply, or the error it means; no value of ``variables`` gets into an error's words."""
    problems = reply.errors
    if isinstance(problems, str | dict):
        raise errors.QueryRefused(f"Shopify refused {name}: {_without(str(problems), variables)}")
    if problems:
        for problem in problems:
            if known := _known(problem, name):
                raise known
        denied = [problem for problem in problems if problem.extensions.code == "ACCESS_DENIED"]
        if len(denied) < len(problems):
            first = next(problem for problem in problems if problem not in denied)
            code = first.extensions.code
            where = f" at {'.'.join(map(str, first.path))}" if first.path else ""
            raise errors.QueryRefused(
                f"Shopify refused {name}{where}: {_without(first.message, variables)}"
                f"{f' ({code})' if isinstance(code, str) and code else ''}"
            )
        if not partial:
            raise _denied(_told(denied[0]), name)
    _check_filters(reply, name)
    told = tuple(_told(problem) for problem in problems or ())
    return Answer(reply.data, told, version, reply.cost)


def _known(problem: _Error, name: str) -> ConnectorError | None:
    match problem.extensions.code:
        case "THROTTLED":
            return errors.Throttled(f"Shopify throttled {name}: the shop's query budget is spent")
        case "INTERNAL_SERVER_ERROR":
            return errors.Unavailable(f"Shopify failed inside while it answered {name}", maybe_done=True)
        case "SHOP_INACTIVE":
            return errors.ShopFrozen("Shopify says that the shop is not active; its owner looks at its plan")
        case "MAX_COST_EXCEEDED":
            cost, most = problem.extensions.cost, problem.extensions.max_cost
            return errors.TooExpensive(f"{name} costs {cost} points and a single query may cost {most}")
        case _:
            return None


def _told(problem: _Error) -> GraphQLProblem:
    scopes = _SCOPE.findall(problem.extensions.required_access) or _SCOPE.findall(problem.message)
    protected = _PROTECTED.search(problem.message)
    return GraphQLProblem(
        problem.message[:_LONGEST_WORDS],
        tuple(map(str, problem.path or ())),
        tuple(dict.fromkeys(scopes)),
        protected[1] if protected else None,
    )


def _denied(problem: GraphQLProblem, name: str) -> errors.AccessDenied:
    where = ".".join(problem.path) or name
    if problem.protected:
        words = (
            f"{where}: the app has no approval to read {problem.protected} (protected customer data); "
            "ask for it on the app's page in Shopify, under API access"
        )
    elif problem.scopes:
        words = f"{where}: the app lacks the scope {' or '.join(problem.scopes)}; grant it in Shopify"
    else:
        words = f"{where}: Shopify denies access ({problem.message})"
    return errors.AccessDenied(words, scopes=problem.scopes, protected=problem.protected)


def _check_filters(reply: Reply, name: str) -> None:
    for search in (reply.extensions.search if reply.extensions else None) or ():
        for warning in search.warnings:
            raise errors.FilterIgnored(
                f"Shopify ignored a filter of {name}, and would have answered with everything: "
                f"{warning.field or 'a term'}: {warning.message}"
            )


def _without(message: str, variables: Mapping[str, Any]) -> str:
    """Shopify's words without our values: it quotes the variables it does not like."""
    for value in sorted(set(_texts(variables)), key=len, reverse=True):
        message = message.replace(value, "…")
    return message[:_LONGEST_WORDS]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if len(value) > 2:
            yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple | set):
        for inner in value:
            yield from _texts(inner)
