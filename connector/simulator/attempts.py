"""What was asked under an idempotency key, and what came of it."""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Attempt:
    """`answer` is the payload as JSON; a failed attempt is not repeated under its key."""

    key: str
    asked: str  # the mutation and its parameters as JSON
    answer: str
    failed: bool
