"""The shop with deals: Opportunities with their products, and what becomes of them."""

from dataclasses import dataclass
from typing import Any

from bridge.model import ChangeEvent, ChangeKind, CrossReference
from tests.rig import REALM
from tests.shop import Line, Shop

CLOSE_DAY = "2026-11-14"
OPEN, WON = "Prospecting", "Closed Won"


@dataclass
class DealShop(Shop):
    """Both systems of a company whose sales people win deals."""

    def priced_product(self, name: str = "Rose", price: str = "12.5", **fields: Any) -> str:
        """Let a person add a product with a standard price, as a line of a deal needs it."""
        product = self.new_product(name, **fields)
        self.new_entry(product, float(price))
        return product

    def new_deal(self, account: str | None, *lines: Line, stage: str = WON, **fields: Any) -> str:
        """Let a person write an Opportunity with its products."""
        given = {"Name": "A deal", "AccountId": account, "CloseDate": CLOSE_DAY, **fields}
        deal = self.in_salesforce("create", "Opportunity", fields={**given, "StageName": OPEN})
        for line in lines:
            self.add_product(deal, line)
        if stage != OPEN:
            self.edit_deal(deal, StageName=stage)
        return deal

    def add_product(self, deal: str, line: Line, **more: Any) -> str:
        """Let a person add a product to a deal."""
        product, quantity, price = line
        given = {"OpportunityId": deal, "Product2Id": product, "Quantity": float(quantity or 1)}
        if price is not None:
            given["UnitPrice"] = float(price)
        return self.in_salesforce("create", "OpportunityLineItem", fields={**given, **more})

    def edit_product_line(self, deal: str, place: int = 0, **fields: Any) -> ChangeEvent:
        """Let a person edit a product of a deal; return the event of the deal."""
        line = str(self.deal_lines(deal)[place]["Id"])
        self.in_salesforce("update", "OpportunityLineItem", id=line, fields=fields)
        return self.deal_changed(deal)

    def edit_deal(self, record_id: str, **fields: Any) -> ChangeEvent:
        """Let a person edit an Opportunity; return the event."""
        self.in_salesforce("update", "Opportunity", id=record_id, fields=fields)
        return self.deal_changed(record_id)

    def deal_changed(self, record_id: str, kind: ChangeKind = ChangeKind.UPDATED) -> ChangeEvent:
        """Return the event of an Opportunity."""
        return self.account_changed(record_id, kind, "Opportunity")

    def won(self, *lines: Line, **fields: Any) -> tuple[str, str]:
        """Let a person win a deal, bring it over with its invoice, and return both ids."""
        account, _ = self.linked("Acme")
        product = self.priced_product()
        deal = self.new_deal(account, *(lines or ((product, "2", "12.5"),)), **fields)
        self.settle(self.deal_changed(deal))
        bill = self.deal_pair(deal).quickbooks_id
        assert bill is not None
        self.settle(self.bill_changed(bill))
        self.quiet()
        return deal, bill

    # What there is

    def deal(self, record_id: str) -> dict[str, Any]:
        """Return one Opportunity."""
        return self.account(record_id, "Opportunity")

    def deal_lines(self, deal: str) -> list[dict[str, Any]]:
        """Return the products of a deal."""
        return [r for r in self.accounts("OpportunityLineItem") if r["OpportunityId"] == deal]

    def deal_pair(self, record_id: str, realm: str = REALM) -> CrossReference:
        """Return the row of a deal's pair."""
        return self.pair(record_id, realm, "deal")

    def deal_shown(self, record_id: str) -> tuple[str, str]:
        """Return status and message that a deal shows."""
        return self.shown(record_id, "Opportunity")

    # Quotes

    def new_quote(self, account: str, *lines: Line, status: str = "Draft", **fields: Any) -> str:
        """Let a person write a Quote for a deal of its own."""
        deal = self.new_deal(account, stage=OPEN, Pricebook2Id=self.standard_book())
        given = {"Name": "A quote", "OpportunityId": deal, "Status": "Draft", **fields}
        quote = self.in_salesforce("create", "Quote", fields=given)
        for line in lines:
            self.add_quoted(quote, line)
        if status != "Draft":
            self.edit_quote(quote, Status=status)
        return quote

    def add_quoted(self, quote: str, line: Line, **more: Any) -> str:
        """Let a person add a product to a quote."""
        product, quantity, price = line
        entries = self.accounts("PricebookEntry")
        entry = next(row["Id"] for row in entries if row["Product2Id"] == product)
        given = {"QuoteId": quote, "PricebookEntryId": entry, "Quantity": float(quantity or 1)}
        fields = {**given, "UnitPrice": float(price or 0), **more}
        return self.in_salesforce("create", "QuoteLineItem", fields=fields)

    def edit_quote(self, record_id: str, **fields: Any) -> ChangeEvent:
        """Let a person edit a Quote; return the event."""
        self.in_salesforce("update", "Quote", id=record_id, fields=fields)
        return self.quote_changed(record_id)

    def quote_changed(self, record_id: str, kind: ChangeKind = ChangeKind.UPDATED) -> ChangeEvent:
        """Return the event of a Quote."""
        return self.account_changed(record_id, kind, "Quote")

    def presented(self) -> tuple[str, str]:
        """Let a person present a quote, bring it over, and return both ids."""
        account, _ = self.linked("Acme")
        product = self.priced_product()
        quote = self.new_quote(account, (product, "2", "12.5"), status="Presented")
        self.settle(self.quote_changed(quote))
        estimate = self.pair(quote, entity="estimate").quickbooks_id
        assert estimate is not None
        self.settle(self.estimate_changed(estimate))
        self.quiet()
        return quote, estimate

    def estimates(self) -> list[dict[str, Any]]:
        """Return the estimates of QuickBooks."""
        return self.in_company("Estimate")

    def estimate_changed(
        self, record_id: str, kind: ChangeKind = ChangeKind.UPDATED
    ) -> ChangeEvent:
        """Return the event of an estimate."""
        return self.quickbooks_changed("Estimate", record_id, kind)

    def edit_estimate(self, record_id: str, **fields: Any) -> ChangeEvent:
        """Let a person edit an estimate; return the event."""
        self.in_quickbooks("update", "Estimate", id=record_id, fields=fields)
        return self.estimate_changed(record_id)

    def quote(self, record_id: str) -> dict[str, Any]:
        """Return one Quote."""
        return self.account(record_id, "Quote")

    def quote_shown(self, record_id: str) -> tuple[str, str]:
        """Return status and message that a quote shows."""
        return self.shown(record_id, "Quote")
