"""A till's look-ups in a large shop, beside a bare look-up by primary key.

``python -m tests.benchmarks.lookups``
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import uvloop

from connector import migrate, postgres, shops
from connector.embedded import Servers
from connector.postgres import Connection, Pool, blocks
from tests.benchmarks.load import SHOP
from tests.servers import servers_of_its_own

_SQL = blocks("tests.benchmarks", "lookups")
PATIENCE = 1800.0
#: At most so many times a bare look-up, of 99 in 100 look-ups.
GOAL = 3.0


class Size(NamedTuple):
    """How large a shop."""

    products: int
    orders: int
    waiting: int

    @property
    def variants(self) -> int:
        return self.products * 10

    @property
    def customers(self) -> int:
        return self.orders * 2 // 5


class Lookup(NamedTuple):
    """Something looked up again and again, with how many rows it answers; None for some or other number."""

    name: str
    block: str
    given: Callable[[], tuple[Any, ...]]
    rows: int | None


def lookups(size: Size) -> list[Lookup]:
    """What tills look up, in a shop of this size."""

    def some(of: int, *, every: int = 1, plus: int = 0) -> int:
        return random.randrange(of // every) * every + plus

    def here() -> int:
        return random.randint(1, 3)

    def variant(name: str, code: Callable[[], str], rows: int = 1) -> Lookup:
        return Lookup(name, "variants_here", lambda: (SHOP, here(), code()), rows)

    def order(name: str, typed: Callable[[], str], rows: int | None = 1) -> Lookup:
        return Lookup(name, "orders_typed", lambda: (SHOP, typed()), rows)

    def customer(name: str, typed: Callable[[], str], rows: int | None = 1) -> Lookup:
        return Lookup(name, "customers_typed", lambda: (SHOP, typed()), rows)

    v, o, c = size.variants, size.orders, size.customers
    return [
        variant("barcode", lambda: str(4000000000000 + some(v, every=20, plus=2))),
        variant("barcode, UPC-A as EAN-13", lambda: f"00{40000000000 + some(v, every=20, plus=1)}"),
        variant("SKU", lambda: f"sku-{some(v, every=20, plus=3):08}"),
        variant("SKU in small letters", lambda: f"SKU-{some(v - 20, every=20, plus=20):08}"),
        variant("code that is none", lambda: f"9{some(v):012}", 0),
        order("order number", lambda: str(1001 + some(o))),
        order("order number with #", lambda: f"#{1001 + some(o)}"),
        order("order number that is none", lambda: str(9_000_000 + some(o)), 0),
        order("orders by e-mail", lambda: f"Customer{1 + some(c)}@example.com", None),
        order("orders by e-mail, none", lambda: f"nobody{some(c)}@example.com", 0),
        customer("customer by phone", lambda: f"+49 30 {10_000_001 + some(c)}"),
        customer("customer by phone at home", lambda: f"030/{10_000_001 + some(c)}"),
        customer("customer by phone, none", lambda: f"0151 {10_000_001 + some(c)}", 0),
        customer("customer by e-mail", lambda: f"customer{1 + some(c)}@example.com"),
        customer("customer by whole name", lambda: _name(1 + some(c)), None),
        customer("customer by name's beginning", lambda: f"family{some(60_000):05}"[:9], None),
        Lookup("pickups of a location", "pickups_here", lambda: (SHOP, here()), size.waiting),
        Lookup("pickups of no location", "pickups_here", lambda: (SHOP, 99), 0),
    ]


def _name(n: int) -> str:
    return f"family{n * 7919 % 60000}, given{n % 900}"


async def fill(pool: Pool, size: Size) -> int:
    """A shop of that size; returns its number."""
    await migrate.migrate(pool)
    shop_id = await shops.add(pool, SHOP)
    given: dict[str, Sequence[int]] = {
        **dict.fromkeys(("products", "variants", "items", "levels"), (size.products,)),
        "locations": (),
        **dict.fromkeys(("customers", "totals", "merges"), (size.customers,)),
        "orders": (size.orders, size.customers),
        **dict.fromkeys(("order_lines", "refunds"), (size.orders,)),
        "fulfillment_orders": (size.orders, size.waiting),
    }
    for block, arguments in given.items():
        began = time.perf_counter()
        await pool.execute(_SQL[block], shop_id, *arguments, timeout=PATIENCE)
        print(f"  {block} in {time.perf_counter() - began:.0f} s", flush=True)
    await pool.execute(_SQL["analyze"], timeout=PATIENCE)
    await pool.execute("checkpoint", timeout=PATIENCE)
    return shop_id


async def measure(connection: Connection, shop_id: int, size: Size, times: int) -> None:
    """Every look-up and the bare one in turns, on one connection; prints a table."""
    bare = await connection.prepare(_SQL["bare"])
    heads = ("rows", "p50 us", "p99 us", "bare p50", "bare p99", "p50 x", "p99 x")
    print(" " * 28 + "".join(f"{head:>9}" for head in heads))
    for each in lookups(size):
        asked = await connection.prepare(_SQL[each.block])
        for _ in range(50):  # Postgres keeps a plan from the sixth time on
            await asked.fetch(*each.given())
        ours, bares, rows = [], [], 0
        for _ in range(times):
            known = 44000000000000 + random.randint(1, size.variants)
            began = time.perf_counter()
            await bare.fetch(shop_id, known)
            between = time.perf_counter()
            given = each.given()
            asking = time.perf_counter()
            found = await asked.fetch(*given)
            ours.append(time.perf_counter() - asking)
            bares.append(between - began)
            rows += len(found)
            if each.rows is not None and len(found) != each.rows:
                raise SystemExit(f"{each.name}: {len(found)} rows for {given}, not {each.rows}")
        p50, p99 = _quantiles(ours)
        bare50, bare99 = _quantiles(bares)
        print(
            f"{each.name:28}{rows / times:9.1f}{p50:9.0f}{p99:9.0f}{bare50:9.0f}{bare99:9.0f}"
            f"{p50 / bare50:9.2f}{p99 / bare99:9.2f}{'' if p99 <= GOAL * bare99 else '  over'}",
            flush=True,
        )


def _quantiles(seconds: list[float]) -> tuple[float, float]:
    """Half and 99 of 100, in microseconds."""
    ordered = sorted(seconds)
    return ordered[len(ordered) // 2] * 1e6, ordered[len(ordered) * 99 // 100] * 1e6


async def run(servers: Servers, size: Size, times: int) -> None:
    pool = await postgres.connect(servers.postgres_dsn, size=1)
    print(f"{size.variants:,} variants, {size.orders:,} orders, {size.customers:,} customers")
    shop_id = await fill(pool, size)
    async with pool.acquire() as connection:
        await connection.execute("select pg_stat_reset()")
        await measure(connection, shop_id, size, times)
        await connection.execute("select pg_stat_force_next_flush()")
        scanned = await connection.fetch(_SQL["scanned"])
        print("tables read through:", ", ".join(row["relname"] for row in scanned) or "none")
        began = time.perf_counter()
        doubled = await connection.fetchval("select count(*) from pos.duplicate_codes", timeout=PATIENCE)
        print(f"pos.duplicate_codes: {doubled} in {time.perf_counter() - began:.1f} s")
    await pool.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.lookups", description=__doc__)
    parser.add_argument("--products", type=int, default=100_000, help="ten variants each, in three locations")
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--waiting", type=int, default=20, help="pickups that wait at each location")
    parser.add_argument("--times", type=int, default=2_000)
    given = parser.parse_args()
    size = Size(given.products, given.orders, given.waiting)
    with servers_of_its_own("the benchmark of look-ups") as servers:
        uvloop.run(run(servers, size, given.times))


if __name__ == "__main__":
    sys.exit(main())
