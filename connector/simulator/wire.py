"""How Shopify writes single values into JSON: times, amounts and global ids."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final

OFFSET: Final = timezone(timedelta(hours=-5))  # Panama keeps no summer time


def local(at: datetime | None) -> str | None:
    """Whole seconds in the shop's own offset."""
    return None if at is None else at.astimezone(OFFSET).isoformat(timespec="seconds")


def zulu(at: datetime) -> str:
    """UTC with milliseconds, as the newer topics write it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def amount(value: Decimal) -> str:
    return f"{value:.2f}"


def gid(kind: str, number: int) -> str:
    return f"gid://shopify/{kind}/{number}"


def money_set(value: Decimal, currency: str, presentment: str, rate: int) -> dict[str, Any]:
    """A money bag: the amount in the shop's currency and in the one the buyer saw."""
    return {
        "shop_money": {"amount": amount(value), "currency_code": currency},
        "presentment_money": {"amount": amount(value * rate), "currency_code": presentment},
    }
