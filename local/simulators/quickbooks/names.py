"""Names that must be unique: whose they are, when they clash, and the mark of inactive records."""

from local.simulators.quickbooks.errors import ApiFault
from local.simulators.quickbooks.records import Names
from local.simulators.quickbooks.schema import Entity, Row

_BY_FULL_NAME = {"items", "accounts", "classes", "departments"}
_CLASHES = {
    name: f"The name supplied already exists. : Another {word} is already using this name. "
    "Please use a different name."
    for name, word in (
        ("Item", "product or service"),
        ("Account", "account"),
        ("Term", "term"),
        ("PaymentMethod", "payment method"),
        ("Class", "class"),
        ("Department", "department"),
        ("TaxCode", "tax code"),
        ("TaxRate", "tax rate"),
    )
}


def unique_name(names: Names, entity: Entity, row: Row) -> str:
    """Return what must be unique: the own name of a person, the full name of an item."""
    is_child = bool(row.get("ParentRef"))
    if entity.namespace in _BY_FULL_NAME or (is_child and names.are_shared_by_children):
        return str(row["FullyQualifiedName"])
    return str(row[entity.name_field]) if entity.namespace else ""


def check(names: Names, entity: Entity, row: Row) -> None:
    """Refuse a name that another record has.

    Raises:
        ApiFault: 6240.
    """
    name = unique_name(names, entity, row)
    if name and names.is_taken(entity.namespace, name, (entity.name, row["Id"])):
        raise ApiFault("6240", _CLASHES.get(entity.name, ""))


def hold(names: Names, entity: Entity, before: Row | None, after: Row | None) -> None:
    """Give the name of a record back and take its new one."""
    for row, change in ((before, names.give_back), (after, names.take)):
        if row and (name := unique_name(names, entity, row)):
            change(entity.namespace, name, (entity.name, row["Id"]))


def free_deleted_name(names: Names, entity: Entity, row: Row) -> str:
    """Return the name that an inactive record gets: with ` (deleted)`, numbered if need be."""
    name, number = f"{row[entity.name_field]} (deleted)", 0
    while names.is_taken(entity.namespace, name, (entity.name, row["Id"])):
        number += 1
        name = f"{row[entity.name_field]} (deleted {number})"
    return name
