"""People who meddle: with what has just been typed or made, before the two sides have met.

Each of these deeds is rare in a company and common in a world of its own profile, so that the
narrow ways of the protocol are gone often enough for their silence to mean something.
"""

from typing import Any

from tests.simulation.closers import Closers
from tests.simulation.kinds import CUSTOMER, INVOICE, ITEM, number_of
from tests.simulation.people import Deed, Row

# What share of their usual deeds they keep to.
AS_USUAL = 0.3


class Meddlers(Closers):
    """Everybody who works in either system; in worlds of their profile they meddle as well."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.is_meddling:
            return
        meddling = self._themes()[self.options.seed % 4]
        self.deeds = [(deed, weight * AS_USUAL) for deed, weight in self.deeds] + meddling

    def _themes(self) -> list[list[tuple[Deed, float]]]:
        """Return what they meddle with, one thing in each world: names, merges, documents, life."""
        return [
            [
                (self.type_again_in_quickbooks, 30),
                (self.type_again_in_salesforce, 20),
                (self.give_name_to_vendor, 12),
                (self.add_in_salesforce, 20),
            ],
            [
                (self.merge_into_new, 20),
                (self.merge_accounts, 20),
                (self.merge_customers, 15),
                (self.add_in_salesforce, 10),
                (self.add_in_quickbooks, 10),
            ],
            [
                (self.write_invoice, 25),
                (self.write_bill, 20),
                (self.delete_newest_bill, 15),
                (self.readdress_invoice, 10),
                (self.readdress_bill, 8),
                (self.clear_note, 8),
                (self.discount_bill, 6),
                (self.win_deal, 20),
                (self.move_stage, 20),
            ],
            [
                (self.delete, 15),
                (self.undelete, 12),
                (self.switch_activity, 15),
                (self.delete_newest_account, 10),
                (self.add_in_quickbooks, 10),
            ],
        ]

    @property
    def is_meddling(self) -> bool:
        """Say whether this is a world of theirs."""
        return self.options.profile == "meddling"

    def chosen(self, rows: Any) -> Row | None:
        """Return one of some records; who meddles does so mostly with the newest."""
        if self.is_meddling and rows and self.chance.random() < 0.5:
            newest: Row = rows[-1]
            return newest
        return super().chosen(rows)

    # Names

    def type_again_in_quickbooks(self) -> bool:
        """Type into QuickBooks what a colleague has typed into Salesforce."""
        kind = self.chance.choice([CUSTOMER, CUSTOMER, ITEM])
        row, realm = self.chosen(self.accounts(kind)), self.realm()
        if row is None:
            return False
        if kind is ITEM:
            fields = {"Name": row["Name"], "Type": "Service", "IncomeAccountRef": {"value": "79"}}
            return self.in_quickbooks("create", realm, "Item", fields=fields) is not None
        return self.add_in_quickbooks(row["Name"], realm)

    def type_again_in_salesforce(self) -> bool:
        """Type into Salesforce what stands in QuickBooks, perhaps inactive by now."""
        rows = list(self.quickbooks.companies[self.realm()].rows("Customer"))
        row = self.chosen(rows)
        number = number_of(row["DisplayName"]) if row else None
        if number is None:
            return False
        fields = {"Name": f"Walnut{number} Ltd"}
        if self.chance.random() < 0.4:
            fields["Phone"] = self.new()
        return bool(self.in_salesforce("create", fields=fields))

    def give_name_to_vendor(self) -> bool:
        """Type a vendor of a customer's name, which QuickBooks lets nobody else bear then."""
        row = self.chosen(self.accounts())
        if row is None:
            return False
        fields = {"DisplayName": row["Name"]}
        return self.in_quickbooks("create", self.realm(), "Vendor", fields=fields) is not None

    # What comes and goes

    def merge_into_new(self) -> bool:
        """Type a customer and merge an older one into it at once."""
        realm = self.realm()
        loser = self.chosen(self.customers(realm))
        fields = {"DisplayName": self.new(is_name=True)}
        new = self.in_quickbooks("create", realm, fields=fields) if loser else None
        if loser is None or new is None:
            return False
        return self.in_quickbooks("merge", realm, id=loser["Id"], into=new["Id"]) is not None

    def delete_newest_bill(self) -> bool:
        """Delete the newest invoice of QuickBooks."""
        return self._with_newest_bill("delete")

    def delete_newest_account(self) -> bool:
        """Put the newest account into the bin."""
        rows = self.accounts()
        return bool(rows and self.in_salesforce("delete", id=rows[-1]["Id"]))

    # Documents

    def readdress_invoice(self) -> bool:
        """Let an invoice of Salesforce name another account, perhaps one just typed."""
        invoice, account = self.chosen(self.accounts(INVOICE)), self.chosen(self.accounts())
        if invoice is None or account is None:
            return False
        fields = {"Account__c": account["Id"]}
        return bool(self.in_salesforce("update", "Invoice__c", id=invoice["Id"], fields=fields))

    def readdress_bill(self) -> bool:
        """Let an invoice of QuickBooks name another customer, perhaps one just typed."""
        realm = self.realm()
        customer = self.chosen(self.customers(realm))
        if customer is None:
            return False
        return self._change_bill(realm, {"CustomerRef": {"value": customer["Id"]}})

    def clear_note(self) -> bool:
        """Empty the private note of an invoice in QuickBooks, our reference in it too."""
        return self._change_bill(self.realm(), {"PrivateNote": ""})

    def discount_bill(self) -> bool:
        """Write an invoice with a kind of line that is not mapped."""
        realm = self.realm()
        customer, items = self.chosen(self.customers(realm)), self._sold(realm)
        if customer is None or not items:
            return False
        detail = {"PercentBased": True, "DiscountPercent": 10}
        discount = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": detail}
        fields = {
            "CustomerRef": {"value": customer["Id"]},
            "TxnDate": "2026-11-22",
            "CustomerMemo": {"value": self.new()},
            "Line": [self._line(items[0]), discount],
        }
        return self.in_quickbooks("create", realm, "Invoice", fields=fields) is not None

    def _with_newest_bill(self, action: str) -> bool:
        realm = self.realm()
        rows = self.customers(realm, INVOICE)
        if not rows:
            return False
        return self.in_quickbooks(action, realm, "Invoice", id=rows[-1]["Id"]) is not None

    def _change_bill(self, realm: str, fields: dict[str, Any]) -> bool:
        row = self.chosen(self.customers(realm, INVOICE))
        if row is None:
            return False
        changed = self.in_quickbooks("update", realm, "Invoice", id=row["Id"], fields=fields)
        return changed is not None
