"""One command on its way to Shopify: what it asks, what it sends, and what it remembers of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import msgspec

from connector.commands import store
from connector.commands.records import Arguments, Command, Refused, Sent
from connector.errors import Permanent
from connector.postgres import Pool
from connector.shopify.client import Admin
from connector.shopify.documents import Document, document
from connector.shopify.errors import OutcomeUnknown, Unavailable

A = TypeVar("A", bound=Arguments)
T = TypeVar("T")


class UserError(msgspec.Struct):
    """Why Shopify does not do it, in its words."""

    message: str
    code: str | None = None


class Done(msgspec.Struct, frozen=True):
    """Shopify did it. ``affected`` are the things to read anew, so that the mirror shows it at once."""

    answer: dict[str, Any]
    affected: Sequence[tuple[str, int]] = ()
    reason: str | None = None


def asked(file: str, operation: str) -> Document:
    """One of the documents beside ``connector.commands``."""
    return document("connector.commands", file, operation)


@dataclass(frozen=True, slots=True)
class Errand:
    """A command being carried out."""

    pool: Pool
    admin: Admin
    command: Command
    #: The command's own, read.
    given: Arguments
    #: How long an unanswered mutation may still take effect.
    settle: timedelta

    @property
    def sent(self) -> Sent | None:
        """What an earlier attempt sent; whether it took effect is to be looked at before sending again."""
        return self.command.sent

    @property
    def order_id(self) -> int:
        """The command's order; only kinds that need one ask."""
        assert self.command.order_id is not None
        return self.command.order_id

    def arguments(self, form: type[A]) -> A:
        """The command's arguments, of the form that its kind has."""
        assert isinstance(self.given, form)
        return self.given

    async def look(self, question: Document, variables: dict[str, Any], form: type[T]) -> T:
        """What Shopify says now."""
        answer = await self.admin.ask(question, variables)
        return msgspec.json.decode(answer.data, type=form, strict=False)

    async def send(self, mutation: Document, sent: Sent, form: type[T]) -> tuple[T, list[UserError]]:
        """Have Shopify do it, after what is sent was stored; return its payload, and why it did not.

        Without a key an answer that does not come raises OutcomeUnknown, and the next attempt looks first.
        """
        settle = timedelta(0) if sent.key else self.settle
        await store.note_sent(self.pool, self.command, sent, settle)
        try:
            answer = await self.admin.ask(mutation, sent.variables)
        except OutcomeUnknown:
            raise
        except (Unavailable, Permanent):
            if not sent.key:
                await store.note_unsent(self.pool, self.command)
            raise
        (payload,) = msgspec.json.decode(answer.data, type=dict[str, msgspec.Raw]).values()
        if bytes(payload) == b"null":
            raise Permanent(f"Shopify answered nothing to {mutation.name}")
        told = msgspec.json.decode(payload, type=_Told)
        return msgspec.json.decode(payload, type=form, strict=False), told.user_errors


class _Told(msgspec.Struct, rename="camel"):
    user_errors: list[UserError] = []


def require(errors: Sequence[UserError]) -> None:
    """Raise Refused in Shopify's words, if there are any."""
    if errors:
        raise Refused(f"Shopify refuses: {'; '.join(error.message for error in errors)}")
