"""Every recorded Customer and Account goes through the mapping and comes back unchanged."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bridge.core.canonical import canonical, quickbooks_fields, salesforce_fields
from bridge.core.mapping import EntityMapping
from bridge.mapping_files import read_mappings
from bridge.model import Record, System, Value, Values
from bridge.quickbooks.records import flatten
from bridge.salesforce.records import to_record

RECORDED = Path(__file__).parents[1] / "data"
CUSTOMER = read_mappings()["customer"]
# What the mapping leaves where it is: it has no counterpart, or belongs to another entity, or
# comes with one. Whoever maps one of these takes it off the list.
QUICKBOOKS_ONLY = {
    "AlternatePhone.FreeFormNumber",
    "Balance",
    "BalanceWithJobs",
    "BillAddr.Id",
    "BillAddr.Lat",
    "BillAddr.Long",
    "BillWithParent",
    "ClientEntityId",
    "CompanyName",
    "CurrencyRef.value",
    "DefaultTaxCodeRef.value",
    "FullyQualifiedName",
    "Job",
    "Level",
    "MiddleName",
    "PreferredDeliveryMethod",
    "PrintOnCheckName",
    "ResaleNum",
    "ShipAddr.Id",
    "ShipAddr.Lat",
    "ShipAddr.Long",
    "Suffix",
    "Taxable",
    "Title",
    "V4IDPseudonym",
}
SALESFORCE_ONLY = {
    "AccountNumber",
    "AnnualRevenue",
    "BillingAddress",
    "BillingCountryCode",
    "BillingGeocodeAccuracy",
    "BillingLatitude",
    "BillingLongitude",
    "BillingStateCode",
    "CleanStatus",
    "Contacts",
    "CreatedById",
    "CreatedDate",
    "Id",
    "Industry",
    "LastModifiedById",
    "LastModifiedDate",
    "LastReferencedDate",
    "LastViewedDate",
    "NumberOfEmployees",
    "OwnerId",
    "Ownership",
    "PhotoUrl",
    "Rating",
    "ShippingAddress",
    "Sic",
    "SystemModstamp",
    "TickerSymbol",
    "attributes",
    "id",
}


def dictionaries(node: Any) -> Iterator[dict[str, Any]]:
    """Walk through a reply."""
    if isinstance(node, dict):
        yield node
        for each in node.values():
            yield from dictionaries(each)
    elif isinstance(node, list):
        for each in node:
            yield from dictionaries(each)


def replies(folder: str) -> Iterator[tuple[str, Any]]:
    """Read the recorded replies of one system."""
    for path in sorted((RECORDED / folder).glob("*.json")):
        yield path.stem, json.loads(path.read_text(), parse_float=Decimal)


def customers() -> Iterator[Any]:
    """Find every recorded Customer."""
    for name, reply in replies("quickbooks"):
        for node in dictionaries(reply):
            found = node.get("Customer")
            rows = found if isinstance(found, list) else [found]
            for row in rows:
                if isinstance(row, dict) and "DisplayName" in row and "SyncToken" in row:
                    yield pytest.param(row, id=f"{name}-{row.get('Id')}")


def accounts() -> Iterator[Any]:
    """Find every recorded Account."""
    for name, reply in replies("salesforce"):
        for node in dictionaries(reply):
            about = node.get("attributes")
            if isinstance(about, dict) and about.get("type") == "Account" and node.get("Name"):
                yield pytest.param(node, id=f"{name}-{node.get('Id', node['Name'])}")


def in_salesforce(values: Values) -> Record:
    """Return the Account and Contact that hold these values."""
    contact = salesforce_fields(values, CUSTOMER.names, CUSTOMER, "Contact")
    part = Record(System.SALESFORCE, "Contact", "003", "v", contact)
    root = salesforce_fields(values, CUSTOMER.names, CUSTOMER, None)
    return Record(System.SALESFORCE, "Account", "001", "v", root, (part,))


def in_quickbooks(values: Values) -> Record:
    """Return the Customer that holds these values."""
    fields = quickbooks_fields(values, CUSTOMER.names, CUSTOMER)
    return Record(System.QUICKBOOKS, "Customer", "1", "0", fields)


def values_of(record: Record, mapping: EntityMapping = CUSTOMER) -> dict[str, Value]:
    """Return the canonical values."""
    return dict(canonical(record, mapping).values)


@pytest.mark.parametrize("row", list(customers()))
def test_a_recorded_customer_goes_to_salesforce_and_back_unchanged(row: dict[str, Any]) -> None:
    values = values_of(flatten("Customer", row))

    assert values_of(in_salesforce(values)) == values
    assert values_of(in_quickbooks(values)) == values


@pytest.mark.parametrize("row", list(accounts()))
def test_a_recorded_account_goes_to_quickbooks_and_back_unchanged(row: dict[str, Any]) -> None:
    values = values_of(to_record(_complete(row), CUSTOMER.shape(System.SALESFORCE), None))

    assert values_of(in_quickbooks(values)) == values
    assert values_of(in_salesforce(values)) == values


def test_what_the_mapping_leaves_out_of_a_customer_is_known() -> None:
    mapped = set(CUSTOMER.shape(System.QUICKBOOKS).fields)
    seen = {path for each in customers() for path in flatten("Customer", each.values[0]).fields}

    assert seen - mapped == QUICKBOOKS_ONLY


def test_what_the_mapping_leaves_out_of_an_account_is_known() -> None:
    mapped = set(CUSTOMER.shape(System.SALESFORCE).fields)
    seen = {name for each in accounts() for name, value in each.values[0].items() if value}
    standard = {name for name in seen if not name.endswith("__c")}

    assert standard - mapped == SALESFORCE_ONLY


def _complete(row: dict[str, Any]) -> dict[str, Any]:
    """Add to a recorded row and its Contacts what our own query would have asked for besides."""
    stamp = "2026-11-22T08:00:00.000+0000"
    asked = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), stamp)
    whole = asked | row | {"Id": row.get("Id") or "001000000000001AAA"}
    if whole.get("Contacts"):
        contacts = [_complete(each) for each in whole["Contacts"]["records"]]
        whole["Contacts"] = {**whole["Contacts"], "records": contacts}
    return whole
