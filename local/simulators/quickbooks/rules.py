"""What the server adds to a record and what it refuses, entity by entity."""

import re
from collections.abc import Callable
from typing import Protocol

from local.simulators.quickbooks import errors, items
from local.simulators.quickbooks.entities import ENTITIES
from local.simulators.quickbooks.errors import ApiFault
from local.simulators.quickbooks.schema import Entity, Row
from local.simulators.quickbooks.switches import Switches

_HOME_CURRENCY = {"value": "USD", "name": "United States Dollar"}
# As recorded replies name them; of any other currency only the code is told.
_CURRENCIES = {"BRL": "Brazilian Real", "CAD": "Canadian Dollar", "USD": _HOME_CURRENCY["name"]}
_NAME_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
_DEEPEST_LEVEL = 4
_DELETED = re.compile(r" \(deleted(?: \d+)?\)$")


class Lookup(Protocol):
    """What the rules need to see of a company."""

    switches: Switches

    def find(self, entity: str, record_id: str) -> Row | None:
        """Return a record as it is now, or None."""
        ...


def complete(entity: Entity, row: Row, before: Row | None, company: Lookup) -> None:
    """Fill in what the server fills in, and check what concerns more than one field.

    Works on the whole record as it is about to be stored; `before` is None for a new one.

    Raises:
        ApiFault: 2010, 2020, 2500, 610, 6010, 6080, 6150, 6180 or 900.
    """
    check_references(entity, row, before, company)
    row.setdefault("Active", True)
    _name_currency(row)
    _COMPLETERS.get(entity.name, _complete_nothing)(row, before, company)


def _name_currency(row: Row) -> None:
    currency = row.get("CurrencyRef")
    if currency and currency["value"] in _CURRENCIES:
        row["CurrencyRef"] = currency_of(currency["value"])


def currency_of(code: str) -> Row:
    """Return the reference to a currency, with its name where replies were seen to have it."""
    return {"value": code} | ({"name": _CURRENCIES[code]} if code in _CURRENCIES else {})


def check_references(entity: Entity, row: Row, before: Row | None, company: Lookup) -> None:
    """Check that what is needed is there and that references lead to active records; name them.

    Raises:
        ApiFault: 2020, 2500 or 610.
    """
    for known in entity.fields.values():
        if known.is_required and row.get(known.name) is None:
            raise errors.required(known.name)
        if known.target in ENTITIES and row.get(known.name):
            found = _referred(known.target, known.name, row, before, company)
            if label := _label(entity, known.target, found):
                row[known.name] = {"value": found["Id"], "name": label}


def _referred(target: str, name: str, row: Row, before: Row | None, company: Lookup) -> Row:
    value = row[name]["value"]
    found = company.find(target, value)
    is_new = before is None or (before.get(name) or {}).get("value") != value
    if found is None:
        kind = "Names" if ENTITIES[target].namespace == "names" else f"{target}s"
        raise errors.invalid_reference(kind, value)
    if is_new and found.get("Active") is False:
        raise inactive_reference(company)
    return found


def _label(entity: Entity, target: str, found: Row) -> str:
    """Return the name that a reply shows beside an id; recorded replies do not name them all."""
    if entity.is_document:
        shown = _SHOWN | (_SHOWN_IN_RECEIPTS if entity.name.endswith("Receipt") else {})
        return str(found[shown[target]]) if target in shown else ""
    if entity.name == "Account":
        return ""
    return str(found["FullyQualifiedName"]) if target == "Account" else ""


# What documents show of a record that they refer to, and receipts besides (recorded).
_SHOWN = {"Customer": "DisplayName", "Department": "Name"}
_SHOWN_IN_RECEIPTS = {
    "Account": "FullyQualifiedName",
    "Class": "FullyQualifiedName",
    "PaymentMethod": "Name",
}


def inactive_reference(company: Lookup) -> ApiFault:
    """Say that a reference leads to something that was made inactive."""
    if company.switches.inactive_reference_code == "610":
        return errors.not_found()
    return errors.inactive_reference()


def _complete_person(row: Row) -> None:
    parts = " ".join(str(row[part]) for part in _NAME_PARTS if row.get(part))
    if not row.get("DisplayName"):
        if not parts:
            raise ApiFault(
                "6080",
                "Title, GivenName, MiddleName, FamilyName, DisplayName, Suffix - one of these "
                "must be non-empty",
            )
        row["DisplayName"] = parts
    row.setdefault("PrintOnCheckName", row.get("CompanyName") or parts or row["DisplayName"])


def _complete_customer(row: Row, before: Row | None, company: Lookup) -> None:
    _complete_person(row)
    row.setdefault("Job", False)
    row.setdefault("BillWithParent", False)
    if bool(row["Job"]) != bool(row.get("ParentRef")):
        raise ApiFault(
            "6150", "ParentRef is either required or not if Job is true or false", "ParentRef"
        )
    if row.get("TaxExemptionReasonId"):
        row["Taxable"] = False
    row.setdefault("Taxable", True)
    if row["Taxable"]:
        row.setdefault("DefaultTaxCodeRef", {"value": "2"})
    row.setdefault("PreferredDeliveryMethod", "Print")
    row.setdefault("IsProject", False)
    row.setdefault("CurrencyRef", _HOME_CURRENCY)
    row.setdefault("Balance", 0)
    row.setdefault("BalanceWithJobs", row["Balance"])
    place("Customer", row, company)


def _complete_vendor(row: Row, before: Row | None, company: Lookup) -> None:
    _complete_person(row)
    row.setdefault("Vendor1099", False)
    row.setdefault("Balance", 0)
    row.setdefault("CurrencyRef", _HOME_CURRENCY)
    if row.get("TaxIdentifier"):
        row["TaxIdentifier"] = re.sub(r".(?=.{5})", "X", row["TaxIdentifier"])


def _complete_employee(row: Row, before: Row | None, company: Lookup) -> None:
    _complete_person(row)
    row.setdefault("BillableTime", False)


def _complete_item(row: Row, before: Row | None, company: Lookup) -> None:
    items.complete(row, before)
    place("Item", row, company)


_CLASSIFICATIONS = {
    "Bank": "Asset",
    "Accounts Receivable": "Asset",
    "Other Current Asset": "Asset",
    "Fixed Asset": "Asset",
    "Other Asset": "Asset",
    "Equity": "Equity",
    "Expense": "Expense",
    "Other Expense": "Expense",
    "Cost of Goods Sold": "Expense",
    "Accounts Payable": "Liability",
    "Credit Card": "Liability",
    "Long Term Liability": "Liability",
    "Other Current Liability": "Liability",
    "Income": "Revenue",
    "Other Income": "Revenue",
}


# What a recorded reply shows of a type that was sent alone.
_SUBTYPES = {"Bank": "CashOnHand"}


def _complete_account(row: Row, before: Row | None, company: Lookup) -> None:
    if not row.get("AccountType") and not row.get("AccountSubType"):
        raise ApiFault(
            "6010", "Either an Account.AccountType or an Account.AccountSubType must be specified"
        )
    if '"' in row["Name"]:
        raise ApiFault("2040", f"Element contains invalid characters. {row['Name']}", "Name")
    kind = row.get("AccountType", "")
    if kind and kind not in _CLASSIFICATIONS:
        raise ApiFault("2170", f"Invalid Enumeration : {kind}", "AccountType")
    if kind:
        row["Classification"] = _CLASSIFICATIONS[kind]
    if kind in _SUBTYPES:
        row.setdefault("AccountSubType", _SUBTYPES[kind])
    row["SubAccount"] = bool(row.get("ParentRef"))
    row.setdefault("CurrentBalance", 0)
    row.setdefault("CurrentBalanceWithSubAccounts", 0)
    row.setdefault("CurrencyRef", _HOME_CURRENCY)
    place("Account", row, company)


_TERM_RANGES = {
    "DueDays": (0, 999),
    "DayOfMonthDue": (1, 31),
    "DueNextMonthDays": (0, 999),
    "DiscountPercent": (0, 100),
    "DiscountDays": (0, 999),
}


def _complete_term(row: Row, before: Row | None, company: Lookup) -> None:
    if row.get("DueDays") is None and row.get("DayOfMonthDue") is None:
        raise errors.required("DueDays")
    for name, (lowest, highest) in _TERM_RANGES.items():
        if row.get(name) is not None and not lowest <= row[name] <= highest:
            raise ApiFault("2240", f"{name} should be between {lowest} and {highest}", name)
    row["Type"] = "STANDARD" if row.get("DueDays") is not None else "DATE_DRIVEN"
    row.setdefault("DiscountPercent", 0)
    row.setdefault("DiscountDays", 0)


def _complete_payment_method(row: Row, before: Row | None, company: Lookup) -> None:
    row.setdefault("Type", "NON_CREDIT_CARD")


def _complete_class(row: Row, before: Row | None, company: Lookup) -> None:
    row["SubClass"] = bool(row.get("ParentRef"))
    place("Class", row, company)


def _complete_department(row: Row, before: Row | None, company: Lookup) -> None:
    row["SubDepartment"] = bool(row.get("ParentRef"))
    place("Department", row, company)


def _complete_tax(row: Row, before: Row | None, company: Lookup) -> None:
    """Tax codes and rates are stored as they are."""


def _complete_nothing(row: Row, before: Row | None, company: Lookup) -> None:
    """Preferences and company info are stored as they are, and are never inactive."""
    row.pop("Active", None)


_COMPLETERS: dict[str, Callable[[Row, Row | None, Lookup], None]] = {
    "Customer": _complete_customer,
    "Vendor": _complete_vendor,
    "Employee": _complete_employee,
    "Item": _complete_item,
    "Account": _complete_account,
    "Term": _complete_term,
    "PaymentMethod": _complete_payment_method,
    "Class": _complete_class,
    "Department": _complete_department,
    "TaxCode": _complete_tax,
    "TaxRate": _complete_tax,
}


def place(entity: str, row: Row, company: Lookup) -> None:
    """Set the level and the full name of a record that can stand under a parent.

    Raises:
        ApiFault: 900 for a circle, 6180 below the fifth level.
    """
    name = row[ENTITIES[entity].name_field]
    above: list[str] = []
    reference = row.get("ParentRef")
    while reference:
        parent = company.find(entity, reference["value"])
        if parent is None:
            break
        if parent["Id"] == row["Id"]:
            raise ApiFault("900", "The same object can't be the parent or child of itself.")
        above.append(parent[ENTITIES[entity].name_field])
        reference = parent.get("ParentRef")
    if len(above) > _DEEPEST_LEVEL:
        raise ApiFault("6180", "You can nest up to 5 levels.", "ParentRef")
    row["FullyQualifiedName"] = ":".join([*reversed(above), name])
    if above and entity == "Customer":
        row["Level"] = len(above)
    else:
        row.pop("Level", None)


def without_deleted_suffix(name: str) -> str:
    """Return a name without the ` (deleted)` that the server appended."""
    return _DELETED.sub("", name)


def has_deleted_suffix(name: str) -> bool:
    """Tell whether a name carries the mark of an inactive record."""
    return bool(_DELETED.search(name))
