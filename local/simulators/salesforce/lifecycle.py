"""What becomes of a record and of those that hang on it: deletion, undeletion, merge.

Salesforce: Object Reference, "Cascade delete"; SOAP API Developer Guide, "delete()", "undelete()"
and "merge()".
"""

from collections.abc import Iterator, Sequence
from typing import Any

from local.simulators.salesforce import locks, writing
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.schema import Field, ObjectType
from local.simulators.salesforce.state import Org
from local.simulators.salesforce.tables import Row

# Not fields: which deletion a row went with, so that one undeletion brings all of it back, and
# which references of other rows it cleared.
_DELETED_WITH = "_DeletedWith"
_CLEARED = "_Cleared"
_Found = tuple[ObjectType, Row]
# A line names what it was sold from for ever: such records are archived when they are deleted.
_ARCHIVED = frozenset({"Product2", "Pricebook2", "PricebookEntry"})


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
    row = live_row(org, object_type, record_id)
    if not object_type.deletable or row["IsStandard"]:
        raise ApiError("INSUFFICIENT_ACCESS_OR_READONLY", "entity is not deletable", [])
    locks.check_removal(org, object_type, record_id)
    gone = list(_tree(org, object_type, row))
    for each_type, each in gone:
        _check_removable(org, each_type, each)
    with org.transaction():
        for each_type, each in gone:
            _remove(org, each_type, each, user_id, record_id)
        for each_type, each in gone:
            deleted = org.rows(each_type)[each["Id"]]
            writing.follow(org, each_type, each, deleted, user_id)


def _tree(org: Org, object_type: ObjectType, row: Row) -> Iterator[_Found]:
    """Return the rows that go with a row, children before their parents."""
    for child, key in org.schema.children(object_type):
        if key.cascade_delete:
            for each in _live(org, child, key, row["Id"]):
                yield from _tree(org, child, each)
    yield object_type, row


def _live(org: Org, child: ObjectType, key: Field, parent_id: str) -> list[Row]:
    return [row for row in org.having(child, key, parent_id) if not row["IsDeleted"]]


def _check_removable(org: Org, object_type: ObjectType, row: Row) -> None:
    for child, key in org.schema.children(object_type):
        if key.delete_constraint == "Restrict" and _live(org, child, key, row["Id"]):
            text = f"Your attempt to delete {object_type.label} could not be completed because it"
            raise ApiError("DELETE_FAILED", f"{text} is associated with {child.label_plural}.", [])
    if object_type.name == "Account" and org.switches.closed_won_blocks_account_delete:
        opportunities = org.schema.objects["Opportunity"]
        key = opportunities.fields["AccountId"]
        if any(each["IsWon"] for each in _live(org, opportunities, key, row["Id"])):
            text = "could not be completed because it is associated with closed won opportunities"
            raise ApiError("DELETE_FAILED", f"Your attempt to delete the account {text}.", [])


def _remove(org: Org, object_type: ObjectType, row: Row, user_id: str, root_id: str) -> None:
    also: dict[str, Any] = {_DELETED_WITH: root_id}
    if cleared := list(_clear_references(org, object_type, row, user_id)):
        also[_CLEARED] = cleared
    if object_type.name in _ARCHIVED and _is_sold(org, object_type, row):
        also |= {"IsArchived": True, "IsActive": False}
    org.mark_deleted(object_type, row["Id"], user_id, **also)


def _is_sold(org: Org, object_type: ObjectType, row: Row) -> bool:
    lines = ("OpportunityLineItem", "QuoteLineItem")
    children = org.schema.children(object_type)
    return any(child.name in lines and _live(org, child, key, row["Id"]) for child, key in children)


def _clear_references(
    org: Org, object_type: ObjectType, row: Row, user_id: str
) -> Iterator[tuple[str, str, str]]:
    for child, key in org.schema.children(object_type):
        if key.delete_constraint != "SetNull":
            continue
        for each in _live(org, child, key, row["Id"]):
            org.update(child, each["Id"], {key.name: None}, user_id)
            yield child.name, each["Id"], key.name


def undelete(org: Org, object_type: ObjectType, record_id: str, user_id: str) -> None:
    """Bring a record back from the recycle bin, with those that were deleted by its deletion.

    Raises:
        ApiError: the record is not in the bin, was merged away, or its unique value is in use.
    """
    row = org.row(object_type, record_id)
    is_in_bin = row is not None and row["IsDeleted"] and not row["MasterRecordId"]
    if row is None or not is_in_bin or not object_type.undeletable:
        raise ApiError("UNDELETE_FAILED", "entity is not in the recycle bin", [])
    with org.transaction():
        for each_type, each in _deleted_tree(org, object_type, row, record_id):
            org.check_unique(each_type, each)
            org.mark_restored(each_type, each["Id"], user_id)
            _restore_references(org, each_type, each, user_id)
            restored = org.rows(each_type)[each["Id"]]
            writing.follow(org, each_type, each, restored, user_id)


def _deleted_tree(org: Org, object_type: ObjectType, row: Row, root_id: str) -> Iterator[_Found]:
    if row.get(_DELETED_WITH) == root_id:
        yield object_type, row
    for child, key in org.schema.children(object_type):
        if key.cascade_delete:
            for each in org.having(child, key, row["Id"]):
                if each["IsDeleted"] and each.get(_DELETED_WITH) == root_id:
                    yield from _deleted_tree(org, child, each, root_id)


def _restore_references(org: Org, object_type: ObjectType, row: Row, user_id: str) -> None:
    """Give back what the deletion cleared, unless somebody has put something else there."""
    for name, child_id, key_name in row.get(_CLEARED) or ():
        child_type = org.schema.objects[name]
        child = org.row(child_type, child_id)
        if child and not child["IsDeleted"] and child[key_name] is None:
            org.update(child_type, child_id, {key_name: row["Id"]}, user_id)


def merge(
    org: Org, object_type: ObjectType, master_id: str, loser_ids: Sequence[str], user_id: str
) -> None:
    """Merge records into one: losers go to the bin and name it, their children move to it."""
    if not object_type.mergeable:
        raise ApiError("INVALID_TYPE", f"{object_type.name} cannot be merged", [])
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
        for row in _live(org, child, key, loser_id):
            if row["Id"] != master_id:
                org.update(child, row["Id"], {key.name: master_id}, user_id)


def empty_bin(org: Org) -> int:
    """Purge every deleted record for good, and return how many there were."""
    purged = 0
    with org.transaction():
        for object_type in org.schema.objects.values():
            for row in [each for each in org.rows(object_type).values() if each["IsDeleted"]]:
                org.remove(object_type, row["Id"])
                purged += 1
    org.purged = org.clock.now()
    return purged
