"""Record ids: 15 case-sensitive characters, and a checksum of three that makes them 18."""

import re

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_CAPITALS = {ord(letter): "1" if letter.isupper() else "0" for letter in ALPHABET}
_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
# An instance part as real ids have it, so that ids hold both cases and differ from org to org.
_INSTANCE = "dM"
_FIRST = 0x5F5E101


def with_checksum(short_id: str) -> str:
    """Return the 18-character form of a 15-character id."""
    bits = short_id.translate(_CAPITALS)
    first, second, third = int(bits[4::-1], 2), int(bits[9:4:-1], 2), int(bits[14:9:-1], 2)
    return short_id + _CHECKSUM[first] + _CHECKSUM[second] + _CHECKSUM[third]


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
        digits = ALPHABET[digit] + digits
    return with_checksum(prefix + _INSTANCE + digits)
