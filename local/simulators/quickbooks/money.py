"""Money: two places, rounded half up, and written without needless digits."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Amount = int | Decimal
_CENT = Decimal("0.01")


def money(value: Any) -> Amount:
    """Round to cents; a whole amount becomes an int, as replies show it."""
    rounded = Decimal(value).quantize(_CENT, ROUND_HALF_UP)
    return int(rounded) if rounded == rounded.to_integral_value() else rounded.normalize()


def plain(value: Decimal) -> Amount:
    """Write a number that is no amount (a price, a percentage) without trailing zeros."""
    return int(value) if value == value.to_integral_value() else value.normalize()
