"""References follow what they refer to: its new name, and its survivor after a merge.

Recorded lists of documents show the new names of customers, items and accounts.
"""

from typing import TYPE_CHECKING, Any

from local.simulators.quickbooks.entities import ENTITIES
from local.simulators.quickbooks.schema import Entity, Row

if TYPE_CHECKING:
    from local.simulators.quickbooks.state import Company

# Entity: the field with the name that is shown, and the references that show it.
_SHOWN = {
    "Customer": ("DisplayName", {"CustomerRef"}),
    "Item": ("FullyQualifiedName", {"ItemRef", "GroupItemRef"}),
    "Account": (
        "FullyQualifiedName",
        {"ItemAccountRef", "DiscountAccountRef", "DepositToAccountRef"},
    ),
    "Term": ("Name", {"SalesTermRef"}),
    "Class": ("FullyQualifiedName", {"ClassRef"}),
    "Department": ("Name", {"DepartmentRef"}),
    "PaymentMethod": ("Name", {"PaymentMethodRef"}),
}
_DOCUMENTS = [each for each in ENTITIES.values() if each.is_document]


def rename_in_documents(company: "Company", entity: Entity, before: Row, row: Row) -> None:
    """Write the new name into every document that shows the old one; nobody is told."""
    field, references = _SHOWN.get(entity.name, ("", set()))
    if not field or before.get(field) == row.get(field):
        return
    new = {"value": row["Id"], "name": row[field]}
    for document, found in _candidates(company, entity, row["Id"]):
        renamed = with_reference(found, references, row["Id"], new)
        if renamed != found:
            company.adjust(document, renamed, found)


def repoint(company: "Company", entity: Entity, loser_id: str, survivor: Row) -> None:
    """Let everything that refers to the loser of a merge refer to its survivor."""
    field, on_lines = _SHOWN.get(entity.name, ("", set()))
    label = {"name": survivor[field]} if field else {}
    new = {"value": survivor["Id"], **label}
    for other in ENTITIES.values():
        names = {each.name for each in other.fields.values() if each.target == entity.name}
        names -= {"ParentRef"}
        if other.is_document:
            names |= on_lines
        for row in list(company.rows(other.name)) if names else ():
            moved = with_reference(row, names, loser_id, new)
            if moved != row:
                _store_moved(company, other, moved, row)


def _store_moved(company: "Company", entity: Entity, moved: Row, row: Row) -> None:
    if entity.is_document and company.switches.merge_raises_documents:
        company.store(entity, company.stamped(moved, row), row, "updated")
        return
    company.adjust(entity, moved, row)


def with_reference(value: Any, names: set[str], old_id: str, new: Row) -> Any:
    """Return a copy of a document in which references to one record are replaced.

    One that shows no name goes on without.
    """
    if isinstance(value, list):
        return [with_reference(each, names, old_id, new) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: (new if "name" in inner else {"value": new["value"]})
        if name in names and isinstance(inner, dict) and inner.get("value") == old_id
        else with_reference(inner, names, old_id, new)
        for name, inner in value.items()
    }


def _candidates(company: "Company", entity: Entity, record_id: str) -> list[tuple[Entity, Row]]:
    if entity.name == "Customer":
        places = company.filing.of_customer(record_id)
        return [(ENTITIES[name], company.read(name, each)) for name, each in places]
    return [(each, row) for each in _DOCUMENTS for row in list(company.rows(each.name))]
