"""However a bulk result's bytes arrive, its lines are the same; what did not come whole is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.postgres import Pool
from workers.sync import lines as reading
from workers.sync.lines import Chunk, Damaged, chunks, is_plain, kind_of
from workers.sync.stage import Stage

CHUNK, LONGEST = 64, 400
FILES = Path(__file__).parents[4] / "shared/shopify/bulk"
needs_files = pytest.mark.skipif(not FILES.is_dir(), reason="no bulk results on this machine")


@pytest.fixture(autouse=True, scope="module")
def small() -> Iterator[None]:
    """Chunks of few bytes, so that every case around their size is met."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "CHUNK", CHUNK)
        patch.setattr(reading, "LONGEST_LINE", LONGEST)
        yield


@st.composite
def files(draw: st.DrawFn) -> list[bytes]:
    """Lines of all sizes around a chunk's."""
    sizes = draw(st.lists(st.integers(0, CHUNK + 20) | st.integers(CHUNK - 12, CHUNK + 3), max_size=20))
    quoted = draw(st.booleans())
    return [_line(number, size, "a\\b" if quoted and size % 2 else "") for number, size in enumerate(sizes)]


def _line(number: int, size: int, text: str = "") -> bytes:
    told = {"id": f"gid://shopify/Product/{number}", "t": text + "x" * max(0, size - 36)}
    return msgspec.json.encode(told).replace(b"/", b"\\/")


async def _parted(data: bytes, cuts: list[int]) -> AsyncIterator[bytes]:
    marks = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for begin, end in pairwise(marks):
        yield data[begin:end]
        yield b""


async def read(data: bytes, cuts: list[int] | None = None, offset: int = 0) -> list[Chunk]:
    return [chunk async for chunk in chunks(_parted(data, cuts or []), offset)]


CUTS = st.lists(st.integers(0, 10_000), max_size=40)


@settings(max_examples=300)
@given(lines=files(), cuts=CUTS, ended=st.booleans(), started=st.integers(0, 10**10))
async def test_any_parting_gives_the_same_lines_and_where_each_chunk_ends(
    lines: list[bytes], cuts: list[int], ended: bool, started: int
) -> None:
    data = b"\n".join(lines) + (b"\n" if ended and lines else b"")
    found = await read(data, cuts, started)
    assert [line for chunk in found for line in chunk.lines] == lines
    end = started
    for chunk in found:
        end += sum(len(line) + 1 for line in chunk.lines)
        assert chunk.offset == min(end, started + len(data))
        assert chunk.plain == is_plain(b"\n".join(chunk.lines))
        again = await read(data[chunk.offset - started :], cuts, chunk.offset)
        rest = [line for later in again for line in later.lines]
        assert rest == lines[len(lines) - len(rest) :]
    assert end - started in (len(data), len(data) + 1)


@settings(max_examples=300)
@given(lines=files(), cuts=CUTS, at=st.integers(0, 10_000), started=st.integers(0, 10**10))
async def test_a_cut_within_a_line_names_the_byte_at_which_that_line_begins(
    lines: list[bytes], cuts: list[int], at: int, started: int
) -> None:
    lines = [*lines, _line(99, 40)]
    data = b"\n".join(lines) + b"\n"
    size = at % len(data)
    begins = data.rfind(b"\n", 0, size) + 1
    left = data[:size]
    if size == begins or data[size : size + 1] == b"\n":  # between two lines, where only counting tells
        await read(left, cuts, started)
        return
    with pytest.raises(Damaged, match=f"in the middle of a line, after byte {started + begins}$"):
        await read(left, cuts, started)


@settings(max_examples=100)
@given(before=files(), started=st.integers(0, 10**10))
async def test_a_line_longer_than_any_object_is_not_waited_for(before: list[bytes], started: int) -> None:
    head = b"".join(line + b"\n" for line in before)
    endless = b'{"id":"' + b"x" * (4 * LONGEST)
    taken = 0

    async def source() -> AsyncIterator[bytes]:
        nonlocal taken
        for begin in range(0, len(head) + len(endless), 32):
            taken = min(begin + 32, len(head) + len(endless))
            yield (head + endless)[begin : begin + 32]

    with pytest.raises(Damaged, match=f"a line after byte {started + len(head)} is longer"):
        [chunk async for chunk in chunks(source(), started)]
    assert taken <= len(head) + LONGEST + CHUNK + 64


async def test_no_more_than_a_chunk_and_the_line_it_ends_in_is_held() -> None:
    lines = [_line(number, 40) for number in range(500)]
    given_out = 0

    async def source() -> AsyncIterator[bytes]:
        nonlocal given_out
        for byte in b"\n".join(lines):
            given_out += 1
            yield bytes([byte])

    seen = 0
    async for chunk in chunks(source(), 0):
        assert given_out - seen <= CHUNK + max(map(len, lines)) + 2
        seen = chunk.offset
    assert seen == given_out


@pytest.mark.parametrize("data", [b"", b"\n"], ids=["nothing", "a newline alone"])
async def test_an_empty_file_has_no_objects(data: bytes) -> None:
    for chunk in await read(data):
        for line in chunk.lines:
            with pytest.raises(Damaged, match="no JSON object"):
                kind_of(line)


async def test_lines_may_end_as_windows_ends_them() -> None:
    lines = [_line(number, 50) for number in range(9)]
    found = await read(b"\r\n".join(lines) + b"\r\n", [7, 100, 101])
    assert [kind_of(line) for chunk in found for line in chunk.lines] == ["Product"] * 9
    assert [msgspec.json.decode(line) for chunk in found for line in chunk.lines] == [
        msgspec.json.decode(line) for line in lines
    ]


@pytest.mark.parametrize("stream", ["products", "customers"])
@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"", "no JSON object"),
        (b"\xef\xbb\xbf" + _line(1, 40), "no JSON object"),
        (b"[1]", "no JSON object"),
        (b"null", "no JSON object"),
        (b'{"id":"gid:\\/\\/shopify\\/Metafield\\/1","value":"x"}', "not asked for among .*: Metafield$"),
        (b'{"__typename":"DiscountCodeApplication"}', "not asked for among .*: DiscountCodeApplication$"),
        (b'{"code":"x"}', "not asked for among .*: it has none$"),
        (b'{"id":7}', "no JSON object"),
    ],
)
async def test_what_is_no_object_that_was_asked_for_is_refused_by_name(
    line: bytes, words: str, stream: str
) -> None:
    for before in ([], [_line(1, 40)] if stream == "products" else [_customer(1)]):
        few = [*before, line]
        if stream == "products" and before:
            few = [b'{"id":"gid://shopify/Product/1","updatedAt":"2026-01-01T00:00:00Z"}', line]
        with pytest.raises(Damaged, match=words):
            Stage(1).rows(stream, Chunk(few, 0, is_plain(b"\n".join(few))), 1)


def _customer(number: int) -> bytes:
    return b'{"id":"gid:\\/\\/shopify\\/Customer\\/%d"}' % number


@pytest.mark.parametrize(
    "head",
    [
        b'{"id":"gid://shopify/ProductVariant/7"',
        b'{"id":"gid:\\/\\/shopify\\/ProductVariant\\/7"',
        b'{"id": "gid://shopify/ProductVariant/7"',
        b'{ "id" : "gid:\\/\\/shopify\\/ProductVariant\\/7"',
        b'{"__parentId":"gid://shopify/Product/1","id":"gid://shopify/ProductVariant/7"',
        b'{"title":"a \\"quoted\\" gid://shopify/Product/1","id":"gid:\\/\\/shopify\\/ProductVariant\\/7"',
        b'{"__typename":"ProductVariant"',
    ],
)
def test_a_type_is_known_however_the_line_is_written(head: bytes) -> None:
    assert kind_of(head + b',"sku":"x"}') == "ProductVariant"


@needs_files
@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("products_with_variants_media.jsonl", ["Product", "ProductVariant", "MediaImage", "Metafield"]),
        ("product_variants_with_media.jsonl", ["ProductVariant", "MediaImage", "Metafield"]),
        ("products_flat_1456.jsonl", ["Product"] * 1456),
    ],
)
async def test_real_files_are_read_line_by_line(name: str, kinds: list[str]) -> None:
    data = (FILES / name).read_bytes()
    random = Random(1)
    for _ in range(10):
        found = await read(data, [random.randrange(len(data)) for _ in range(50)])
        assert [kind_of(line) for chunk in found for line in chunk.lines] == kinds
        assert found[-1].offset == len(data)


@needs_files
async def test_of_a_real_file_what_nobody_asked_for_is_refused_and_the_rest_is_staged(pool: Pool) -> None:
    """The recorded files tell less than we ask for, so each line gets the time that ours would have."""
    stage = Stage(1)
    await stage.create(pool)
    for name in ("products_with_variants_media.jsonl", "products_flat_1456.jsonl"):
        lines = [_timed(line) for line in (FILES / name).read_bytes().splitlines()]
        wanted = [line for line in lines if kind_of(line) != "Metafield"]
        if wanted != lines:
            with pytest.raises(Damaged, match=r"not asked for among products: Metafield$"):
                stage.rows("products", Chunk(lines, 0, is_plain(b"\n".join(lines))), 1)
        variants = [line for line in wanted if kind_of(line) in ("Product", "ProductVariant")]
        rows = stage.rows("products", Chunk(variants, 0, is_plain(b"\n".join(variants))), 1)
        async with pool.acquire() as connection:
            await stage.add(connection, rows)
    titles = {
        int(told["id"].rpartition("/")[2]): told["title"]
        for name in ("products_with_variants_media.jsonl", "products_flat_1456.jsonl")
        for told in map(_decoded, (FILES / name).read_bytes().splitlines())
        if "/Product/" in told["id"]
    }
    kept = await pool.fetch(stage.sql("select id, title from {stage}products"))
    assert {row["id"]: row["title"] for row in kept} == titles
    (variant,) = await pool.fetch(stage.sql("select * from {stage}variants"))
    assert (variant["id"], variant["product_id"]) == (51487966167346, 10243914727730)
    assert variant["sku"].startswith("bulk-variant-")


def _decoded(line: bytes) -> dict[str, Any]:
    return msgspec.json.decode(line, type=dict[str, Any])


def _timed(line: bytes) -> bytes:
    return line[:-1] + b',"updatedAt":"2026-01-01T00:00:00Z"}'
