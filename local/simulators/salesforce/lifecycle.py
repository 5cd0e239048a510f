"""What becomes of a record and of those that hang on it: deletion, undeletion, merge."""

from collections.abc import Sequence

from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.schema import ObjectType
from local.simulators.salesforce.state import Org, Row

# Not a field: which deletion a row went with, so that one undeletion brings all of it back.
_DELETED_WITH = "_DeletedWith"


def live_row(org: Org, object_type: ObjectType, record_id: str) -> Row:
    """Return a row that can be written.

    Raises:
        ApiError: ENTITY_IS_DELETED, or the code chosen for an id that does not exist.
    """
    row = org.row(object_type, record_id)
    if row is None:
        raise ApiError(org.switches.unknown_id_on_write, fields=[], status=404)
    if row.get("IsDeleted"):
        raise ApiError("ENTITY_IS_DELETED", fields=[])
    return row


def delete(org: Org, object_type: ObjectType, record_id: str, user_id: str) -> None:
    """Put a record into the recycle bin, and with it those that cannot be without it."""
    live_row(org, object_type, record_id)
    if not object_type.deletable:
        raise ApiError("INSUFFICIENT_ACCESS_OR_READONLY", "entity is not deletable", [])
    with org.transaction():
        _delete_tree(org, object_type, record_id, user_id, root_id=record_id)


def _delete_tree(
    org: Org, object_type: ObjectType, record_id: str, user_id: str, root_id: str
) -> None:
    for child, key in org.schema.children(object_type):
        if not key.cascade_delete:
            continue
        for row in org.having(child, key, record_id):
            if not row["IsDeleted"]:
                _delete_tree(org, child, row["Id"], user_id, root_id)
    org.mark_deleted(object_type, record_id, user_id, **{_DELETED_WITH: root_id})


def undelete(org: Org, object_type: ObjectType, record_id: str, user_id: str) -> None:
    """Bring a record back from the recycle bin, with those that were deleted by its deletion.

    Raises:
        ApiError: the record is not in the bin, was merged away, or its unique value is in use.
    """
    row = org.row(object_type, record_id)
    if row is None or not row.get("IsDeleted") or row.get("MasterRecordId"):
        raise ApiError("UNDELETE_FAILED", "entity is not in the recycle bin", [])
    with org.transaction():
        for other_type in org.schema.objects.values():
            for other in list(org.rows(other_type).values()):
                if other.get(_DELETED_WITH) == record_id and other["IsDeleted"]:
                    org.check_unique(other_type, other)
                    org.mark_restored(other_type, other["Id"], user_id)


def merge(
    org: Org, object_type: ObjectType, master_id: str, loser_ids: Sequence[str], user_id: str
) -> None:
    """Merge records into one: losers go to the bin and name it, their children move to it."""
    live_row(org, object_type, master_id)
    with org.transaction():
        for loser_id in loser_ids:
            live_row(org, object_type, loser_id)
            _move_children(org, object_type, loser_id, master_id, user_id)
            org.mark_deleted(object_type, loser_id, user_id, MasterRecordId=master_id)
        org.update(object_type, master_id, {}, user_id)


def _move_children(
    org: Org, object_type: ObjectType, loser_id: str, master_id: str, user_id: str
) -> None:
    for child, key in org.schema.children(object_type):
        for row in org.having(child, key, loser_id):
            if not row["IsDeleted"] and row["Id"] != master_id:
                org.update(child, row["Id"], {key.name: master_id}, user_id)
