"""Record ids: 15 case-sensitive characters, and a checksum of three that makes them 18."""

import re

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
# An instance part as real ids have it, so that ids hold both cases and differ from org to org.
_INSTANCE = "dM"
_FIRST = 0x5F5E101


def with_checksum(short_id: str) -> str:
    """Return the 18-character form of a 15-character id."""
    return short_id + "".join(_check_letter(short_id[i : i + 5]) for i in (0, 5, 10))


def _check_letter(five: str) -> str:
    return _CHECKSUM[sum(1 << bit for bit, letter in enumerate(five) if "A" <= letter <= "Z")]


def parse(text: object) -> str | None:
    """Return the 18-character form of an id given in 15 or 18; None if it is no id."""
    if not isinstance(text, str) or not _SHAPE.fullmatch(text):
        return None
    full = with_checksum(text[:15])
    return full if len(text) == 15 or text == full else None


def make(prefix: str, number: int) -> str:
    """Return the id of the nth record of an object; later records sort behind earlier ones."""
    digits = ""
    rest = _FIRST + number
    for _ in range(10):
        rest, digit = divmod(rest, 62)
        digits = _ALPHABET[digit] + digits
    return with_checksum(prefix + _INSTANCE + digits)
