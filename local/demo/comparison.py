"""Compares every pair of records, field by field, as the two APIs give them.

This is a second opinion on what belongs together: it does not read the mapping files.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from local.systems import QuickBooks, Row, Salesforce

# The bridge leaves the id of the Account in the customer's notes.
REFERENCE = re.compile(r"(?:^|\n)Salesforce [A-Za-z0-9]{18}$")
TERMS = {"1": "Due on receipt", "2": "Net 15", "3": "Net 30", "4": "Net 60"}


@dataclass(frozen=True)
class Comparison:
    """How many pairs and fields were compared, and which fields differ."""

    pairs: int
    fields: int
    differences: tuple[str, ...]


def compare(salesforce: Salesforce, quickbooks: QuickBooks) -> Comparison:
    """Ask both APIs for every linked pair, and compare."""
    accounts = salesforce.query("QuickBooks_Id__c != null")
    ids = [account["QuickBooks_Id__c"].rpartition(":")[2] for account in accounts]
    listed = ", ".join(f"'{each}'" for each in ids)
    customers = {row["Id"]: row for row in quickbooks.query(f"Id in ({listed})")} if ids else {}
    differences = []
    for account, customer_id in zip(accounts, ids, strict=True):
        if customer_id not in customers:
            differences.append(f"{account['Id']}: customer {customer_id} is missing")
            continue
        differences += _differences(account, customers[customer_id])
    return Comparison(len(accounts), len(accounts) * len(FIELDS), tuple(differences))


def _differences(account: Row, customer: Row) -> list[str]:
    where = f"{account['Id']} / {customer['Id']}"
    return [
        f"{where}: {name} is {ours(account)!r} in Salesforce, {theirs(customer)!r} in QuickBooks"
        for name, ours, theirs in FIELDS
        if ours(account) != theirs(customer)
    ]


def _text(*path: str) -> Callable[[Row], str]:
    """Return what reads a text at a path; nothing at all reads as empty."""

    def read(row: Row) -> str:
        found: object = row
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return str(found or "").strip()

    return read


def _parent(account: Row) -> str:
    return _text("Parent", "QuickBooks_Id__c")(account).rpartition(":")[2]


def _contact(name: str) -> Callable[[Row], str]:
    def read(account: Row) -> str:
        return _text(name)(account["Contacts"][0]) if account["Contacts"] else ""

    return read


def _lines(group: str) -> Callable[[Row], str]:
    def read(customer: Row) -> str:
        address = customer.get(group) or {}
        lines = [str(address.get(f"Line{number}") or "").strip() for number in range(1, 6)]
        return "\n".join(line for line in lines if line)

    return read


def _notes(customer: Row) -> str:
    return REFERENCE.sub("", _text("Notes")(customer)).strip()


def _terms(customer: Row) -> str:
    return TERMS.get(_text("SalesTermRef", "value")(customer), "")


def _address(
    ours: str, theirs: str
) -> list[tuple[str, Callable[[Row], str], Callable[[Row], str]]]:
    return [
        (f"{ours} street", _text(f"{ours}Street"), _lines(theirs)),
        (f"{ours} city", _text(f"{ours}City"), _text(theirs, "City")),
        (f"{ours} state", _text(f"{ours}State"), _text(theirs, "CountrySubDivisionCode")),
        (f"{ours} postal code", _text(f"{ours}PostalCode"), _text(theirs, "PostalCode")),
        (f"{ours} country", _text(f"{ours}Country"), _text(theirs, "Country")),
    ]


FIELDS = (
    ("name", _text("Name"), _text("DisplayName")),
    ("parent", _parent, _text("ParentRef", "value")),
    ("first name", _contact("FirstName"), _text("GivenName")),
    ("last name", _contact("LastName"), _text("FamilyName")),
    ("e-mail", _contact("Email"), _text("PrimaryEmailAddr", "Address")),
    ("mobile", _contact("MobilePhone"), _text("Mobile", "FreeFormNumber")),
    ("phone", _text("Phone"), _text("PrimaryPhone", "FreeFormNumber")),
    ("fax", _text("Fax"), _text("Fax", "FreeFormNumber")),
    ("website", _text("Website"), _text("WebAddr", "URI")),
    ("description", _text("Description"), _notes),
    ("terms", _text("Payment_Terms__c"), _terms),
    *_address("Billing", "BillAddr"),
    *_address("Shipping", "ShipAddr"),
)
