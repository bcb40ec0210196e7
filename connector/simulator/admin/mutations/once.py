"""The promise of an idempotency key: what was asked under it is done once, and answered as it was then."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from connector.simulator.admin.mutations.refused import Payload, Refused, problem
from connector.simulator.admin.refusals import bad_request
from connector.simulator.admin.view import View
from connector.simulator.attempts import Attempt
from connector.simulator.event import Event

CONCURRENT: Final = "This request is currently in progress, please try again."
MISMATCH: Final = "The same idempotency key cannot be used with different operation parameters."
FAILED: Final = "A previous request with this idempotency key failed. Retry with a new idempotency key."


Doing = tuple[Payload, Callable[[], list[Event]]]  # what will be answered, and the act


def once(view: View, name: str, wish: dict[str, Any], do: Callable[[], Doing]) -> Payload:
    """The payload, of the first time if there was one. GraphQLError where no key came with the field."""
    if view.key is None:
        raise bad_request("The @idempotent directive is required for this mutation but was not provided.")
    if not view.key.strip():
        raise bad_request("The key of the @idempotent directive can't be blank.")
    if view.desk.spend("concurrent_next"):
        return _refused(CONCURRENT, "CONCURRENT_REQUEST")
    asked = msgspec.json.encode([name, wish]).decode()
    before = view.shop.attempts.get(view.key)
    if before is not None:
        if before.asked != asked:
            return _refused(MISMATCH, "KEY_PARAMETER_MISMATCH")
        if before.failed:
            return _refused(FAILED, "PREVIOUS_ATTEMPT_FAILED")
        told: Payload = msgspec.json.decode(before.answer)
        return told
    try:
        made, act = do()
    except Refused as refused:
        made, act = {"userErrors": refused.problems}, list
    attempt = Attempt(
        key=view.key,
        asked=asked,
        answer=msgspec.json.encode(made).decode(),
        failed=bool(made["userErrors"]),
    )

    def keep() -> list[Event]:  # with the effect: whoever is killed has done both or neither
        events = act()
        view.shop.keep(attempt)
        return events

    view.desk.perform(keep)
    return made


def _refused(message: str, code: str) -> Payload:
    return {"userErrors": [problem(None, message, f"IDEMPOTENCY_{code}")]}
