"""Builds statements of QuickBooks' query language; nothing enters one unchecked or unescaped.

Intuit: learn/explore-the-quickbooks-online-api/data-queries.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from bridge.errors import PermanentError
from bridge.model import System
from bridge.quickbooks.records import LIST_OBJECTS

MAX_ROWS = 1000
# No limit is published for a list of values; this many have their place in a POST body.
MAX_VALUES = 200

_ID = re.compile(r"[0-9]{1,20}")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9.]*")


def by_ids(object_name: str, ids: Sequence[str]) -> str:
    """Return the statement that reads records by id, inactive ones included."""
    return _select(object_name, _in("Id", [checked_id(one) for one in ids]))


def by_values(object_name: str, field: str, values: Sequence[str]) -> str:
    """Return the statement that reads the records whose field has one of some values."""
    return _select(object_name, _in(field, values))


def created_since(object_name: str, since: datetime, first_row: int) -> str:
    """Return the statement for one page of the records made at or after a time (whole seconds)."""
    time = since.astimezone(UTC).replace(microsecond=0).isoformat()
    condition = f"MetaData.CreateTime >= {_literal(time)}"
    return _select(object_name, condition, f"orderby Id startposition {first_row} ")


def everything(object_name: str, first_row: int) -> str:
    """Return the statement for one page of all records of an object, inactive ones included."""
    return _select(object_name, "", f"orderby Id startposition {first_row} ")


def preferences() -> str:
    """Return the statement that reads the one record of a company's preferences."""
    return "select * from Preferences"


def checked_id(record_id: str | None) -> str:
    """Return an id that is nothing but digits.

    Raises:
        PermanentError: it is not.
    """
    if not record_id or not _ID.fullmatch(record_id):
        raise PermanentError("id_malformed", system=System.QUICKBOOKS)
    return record_id


def slices(values: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Cut a sequence into pieces of at most `size`."""
    return (values[start : start + size] for start in range(0, len(values), size))


def _select(object_name: str, condition: str, order: str = "") -> str:
    active = "Active in (true,false)" if object_name in LIST_OBJECTS else ""
    wanted = " and ".join(each for each in (condition, active) if each)
    where = f"where {wanted} " if wanted else ""
    source = _checked_word(object_name)
    return f"select * from {source} {where}{order}maxresults {MAX_ROWS}"  # noqa: S608 - every part is checked or escaped


def _in(field: str, values: Sequence[str]) -> str:
    return f"{_checked_word(field)} in ({','.join(map(_literal, values))})"


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _checked_word(word: str) -> str:
    if not _WORD.fullmatch(word):
        raise PermanentError("name_malformed", system=System.QUICKBOOKS)
    return word
