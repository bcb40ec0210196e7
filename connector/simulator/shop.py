"""The shop's whole state: every entity by its id, and the one way to act on it."""

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from connector.simulator.attempts import Attempt
from connector.simulator.event import Event
from connector.simulator.goods import Collection, InventoryItem, Level, Location, Product, Variant
from connector.simulator.people import Customer, Settings
from connector.simulator.register import Register, fresh
from connector.simulator.routes import Promises, parts_of, promises
from connector.simulator.sales import Order

Dated = Product | Collection | Location | InventoryItem | Level | Customer | Order
Record = Dated | Attempt
Key = int | str | tuple[int, int]

TABLES: Final[dict[str, type[Record]]] = {
    "products": Product,
    "collections": Collection,
    "locations": Location,
    "items": InventoryItem,
    "levels": Level,
    "customers": Customer,
    "orders": Order,
    "attempts": Attempt,
}
KINDS: Final = {record: kind for kind, record in TABLES.items()}


class Shop:
    """Tables of records. Records are changed only inside an `Act`, which marks them as changed."""

    def __init__(
        self, domain: str, seed: int, clock: Callable[[], datetime], register: Register | None = None
    ) -> None:
        self.clock = clock
        self.register = register or fresh(domain, seed, clock())
        self.products: dict[int, Product] = {}
        self.collections: dict[int, Collection] = {}
        self.locations: dict[int, Location] = {}
        self.items: dict[int, InventoryItem] = {}
        self.levels: dict[tuple[int, int], Level] = {}
        self.customers: dict[int, Customer] = {}
        self.orders: dict[int, Order] = {}
        self.attempts: dict[str, Attempt] = {}  # by idempotency key
        self.homes: dict[int, int] = {}  # variant -> its product
        self.owners: dict[int, int] = {}  # inventory item -> its variant
        self.parts: dict[int, int] = {}  # what hangs on an order -> the order
        self.promised: dict[int, Promises] = {}  # order -> units it still waits for
        self.committed: Counter[tuple[int, int]] = Counter()  # the sum of these
        self.changed: dict[tuple[str, Key], None] = {}  # since the journal last looked, in order

    @property
    def domain(self) -> str:
        return self.register.domain

    @property
    def settings(self) -> Settings:
        return self.register.settings

    def table(self, kind: str) -> dict[Any, Any]:
        table: dict[Any, Any] = getattr(self, kind)
        return table

    def keep(self, record: Record) -> None:
        """Put the record in its table, or note that it changed."""
        kind, key = KINDS[type(record)], key_of(record)
        self.table(kind)[key] = record
        self.changed[kind, key] = None
        if isinstance(record, Product):
            for variant in record.variants:
                self.homes[variant.id] = record.id
                self.owners[variant.item_id] = variant.id
        if isinstance(record, Order):
            self.parts.update(dict.fromkeys(parts_of(record), record.id))
            self._promise(record.id, promises(record))

    def drop(self, record: Record) -> None:
        kind, key = KINDS[type(record)], key_of(record)
        self.table(kind).pop(key, None)
        self.changed[kind, key] = None
        if isinstance(record, Product):
            for variant in record.variants:
                self.forget(variant)
        if isinstance(record, Order):
            for part in parts_of(record):
                self.parts.pop(part, None)
            self._promise(record.id, {})

    def forget(self, variant: Variant) -> None:
        self.homes.pop(variant.id, None)
        self.owners.pop(variant.item_id, None)

    def variant(self, variant_id: int) -> tuple[Product, Variant]:
        """The variant and its product; KeyError when there is none."""
        product = self.products[self.homes[variant_id]]
        return product, next(variant for variant in product.variants if variant.id == variant_id)

    def levels_of(self, item_id: int) -> list[Level]:
        found = (self.levels.get((item_id, location_id)) for location_id in self.locations)
        return [level for level in found if level is not None]

    def new_id(self) -> int:
        """Never repeats. Every ninth id is odd and above 2**53, where a float would silently change it."""
        self.register.ids += 1
        n = self.register.ids
        return 2**53 + 65_538 * n + 1 if n % 9 == 0 else 10_000_000_000_000 + 32_768 * n + n % 97

    def begin(self) -> "Act":
        """Open one action: everything done with it happened at the same moment, for the same reason."""
        self.register.actions += 1
        return Act(self, self.clock().astimezone(UTC), self._uuid("action", self.register.actions))

    def event(self, act: "Act", topic: str, key: tuple[int, ...], pinned: str | None) -> Event:
        self.register.events += 1
        n = self.register.events
        lag = timedelta(microseconds=1_000 + n * 7_919 % 39_000)
        # Never before an earlier event: the order of triggering is the only order a subscriber can trust.
        at = max(act.at + lag, self.register.triggered_at + timedelta(microseconds=1))
        self.register.triggered_at = at
        return Event(topic, key, act.event_id, self._uuid("event", n), at, pinned)

    def _promise(self, order_id: int, wanted: Promises) -> None:
        for key, units in self.promised.pop(order_id, {}).items():
            self.committed[key] -= units
            if not self.committed[key]:
                del self.committed[key]
        if wanted:
            self.promised[order_id] = wanted
            self.committed.update(wanted)

    def _uuid(self, what: str, n: int) -> str:
        # The moment of opening keeps a new shop with the old seed from repeating the old shop's ids.
        origin = f"{self.domain}/{self.register.seed}/{self.register.opened_at.isoformat()}"
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{origin}/{what}/{n}"))


class Act:
    """One action of a merchant or a buyer, collecting the events it causes."""

    def __init__(self, shop: Shop, at: datetime, event_id: str) -> None:
        self.shop = shop
        self.at = at
        self.second = at.replace(microsecond=0)  # what Shopify stores
        self.event_id = event_id
        self.events: list[Event] = []
        self._fired: set[tuple[str, tuple[int, ...]]] = set()

    def touch(self, record: Dated) -> None:
        """The record really changed: date it and remember it."""
        record.updated_at = self.second
        self.shop.keep(record)

    def fire(self, topic: str, *key: int, pinned: Any = None) -> None:
        """Owe the topic once for this entity, with `pinned` as its body if it cannot be assembled later."""
        if (topic, key) in self._fired:
            return
        self._fired.add((topic, key))
        body = None if pinned is None else msgspec.json.encode(pinned).decode()
        self.events.append(self.shop.event(self, topic, key, body))


def key_of(record: Record) -> Key:
    match record:
        case Level():
            return record.item_id, record.location_id
        case Attempt():
            return record.key
        case _:
            return record.id
