"""The simulator's HTTP side: watch the shop, steer its trade, and learn the truth."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import msgspec
from aiohttp import web

from connector.simulator.acts import registry
from connector.simulator.admin.admin import Admin
from connector.simulator.admin.http import ADMIN, add_routes
from connector.simulator.admin.tokens import Credentials
from connector.simulator.chaos import turned
from connector.simulator.shop import TABLES
from connector.simulator.simulation import Simulation
from connector.simulator.truth import truth

SIMULATION: Final = web.AppKey("simulation", Simulation)
TASKS: Final = web.AppKey("tasks", list[asyncio.Task[None]])
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Trade(msgspec.Struct, forbid_unknown_fields=True):
    running: bool | None = None
    rate: float | None = None


def create_app(simulation: Simulation, credentials: Credentials | None = None) -> web.Application:
    """Serving it also trades and keeps its books; the courier is opened by the caller.

    On the same port it is Shopify's Admin API, for an app with these credentials.
    """
    app = web.Application(middlewares=[explain_errors])
    add_routes(app, Admin(simulation, credentials))
    app[SIMULATION] = simulation
    app.cleanup_ctx.append(_operate)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/simulator/truth", get_truth)
    app.router.add_get("/simulator/stats", get_stats)
    app.router.add_post("/simulator/trade", post_trade)
    app.router.add_post("/simulator/chaos", post_chaos)
    app.router.add_post("/simulator/drain", post_drain)
    app.router.add_post("/simulator/act", post_act)
    return app


async def healthz(request: web.Request) -> web.Response:
    """Not healthy once trade, book-keeping or delivery died of an error."""
    failures = [repr(task.exception()) for task in request.app[TASKS] if task.done()]
    failures += request.app[SIMULATION].courier.failures() + request.app[ADMIN].runs.failures
    return _json({"status": "failed" if failures else "ok", "failures": failures}, 503 if failures else 200)


async def get_truth(request: web.Request) -> web.Response:
    """With `?admin=1` also what only the Admin API tells."""
    told = truth(request.app[SIMULATION].shop, admin=request.query.get("admin") == "1")
    return _json(told)


async def get_stats(request: web.Request) -> web.Response:
    simulation = request.app[SIMULATION]
    shop = simulation.shop
    return _json(
        {
            "shop": shop.domain,
            "deliveries": simulation.courier.stats(),
            "trade": {"running": simulation.running, "rate": simulation.rate},
            "chaos": simulation.courier.chaos,
            "acts": shop.register.actions,
            "events": shop.register.events,
            "entities": {kind: len(shop.table(kind)) for kind in TABLES},
        }
    )


async def post_trade(request: web.Request) -> web.Response:
    """`{"running": bool, "rate": acts per second}`, both optional."""
    simulation = request.app[SIMULATION]
    wanted = msgspec.json.decode(await request.read(), type=Trade)
    running = simulation.running if wanted.running is None else wanted.running
    rate = simulation.rate if wanted.rate is None else wanted.rate
    if rate <= 0:
        raise ValueError("rate must be above 0")
    simulation.turn(running, rate)
    return _json({"running": running, "rate": rate})


async def post_chaos(request: web.Request) -> web.Response:
    """Any of the knobs of Chaos; the others stay as they are."""
    courier = request.app[SIMULATION].courier
    changes = msgspec.json.decode(await request.read(), type=dict[str, Any])
    courier.chaos = turned(courier.chaos, changes)
    return _json(courier.chaos)


async def post_drain(request: web.Request) -> web.Response:
    """`{"timeout": seconds}`: answers once nothing is pending, or with how much still is."""
    wanted = msgspec.json.decode(await request.read() or b"{}", type=dict[str, float])
    return _json({"pending": await request.app[SIMULATION].courier.drain(wanted.get("timeout", 10.0))})


async def post_act(request: web.Request) -> web.Response:
    """`{"act": name, ...its arguments}`: answers with the events it caused."""
    simulation = request.app[SIMULATION]
    arguments = msgspec.json.decode(await request.read(), type=dict[str, Any])
    name = arguments.pop("act", None)
    if name not in registry.ACTS:
        raise ValueError(f"no act {name!r}; there are {', '.join(sorted(registry.ACTS))}")
    events = simulation.perform(lambda: registry.perform(simulation.shop, name, arguments))
    return _json({"events": [{"topic": event.topic, "key": event.key} for event in events]})


@web.middleware
async def explain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A wish that cannot be granted is answered in JSON, like everything else."""
    try:
        return await handler(request)
    except KeyError as error:
        return _json({"error": "not found", "detail": str(error)}, status=404)
    except (ValueError, TypeError, msgspec.MsgspecError) as error:
        return _json({"error": "bad request", "detail": str(error)}, status=400)


async def _operate(app: web.Application) -> AsyncIterator[None]:
    simulation = app[SIMULATION]
    app[TASKS] = [asyncio.create_task(simulation.trade()), asyncio.create_task(simulation.keep_books())]
    yield
    for task in app[TASKS]:
        task.cancel()
    await asyncio.gather(*app[TASKS], return_exceptions=True)


def _json(value: Any, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json", status=status)
