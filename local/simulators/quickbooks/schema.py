"""Field tables as data: what the stand-in knows of an entity, and how it reads a request."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from local.simulators.quickbooks import errors
from local.simulators.quickbooks.errors import ApiFault

Row = dict[str, Any]

# Nested objects: known attributes with their greatest length; 0 is not checked, -1 is read-only.
NESTED: dict[str, dict[str, int]] = {
    "address": {
        **{f"Line{n}": 500 for n in range(1, 6)},
        **dict.fromkeys(("City", "Country", "CountrySubDivisionCode"), 255),
        **dict.fromkeys(("CountryCode", "PostalCodeSuffix", "Tag", "Note"), 0),
        **dict.fromkeys(("Id", "Lat", "Long"), -1),
        "PostalCode": 30,
    },
    "email": {"Address": 100, "Default": 0, "Tag": 0, "Id": -1},
    "phone": {
        "FreeFormNumber": 30,
        **dict.fromkeys(("DeviceType", "CountryCode", "AreaCode", "ExchangeCode"), 0),
        **dict.fromkeys(("Extension", "Default", "Tag"), 0),
        "Id": -1,
    },
    "web": {"URI": 1000, "Default": 0, "Tag": 0, "Id": -1},
    "ref": {"value": 0, "name": 0, "type": 0},
}
# The attribute that a query compares.
VALUE_OF = {"email": "Address", "phone": "FreeFormNumber", "web": "URI", "ref": "value"}
# Attributes of every entity that a request may carry without effect.
_COMMON = {"Id", "SyncToken", "MetaData", "domain", "sparse", "status", "time"}
_FORBIDDEN_IN_NAMES = re.compile(r"[:\t\n\r]")


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute of an entity.

    `kind` is text, bool, number, date, enum, any, or a nested kind of NESTED.
    """

    name: str
    kind: str = "text"
    length: int = 0
    choices: tuple[str, ...] = ()
    target: str = ""
    is_read_only: bool = False
    is_create_only: bool = False
    is_required: bool = False
    is_name: bool = False
    can_be_blank: bool = True
    is_filterable: bool = False
    is_sortable: bool = False


@dataclass(frozen=True, slots=True)
class Entity:
    """A kind of record: its fields, where its names are unique, which events it sends."""

    name: str
    fields: Mapping[str, Field]
    name_field: str = ""
    namespace: str = ""
    sequence: str = ""
    events: tuple[str, ...] = ()
    can_be_written: bool = True
    is_list: bool = True
    by_lower_name: Mapping[str, Field] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Return the name as it stands in URLs."""
        return self.name.lower()


def read_table(table: str) -> dict[str, Field]:
    """Read a field table: a line per field, `name kind[:detail] flags`.

    Flags: `ro` read-only, `new` only on create, `R` required on create, `N` a name (no colon, tab
    or newline), `!` cannot be blanked, `F` filterable, `S` sortable.
    """
    found: dict[str, Field] = {}
    for line in filter(None, (line.strip() for line in table.splitlines())):
        names, kind_text, *flags = line.split()
        kind, _, detail = kind_text.partition(":")
        for name in names.split(","):
            found[name] = Field(
                name,
                kind,
                length=int(detail) if kind == "text" and detail else 0,
                choices=tuple(detail.split(",")) if kind == "enum" else (),
                target=detail if kind == "ref" else "",
                is_read_only="ro" in flags,
                is_create_only="new" in flags,
                is_required="R" in flags,
                is_name="N" in flags,
                can_be_blank="!" not in flags,
                is_filterable="F" in flags,
                is_sortable="S" in flags,
            )
    return found


def read_request(entity: Entity, body: Row, *, is_new: bool, trims_names: bool) -> Row:
    """Check a request body and keep what may be written; None stands for an emptied field.

    Read-only attributes are dropped without a word (Intuit: learn/learn-basic-field-definitions).

    Raises:
        ApiFault: 2010 for an unknown attribute, 2040 to 2230 for a value that cannot be.
    """
    kept: Row = {}
    for name, value in body.items():
        known = entity.fields.get(name)
        if known is None or "." in name:
            if name not in _COMMON:
                plain = [each for each in entity.fields if "." not in each]
                raise _unknown(name, entity.name, sorted({*plain, *_COMMON}))
            continue
        if known.is_read_only or (known.is_create_only and not is_new):
            continue
        kept[name] = _READERS.get(known.kind, _read_nested)(known, value)
        if known.is_name and trims_names and isinstance(kept[name], str):
            kept[name] = kept[name].strip() or None
    return kept


def _unknown(name: str, class_name: str, known: list[str]) -> ApiFault:
    listing = ", ".join(f'"{each}"' for each in known)
    return ApiFault(
        "2010",
        f'Property Name:Unrecognized field "{name}" (class com.intuit.schema.finance.v3.'
        f"{class_name}), not marked as ignorable ({len(known)} known properties: {listing}]) "
        "specified is unsupported or invalid",
    )


def _read_text(known: Field, value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, dict | list):
        raise ApiFault(
            "2010",
            f"Property Name:Can not instantiate {known.name} specified is unsupported or invalid",
        )
    text = str(value).lower() if isinstance(value, bool) else str(value)
    _check_length(known.name, text, known.length)
    if known.is_name and _FORBIDDEN_IN_NAMES.search(text):
        raise ApiFault("2040", f"Element contains invalid characters. {text}", known.name)
    return text


def _check_length(name: str, text: str, length: int) -> None:
    if 0 < length < len(text):
        raise ApiFault(
            "2050",
            f"String length specified does not match the supported length. Min:0 Max:{length} "
            f"supported. Supplied length:{len(text)}",
            name,
        )


def _read_bool(known: Field, value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    if str(value).lower() in {"true", "false"}:
        return str(value).lower() == "true"
    raise ApiFault("2230", f"Invalid Boolean : {value}", known.name)


def _read_number(known: Field, value: Any) -> Decimal | int | None:
    if value is None or value == "":
        return None
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return value
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise ApiFault("2080", f"Invalid Number : {value}", known.name) from None


def _read_date(known: Field, value: Any) -> str | None:
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        raise ApiFault("2070", f"Invalid Date. Supplied value: {value}", known.name) from None


def _read_enum(known: Field, value: Any) -> str | None:
    if value is None or value == "":
        return None
    for choice in known.choices:
        if choice.lower() == str(value).lower():
            return choice
    raise ApiFault("2170", f"Invalid Enumeration : {value}", known.name)


def _read_nested(known: Field, value: Any) -> Row | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise ApiFault(
            "2010",
            f"Property Name:Can not instantiate {known.name} specified is unsupported or invalid",
        )
    attributes = NESTED[known.kind]
    kept: Row = {}
    for name, inner in value.items():
        if name not in attributes:
            raise _unknown(name, _CLASS_NAMES[known.kind], list(attributes))
        if attributes[name] < 0 or inner is None or inner == "":
            continue
        kept[name] = inner if isinstance(inner, bool) else str(inner)
        _check_length(f"{known.name}.{name}", str(inner), attributes[name])
    if known.kind == "email" and kept.get("Address"):
        _check_email(known.name, kept["Address"])
    if known.kind == "ref":
        return {"value": kept["value"]} if kept.get("value") else None
    return kept if kept or known.kind == "address" else None


def _check_email(name: str, address: str) -> None:
    local_part, at, domain = address.rpartition("@")
    if local_part and at and "." in domain and not re.search(r"[\s,;]", address):
        return
    detail = (
        f"Email Address does not conform to the syntax rules of RFC 822. Supplied value:{address}"
    )
    raise ApiFault("2210", detail, f"{name}.Address")


_CLASS_NAMES = {
    "address": "PhysicalAddress",
    "email": "EmailAddress",
    "phone": "TelephoneNumber",
    "web": "WebSiteAddress",
    "ref": "ReferenceType",
}
_READERS = {
    "text": _read_text,
    "bool": _read_bool,
    "number": _read_number,
    "date": _read_date,
    "enum": _read_enum,
    "any": lambda _, value: value,
}


def check_id(value: Any) -> str:
    """Return an id that is a number.

    Raises:
        ApiFault: 2030.
    """
    text = "" if value is None else str(value)
    if not text.isascii() or not text.isdigit():
        raise errors.invalid_id(text)
    return text
