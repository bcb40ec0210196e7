"""A stored batch that is damaged, cut off or of another make waits; it is never taken for a good one."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.envelope import UnknownFormat, compress, decode, encode
from tests.deliveries import envelope

MADE = [
    envelope("products/update", {"id": number, "title": "Tea " * number}, received_at=datetime.now(UTC))
    for number in range(4)
]
STORED = encode(MADE)


@given(st.integers(2, len(STORED) - 1), st.integers(1, 255))
def test_a_damaged_batch_is_never_taken_for_a_good_one(place: int, change: int) -> None:
    damaged = bytearray(STORED)
    damaged[place] ^= change
    try:
        read = decode(bytes(damaged))
    except UnknownFormat:
        return
    assert read == MADE  # zstd's header has bits that mean nothing


@given(st.integers(0, len(STORED) - 1))
def test_a_batch_that_was_cut_off_waits(length: int) -> None:
    with pytest.raises(UnknownFormat):
        decode(STORED[:length])


@pytest.mark.parametrize("raw", [b"\x91\x98\xa1\xff" + b"\xa1x" * 7, b"\x91" * 100_000, b"\x01", b"\x91\x90"])
def test_bytes_that_are_no_deliveries_wait(raw: bytes) -> None:
    with pytest.raises(UnknownFormat):
        decode(b"E1" + compress(raw))


def test_a_field_that_a_newer_release_added_is_left_alone() -> None:
    (made,) = MADE[:1]
    newer = msgspec.msgpack.encode([[*msgspec.to_builtins(made, builtin_types=(bytes, datetime)), "new"]])
    assert decode(b"E1" + compress(newer)) == [made]
