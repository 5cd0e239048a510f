"""Roll-up summary fields: a parent adds up its children.

Salesforce: Metadata API Developer Guide, "CustomField", fields of type Summary.
"""

from decimal import Decimal
from typing import Any

from local.simulators.salesforce.schema import Field, ObjectType
from local.simulators.salesforce.state import Org
from local.simulators.salesforce.tables import Row


def follow(
    org: Org, object_type: ObjectType, old: Row | None, new: Row | None, user_id: str
) -> None:
    """Bring the roll-ups over an object in step after one of its records was saved or removed."""
    for parent_type, field in org.schema.summaries(object_type):
        assert field.summary is not None  # noqa: S101 - only such fields are listed
        key = field.summary.key
        for parent_id in {row[key] for row in (old, new) if row and row[key]}:
            parent = org.row(parent_type, parent_id)
            if parent is not None and not parent["IsDeleted"]:
                value = _summed(org, object_type, field, parent_id)
                org.recalculate(parent_type, parent_id, {field.name: value}, user_id)


def beginnings(object_type: ObjectType) -> dict[str, Any]:
    """Return the roll-ups of a record that has no children yet."""
    return {
        each.name: _shaped(each, Decimal(0))
        for each in object_type.fields.values()
        if each.summary and each.summary.operation in ("sum", "count")
    }


def _summed(org: Org, child_type: ObjectType, field: Field, parent_id: str) -> Any:
    summary = field.summary
    assert summary is not None  # noqa: S101 - only such fields are summed
    rows = org.having(child_type, child_type.fields[summary.key], parent_id)
    live = [row for row in rows if not row["IsDeleted"] and _counts(row, summary.filters)]
    if summary.operation == "count":
        return _shaped(field, Decimal(len(live)))
    values = [row[summary.field or ""] for row in live]
    held = [value for value in values if value is not None]
    if summary.operation == "sum":
        return _shaped(field, sum((Decimal(each) for each in held), Decimal(0)))
    if not held:
        return None
    return min(held) if summary.operation == "min" else max(held)


def _counts(row: Row, filters: tuple[tuple[str, str, str], ...]) -> bool:
    for name, operation, wanted in filters:
        value = row[name]
        shown = str(value) if isinstance(value, bool) else value
        is_equal = str("" if shown is None else shown).lower() == wanted.lower()
        if is_equal != (operation == "equals"):
            return False
    return True


def _shaped(field: Field, value: Decimal) -> int | Decimal:
    if field.scale == 0 or (field.summary and field.summary.operation == "count"):
        return int(value)
    return value.quantize(Decimal(1).scaleb(-field.scale))
