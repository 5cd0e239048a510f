"""Custom fields of QuickBooks: a list on each sales form, one field by the id of its definition.

Intuit: api/accounting/all-entities/invoice, CustomField. Flat: `CustomField.<DefinitionId>`.
The list is all or nothing, as every list of a sparse update: what is left out is emptied.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from bridge.model import Value
from bridge.schemas import CUSTOM_FIELD, CUSTOM_PREFIX, ListEntry

# A company has three of them (Intuit: api/accounting/all-entities/preferences, SalesFormsPrefs).
_NUMBERS = ("1", "2", "3")


def flattened(listed: Any) -> Iterator[tuple[str, Value]]:
    """Yield the custom fields of a record as fields, empty ones too."""
    for each in listed if isinstance(listed, list) else ():
        yield f"{CUSTOM_PREFIX}{each.get('DefinitionId')}", _value(each)


def listed(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return custom fields, JSON values by the ids of their definitions, as QuickBooks wants them.

    A day is text in JSON, and so a field of days is written as one of text.
    """
    return [{"DefinitionId": number, **_typed(value)} for number, value in values.items()]


def definitions(preferences: Mapping[str, Any]) -> list[ListEntry]:
    """Return the custom fields of a company's sales forms, by its preferences."""
    sales = preferences.get("SalesFormsPrefs") or {}
    told = {
        str(each.get("Name", "")).rpartition(".")[2]: each
        for group in sales.get(CUSTOM_FIELD) or ()
        for each in (group.get(CUSTOM_FIELD) or [group])
    }
    return [
        ListEntry(number, str(name["StringValue"]), used.get("BooleanValue") is True)
        for number in _NUMBERS
        if (used := told.get(f"UseSalesCustom{number}"))
        and (name := told.get(f"SalesCustomName{number}"))
        and name.get("StringValue")
    ]


def _value(told: Mapping[str, Any]) -> Value:
    """Return what a custom field holds; the classic ones hold text, newer ones other things too."""
    if (number := told.get("NumberValue")) is not None:
        return Decimal(number)
    value = told.get("StringValue") or told.get("DateValue")
    return told.get("BooleanValue") if value is None else str(value)


def _typed(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"Type": "BooleanType", "BooleanValue": value}
    if isinstance(value, int | float):
        return {"Type": "NumberType", "NumberValue": value}
    return {"Type": "StringType", "StringValue": value}
