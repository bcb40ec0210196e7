"""Exact arithmetic on decimal money: rounding to the cent and dividing without losing one."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal("0.00")
CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    """Round half up to two decimals."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def portion(amount: Decimal, before: int, taken: int, whole: int) -> Decimal:
    """The value of `taken` units after `before` of `whole` are gone; all portions add up to `amount`."""
    return cents(amount * (before + taken) / whole) - cents(amount * before / whole)


def split(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Divide `amount` in proportion to the weights; the parts add up to it exactly."""
    whole = sum(weights, ZERO)
    if not whole:
        return [ZERO for _ in weights]
    parts, reached, given = [], ZERO, ZERO
    for weight in weights:
        reached += weight
        part = cents(amount * reached / whole) - given
        given += part
        parts.append(part)
    return parts
