"""Opportunities and their lines: what follows from what.

Salesforce: Object Reference, "Opportunity", "OpportunityLineItem" and "OpportunityStage".
"""

from datetime import date
from decimal import Decimal
from typing import Any

from local.simulators.salesforce import amounts, prices
from local.simulators.salesforce.drafts import Draft
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.state import Org
from local.simulators.salesforce.tables import Row

_FORECASTS = {"BestCase": "Best Case", "Forecast": "Commit", "MostLikely": "Most Likely"}


def before_opportunity(draft: Draft) -> None:
    """Work out what follows from the stage, the date and the lines."""
    if draft.old and draft.old["HasOpportunityLineItem"]:
        _protect_lines(draft)
    if draft.is_new or draft.changes("StageName"):
        _follow_stage(draft)
    if isinstance(day := draft["CloseDate"], date):
        quarter = (day.month - 1) // 3 + 1
        draft.values |= {"FiscalQuarter": quarter, "FiscalYear": day.year}
        draft.values["Fiscal"] = f"{day.year} {quarter}"
    draft.values["ExpectedRevenue"] = _expected(draft["Amount"], draft["Probability"])


def _protect_lines(draft: Draft) -> None:
    """Keep what the lines decide: an amount is ignored, another price book refused."""
    for name in ("Amount", "TotalOpportunityQuantity"):
        draft.values.pop(name, None)
    if draft.changes("Pricebook2Id"):
        text = "Cannot change the price book of an opportunity that has products"
        raise ApiError("FIELD_INTEGRITY_EXCEPTION", text, ["Pricebook2Id"])


def _follow_stage(draft: Draft) -> None:
    stages = draft.org.rows(draft.org.schema.objects["OpportunityStage"]).values()
    stage = next((row for row in stages if row["ApiName"] == draft["StageName"]), Row())
    category = stage["ForecastCategory"] or "Pipeline"
    draft.values |= {
        "IsClosed": bool(stage["IsClosed"]),
        "IsWon": bool(stage["IsWon"]),
        "ForecastCategory": category,
    }
    if not draft.gives("ForecastCategoryName"):
        draft.values["ForecastCategoryName"] = _FORECASTS.get(category, category)
    if not draft.gives("Probability"):
        draft.values["Probability"] = stage["DefaultProbability"] or 0
    if not draft.is_new:
        draft.values["LastStageChangeDate"] = draft.org.moment()


def _expected(amount: Any, probability: Any) -> Decimal | None:
    return None if amount is None else amounts.part(amount, probability)


def before_line(draft: Draft) -> None:
    """Find the entry of a line, take over what it says, and do the arithmetic."""
    opportunity = draft.parent("OpportunityId")
    if opportunity is None:
        return
    if draft.is_new:
        entry = entry_of_line(draft, opportunity)
        product = draft.org.row(draft.org.schema.objects["Product2"], entry["Product2Id"])
        draft.values |= {
            "PricebookEntryId": entry["Id"],
            "Product2Id": entry["Product2Id"],
            "ListPrice": entry["UnitPrice"],
            "ProductCode": entry["ProductCode"],
            "Name": f"{opportunity['Name']} {product['Name'] if product else ''}".strip()[:376],
        }
    _price(draft)


def entry_of_line(draft: Draft, document: Row) -> Row:
    """Return the price book entry of a new line, by its id or by its product.

    Raises:
        ApiError: there is none that the document's price book allows.
    """
    entry, book_id = draft.parent("PricebookEntryId"), document["Pricebook2Id"]
    if entry is None and draft["Product2Id"]:
        wanted = book_id or prices.standard_book(draft.org)["Id"]
        entry = prices.entry_of(draft.org, draft["Product2Id"], wanted)
    if entry is None:
        missing = ["PricebookEntryId"]
        text = "Required fields are missing: [PricebookEntryId]"
        raise ApiError("REQUIRED_FIELD_MISSING", text, missing)
    book = draft.org.row(draft.org.schema.objects["Pricebook2"], entry["Pricebook2Id"])
    fits = book_id == entry["Pricebook2Id"] or (book_id is None and book and book["IsActive"])
    if not fits or not entry["IsActive"]:
        reason = "pricebook entry is inactive" if fits else "pricebook entry is in another book"
        text = f"field integrity exception: PricebookEntryId ({reason})"
        raise ApiError("FIELD_INTEGRITY_EXCEPTION", text, ["PricebookEntryId"])
    return entry


def _price(draft: Draft) -> None:
    """Reckon the one of unit price and total from the other, as the caller's fields decide."""
    by_unit, by_total = draft.gives("UnitPrice"), draft.gives("TotalPrice")
    if by_unit and by_total:
        text = "You can specify either UnitPrice or TotalPrice, not both"
        raise ApiError("FIELD_INTEGRITY_EXCEPTION", text, ["TotalPrice"])
    if draft.is_new and not by_unit and not by_total:
        text = "Required fields are missing: [UnitPrice]"
        raise ApiError("REQUIRED_FIELD_MISSING", text, ["UnitPrice"])
    both = draft.gives("Quantity") and draft.gives("Discount")
    if both and not draft.is_new and not by_unit and not by_total:
        text = "Quantity and Discount need UnitPrice or TotalPrice beside them"
        raise ApiError("FIELD_INTEGRITY_EXCEPTION", text, ["UnitPrice"])
    keeps_total = by_total or ("Quantity" in draft.given and not draft.is_new and not by_unit)
    quantity, discount = draft["Quantity"], draft["Discount"]
    if keeps_total:
        price = amounts.unit_price(draft["TotalPrice"] or 0, quantity, discount)
        draft.values |= {"UnitPrice": price, "TotalPrice": draft["TotalPrice"]}
    else:
        whole = Decimal(draft["UnitPrice"] or 0) * Decimal(quantity or 0)
        draft.values["TotalPrice"] = amounts.discounted(whole, discount)
    draft.values["Subtotal"] = amounts.cents(
        Decimal(draft["UnitPrice"] or 0) * Decimal(quantity or 0)
    )


def after_line(org: Org, _old: Row | None, new: Row, user_id: str) -> None:
    """Bring an opportunity in step with its lines."""
    opportunities = org.schema.objects["Opportunity"]
    lines = org.schema.objects["OpportunityLineItem"]
    opportunity = org.row(opportunities, new["OpportunityId"])
    if opportunity is None or opportunity["IsDeleted"]:
        return
    found = org.having(lines, lines.fields["OpportunityId"], opportunity["Id"])
    live = [row for row in found if not row["IsDeleted"]]
    values: dict[str, Any] = {"HasOpportunityLineItem": bool(live)}
    if live:
        values["Amount"] = amounts.cents(sum(Decimal(row["TotalPrice"] or 0) for row in live))
        quantities = sum(Decimal(row["Quantity"] or 0) for row in live)
        values["TotalOpportunityQuantity"] = amounts.cents(quantities)
        values["Pricebook2Id"] = opportunity["Pricebook2Id"] or _book_of(org, live[0])
    elif org.switches.amount_after_last_line != "kept":
        zero = amounts.cents(0) if org.switches.amount_after_last_line == "zero" else None
        values |= {"Amount": zero, "TotalOpportunityQuantity": zero}
    amount = values.get("Amount", opportunity["Amount"])
    values["ExpectedRevenue"] = _expected(amount, opportunity["Probability"])
    org.recalculate(opportunities, opportunity["Id"], values, user_id)


def _book_of(org: Org, line: Row) -> str | None:
    entry = org.row(org.schema.objects["PricebookEntry"], line["PricebookEntryId"] or "")
    return entry["Pricebook2Id"] if entry else None
