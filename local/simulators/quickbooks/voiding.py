"""What voiding makes of a document: amounts and quantities of nothing, and a note.

Intuit: api/accounting/all-entities/invoice; recorded replies.
"""

from decimal import Decimal
from typing import Any

from local.simulators.quickbooks.amounts import inline_subtotal, is_inline_subtotal
from local.simulators.quickbooks.schema import Row

_NOTE = "Voided"
_ENUMS = {"PrintStatus", "EmailStatus", "DetailType", "GlobalTaxCalculation"}


def voided(row: Row, separator: str, *, keeps_prices: bool = False) -> Row:
    """Return a document as it is after it was voided.

    Lines of invoices lose their price and those of sales receipts show 0 (recorded).
    """
    note = f"{_NOTE}{separator}{row['PrivateNote']}" if row.get("PrivateNote") else _NOTE
    changed = {**row, "PrivateNote": note, "TotalAmt": 0}
    for name in ("Balance", "HomeBalance", "HomeTotalAmt", "RemainingCredit", "UnappliedAmt"):
        if name in row:
            changed[name] = 0
    changed.pop("Deposit", None)
    if "TxnTaxDetail" not in row:
        # A payment loses what it was applied to.
        changed["Line"] = []
        changed.pop("LinkedTxn", None)
        return changed
    changed["TxnTaxDetail"] = {"TotalTax": 0}
    changed["Line"] = [_voided_line(each, keeps_prices) for each in row["Line"]]
    if "LinkedTxn" in row:
        changed["LinkedTxn"] = []
    return changed


def _voided_line(line: Row, keeps_prices: bool) -> Row:
    changed = {**line, "Amount": 0} if "Amount" in line else dict(line)
    changed.pop("LinkedTxn", None)
    if is_inline_subtotal(line):
        changed["Description"] = inline_subtotal(Decimal())
    if "SalesItemLineDetail" in line:
        gone = {"TaxInclusiveAmt"} | (set() if keeps_prices else {"UnitPrice"})
        detail = {k: v for k, v in line["SalesItemLineDetail"].items() if k not in gone}
        nothing = {name: 0 for name in ("UnitPrice", "Qty", "DiscountAmt") if name in detail}
        changed["SalesItemLineDetail"] = detail | nothing
    if "GroupLineDetail" in line:
        inner = [
            _voided_line(each, keeps_prices) for each in line["GroupLineDetail"].get("Line", [])
        ]
        changed["GroupLineDetail"] = {**line["GroupLineDetail"], "Line": inner}
    if "DiscountLineDetail" in line:
        percent = {"DiscountPercent": 0} if "DiscountPercent" in line["DiscountLineDetail"] else {}
        changed["DiscountLineDetail"] = {**line["DiscountLineDetail"], **percent}
    return changed


def in_upper_snake(value: Any) -> Any:
    """Return a reply with its enumerations in upper case with underscores, as one sample has it."""
    if isinstance(value, list):
        return [in_upper_snake(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _snake(each) if name in _ENUMS and isinstance(each, str) else in_upper_snake(each)
        for name, each in value.items()
    }


def _snake(text: str) -> str:
    broken = (f"_{each}" if each.isupper() and place else each for place, each in enumerate(text))
    return "".join(broken).upper()
