"""A person copies a record in the pages of Salesforce: the Clone button."""

from collections.abc import Mapping
from typing import Any

from local.simulators.salesforce.lifecycle import live_row
from local.simulators.salesforce.reading import field_value
from local.simulators.salesforce.schema import ObjectType
from local.simulators.salesforce.state import Org
from local.simulators.salesforce.tables import Row
from local.simulators.salesforce.writing import insert

# What is worked out of the prices, so that a copy of a line names one of them alone.
_NOT_COPIED = {"OpportunityLineItem": frozenset({"TotalPrice", "Product2Id"})}


def clone(
    org: Org,
    object_type: ObjectType,
    record_id: str,
    fields: Mapping[str, Any],
    user_id: str,
    *,
    with_children: bool = False,
) -> str:
    """Add a copy of a record, some of its fields changed, and return its id.

    Everything that can be written is copied, notes and marks of other programs too, but for what
    must be unique; `with_children` copies what cannot be without the record as well.
    """
    row = live_row(org, object_type, record_id)
    with org.transaction():
        made = insert(org, object_type, {**_copied(object_type, row), **fields}, user_id)
        if with_children:
            _clone_children(org, object_type, record_id, made, user_id)
    return made


def _copied(object_type: ObjectType, row: Row) -> dict[str, Any]:
    left_out = _NOT_COPIED.get(object_type.name, frozenset())
    return {
        each.name: field_value(each, row)
        for each in object_type.fields.values()
        if each.createable and not each.unique and each.name not in left_out
        if row[each.name] is not None
    }


def _clone_children(
    org: Org, object_type: ObjectType, record_id: str, made: str, user_id: str
) -> None:
    for child, key in org.schema.children(object_type):
        is_part = key.cascade_delete and key.required
        if not is_part:
            continue
        for each in org.having(child, key, record_id):
            if not each["IsDeleted"]:
                clone(org, child, each["Id"], {key.name: made}, user_id)
