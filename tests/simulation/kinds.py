"""The records that people work with, by the vendors' own names of fields; nothing of the bridge."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Row = Mapping[str, Any]

# Every value that a person types carries a number that nobody has typed before, behind a word that
# occurs nowhere else: a comparison of values is one of numbers, and a leak can be searched for.
_NUMBER = re.compile(r"walnut(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """Where a field stands: in the record or in its contact (Salesforce), nested (QuickBooks)."""

    salesforce: str
    quickbooks: tuple[str, ...]
    part: str = ""


@dataclass(frozen=True)
class Kind:
    """One kind of record on both sides; `name` is the field by which people know it.

    `type` is what an Account says of itself if it is of this kind. What `is_told` by QuickBooks
    alone is shown in Salesforce, and comes back if somebody types over it.
    """

    entity: str
    salesforce: str
    quickbooks: str
    name: str
    fields: Mapping[str, Place]
    is_document: bool = False
    type: str | None = None
    is_told: bool = False


_OF_ACCOUNTS = {
    "name": Place("Name", ("DisplayName",)),
    "phone": Place("Phone", ("PrimaryPhone", "FreeFormNumber")),
    "fax": Place("Fax", ("Fax", "FreeFormNumber")),
    "website": Place("Website", ("WebAddr", "URI")),
    "billing_city": Place("BillingCity", ("BillAddr", "City")),
    "mobile": Place("MobilePhone", ("Mobile", "FreeFormNumber"), part="Contact"),
}
CUSTOMER = Kind(
    entity="customer",
    salesforce="Account",
    quickbooks="Customer",
    name="name",
    fields=_OF_ACCOUNTS,
)
VENDOR = Kind(
    entity="vendor",
    salesforce="Account",
    quickbooks="Vendor",
    name="name",
    fields=_OF_ACCOUNTS,
    type="Vendor",
)
ITEM = Kind(
    entity="item",
    salesforce="Product2",
    quickbooks="Item",
    name="name",
    fields={
        "name": Place("Name", ("Name",)),
        "sku": Place("ProductCode", ("Sku",)),
        "description": Place("Description", ("Description",)),
        "price": Place("UnitPrice", ("UnitPrice",), part="PricebookEntry"),
    },
)
INVOICE = Kind(
    entity="invoice",
    salesforce="Invoice__c",
    quickbooks="Invoice",
    name="memo",
    fields={"memo": Place("Memo__c", ("CustomerMemo", "value"))},
    is_document=True,
)
PAYMENT = Kind(
    entity="payment",
    salesforce="Payment__c",
    quickbooks="Payment",
    name="reference",
    fields={"reference": Place("Reference__c", ("PaymentRefNum",))},
    is_document=True,
    is_told=True,
)
CREDIT_MEMO = Kind(
    entity="credit_memo",
    salesforce="Credit_Memo__c",
    quickbooks="CreditMemo",
    name="memo",
    fields={"memo": Place("Memo__c", ("CustomerMemo", "value"))},
    is_document=True,
    is_told=True,
)
DEAL = Kind("deal", "Opportunity", "Invoice", name="", fields={}, is_document=True)
ESTIMATE = Kind("estimate", "Quote", "Estimate", name="", fields={}, is_document=True)
# Where two kinds are one entity in QuickBooks, people know it there as the later one.
KINDS = (CUSTOMER, VENDOR, ITEM, DEAL, ESTIMATE, INVOICE, PAYMENT, CREDIT_MEMO)
# The objects of Salesforce that hold them, and the entities of QuickBooks.
OBJECTS = tuple(dict.fromkeys(kind.salesforce for kind in KINDS))
ENTITIES = tuple(dict.fromkeys(kind.quickbooks for kind in KINDS))
# Parts: the object of their root, and the field that names it.
PARTS = {
    "Contact": ("Account", "AccountId"),
    "PricebookEntry": ("Product2", "Product2Id"),
    "Invoice_Line__c": ("Invoice__c", "Invoice__c"),
    "Payment_Line__c": ("Payment__c", "Payment__c"),
    "Credit_Memo_Line__c": ("Credit_Memo__c", "Credit_Memo__c"),
    "OpportunityLineItem": ("Opportunity", "OpportunityId"),
    "QuoteLineItem": ("Quote", "QuoteId"),
}


def kind_of(name: str, row: Row) -> Kind | None:
    """Return the kind of a Salesforce record; None for an object that people here do not use."""
    kinds = [kind for kind in KINDS if kind.salesforce == name]
    plain = next((kind for kind in kinds if kind.type is None), None)
    return next((kind for kind in kinds if kind.type and kind.type == row["Type"]), plain)


def number_of(value: Any) -> int | None:
    """Return the number in a typed value; None for an empty one. That of a price is its cents."""
    if isinstance(value, int | float | Decimal):
        return int((Decimal(str(value)) * 100).quantize(Decimal(1), ROUND_HALF_UP)) or None
    found = _NUMBER.search(str(value or ""))
    return int(found[1]) if found else None


def in_salesforce(row: Row, place: Place) -> Any:
    """Return the value of a field in a Salesforce row (that of the part where it has one)."""
    return row.get(place.salesforce)


def in_quickbooks(row: Row, place: Place) -> Any:
    """Return the value of a field in a QuickBooks record."""
    value: Any = row
    for name in place.quickbooks:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def nested(place: Place, value: Any, row: Row) -> dict[str, Any]:
    """Return the body that sets one QuickBooks field and leaves its neighbours alone."""
    if len(place.quickbooks) == 1:
        return {place.quickbooks[0]: value}
    outer, inner = place.quickbooks
    return {outer: {**(row.get(outer) or {}), inner: value}}
