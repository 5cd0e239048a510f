"""SOQL statements: what is selected, with values bound, cut to what a URL can hold.

A request's line and headers may have 16,384 bytes each (Salesforce: REST API Developer Guide,
"Status Codes and Error Responses", 414 and 431).
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from urllib.parse import quote_plus

from simple_salesforce.format import format_soql

from bridge.errors import MappingError
from bridge.model import CHOICES, Shape, Value
from bridge.salesforce.schema import MERGEABLE, OWN_FIELDS, PARTS, PartLink

VALUES_PER_STATEMENT = 200
STATEMENT_BYTES = 12_000

_STAMPS = ("CreatedDate", "LastModifiedDate", "SystemModstamp")
_ONE = "WHERE IsDeleted = false{among} ORDER BY {marked}CreatedDate, Id{limit}"
_EVERY = "WHERE IsDeleted = false ORDER BY {number}CreatedDate, Id"
_NAME = re.compile(r"[A-Za-z]\w*(?:\.[A-Za-z]\w*)*", re.ASCII)


# A worker asks for the same few shapes all day.
@lru_cache(64)
def select(shape: Shape) -> str:
    """Return what reads roots, each with those parts of every kind among which its rules choose,
    and with all its lines in their order; the condition is to follow.

    Raises:
        MappingError: a name that is no name, or a part that does not hang on this object.
    """
    merged_into = ("MasterRecordId",) if shape.object in MERGEABLE else ()
    own = tuple(OWN_FIELDS.values())
    columns = _columns(("Id", *shape.fields, *_STAMPS, "IsDeleted", *merged_into, *own))
    parts = [_part(shape, part) for part in shape.parts]
    return f"SELECT {', '.join([columns, *parts])} FROM {_checked(shape.object)}"  # noqa: S608 - checked names


@lru_cache(64)
def select_roots(part: str, link: str) -> str:
    """Return what reads the ids of parts with those of their roots; the condition is to follow."""
    return f"SELECT {_columns(('Id', link))} FROM {_checked(part)}"  # noqa: S608 - checked names


def _part(root: Shape, part: Shape) -> str:
    columns = _columns(("Id", *part.fields, *_STAMPS))
    if part.relationship:
        number = f"{_checked(part.number)} NULLS LAST, " if part.number else ""
        which = _EVERY.format(number=number)
        return f"(SELECT {columns} FROM {_checked(part.relationship)} {which})"  # noqa: S608 - checked names
    relationship = part_link(part.object, root.object).relationship
    return f"(SELECT {columns} FROM {relationship} {_which(part)})"  # noqa: S608 - checked names


def _which(part: Shape) -> str:
    """Return the order and number of the parts that have to be read for one to be chosen.

    A checkbox brings its part to the front, and two are enough to see that none is the only one. By
    any other value nothing can be put in order: all are read.
    """
    rules = [rule for rule in part.choose if rule[0] not in CHOICES]
    flags = [_checked(name) for name, value in rules if value is True]
    needed = 2 if ("only", True) in part.choose else 1
    limit = f" LIMIT {needed}" if len(flags) == len(rules) else ""
    among = "".join(f" AND {_equals(name, value)}" for name, value in part.among)
    marked = "".join(f"{name} DESC, " for name in flags)
    return _ONE.format(among=among, marked=marked, limit=limit)


def select_parent(name: str, field: str, value: Value) -> str:
    """Return what reads the ids of the records of an object whose field has a value."""
    return f"SELECT Id FROM {_checked(name)} WHERE {_equals(field, value)} LIMIT 2"  # noqa: S608 - checked names


def _equals(name: str, value: Value) -> str:
    return format_soql("{name:literal} = {value}", name=_checked(name), value=value)


def part_link(part: str, root: str | None = None) -> PartLink:
    """Return how a part hangs on its root.

    Raises:
        MappingError: it hangs on nothing that is known, or on another object.
    """
    link = PARTS.get(part)
    if link is None or root not in (None, link.root):
        raise MappingError("part_unknown", system="salesforce")
    return link


def statements(selection: str, field: str, values: Sequence[str]) -> Iterator[str]:
    """Yield as few statements as can be that ask for the rows whose field has one of the values."""
    room = STATEMENT_BYTES - len(quote_plus(f"{selection} WHERE {_checked(field)} IN ()"))
    for group in _groups(list(dict.fromkeys(values)), room):
        condition = format_soql("{field:literal} IN {values}", field=field, values=group)
        yield f"{selection} WHERE {condition}"


def _groups(values: Sequence[str], room: int) -> Iterator[list[str]]:
    group: list[str] = []
    used = 0
    for value in values:
        size = len(quote_plus(format_soql("{},", value)))
        if group and (used + size > room or len(group) == VALUES_PER_STATEMENT):
            yield group
            group, used = [], 0
        group.append(value)
        used += size
    if group:
        yield group


def _columns(names: Sequence[str]) -> str:
    return ", ".join(_checked(name) for name in dict.fromkeys(names))


def _checked(name: str) -> str:
    """Let only names into a statement."""
    if not _NAME.fullmatch(name):
        raise MappingError("field_name_malformed", system="salesforce")
    return name
