"""arq deletes a job whose payload raises: ours never does, whatever the bytes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from connector.queue import deserialize

JOB: dict[str, Any] = {
    "f": "apply_deliveries",
    "a": [b"secret"],
    "k": {"more": b"secret"},
    "t": None,
    "et": 1,
}


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\xa1\xff", b"\x91" * 100_000, b"\x01", b"\x80"])
def test_an_unreadable_job_becomes_one_that_waits(data: bytes) -> None:
    job = deserialize(data)
    assert (job["f"], bytes(job["a"][0])) == ("unreadable", data)


@pytest.mark.parametrize(
    "changed",
    [
        {"f": ["x"]},
        {"et": "now"},
        {"et": 10**18},
        {"et": -1},
        {"t": "one"},
        {"k": 5},
        {"k": {1: 2}},
        {"a": "ab"},
    ],
    ids=str,
)
def test_a_job_of_another_shape_waits_too(changed: dict[str, Any]) -> None:
    data = msgspec.msgpack.encode(JOB | changed)
    assert deserialize(data)["f"] == "unreadable"


def test_a_job_of_ours_is_read_and_its_bytes_are_shown_to_no_log() -> None:
    job = deserialize(msgspec.msgpack.encode(JOB))
    assert job == JOB
    assert "secret" not in repr(job)
