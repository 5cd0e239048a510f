"""Salesforce record ids: 15 characters that tell upper from lower case, or 18 with a checksum."""

import re
from functools import lru_cache

from bridge.errors import PermanentError

_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[A-Z0-5]{3})?")
_CHECKSUM_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


# The same few ids come with every read, and again with what names them.
@lru_cache(4096)
def to_18(record_id: str) -> str:
    """Return the 18-character form, the only one that is stored and compared.

    Raises:
        PermanentError: the shape or the checksum is wrong.
    """
    if not _SHAPE.fullmatch(record_id):
        raise PermanentError("salesforce_id_malformed", system="salesforce")
    complete = record_id[:15] + _checksum(record_id[:15])
    if record_id not in (complete, complete[:15]):
        raise PermanentError("salesforce_id_malformed", system="salesforce")
    return complete


def _checksum(case_sensitive: str) -> str:
    """Say for each group of five characters which of them are capitals, lowest bit first."""
    groups = (case_sensitive[start : start + 5] for start in (0, 5, 10))
    return "".join(
        _CHECKSUM_LETTERS[sum(1 << place for place, letter in enumerate(group) if letter.isupper())]
        for group in groups
    )
