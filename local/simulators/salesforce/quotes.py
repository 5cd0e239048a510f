"""Quotes and their lines.

Salesforce: Object Reference, "Quote" and "QuoteLineItem".
"""

from decimal import Decimal
from typing import Any

from local.simulators.salesforce import amounts, sales
from local.simulators.salesforce.drafts import Draft
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.state import Org
from local.simulators.salesforce.tables import Row


def before_quote(draft: Draft) -> None:
    """Take over what the opportunity says, and add up."""
    opportunity = draft.parent("OpportunityId")
    if opportunity and draft.is_new:
        draft.values["AccountId"] = opportunity["AccountId"]
        if not draft.gives("Pricebook2Id"):
            draft.values["Pricebook2Id"] = opportunity["Pricebook2Id"]
    if draft.old and draft.old["LineItemCount"] and draft.changes("Pricebook2Id"):
        text = "Cannot change the price book of a quote that has line items"
        raise ApiError("FIELD_INTEGRITY_EXCEPTION", text, ["Pricebook2Id"])
    if draft.is_new:
        zero = amounts.cents(0)
        draft.values |= {"LineItemCount": 0, "Subtotal": zero, "TotalPrice": zero}
    draft.values["GrandTotal"] = _grand_total(draft, draft["TotalPrice"])


def _grand_total(quote: Any, total: Any) -> Decimal:
    extra = Decimal(quote["Tax"] or 0) + Decimal(quote["ShippingHandling"] or 0)
    return amounts.cents(Decimal(total or 0) + extra)


def before_line(draft: Draft) -> None:
    """Find the entry of a line, take over what it says, and do the arithmetic."""
    quote = draft.parent("QuoteId")
    if quote is None:
        return
    if draft.is_new:
        if not quote["Pricebook2Id"]:
            text = "field integrity exception: QuoteId (the quote has no price book)"
            raise ApiError("FIELD_INTEGRITY_EXCEPTION", text, ["QuoteId"])
        entry = sales.entry_of_line(draft, quote)
        draft.values |= {"PricebookEntryId": entry["Id"], "Product2Id": entry["Product2Id"]}
        draft.values["ListPrice"] = entry["UnitPrice"]
    subtotal = amounts.cents(Decimal(draft["UnitPrice"] or 0) * Decimal(draft["Quantity"] or 0))
    draft.values["Subtotal"] = subtotal
    draft.values["TotalPrice"] = amounts.discounted(subtotal, draft["Discount"])


def after_line(org: Org, _old: Row | None, new: Row, user_id: str) -> None:
    """Bring a quote in step with its lines."""
    quotes, lines = org.schema.objects["Quote"], org.schema.objects["QuoteLineItem"]
    quote = org.row(quotes, new["QuoteId"])
    if quote is None or quote["IsDeleted"]:
        return
    found = org.having(lines, lines.fields["QuoteId"], quote["Id"])
    live = [row for row in found if not row["IsDeleted"]]
    subtotal = amounts.cents(sum(row["Subtotal"] or 0 for row in live))
    total = amounts.cents(sum(row["TotalPrice"] or 0 for row in live))
    off = amounts.cents((subtotal - total) * 100 / subtotal) if subtotal else amounts.cents(0)
    values = {
        "LineItemCount": len(live),
        "Subtotal": subtotal,
        "TotalPrice": total,
        "Discount": off,
        "GrandTotal": _grand_total(quote, total),
    }
    org.recalculate(quotes, quote["Id"], values, user_id)
