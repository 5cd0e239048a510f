"""What both systems hold, seen in two ways.

`Peek` looks over the stand-ins' shoulders, which does not count, so that waiting may look often;
`Asked` asks each vendor's own API, as any client would have to.
"""

from dataclasses import dataclass
from typing import Protocol

from local.systems import QuickBooks, Row, Salesforce

# What a story asks of documents.
DOCUMENT_FIELDS = {
    "Opportunity": (
        *("Id", "QuickBooks_Id__c", "QuickBooks_Invoice_Number__c", "QuickBooks_Total__c"),
        *("QuickBooks_Balance__c", "QuickBooks_Invoice_Status__c", "QuickBooks_Sync_Status__c"),
    ),
    "Invoice__c": (
        *("Id", "QuickBooks_Id__c", "Number__c", "Total__c", "Balance__c", "Status__c"),
        *("Opportunity__c", "QuickBooks_Sync_Status__c"),
    ),
    "Invoice_Line__c": ("Id", "Invoice__c", "Quantity__c", "Unit_Price__c", "Product__c"),
    "Payment__c": ("Id", "QuickBooks_Id__c", "Total__c", "Unapplied__c", "Status__c"),
    "Credit_Memo__c": ("Id", "QuickBooks_Id__c", "Total__c", "Balance__c", "Status__c"),
}


class Sight(Protocol):
    """What both systems hold."""

    def account(self, record_id: str) -> Row | None:
        """Return an account with its Contacts; None if it is deleted."""

    def accounts_named(self, name: str) -> list[Row]:
        """Return the accounts of a name."""

    def customer(self, record_id: str) -> Row | None:
        """Return a customer, inactive or not."""

    def customers_named(self, name: str) -> list[Row]:
        """Return the customers of a name, inactive ones too."""

    def documents(self, object_name: str, field: str, record_id: str) -> list[Row]:
        """Return the Salesforce documents (`DOCUMENT_FIELDS`) in which a field names a record."""

    def book(self, entity: str, record_id: str) -> Row | None:
        """Return a document of QuickBooks."""


@dataclass(frozen=True)
class Peek:
    """Looks over the stand-ins' shoulders: may be used as often as one likes."""

    salesforce: Salesforce
    quickbooks: QuickBooks

    def account(self, record_id: str) -> Row | None:
        """Return an account with its Contacts; None if it is deleted."""
        return next((row for row in self.salesforce.rows() if row["Id"] == record_id), None)

    def accounts_named(self, name: str) -> list[Row]:
        """Return the accounts of a name."""
        return [row for row in self.salesforce.rows() if row["Name"] == name]

    def customer(self, record_id: str) -> Row | None:
        """Return a customer, inactive or not."""
        return next((row for row in self.quickbooks.rows() if row["Id"] == record_id), None)

    def customers_named(self, name: str) -> list[Row]:
        """Return the customers of a name, inactive ones too."""
        return [row for row in self.quickbooks.rows() if row["DisplayName"] == name]

    def documents(self, object_name: str, field: str, record_id: str) -> list[Row]:
        """Return the Salesforce documents in which a field names a record."""
        return [row for row in self.salesforce.records(object_name) if row[field] == record_id]

    def book(self, entity: str, record_id: str) -> Row | None:
        """Return a document of QuickBooks."""
        rows = self.quickbooks.rows(entity)
        return next((row for row in rows if row["Id"] == record_id), None)


@dataclass(frozen=True)
class Asked:
    """Asks the two APIs: what counts."""

    salesforce: Salesforce
    quickbooks: QuickBooks

    def account(self, record_id: str) -> Row | None:
        """Return an account with its Contacts; None if it is deleted."""
        return next(iter(self.salesforce.query(f"Id = '{record_id}'")), None)

    def accounts_named(self, name: str) -> list[Row]:
        """Return the accounts of a name."""
        return self.salesforce.query(f"Name = '{_escaped(name)}'")

    def customer(self, record_id: str) -> Row | None:
        """Return a customer, inactive or not."""
        return self.quickbooks.read(record_id)

    def customers_named(self, name: str) -> list[Row]:
        """Return the customers of a name, inactive ones too."""
        return self.quickbooks.query(f"DisplayName = '{_escaped(name)}'")

    def documents(self, object_name: str, field: str, record_id: str) -> list[Row]:
        """Return the Salesforce documents in which a field names a record."""
        columns = DOCUMENT_FIELDS[object_name]
        return self.salesforce.ask(object_name, columns, f"{field} = '{_escaped(record_id)}'")

    def book(self, entity: str, record_id: str) -> Row | None:
        """Return a document of QuickBooks."""
        return self.quickbooks.read(record_id, entity)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")
