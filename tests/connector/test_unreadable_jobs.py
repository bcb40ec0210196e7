"""arq deletes a job whose payload raises: ours never does, whatever the bytes."""

from __future__ import annotations

import pytest

from connector.queue import deserialize


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\xa1\xff", b"\x91" * 100_000, b"\x01", b"\x80"])
def test_an_unreadable_job_becomes_one_that_waits(data: bytes) -> None:
    job = deserialize(data)
    assert (job["f"], bytes(job["a"][0])) == ("unreadable", data)
