"""Reads requests against the field tables, as strictly as the original does."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from local.simulators.quickbooks import errors
from local.simulators.quickbooks.errors import ApiFault
from local.simulators.quickbooks.schema import NESTED, Entity, Field, Row

# Attributes of every entity that a request may carry without effect.
_COMMON = {"Id", "SyncToken", "MetaData", "domain", "sparse", "status", "time"}
_FORBIDDEN_IN_NAMES = re.compile(r"[:\t\n\r]")


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
                raise unknown_property(name, entity.name, sorted({*plain, *_COMMON}))
            continue
        if known.is_read_only or (known.is_create_only and not is_new):
            continue
        kept[name] = _READERS.get(known.kind, _read_nested)(known, value)
        if known.is_name and trims_names and isinstance(kept[name], str):
            kept[name] = kept[name].strip() or None
    return kept


def unknown_property(name: str, class_name: str, known: list[str]) -> ApiFault:
    """Say that a request has an attribute that its class does not know."""
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
    check_length(known.name, text, known.length)
    if known.is_name and _FORBIDDEN_IN_NAMES.search(text):
        raise ApiFault("2040", f"Element contains invalid characters. {text}", known.name)
    return text


def check_length(name: str, text: str, length: int) -> None:
    """Refuse a text that is longer than allowed; a length of 0 allows any.

    Raises:
        ApiFault: 2050.
    """
    if 0 < length < len(text):
        raise ApiFault(
            "2050",
            f"String length specified does not match the supported length. Min:0 Max:{length} "
            f"supported. Supplied length:{len(text)}",
            name,
        )


def _read_bool(known: Field, value: Any) -> bool | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return value
    if str(value).lower() in {"true", "false"}:
        return str(value).lower() == "true"
    raise ApiFault("2230", f"Invalid Boolean : {value}", known.name)


def _read_number(known: Field, value: Any) -> Decimal | int | None:
    return read_number(known.name, value)


def read_number(name: str, value: Any) -> Decimal | int | None:
    """Read a number, which may come as text.

    Raises:
        ApiFault: 2080.
    """
    if value is None or value == "":
        return None
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return value
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise ApiFault("2080", f"Invalid Number : {value}", name) from None


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
            raise unknown_property(name, _CLASS_NAMES[known.kind], list(attributes))
        if attributes[name] < 0 or inner is None or inner == "":
            continue
        kept[name] = inner if isinstance(inner, bool) else str(inner)
        check_length(f"{known.name}.{name}", str(inner), attributes[name])
    if known.kind == "email" and kept.get("Address"):
        check_email(known.name, kept["Address"])
    if known.kind == "emails":
        for address in filter(None, kept.get("Address", "").split(",")):
            check_email(known.name, address.strip())
    if known.kind == "ref":
        return {"value": kept["value"]} if kept.get("value") else None
    return kept if kept or known.kind == "address" else None


def check_email(name: str, address: str) -> None:
    """Refuse what is no e-mail address.

    Raises:
        ApiFault: 2210.
    """
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
    "emails": "EmailAddress",
    "memo": "MemoRef",
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
