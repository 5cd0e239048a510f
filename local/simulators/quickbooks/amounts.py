"""What a sales document adds up to: subtotals, discount, charges, tax, total, home currency.

Intuit: api/accounting/all-entities/invoice, and its tutorials on tax. A line is taxed by the code
TAX or NON in a US company and by the id of a tax code elsewhere.
"""

import re
from collections import defaultdict
from decimal import Decimal
from typing import Any

from local.simulators.quickbooks import errors
from local.simulators.quickbooks.company_settings import Settings
from local.simulators.quickbooks.errors import ApiFault
from local.simulators.quickbooks.lines import every_line
from local.simulators.quickbooks.money import Amount, money, plain
from local.simulators.quickbooks.reading import read_number
from local.simulators.quickbooks.schema import Row

_SHIPPING, _GRATUITY = "SHIPPING_ITEM_ID", "GRATUITY_ITEM_ID"
_INLINE_SUBTOTAL = re.compile(r"Subtotal:(?: ?-?[\d,]+(?:\.\d+)?)?")
_PRICE_PLACES = Decimal("0.0000001")


def add_up(row: Row, lines: list[Row], sent: Row, settings: Settings) -> None:
    """Set the lines, with their subtotal, the tax and the totals of a document.

    `sent` is what the request carried: a tax that it names counts once, at that request.

    Raises:
        ApiFault: 2500 for a tax code that is not there, 6000 for a line that needs one.
    """
    sales = [each for each in every_line(lines) if _is_sale(each)]
    if settings.taxes_by_line:
        _make_net(row, sales, sent, settings)
    charges = sum((Decimal(each["Amount"]) for each in sales if charge_of(each)), Decimal())
    subtotal = sum((Decimal(each["Amount"]) for each in sales), -charges)
    _set_inline_subtotals(lines)
    discounts = [each for each in lines if each["DetailType"] == "DiscountLineDetail"]
    discount = sum((_discount(each, subtotal) for each in discounts), Decimal())
    others = [each for each in lines if each["DetailType"] != "DiscountLineDetail"]
    total_line: Row = {
        "Amount": money(subtotal),
        "DetailType": "SubTotalLineDetail",
        "SubTotalLineDetail": {},
    }
    row["Line"] = [*others, total_line, *discounts]
    share = discount / subtotal if subtotal else Decimal()
    tax = _tax(row, sales, share, sent, settings)
    row["TotalAmt"] = money(subtotal - discount + charges + tax)
    if settings.multi_currency:
        row["HomeTotalAmt"] = money(Decimal(row["TotalAmt"]) * Decimal(row["ExchangeRate"]))


def charge_of(line: Row) -> str:
    """Return the preference that allows a line of shipping or gratuity; empty for other lines."""
    item = line.get("SalesItemLineDetail", {}).get("ItemRef", {}).get("value")
    return {_SHIPPING: "AllowShipping", _GRATUITY: "AllowGratuity"}.get(item, "")


def is_inline_subtotal(line: Row) -> bool:
    """Tell whether a line without item shows the sum of those above it.

    It is asked for as `Subtotal:` and shown as `Subtotal: 70.00`, in this case.
    """
    text = line.get("Description", "")
    return line["DetailType"] == "DescriptionOnly" and bool(_INLINE_SUBTOTAL.fullmatch(text))


def inline_subtotal(total: Decimal) -> str:
    """Write the description of an inline subtotal."""
    return f"Subtotal: {total:.2f}"


def _set_inline_subtotals(lines: list[Row]) -> None:
    total = Decimal()
    for line in every_line(lines):
        if is_inline_subtotal(line):
            line["Description"] = inline_subtotal(total)
        elif _is_sale(line):
            total += Decimal(line["Amount"])


def _is_sale(line: Row) -> bool:
    # A line without an item is documentation; its amount does not count.
    return "ItemRef" in line.get("SalesItemLineDetail", {})


def _discount(line: Row, subtotal: Decimal) -> Decimal:
    detail = line["DiscountLineDetail"]
    if detail.get("PercentBased"):
        percent = Decimal(detail.get("DiscountPercent") or 0)
        line["Amount"] = money(subtotal * percent / 100)
    line.setdefault("Amount", 0)
    return Decimal(line["Amount"])


# Tax


def _tax(row: Row, sales: list[Row], share: Decimal, sent: Row, settings: Settings) -> Decimal:
    if not settings.uses_sales_tax or row.get("GlobalTaxCalculation") == "NotApplicable":
        row["TxnTaxDetail"] = {"TotalTax": 0}
        return Decimal()
    if settings.taxes_by_line:
        return _tax_by_line(row, sales, share, settings)
    return _tax_by_document(row, sales, share, sent, settings)


def _tax_by_document(
    row: Row, sales: list[Row], share: Decimal, sent: Row, settings: Settings
) -> Decimal:
    """Tax as in the United States: one code for the document, TAX or NON at each line."""
    detail = row.get("TxnTaxDetail") or {}
    asked = sent.get("TxnTaxDetail") or {}
    code = (detail.get("TxnTaxCodeRef") or {}).get("value")
    if settings.tax_is_automated:
        code = settings.automated_tax_code
    if code is not None:
        settings.rates_of(code)
    given = read_number("TxnTaxDetail.TotalTax", asked.get("TotalTax"))
    if given is not None and settings.switches.sent_total_tax == "honoured":
        row["TxnTaxDetail"] = _named(code) | {"TotalTax": money(given)}
        if asked.get("TaxLine"):
            row["TxnTaxDetail"]["TaxLine"] = asked["TaxLine"]
        return Decimal(given)
    taxable = sum((Decimal(each["Amount"]) for each in sales if is_taxable(each)), Decimal())
    if row.get("ApplyTaxAfterDiscount"):
        taxable -= taxable * share
    if code is None or not taxable:
        row["TxnTaxDetail"] = _named(code if detail else None) | {"TotalTax": 0}
        return Decimal()
    lines = [_tax_line(rate, percent, taxable) for rate, percent in settings.rates_of(code)]
    total = sum((Decimal(each["Amount"]) for each in lines), Decimal())
    row["TxnTaxDetail"] = _named(code) | {"TotalTax": money(total), "TaxLine": lines}
    return total


def _named(code: str | None) -> Row:
    return {"TxnTaxCodeRef": {"value": code}} if code else {}


def is_taxable(line: Row) -> bool:
    """Tell whether a line has a tax code that stands for tax."""
    code = line.get("SalesItemLineDetail", {}).get("TaxCodeRef", {}).get("value")
    return code not in {None, "NON"}


def _tax_by_line(row: Row, sales: list[Row], share: Decimal, settings: Settings) -> Decimal:
    """Tax as in the rest of the world: each line has the id of a tax code."""
    taxable: dict[tuple[str, Amount], Decimal] = defaultdict(Decimal)
    for line in sales:
        code = line["SalesItemLineDetail"].get("TaxCodeRef", {}).get("value")
        if code is None:
            raise errors.business(
                "Make sure all your transactions have a VAT rate before you save."
            )
        for rate in settings.rates_of(code):
            taxable[rate] += Decimal(line["Amount"]) * (1 - share)
    lines = [_tax_line(rate, percent, net) for (rate, percent), net in taxable.items()]
    total = sum((Decimal(each["Amount"]) for each in lines), Decimal())
    row["TxnTaxDetail"] = {"TotalTax": money(total)} | ({"TaxLine": lines} if lines else {})
    return total


def _tax_line(rate: str, percent: Amount, net: Decimal) -> Row:
    return {
        "Amount": money(net * Decimal(percent) / 100),
        "DetailType": "TaxLineDetail",
        "TaxLineDetail": {
            "TaxRateRef": {"value": rate},
            "PercentBased": True,
            "TaxPercent": percent,
            "NetAmountTaxable": money(net),
        },
    }


def _make_net(row: Row, sales: list[Row], sent: Row, settings: Settings) -> None:
    """Take the tax out of amounts that were sent with it, if the switch reads them so."""
    is_gross = settings.switches.inclusive_amounts == "gross"
    if row.get("GlobalTaxCalculation") != "TaxInclusive" or "Line" not in sent or not is_gross:
        return
    for line in sales:
        detail = line["SalesItemLineDetail"]
        code = detail.get("TaxCodeRef", {}).get("value")
        if code is None or "TaxInclusiveAmt" in detail:
            continue
        percent = sum((Decimal(each) for _, each in settings.rates_of(code)), Decimal())
        gross: Any = line["Amount"]
        line["Amount"] = money(Decimal(gross) / (1 + percent / 100))
        detail["TaxInclusiveAmt"] = gross
        if detail.get("Qty"):
            price = Decimal(line["Amount"]) / Decimal(detail["Qty"])
            detail["UnitPrice"] = plain(price.quantize(_PRICE_PLACES))


def check_deposit(row: Row, settings: Settings) -> Amount:
    """Return the deposit of an invoice.

    Raises:
        ApiFault: 6000 if the company takes no deposits and the switch refuses them.
    """
    deposit = row.get("Deposit")
    if not deposit:
        return 0
    if settings.allows("AllowDeposit"):
        return money(deposit)
    if settings.switches.disallowed_parts == "refused":
        raise ApiFault("6000", "Business Validation Error: Deposits are turned off.", "Deposit")
    del row["Deposit"]
    return 0
