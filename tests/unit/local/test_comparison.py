from dataclasses import dataclass, field
from typing import Any

from bridge.mapping_files import read_mappings
from local.demo import comparison
from local.systems import Row

ACCOUNT = {
    "Id": "001dM000006laZUQAY",
    "Name": "Cool Cars",
    "Description": "Red cars only.",
    "BillingStreet": "65 Ocean Dr.\nFloor 2",
    "Payment_Terms__c": "Net 30",
    "QuickBooks_Id__c": "1:customer:3",
    "Parent": {"QuickBooks_Id__c": "1:customer:7"},
    "Contacts": [{"FirstName": "Grace", "LastName": "Pariente", "Email": "g@cars.example"}],
}
CUSTOMER = {
    "Id": "3",
    "DisplayName": "Cool Cars",
    "ParentRef": {"value": "7", "name": "Cars"},
    "GivenName": "Grace",
    "FamilyName": "Pariente",
    "PrimaryEmailAddr": {"Address": "g@cars.example"},
    "Notes": "Red cars only.\nSalesforce 001dM000006laZUQAY",
    "BillAddr": {"Line1": "65 Ocean Dr.", "Line2": "Floor 2"},
    "SalesTermRef": {"value": "3"},
}


@dataclass
class Rows:
    """A system that answers every query with the same rows."""

    rows: list[Row]
    asked: list[str] = field(default_factory=list)

    def query(self, condition: str) -> list[Row]:
        """Answer."""
        self.asked.append(condition)
        return self.rows


def compare(account: Row, customers: list[Row]) -> Any:
    salesforce: Any = Rows([account])
    quickbooks: Any = Rows(customers)
    return comparison.compare(salesforce, quickbooks)


def test_records_that_say_the_same_in_their_own_ways_are_equal() -> None:
    found = compare(ACCOUNT, [CUSTOMER])

    assert found == comparison.Comparison(1, len(comparison.FIELDS), ())


def test_every_field_that_differs_is_named() -> None:
    address = {"Line1": "65 Ocean Dr.", "City": "Half Moon Bay"}

    found = compare(ACCOUNT, [{**CUSTOMER, "BillAddr": address, "Notes": "Blue cars only."}])

    assert [line.split(": ")[1].split(" is ")[0] for line in found.differences] == [
        "description",
        "Billing street",
        "Billing city",
    ]


def test_customer_that_is_not_there_is_a_difference() -> None:
    assert compare(ACCOUNT, []).differences == ("001dM000006laZUQAY: customer 3 is missing",)


def test_as_many_fields_are_compared_as_the_mapping_has() -> None:
    assert len(comparison.FIELDS) == len(read_mappings()["customer"].fields)
