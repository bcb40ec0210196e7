"""Bulk results that are not what Shopify said: a clear word, nothing half-applied, and the run goes on."""

from __future__ import annotations

from typing import Any

import pytest

from connector import queue, syncs
from connector.postgres import Pool
from connector.settings import Settings
from tests.workers.connected import connected


async def rows(pool: Pool) -> dict[str, int]:
    return {
        table: await pool.fetchval(f"select count(*) from connector.{table}")
        for table in ("products", "variants", "inventory_items", "inventory_levels", "orders", "customers")
    }


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        ({"cut_mid_line": 3}, "the file ends in the middle of a line"),
        ({"cut_at_line": 3}, "its file holds 3"),
        ({"not_json": 1}, "a line is no JSON object"),
        ({"foreign_lines": 1}, "a line is of a type that was not asked for"),
        ({"expire_after_bytes": 3000}, "the address of Shopify's file does not open any more"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
async def test_a_damaged_file_is_refused_whole_and_resumed_later(
    settings: Settings, pool: Pool, redis: queue.Redis, faults: dict[str, Any], words: str
) -> None:
    async with connected(settings, pool, redis, acts=30) as shop:
        await shop.app.steer(**faults)
        run = await shop.sync()
        assert run.state == "failed"
        assert run.error
        assert words in run.error
        assert "resume" in run.error
        whole = {stream.stream for stream in (await shop.streams()).values() if stream.state == "done"}
        assert whole <= {"locations", "returns"}  # so small that nothing was wrong with them
        assert set((await rows(pool)).values()) == {0}
        await shop.app.steer(**dict.fromkeys(faults, 0))
        resumed = await syncs.resume(pool, shop.shop_id)
        assert resumed
        assert (await shop.go_on(resumed)).state == "done"
        assert [str(each) for each in await shop.differences()] == []


@pytest.mark.parametrize(
    "faults",
    [
        {"reorder": True},
        {"long_line": True},
        {"break_next": 3, "break_after_bytes": 2000},
        {"bulk_fail_next": 2},
        {"throttle_next": 3, "internal_error_next": 2},
        {"drop_next": 2},
        {"status": 502, "status_next": 2},
        {"status": 429, "status_next": 2, "retry_after": 0.1},
        {"html": True, "status": 503, "status_next": 2},
    ],
    ids=lambda faults: "-".join(faults),
)
async def test_what_heals_by_itself_leaves_no_difference(
    settings: Settings, pool: Pool, redis: queue.Redis, faults: dict[str, Any]
) -> None:
    async with connected(settings, pool, redis, acts=30) as shop:
        await shop.app.steer(**faults)
        run = await shop.sync()
        assert (run.state, run.error) == ("done", None)
        assert [str(each) for each in await shop.differences()] == []


async def test_a_bulk_operation_that_never_succeeds_is_replaced_by_pages(
    settings: Settings, pool: Pool, redis: queue.Redis
) -> None:
    async with connected(settings, pool, redis, acts=30) as shop:
        await shop.app.steer(bulk_fail_next=1000)
        run = await shop.sync()
        assert (run.state, run.error) == ("done", None)
        assert [str(each) for each in await shop.differences()] == []
        for stream in (await shop.streams()).values():
            assert stream.note
            assert "read thing by thing instead" in stream.note


async def test_a_bulk_operation_that_does_not_move_is_given_up(
    settings: Settings, pool: Pool, redis: queue.Redis
) -> None:
    async with connected(settings, pool, redis, acts=10, changed={"sync_stuck_after": 0.3}) as shop:
        await shop.app.steer(bulk_stuck_next=2)
        run = await shop.sync()
        assert (run.state, run.error) == ("done", None)
        assert [str(each) for each in await shop.differences()] == []
        told = await shop.app.steer()
        assert {operation["status"] for operation in told["operations"]} == {"COMPLETED", "CANCELED"}


async def test_a_missing_scope_skips_its_stream_with_a_word(
    settings: Settings, pool: Pool, redis: queue.Redis
) -> None:
    async with connected(settings, pool, redis, acts=30) as shop:
        await shop.app.steer(scopes=["read_products", "write_inventory", "read_locations", "read_customers"])
        run = await shop.sync()
        assert (run.state, run.error) == ("done", None)
        states = {name: stream.state for name, stream in (await shop.streams()).items()}
        assert {name for name, state in states.items() if state == "skipped"} == {
            "orders",
            "fulfillments",
            "returns",
        }
        assert (await shop.streams())["orders"].note == "the app lacks the scope read_orders"
        assert await shop.differences({"products", "variants", "inventory", "locations"}) == []
