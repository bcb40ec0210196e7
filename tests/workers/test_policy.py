"""What an error means, beyond the table's obvious lines, and the words that are kept of it."""

from __future__ import annotations

import ssl

import asyncpg
import pytest
import redis.exceptions

from connector.envelope import UnknownFormat
from connector.errors import ConfigurationError, Permanent, Transient
from workers import policy

#: By the SQLSTATE that Postgres sends.
STATES = {
    "08006": "transient",  # connection failure
    "22003": "permanent",  # a number out of range
    "23505": "permanent",  # a row that stands already
    "25006": "transient",  # a standby
    "25P03": "transient",  # ended while idle in its transaction
    "28P01": "transient",  # the password was changed
    "3D000": "transient",  # the database is being restored
    "40001": "transient",
    "40P01": "transient",
    "42P01": "suspect",  # a table that is missing
    "53100": "transient",  # disk full
    "53200": "transient",
    "53300": "transient",
    "55P03": "transient",  # a lock that was not to be had
    "57014": "transient",  # cancelled
    "57P01": "transient",
    "57P02": "transient",
    "57P03": "transient",
    "57P04": "transient",
    "58030": "transient",  # its disk fails
    "P0001": "suspect",
    "XX000": "suspect",
}


@pytest.mark.parametrize(("state", "kind"), STATES.items())
def test_every_answer_of_postgres_has_its_kind(state: str, kind: str) -> None:
    error = asyncpg.PostgresError.new({"C": state, "M": "a message"})
    assert error.sqlstate == state
    assert policy.rule_for(error).kind == kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (asyncpg.InterfaceError("the connection is closed"), "transient"),
        (asyncpg.InternalClientError("a state it does not know"), "transient"),
        (asyncpg.exceptions._base.DataError("an argument it could not encode"), "suspect"),
        (redis.exceptions.ConnectionError("gone"), "transient"),
        (redis.exceptions.BusyLoadingError("loading"), "transient"),
        (redis.exceptions.OutOfMemoryError("full"), "transient"),
        (redis.exceptions.ReadOnlyError("a replica"), "transient"),
        (ssl.SSLError("a handshake that failed"), "transient"),
        (UnknownFormat("newer"), "transient"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"), "suspect"),
        (ConfigurationError("wrong"), "suspect"),
        (AssertionError(), "suspect"),
        (MemoryError(), "suspect"),
        (Permanent("no"), "permanent"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else value,
)
def test_every_other_error_has_its_kind(error: BaseException, kind: str) -> None:
    assert policy.rule_for(error).kind == kind


@pytest.mark.parametrize("rule", policy.POLICY, ids=lambda rule: f"{rule.errors[0].__name__}")
def test_delays_double_within_bounds(rule: policy.Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    for jitter in (0.5, 1.0, 1.5):
        monkeypatch.setattr("random.uniform", lambda low, high, jitter=jitter: min(max(jitter, low), high))
        delays = [policy.delay(rule, attempt) for attempt in (0, 1, 2, 3, 50, 10**6)]
        assert delays[0] == delays[1] == rule.first_delay * jitter
        assert delays[2:4] == [
            min(rule.first_delay * 2, rule.longest_delay) * jitter,
            min(rule.first_delay * 4, rule.longest_delay) * jitter,
        ]
        assert delays[4] == delays[5] == rule.longest_delay * jitter


def test_the_words_kept_of_an_error_quote_no_payload() -> None:
    told = {
        "C": "23505",
        "M": "duplicate ada@example.com",
        "D": "Key (email)=(ada@example.com)",
        "n": "mail_key",
    }
    try:
        raise asyncpg.PostgresError.new(told)
    except asyncpg.PostgresError as error:
        failure = policy.describe(error, policy.rule_for(error))
    assert failure.kind == "permanent"
    assert failure.error == "Postgres refused it: UniqueViolationError (23505, mail_key)"
    assert failure.traceback is not None
    assert "test_policy.py" in failure.traceback
    assert "ada@example.com" not in failure.error


def test_a_permanent_error_keeps_its_own_words_and_no_traceback() -> None:
    error = Permanent("the field is wrong")
    assert policy.describe(error, policy.rule_for(error)) == ("permanent", "the field is wrong", None)


def test_what_heals_is_never_described_as_a_kind_that_does_not_exist() -> None:
    error = Transient("away")
    assert policy.describe(error, policy.rule_for(error)).kind == "suspect"
