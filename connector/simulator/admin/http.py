"""The Admin side's HTTP: GraphQL, tokens, bulk results, and how it is steered."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

import msgspec
from aiohttp import web

from connector.simulator.admin.admin import Admin
from connector.simulator.admin.bulk.download import serve
from connector.simulator.admin.execute import answer, mutates
from connector.simulator.admin.faults import Faults

ADMIN: Final = web.AppKey("admin", Admin)
PAGE: Final = "<!DOCTYPE html><html><head><title>Something went wrong</title></head><body></body></html>"
UNAUTHORIZED: Final = "[API] Invalid API key or access token (unrecognized login or wrong password)"
BODIES: Final[dict[int, str]] = {
    401: UNAUTHORIZED,
    402: "Unavailable Shop",
    403: "[API] This action requires merchant approval for read_orders scope.",
    404: "Not Found",
    423: "Locked",
    429: "Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service.",
    430: "Security Rejection",
}


class Question(msgspec.Struct):
    query: str
    variables: dict[str, Any] | None = None
    name: str | None = msgspec.field(name="operationName", default=None)


def add_routes(app: web.Application, admin: Admin) -> None:
    app[ADMIN] = admin
    app.on_cleanup.append(_close)
    app.router.add_post("/admin/api/{version}/graphql.json", post_graphql)
    app.router.add_post("/admin/oauth/access_token", post_token)
    app.router.add_get("/simulator/bulk/{number}/{name}", get_bulk)
    app.router.add_get("/simulator/admin", get_admin)
    app.router.add_post("/simulator/admin", post_admin)


async def post_graphql(request: web.Request) -> web.StreamResponse:
    admin = request.app[ADMIN]
    if (spoiled := await _spoiled(request, admin)) is not None:
        return spoiled
    if not admin.tokens.accepts(request.headers.get("X-Shopify-Access-Token", "")):
        return _json({"errors": UNAUTHORIZED}, 401)
    headers = {
        "X-Shopify-API-Version": admin.version(request.match_info["version"]),
        "X-Request-Id": str(uuid4()),
    }
    try:
        question = msgspec.json.decode(await request.read(), type=Question)
    except msgspec.MsgspecError:
        return _json({"errors": {"query": "Required parameter missing or invalid"}}, 400, headers)
    admin.requests[_name(question)] += 1
    if admin.spend("internal_error_next"):
        return _json(_internal_error(headers["X-Request-Id"]), 200, headers)
    admin.arriving(_origin(request))
    losable = mutates(question.query, question.name) and admin.faults.lost_of in ("", _name(question))
    if losable and admin.spend("unheard_next"):
        return await _lost(request, admin.faults)
    throttled = admin.spend("throttle_next")
    body = answer(
        question.query,
        question.variables or {},
        question.name,
        admin.view(),
        admin.bucket,
        throttled=throttled,
    )
    if losable and "data" in body and admin.spend("lost_next"):
        return await _lost(request, admin.faults)
    return _json(body, 200, headers)


async def post_token(request: web.Request) -> web.StreamResponse:
    admin = request.app[ADMIN]
    if (spoiled := await _spoiled(request, admin)) is not None:
        return spoiled
    form: Mapping[str, Any] = await request.post()
    status, body = admin.tokens.grant(form, admin.faults)
    admin.requests["access_token"] += 1
    admin.write_down()
    return _json(body, status)


async def get_bulk(request: web.Request) -> web.StreamResponse:
    """No token: the address alone opens the file, for as long as it lives."""
    admin = request.app[ADMIN]
    ran = admin.runs.operations.get(int(request.match_info["number"]))
    broken = admin.spend("break_next")
    return await serve(request, ran, admin.faults, broken=broken)


async def get_admin(request: web.Request) -> web.Response:
    return _json(request.app[ADMIN].told())


async def post_admin(request: web.Request) -> web.Response:
    """Any of the knobs of Faults, and what Wish names; the others stay as they are."""
    admin = request.app[ADMIN]
    admin.steer(msgspec.json.decode(await request.read(), type=dict[str, Any]))
    return _json(admin.told())


async def _spoiled(request: web.Request, admin: Admin) -> web.StreamResponse | None:
    """What stands between the request and its answer, if anything."""
    faults = admin.faults
    if faults.renamed_to:
        return web.Response(status=301, headers={"Location": f"https://{faults.renamed_to}{request.path_qs}"})
    if admin.spend("drop_next"):
        return _dropped(request)
    if admin.spend("hang_next"):
        await _hung(request)
    if admin.spend("html_next"):
        return web.Response(text=PAGE, content_type="text/html")
    return _status(faults) if admin.spend("status_next") else None


async def _lost(request: web.Request, faults: Faults) -> web.Response:
    """Whether anything was done the caller cannot tell from this."""
    if faults.lost_as == "502":
        return web.Response(status=502, text=PAGE, content_type="text/html")
    if faults.lost_as == "hang":
        await _hung(request)
    return _dropped(request)


def _dropped(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.close()
    return web.Response(status=500)


async def _hung(request: web.Request) -> None:
    # aiohttp has no event for a client that left.
    while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110
        await asyncio.sleep(0.02)


def _status(faults: Faults) -> web.Response:
    headers = {} if faults.retry_after is None else {"Retry-After": str(faults.retry_after)}
    if faults.html:
        return web.Response(status=faults.status, text=PAGE, content_type="text/html", headers=headers)
    return _json({"errors": BODIES.get(faults.status, "Internal Server Error")}, faults.status, headers)


def _internal_error(number: str) -> dict[str, Any]:
    told = (
        "Internal error. Looks like something went wrong on our end.\n"
        f"Request ID: {number} (include this in support requests)."
    )
    extensions = {"code": "INTERNAL_SERVER_ERROR", "requestId": number}
    return {"errors": [{"message": told, "extensions": extensions}]}


def _name(question: Question) -> str:
    """What the operation is called, for the log of requests."""
    words = question.query.replace("(", " ").replace("{", " ").split()
    return question.name or (words[1] if len(words) > 1 and words[0] in ("query", "mutation") else "")


def _origin(request: web.Request) -> str:
    """Where this server is, whatever host the request named."""
    host, port = request.transport.get_extra_info("sockname")[:2] if request.transport else ("127.0.0.1", 0)
    return f"http://{host}:{port}"


def _json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    body = msgspec.json.encode(value)
    return web.Response(body=body, content_type="application/json", status=status, headers=headers)


async def _close(app: web.Application) -> None:
    await app[ADMIN].runs.close()
