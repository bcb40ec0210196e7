"""Lines on their way into the stage: what a shop's texts hold arrives as it was, however it was escaped."""

from __future__ import annotations

import msgspec
import pytest

from connector.postgres import Pool
from workers.sync.lines import Chunk, Damaged, is_plain
from workers.sync.stage import Stage

TITLES = [
    "", "Shirt", r"\N", "tab\there", "two\nlines\r", 'a 5" disk', "back\\slash", "\\/", "C:\\new\\temp",
    "é ☕ 😀", "1/2", "\\", "a,b;c'd", "\x01\x1f", "\u2028",
]  # fmt: skip


def product(number: int, title: str | None, *, slashes: bool) -> bytes:
    told = {
        "id": f"gid://shopify/Product/{number}", "title": title, "tags": ["x", "y z"],
        "updatedAt": "2026-02-01T00:00:00Z", "status": "ACTIVE",
    }  # fmt: skip
    line = msgspec.json.encode(told)
    return line.replace(b"/", b"\\/") if slashes else line


def chunk(lines: list[bytes]) -> Chunk:
    return Chunk(lines, 0, is_plain(b"\n".join(lines)))


@pytest.mark.parametrize("slashes", [True, False])
@pytest.mark.parametrize("together", [True, False])
async def test_every_title_arrives_as_it_was(pool: Pool, slashes: bool, together: bool) -> None:
    stage = Stage(1)
    await stage.create(pool)
    titles = [*TITLES, None]
    lines = [product(number, title, slashes=slashes) for number, title in enumerate(titles)]
    async with pool.acquire() as connection:
        for few in [lines] if together else [[line] for line in lines]:
            await stage.add(connection, stage.rows("products", chunk(few), 1))
    rows = await pool.fetch(stage.sql("select title, status, tags, handle from {stage}products order by id"))
    assert [row["title"] for row in rows] == titles
    assert {(row["status"], row["tags"], row["handle"]) for row in rows} == {("active", "x, y z", None)}


async def test_a_nul_which_postgres_cannot_hold_is_replaced_as_in_webhooks(pool: Pool) -> None:
    stage = Stage(1)
    await stage.create(pool)
    async with pool.acquire() as connection:
        await stage.add(connection, stage.rows("products", chunk([product(1, "a\0b", slashes=True)]), 1))
    assert await pool.fetchval(stage.sql("select title from {stage}products")) == "a\ufffdb"


@pytest.mark.parametrize(
    "line",
    [
        b'{"id":"gid://shopify/Product/x","updatedAt":"2026-02-01T00:00:00Z"}',
        b'{"id":"gid://shopify/Product/1","updatedAt":"yesterday noon"}',
        b'{"id":"gid://shopify/Product/99999999999999999999","updatedAt":"2026-02-01T00:00:00Z"}',
        b'{"id":"gid://shopify/Product/1","updatedAt":"2026-02-01T00:00:00Z","title":7}',
        b'{"id":"gid://shopify/Product/1"}',
        b'{"id":"gid://shopify/Product/1","updatedAt":"2026-02-01T00:00:00Z","title":"\xff"}',
        b'{"id":"gid://shopify/Product/1"',
    ],
)
async def test_what_is_not_of_its_column_is_damaged(pool: Pool, line: bytes) -> None:
    stage = Stage(1)
    await stage.create(pool)
    async with pool.acquire() as connection:
        with pytest.raises(Damaged, match="not as it was asked for"):
            await stage.add(connection, stage.rows("products", chunk([line]), 1))
