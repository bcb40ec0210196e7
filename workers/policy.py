"""What a failure means: error → kind → delay before the next attempt, or the dead letters. Pure."""

from __future__ import annotations

import asyncio
import random
import traceback
from typing import Literal, NamedTuple

import asyncpg

from connector import postgres, queue
from connector.dead_letters import Failure
from connector.errors import Permanent, Transient

Kind = Literal["transient", "suspect", "permanent"]


class Rule(NamedTuple):
    """The first rule that names an error's class decides. Delays are seconds and double up to the longest."""

    errors: tuple[type[BaseException], ...]
    kind: Kind
    first_delay: float
    longest_delay: float


POLICY = (
    # What is known to be wrong with a delivery stays wrong.
    Rule((Permanent,), "permanent", 0, 0),
    Rule((asyncpg.DataError, asyncpg.IntegrityConstraintViolationError), "permanent", 0, 0),
    # A neighbour's transaction was in the way.
    Rule((asyncpg.DeadlockDetectedError, asyncpg.SerializationError), "transient", 0.05, 1),
    # asyncpg's own DataError is an InterfaceError too, but means an argument that it could not encode.
    Rule((ValueError,), "suspect", 2, 120),
    # Something is away and will be back: waits as long as it takes.
    Rule((Transient, asyncio.TimeoutError, TimeoutError, asyncpg.QueryCanceledError), "transient", 0.5, 30),
    Rule((*postgres.AWAY, *queue.AWAY), "transient", 0.5, 30),
    # Whatever else: perhaps a bug of ours, perhaps of the moment.
    Rule((BaseException,), "suspect", 2, 120),
)


def rule_for(error: BaseException) -> Rule:
    """The rule that decides about this error."""
    return next(rule for rule in POLICY if isinstance(error, rule.errors))


def delay(rule: Rule, attempt: int) -> float:
    """Seconds to wait before trying again after the ``attempt``-th failure, jittered by half either way."""
    backoff = rule.first_delay * 2.0 ** min(max(attempt - 1, 0), 20)
    return min(backoff, rule.longest_delay) * random.uniform(0.5, 1.5)


def describe(error: BaseException, rule: Rule) -> Failure:
    """An error in words that carry no values of the payload: messages of Postgres quote them."""
    if isinstance(error, Permanent):
        return Failure("permanent", str(error))
    where = "".join(traceback.format_tb(error.__traceback__))
    name = type(error).__name__
    if isinstance(error, asyncpg.PostgresError):
        column = getattr(error, "column_name", None) or getattr(error, "constraint_name", None)
        name = f"Postgres refused it: {name} ({error.sqlstate}{f', {column}' if column else ''})"
    return Failure("permanent" if rule.kind == "permanent" else "suspect", name, where)
