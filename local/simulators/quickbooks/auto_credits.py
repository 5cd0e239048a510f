"""Companies that apply credit memos at once: Intuit, preferences, AutoApplyCredit."""

from decimal import Decimal
from typing import TYPE_CHECKING

from local.simulators.quickbooks.company_settings import Settings
from local.simulators.quickbooks.schema import Row

if TYPE_CHECKING:
    from local.simulators.quickbooks.state import Company

# As a recorded payment says that the product made by itself.
_NOTE = "Created by QB Online to link credits to charges."


def payment_for(memo: Row, company: "Company") -> Row | None:
    """Return the payment that applies a new credit memo to the oldest open invoices, if any."""
    if not Settings(company).applies_credits:
        return None
    left = Decimal(memo["TotalAmt"])
    places = company.filing.of_customer(memo["CustomerRef"]["value"])
    lines = []
    for invoice in (company.read(*each) for each in places if each[0] == "Invoice"):
        amount = min(left, Decimal(invoice["Balance"]))
        if amount > 0:
            lines.append(_line(amount, "Invoice", invoice["Id"]))
            left -= amount
    if not lines:
        return None
    lines.append(_line(Decimal(memo["TotalAmt"]) - left, "CreditMemo", memo["Id"]))
    return {
        "CustomerRef": memo["CustomerRef"],
        "TotalAmt": 0,
        "PrivateNote": _NOTE,
        "CurrencyRef": memo["CurrencyRef"],
        "Line": lines,
    }


def _line(amount: Decimal, kind: str, record_id: str) -> Row:
    return {"Amount": amount, "LinkedTxn": [{"TxnId": record_id, "TxnType": kind}]}
