"""Shopify's side of one shop: what was granted, what runs, what misbehaves, and how it is steered."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec

from connector.simulator.admin.bucket import Bucket
from connector.simulator.admin.bulk.operation import Operation
from connector.simulator.admin.bulk.runs import Runs
from connector.simulator.admin.faults import Faults, turned
from connector.simulator.admin.fields.platform import SUPPORTED
from connector.simulator.admin.fields.values import at
from connector.simulator.admin.subscriptions import Subscriptions
from connector.simulator.admin.tokens import Credentials, Tokens
from connector.simulator.admin.view import View
from connector.simulator.catalogue import Catalogue
from connector.simulator.event import Event
from connector.simulator.simulation import Simulation
from connector.simulator.wire import gid

FINISHED: Final = "bulk_operations/finish"


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """What may be steered besides faults."""

    scopes: list[str] | None = None
    tokens: Literal["expire", "revoke", "restore"] | None = None
    foreign_subscriptions: list[tuple[str, str]] | None = None  # (topic, uri) of some other app
    drop_subscriptions: list[str] | None = None  # topics; all for "*"
    refill: bool = False  # the bucket
    catalogue: tuple[int, int, int] | None = None  # products, variants of each, edition: told in bulk


class Admin:
    def __init__(self, simulation: Simulation, credentials: Credentials | None = None) -> None:
        shop = simulation.shop
        self.simulation = simulation
        self.faults = Faults()
        self.bucket = Bucket(time.monotonic, self.faults.bucket, self.faults.restore_rate)
        self.tokens = Tokens(credentials or Credentials(), shop.register.app, self.now)
        self.requests: Counter[str] = Counter()  # by the operation's name
        self.runs = Runs(self.view, self.spend, self.now, self._finished)
        self._subscriptions = Subscriptions(shop.register.app, shop.new_id, self.now)
        self._catalogue: Catalogue | None = None
        self._origin = ""

    def now(self) -> datetime:
        return self.simulation.shop.clock().astimezone(UTC)

    def view(self) -> View:
        return View(self.simulation.shop, self.faults, self, self.now())

    def arriving(self, origin: str) -> None:
        """From where this server can be reached: bulk results are served there."""
        self._origin = origin

    def version(self, asked: str) -> str:
        """The version that answers: a dead or unknown one falls forward to the oldest there is."""
        known = asked in SUPPORTED or asked in ("2027-01", "unstable")
        return self.faults.version or (asked if known else SUPPORTED[0])

    def spend(self, counter: str) -> bool:
        """Whether the fault that counts down applies now; then there is one less to go."""
        if not getattr(self.faults, counter):
            return False
        self.faults = self.faults.spent(counter)
        return True

    def steer(self, wish: dict[str, Any]) -> None:
        """Turn knobs of Faults and grant what Wish names; msgspec.ValidationError changes nothing."""
        own = {name: wish[name] for name in Wish.__struct_fields__ if name in wish}
        wanted = msgspec.convert(own, Wish)
        self.faults = turned(self.faults, {k: v for k, v in wish.items() if k not in own})
        self.bucket.resize(self.faults.bucket, self.faults.restore_rate)
        if wanted.refill:
            self.bucket.give_back(self.faults.bucket)
        self._grant(wanted)
        self.write_down()

    def told(self) -> dict[str, Any]:
        """Everything that can be asserted about the app's doings."""
        app = self.simulation.shop.register.app
        return {
            "faults": self.faults,
            "scopes": app.scopes,
            "requests": self.requests,
            "bucket": self.bucket.status(),
            "mails": self._mails(),
            "subscriptions": list(app.subscriptions.values()),
            "operations": [
                {
                    "id": gid("BulkOperation", ran.id),
                    "status": ran.status,
                    "objects": ran.objects,
                    "downloads": ran.downloads,
                    "served": ran.served,
                }
                for ran in self.runs.operations.values()
            ],
        }

    def write_down(self) -> None:
        """What the app was granted or subscribed to outlives the process."""
        self.simulation.perform(list)

    # What queries wish for beyond reading.

    def perform(self, act: Callable[[], list[Event]]) -> list[Event]:
        return self.simulation.perform(act)

    def run_bulk(self, query: str) -> dict[str, Any]:
        return self.runs.run(self.simulation.shop.new_id(), query, self._origin, self._catalogue)

    def cancel_bulk(self, number: str) -> dict[str, Any]:
        found = (ran for ran in self.runs.operations.values() if gid("BulkOperation", ran.id) == number)
        return self.runs.cancel(next(found, None))

    def operations(self) -> list[Operation]:
        return list(self.runs.operations.values())

    def subscribe(self, topic: str, wish: dict[str, Any]) -> dict[str, Any]:
        return self._kept(self._subscriptions.create(topic, wish))

    def change(self, number: str, wish: dict[str, Any]) -> dict[str, Any]:
        return self._kept(self._subscriptions.update(number, wish))

    def unsubscribe(self, number: str) -> dict[str, Any]:
        return self._kept(self._subscriptions.delete(number))

    def _kept(self, payload: dict[str, Any]) -> dict[str, Any]:
        self.write_down()
        return payload

    def _mails(self) -> dict[str, int]:
        """How many customers were told that their pickup is ready, and how often, by fulfillment order."""
        return {
            str(routed.id): routed.mails
            for order in self.simulation.shop.orders.values()
            for routed in order.fulfillment_orders
            if routed.mails
        }

    def _grant(self, wanted: Wish) -> None:
        app = self.simulation.shop.register.app
        if wanted.scopes is not None:
            app.scopes = wanted.scopes
        if wanted.catalogue is not None:
            products, each, edition = wanted.catalogue
            places = tuple(self.simulation.shop.locations)
            self._catalogue = Catalogue(products, each, places, edition) if products else None
        match wanted.tokens:
            case "expire":
                self.tokens.expire()
            case "revoke":
                self.tokens.revoke()
                for made in app.own():  # nobody is told anything any more
                    del app.subscriptions[made.id]
            case "restore":
                self.tokens.revoked = False
        for topic, uri in wanted.foreign_subscriptions or ():
            self._subscriptions.of_another_app(topic, uri)
        for topic in wanted.drop_subscriptions or ():
            for made in app.own():
                if topic in ("*", made.topic):
                    del app.subscriptions[made.id]

    def _finished(self, ran: Operation) -> None:
        """Told only to who subscribed: no shop sends this topic by itself."""
        if not any(made.topic == FINISHED for made in self.simulation.shop.register.app.own()):
            return

        def tell() -> list[Event]:
            act = self.simulation.shop.begin()
            body = {
                "admin_graphql_api_id": gid("BulkOperation", ran.id),
                "completed_at": at(ran.completed_at),
                "created_at": at(ran.created_at),
                "error_code": ran.error_code.lower() if ran.error_code else None,
                "status": ran.status.lower(),
                "type": "query",
            }
            act.fire(FINISHED, ran.id, pinned=body)
            return act.events

        self.simulation.perform(tell)
