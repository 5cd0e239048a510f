"""What a body may set: field by field from JSON to stored values, or the platform's refusal."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from local.simulators.salesforce import ids
from local.simulators.salesforce.errors import ApiError, no_such_column, not_writable
from local.simulators.salesforce.schema import NUMBERS, TEXTS, Field, ObjectType
from local.simulators.salesforce.state import Org
from local.simulators.salesforce.tables import Row
from local.simulators.salesforce.values import parse_date, parse_datetime

Values = dict[str, Any]
_US_PHONE = re.compile(r"(?:\+?1[-. ]?)?\(?(\d{3})\)?[-. ]?(\d{3})[-. ]?(\d{4})")
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;.]+(\.[^@\s,;.]+)+")


def accept_new(org: Org, object_type: ObjectType, body: Mapping[str, Any]) -> Values:
    """Return the values that a new record may be made of.

    Raises:
        ApiError: the platform's code for the first thing wrong with them.
    """
    if not object_type.createable:
        raise ApiError(
            "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            f"entity type cannot be inserted: {object_type.label}",
            [],
        )
    values = _accept(org, object_type, body, is_new=True)
    _require_none([each.name for each in object_type.required if values.get(each.name) is None])
    org.check_unique(object_type, {**values, "Id": None})
    return values


def accept_update(org: Org, object_type: ObjectType, row: Row, body: Mapping[str, Any]) -> Values:
    """Return the values that a record may be changed to.

    Raises:
        ApiError: the platform's code for the first thing wrong with them.
    """
    values = _accept(org, object_type, body, is_new=False)
    required = (name for name in values if object_type.fields[name].required)
    _require_none([name for name in required if values[name] is None])
    org.check_unique(object_type, {**values, "Id": row["Id"]})
    return values


def _require_none(missing: list[str]) -> None:
    if missing:
        text = f"Required fields are missing: [{', '.join(missing)}]"
        raise ApiError("REQUIRED_FIELD_MISSING", text, missing)


def _accept(org: Org, object_type: ObjectType, body: Mapping[str, Any], *, is_new: bool) -> Values:
    values: Values = {}
    for name, value in body.items():
        if name == "attributes":
            continue
        if isinstance(value, Mapping):
            field, value = _related(org, object_type, name, value)
        else:
            field = object_type.find(name)
        if field is None:
            raise no_such_column(name, object_type.name)
        if not (field.createable if is_new else field.updateable):
            raise not_writable(field.name)
        values[field.name] = accept_value(org, field, value)
    return values


def _related(
    org: Org, object_type: ObjectType, name: str, value: Mapping[str, Any]
) -> tuple[Field | None, Any]:
    """Resolve a parent named by an external id: `{"Account": {"External_Id__c": "A-1"}}`."""
    field = object_type.relationships.get(name.lower())
    keys = {key: wanted for key, wanted in value.items() if key != "attributes"}
    if field is None or len(keys) != 1:
        return None, None
    parent = org.schema.objects[field.reference_to[0]]
    (key_name, wanted), key = next(iter(keys.items())), parent.find(next(iter(keys)))
    if key is None or not key.is_key:
        raise no_such_column(key_name, parent.name)
    found = [row for row in find_by_key(org, parent, key, wanted) if not row.get("IsDeleted")]
    if len(found) != 1:
        raise ApiError(
            "INVALID_FIELD",
            f"Foreign key external ID: {wanted} not found for field {key.name}"
            f" in entity {parent.name}",
            [],
        )
    return field, found[0]["Id"]


def find_by_key(org: Org, object_type: ObjectType, key: Field, value: Any) -> list[Row]:
    """Return the rows, deleted ones included, that a key field addresses by a value."""
    if key.name != "Id":
        # A path has only text, whatever the field holds.
        is_text = isinstance(value, str) and key.type in NUMBERS
        return org.having(object_type, key, number_of(value) if is_text else value)
    record_id = ids.parse(value)
    row = org.row(object_type, record_id) if record_id else None
    return [row] if row else []


def number_of(text: str) -> Decimal | None:
    """Read a number; None if it is not one."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def accept_value(org: Org, field: Field, value: Any) -> Any:
    """Turn one JSON value into the stored one; empty text is stored as null.

    Raises:
        ApiError: the field cannot take the value.
    """
    if org.switches.values_normalised and isinstance(value, str):
        value = normalised(field, value)
    if value is None or (value == "" and org.switches.empty_text_is_null):
        return False if field.type == "boolean" else None
    return _converter(field)(org, field, value)


def normalised(field: Field, text: str) -> str:
    """Return a text as an org may rewrite it when it is saved."""
    text = text.strip().replace("\r\n", "\n")
    if field.type == "email":
        return text.lower()
    found = _US_PHONE.fullmatch(text) if field.type == "phone" else None
    return "({}) {}-{}".format(*found.groups()) if found else text


def _converter(field: Field) -> Callable[[Org, Field, Any], Any]:
    if field.type in TEXTS:
        return _text
    if field.type in NUMBERS:
        return _number
    return _CONVERTERS[field.type]


def _wrong_type(kind: str, value: Any) -> ApiError:
    token = {str: "STRING", bool: "BOOLEAN", int: "NUMBER_INT"}.get(type(value), "NUMBER_FLOAT")
    return ApiError(
        "JSON_PARSER_ERROR",
        f"Cannot deserialize instance of {kind} from VALUE_{token} value {value}"
        " or request may be missing a required field",
    )


def _text(_org: Org, field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong_type("string", value)
    if field.length and len(value) > field.length:
        raise ApiError(
            "STRING_TOO_LONG",
            f"{field.label}: data value too large: {value} (max length={field.length})",
            [field.name],
        )
    if field.type == "email" and not _EMAIL.fullmatch(value):
        text = f"{field.label}: invalid email address: {value}"
        raise ApiError("INVALID_EMAIL_ADDRESS", text, [field.name])
    if field.restricted and value not in field.values:
        text = f"{field.label}: bad value for restricted picklist field: {value}"
        raise ApiError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", text, [field.name])
    return value


def _choices(_org: Org, field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise _wrong_type("string", value)
    wrong = [each for each in value.split(";") if each not in field.values]
    if field.restricted and wrong:
        text = f"{field.label}: bad value for restricted picklist field: {wrong[0]}"
        raise ApiError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", text, [field.name])
    return value


def _number(_org: Org, field: Field, value: Any) -> int | Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _wrong_type(field.type, value)
    bound = Decimal(10 ** (field.digits or field.precision - field.scale))
    if abs(Decimal(value)) >= bound:
        text = f"{field.label}: value outside of valid range on numeric field: {value}"
        raise ApiError("NUMBER_OUTSIDE_VALID_RANGE", text, [field.name])
    places = Decimal(1).scaleb(-field.scale)
    exact = Decimal(value).quantize(places, rounding=ROUND_HALF_UP)
    return int(exact) if field.scale == 0 else exact


def _boolean(_org: Org, _field: Field, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _wrong_type("boolean", value)
    return value


def _date(_org: Org, _field: Field, value: Any) -> Any:
    parsed = parse_date(value) if isinstance(value, str) else None
    if parsed is None:
        raise _wrong_type("date", value)
    return parsed


def _datetime(_org: Org, _field: Field, value: Any) -> datetime:
    parsed = parse_datetime(value) if isinstance(value, str) else None
    if parsed is None:
        raise _wrong_type("datetime", value)
    return parsed


def _reference(org: Org, field: Field, value: Any) -> str:
    record_id = ids.parse(value)
    target = org.schema.of_id(record_id) if record_id else None
    if record_id is None or target is None or target.name not in field.reference_to:
        text = f"{field.label}: id value of incorrect type: {value}"
        raise ApiError("MALFORMED_ID", text, [field.name])
    row = org.row(target, record_id)
    if row is None:
        raise ApiError("INVALID_CROSS_REFERENCE_KEY", fields=[field.name])
    if row.get("IsDeleted"):
        raise ApiError("ENTITY_IS_DELETED", fields=[field.name], status=400)
    return record_id


def _id(_org: Org, field: Field, value: Any) -> str:
    record_id = ids.parse(value)
    if record_id is None:
        raise ApiError("MALFORMED_ID", f"malformed id {value}", [field.name])
    return record_id


_CONVERTERS: dict[str, Callable[[Org, Field, Any], Any]] = {
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "reference": _reference,
    "id": _id,
    "multipicklist": _choices,
}
