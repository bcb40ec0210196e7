"""Any change that a reader could tell, of few things, so that changes meet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from msgspec import inspect

from connector import topics
from connector.changes import Change, Record
from connector.history import Source
from connector.postgres import Connection
from tests.deliveries import NOON
from workers.apply import STATEMENTS, apply

assert topics.TOPICS  # every reader is imported, and with it every record

#: What decides something in a view; any other text is one of two.
WORDS = {
    "delivery_method": ("PICK_UP", "PICK_UP", "SHIPPING"),
    "status": ("OPEN", "IN_PROGRESS", "CLOSED", "CANCELLED", "success", "cancelled"),
    "channel": ("email", "sms"),
    "tags": ("a", "a, b", "b, c"),
    "tag": ("a", "b", "c"),
    "weight_unit": ("g", "kg"),
    "restock_type": ("return", "no_restock"),
    "currency": ("USD", "EUR"),
    "presentment_currency": ("USD", "EUR"),
}


def _records() -> dict[str, type[Record]]:
    found = {}
    waiting = list(Record.__subclasses__())
    while waiting:
        record = waiting.pop()
        waiting += record.__subclasses__()
        if "statement" in vars(record):
            found[record.statement] = record
    return found


RECORDS = _records()
assert set(RECORDS) == set(STATEMENTS)


async def tell(connection: Connection, changes: Sequence[Change]) -> None:
    """Write the changes as a webhook's are written; of two of one row the last."""
    told = list({each.key: each for each in changes}.values())
    await apply(connection, told, [Source("webhook", "anything/update", str(n)) for n in range(len(told))])


def change(random: Random, shop_id: int, number: int) -> Change:
    """The ``number``-th change told of a shop; now and then it comes late, or is a tombstone."""
    record: Record = _struct(random, RECORDS[random.choice(STATEMENTS)])
    told = NOON + timedelta(seconds=number if random.random() < 0.9 else 0)
    record.shop_id = shop_id
    record.updated_at = record.triggered_at = told
    record.deleted_at = told if random.random() < 0.05 else None
    return Change(record, "anything")


def _struct(random: Random, kind: type[Any]) -> Any:
    fields = {}
    told: inspect.StructType = inspect.type_info(kind)  # type: ignore[assignment]
    for field in told.fields:
        if field.required or random.random() < 0.8:
            fields[field.name] = _value(random, field.name, field.type)
    return kind(**fields)


def _value(random: Random, name: str, kind: inspect.Type) -> Any:
    if isinstance(kind, inspect.Metadata):
        return _value(random, name, kind.type)
    if isinstance(kind, inspect.UnionType):
        if {type(_bare(each)) for each in kind.types} >= {inspect.FloatType, inspect.StrType}:
            return random.choice(("1", "1.00", "2.50", "10.00"))
        told = [each for each in kind.types if not isinstance(each, inspect.NoneType)]
        return None if random.random() < 0.1 else _value(random, name, random.choice(told))
    if isinstance(kind, inspect.StrType):
        return random.choice(WORDS.get(name, ("x", "y")))
    if isinstance(kind, inspect.IntType):
        return random.randint(1, 4)
    if isinstance(kind, inspect.BoolType):
        return random.random() < 0.5
    if isinstance(kind, inspect.DateTimeType):
        return _time(random)
    if isinstance(kind, inspect.DictType):
        return {"city": random.choice(("x", "y"))}
    if isinstance(kind, inspect.ListType):
        return _list(random, name, kind.item_type)
    assert isinstance(kind, inspect.NoneType), kind
    return None


def _bare(kind: inspect.Type) -> inspect.Type:
    return kind.type if isinstance(kind, inspect.Metadata) else kind


def _list(random: Random, name: str, kind: inspect.Type) -> list[Any]:
    if isinstance(kind, inspect.StructType):
        found = [_struct(random, kind.cls) for _ in range(random.randint(1, 4))]
        return list({getattr(each, "id", str(each)): each for each in found}.values())
    return [_value(random, name, kind) for _ in range(random.randint(1, 4))]


def _time(random: Random) -> datetime:
    return NOON + timedelta(seconds=random.randint(0, 9))
