"""What the server adds to a sales receipt or a refund receipt, and what it refuses.

Intuit: api/accounting/all-entities/salesreceipt and refundreceipt. Both are settled as they are
written: their balance is nothing, and the customer owes no more and no less.
"""

from typing import TYPE_CHECKING

from local.simulators.quickbooks import errors, estimates, sales
from local.simulators.quickbooks.payments import UNDEPOSITED_FUNDS
from local.simulators.quickbooks.schema import Entity, Row

if TYPE_CHECKING:
    from local.simulators.quickbooks.state import Company

KINDS = {"SalesReceipt", "RefundReceipt"}
_TO_PRINT = "To Print"
_KEEPS_MONEY = {"Bank", "Other Current Asset"}


def complete(entity: Entity, row: Row, before: Row | None, sent: Row, company: "Company") -> None:
    """Fill in a receipt as it is about to be stored; `sent` is what the request carried.

    Raises:
        ApiFault: 2010 to 2500, 6000, 6070 or 6270.
    """
    is_sale = entity.name == "SalesReceipt"
    if is_sale:
        row.setdefault("DepositToAccountRef", UNDEPOSITED_FUNDS)
        is_strict = company.switches.receipt_without_customer == "refused"
        if is_strict and not row.get("CustomerRef"):
            raise errors.required("CustomerRef")
    sales.complete(entity, row, before, sent, company)
    _check_account(row, company)
    if is_sale:
        _link_estimate(row, before, company)
    else:
        # Refunds are linked by people alone.
        row.pop("LinkedTxn", None)
        _set_reference(row)
    row["Balance"] = 0
    if "HomeTotalAmt" in row:
        row["HomeBalance"] = 0


def _check_account(row: Row, company: "Company") -> None:
    account = company.find("Account", row["DepositToAccountRef"]["value"]) or {}
    if account.get("AccountType") not in _KEEPS_MONEY:
        raise errors.business("The account must be a bank account or another current asset.")


def _link_estimate(row: Row, before: Row | None, company: "Company") -> None:
    row.setdefault("LinkedTxn", [])
    estimates.check(row, before, company)
    if not row["LinkedTxn"]:
        del row["LinkedTxn"]


def _set_reference(row: Row) -> None:
    if row["PrintStatus"] == "NeedToPrint":
        row["PaymentRefNum"] = _TO_PRINT
    elif row["PrintStatus"] == "PrintComplete" and not row.get("PaymentRefNum"):
        raise errors.required("PaymentRefNum")
