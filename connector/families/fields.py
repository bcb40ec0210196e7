"""What a payload's fields may hold, and how a body is decoded into them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from connector.errors import Permanent

_LARGEST = 2**63 - 1

Id = Annotated[int, Meta(ge=1, le=_LARGEST)]
Number = Annotated[int, Meta(ge=-_LARGEST - 1, le=_LARGEST)]
Instant = Annotated[datetime, Meta(tz=True)]
#: Decimal strings in nearly every field; a few of refunds are numbers.
Amount = Annotated[str, Meta(pattern=r"^-?[0-9]{1,20}(\.[0-9]{1,10})?$")] | float

# A field may be absent (UNSET: leave the row's value alone) or null (None: clear it).
OptionalId = Id | None | UnsetType
Text = str | None | UnsetType
Int = Number | None | UnsetType
Money = Amount | None | UnsetType
Time = Instant | None | UnsetType
Flag = bool | None | UnsetType

T = TypeVar("T")


def reads(form: type[T]) -> Callable[[bytes], T]:
    """A decoder of bodies into ``form`` that raises Permanent naming the field that is wrong.

    Text that Postgres or UTF-8 cannot hold (NUL, half a surrogate pair, stray bytes) becomes U+FFFD in the
    row; the delivery keeps its bytes.
    """
    decoder = msgspec.json.Decoder(form)

    def decode(body: bytes) -> T:
        try:
            return decoder.decode(without_nul(body))
        except msgspec.ValidationError as error:
            raise Permanent(str(error)) from None
        except RecursionError:
            raise Permanent("the body is nested too deeply") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            first = error
        try:
            return decoder.decode(mended(body))
        except msgspec.ValidationError as error:
            raise Permanent(str(error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Permanent(f"the body is not JSON: {_reason(first)}") from None

    return decode


def tags(given: str | list[str] | UnsetType | None) -> str | UnsetType | None:
    """Tags as payloads carry them, one string parted by commas, from either form."""
    return ", ".join(given) if isinstance(given, list) else given


class MoneyAmount(msgspec.Struct):
    """One side of a money bag."""

    amount: Amount
    currency_code: str | UnsetType = UNSET


class MoneyBag(msgspec.Struct):
    """An amount in the shop's currency and in the customer's."""

    shop_money: MoneyAmount | None = None
    presentment_money: MoneyAmount | None = None


_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
_LONE_SURROGATE = re.compile(
    rb"(?<!\\)((?:\\\\)*)"
    rb"(?:(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)


def without_nul(body: bytes) -> bytes:
    """JSON whose texts Postgres can hold."""
    return _NUL.sub(rb"\1\\ufffd", body) if rb"\u0000" in body else body


def mended(body: bytes) -> bytes:
    """JSON whose texts UTF-8 and Postgres can hold; stray bytes and half surrogates become U+FFFD."""
    readable = body.decode("utf-8-sig", "replace").encode()
    return _LONE_SURROGATE.sub(lambda found: found[1] + (found[2] or rb"\ufffd"), without_nul(readable))


def _reason(error: Exception) -> str:
    return "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
