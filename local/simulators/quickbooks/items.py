"""Products and services: what each type needs, and what it cannot have.

Intuit: api/accounting/all-entities/item.
"""

from typing import Any

from local.simulators.quickbooks import errors
from local.simulators.quickbooks.errors import ApiFault
from local.simulators.quickbooks.schema import Row

_NEEDS = {
    "Service": ("IncomeAccountRef",),
    "NonInventory": ("IncomeAccountRef",),
    "Inventory": (
        *("IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef"),
        *("TrackQtyOnHand", "QtyOnHand", "InvStartDate"),
    ),
}
_ONLY_INVENTORY = ("QtyOnHand", "InvStartDate", "AssetAccountRef", "ReorderPoint")
_ONLY_OF_CATEGORY = {
    *("Id", "Name", "Type", "SubItem", "ParentRef", "Active", "FullyQualifiedName", "Level"),
    *("domain", "sparse", "SyncToken", "MetaData"),
}
_WITHOUT_PRICES: dict[str, dict[str, Any]] = {
    "Category": {},
    "Group": {"Taxable": False, "PrintGroupedItems": False},
}


def complete(row: Row, before: Row | None) -> None:
    """Check what a type needs and fill in the rest.

    Raises:
        ApiFault: 2010 for what the type cannot have, 2020 for what it lacks, 6000 for a change
            away from inventory.
    """
    kind = row["Type"]
    if before is not None and before["Type"] == "Inventory" != kind:
        raise errors.business("You can't change the type of an inventory item.")
    for name in _NEEDS.get(kind, ()):
        if row.get(name) in (None, False):
            raise _missing(name)
    if kind != "Inventory":
        _refuse(row, _ONLY_INVENTORY)
    if kind == "Category":
        _refuse(row, tuple(set(row) - _ONLY_OF_CATEGORY))
    if before is not None and "InvStartDate" in before:
        # Sent later it is the date of an adjustment; reads give the first one.
        row["InvStartDate"] = before["InvStartDate"]
    row["SubItem"] = bool(row.get("ParentRef"))
    if not row["SubItem"]:
        del row["SubItem"]
    for name, value in _WITHOUT_PRICES.get(kind, _DEFAULTS).items():
        row.setdefault(name, value)


_DEFAULTS = {
    "UnitPrice": 0,
    "PurchaseCost": 0,
    "Taxable": False,
    "TrackQtyOnHand": False,
    "DeferredRevenue": False,
}


def check_bundle(row: Row, *, by_person: bool) -> None:
    """Refuse to write a bundle through the API, where bundles are for reading only.

    Raises:
        ApiFault: 6000; the text is this stand-in's own.
    """
    if row["Type"] == "Group" and not by_person:
        raise errors.business("Bundles can't be written through the API.")


def _missing(name: str) -> ApiFault:
    if name == "AssetAccountRef":
        return ApiFault(
            "2020",
            "Required param missing, need to supply the required value for the API. An inventory "
            "assetaccount is required if you are tracking inventory quantities for this product.",
            name,
        )
    return errors.required(name)


def _refuse(row: Row, names: tuple[str, ...]) -> None:
    for name in sorted(names):
        if row.get(name) is not None:
            raise ApiFault("2010", f"Property Name:{name} specified is unsupported or invalid")
