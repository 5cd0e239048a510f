"""Arithmetic of money and quantities, as the fields hold them."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

_CENT = Decimal("0.01")
_HUNDRED = Decimal(100)


def cents(value: Any) -> Decimal:
    """Return an amount with two decimals; nothing is zero."""
    return Decimal(value or 0).quantize(_CENT, rounding=ROUND_HALF_UP)


def discounted(amount: Any, percent: Any) -> Decimal:
    """Return what is left of an amount after a discount in percent."""
    return cents(Decimal(amount or 0) * (_HUNDRED - Decimal(percent or 0)) / _HUNDRED)


def unit_price(total: Any, quantity: Any, percent: Any) -> Decimal:
    """Return the price of one that makes a total, after a discount in percent."""
    share = Decimal(quantity or 0) * (_HUNDRED - Decimal(percent or 0)) / _HUNDRED
    return cents(Decimal(total) / share) if share else cents(0)


def part(amount: Any, percent: Any) -> Decimal:
    """Return a percentage of an amount."""
    return cents(Decimal(amount or 0) * Decimal(percent or 0) / _HUNDRED)
