"""What a system says of its objects and their fields: enough to hold a mapping against it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

# Appended by QuickBooks to the name of an inactive record, so that the name is free again.
_DELETED_SUFFIX = re.compile(r" \(deleted(?: \d+)?\)$", re.IGNORECASE)


class FieldKind(StrEnum):
    """What a field holds, in the words that both systems share."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "checkbox"
    DATE = "date"
    TIME = "point in time"
    REFERENCE = "reference"
    OTHER = "something else"


@dataclass(frozen=True)
class FieldSchema:
    """One field of an object.

    `length` is the most characters it holds, `decimals` the most decimals, `values` those that it
    takes (None: not limited, or not known). `refers_to` names the objects that it may lead to;
    with `is_listed` their records are a short list that can be told (terms, tax codes).
    `is_required` says that no record is made without it; `is_key`, that no two records can hold the
    same value, in the same case.
    """

    name: str
    kind: FieldKind
    length: int | None = None
    decimals: int | None = None
    values: frozenset[str] | None = None
    refers_to: tuple[str, ...] = ()
    is_required: bool = False
    is_createable: bool = True
    is_updateable: bool = True
    is_filterable: bool = True
    is_key: bool = False
    is_listed: bool = False


@dataclass(frozen=True)
class ObjectSchema:
    """One object and its fields, by the vendor's names.

    `lists` leads from what the object calls a list of its parts to their object and to the field by
    which a part names it. `own` are the fields that the bridge itself uses, from our neutral names;
    `links` those by which a part names its root and other records, which are filled in by us.
    """

    name: str
    fields: Mapping[str, FieldSchema]
    lists: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)
    links: frozenset[str] = frozenset()


# The list of QuickBooks' custom fields, and what the path of one of them begins with.
CUSTOM_FIELD = "CustomField"
CUSTOM_PREFIX = f"{CUSTOM_FIELD}."


@dataclass(frozen=True)
class ListEntry:
    """An entry of one of a company's short lists: a term, a tax code, a payment method."""

    id: str
    name: str
    is_active: bool = True


def bare_name(name: str) -> str:
    """Return the name of an inactive record without the suffix that QuickBooks gave it."""
    return _DELETED_SUFFIX.sub("", name)
