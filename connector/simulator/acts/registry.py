"""Every act by its name, for scripts that order single acts over HTTP."""

import inspect
from collections.abc import Callable
from typing import Any, Final, get_type_hints

import msgspec

from connector.simulator.acts import (
    checkout,
    collections,
    consents,
    counter,
    customers,
    edits,
    fulfillments,
    inventory,
    locations,
    orders,
    processing,
    products,
    refunds,
    rerouting,
    returns,
    settings,
    stock,
    takebacks,
)
from connector.simulator.event import Event
from connector.simulator.shop import Shop

MODULES: Final = (
    products, inventory, collections, locations, customers, consents,
    checkout, orders, edits, fulfillments, rerouting, refunds, returns, processing, settings,
    counter, stock, takebacks,
)  # fmt: skip


def _acts() -> dict[str, Callable[..., list[Event]]]:
    """An act is a public function of these modules that takes the shop and answers with events."""
    found = {}
    for module in MODULES:
        for name, function in inspect.getmembers(module, inspect.isfunction):
            hints = get_type_hints(function)
            if function.__module__ == module.__name__ and hints.get("return") == list[Event]:
                found[name] = function
    return {name: act for name, act in found.items() if not name.startswith("_")}


ACTS: Final = _acts()


def perform(shop: Shop, name: str, arguments: dict[str, Any]) -> list[Event]:
    """Do the named act. KeyError: no such act or entity. ValueError or TypeError: it cannot be done so."""
    act = ACTS[name]
    hints = get_type_hints(act)
    return act(
        shop,
        **{
            key: msgspec.convert(value, hints[key], strict=False) if key in hints else value
            for key, value in arguments.items()
        },
    )
