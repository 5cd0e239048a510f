"""What the server adds to a payment, and what it refuses.

Intuit: api/accounting/all-entities/payment. Texts of the refusals that no source shows are this
stand-in's own.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from local.simulators.quickbooks import errors, rules
from local.simulators.quickbooks.applications import set_unapplied, sums
from local.simulators.quickbooks.company_settings import Settings
from local.simulators.quickbooks.errors import ApiFault
from local.simulators.quickbooks.money import money
from local.simulators.quickbooks.payment_lines import applied_to, read_lines
from local.simulators.quickbooks.sales import set_currency
from local.simulators.quickbooks.schema import Entity, Row
from local.simulators.quickbooks.times import pacific_day

if TYPE_CHECKING:
    from local.simulators.quickbooks.state import Company

UNDEPOSITED_FUNDS = {"value": "4"}


def complete(entity: Entity, row: Row, before: Row | None, company: "Company") -> None:
    """Fill in a payment as it is about to be stored.

    Raises:
        ApiFault: 2010 to 2500, 610 or 6000.
    """
    if row.get("TotalAmt") is None:
        raise errors.business("You must set a transaction amount.")
    row["TotalAmt"] = money(row["TotalAmt"])
    if row["TotalAmt"] < 0:
        raise errors.business("The amount of a payment can't be negative.")
    rules.check_references(entity, row, before, company)
    customer = company.find("Customer", row["CustomerRef"]["value"]) or {}
    row.setdefault("TxnDate", pacific_day(company.now()).isoformat())
    set_currency(row, customer, Settings(company))
    if row["TotalAmt"]:
        row.setdefault("DepositToAccountRef", UNDEPOSITED_FUNDS)
    row.setdefault("ProcessPayment", False)
    row["Line"] = read_lines(row.get("Line"))
    already = applied_to(before)
    for place, amount in applied_to(row).items():
        _check_part(place, amount - already.get(place, Decimal()), row, company)
    paid, credit = sums(row)
    if paid > Decimal(row["TotalAmt"]) + credit or credit > paid:
        raise errors.business("The amounts of the lines don't match the amount of the payment.")
    set_unapplied(row)


def _check_part(place: tuple[str, str], added: Decimal, row: Row, company: "Company") -> None:
    kind, record_id = place
    if place in company.refunds:
        if added > company.refunds[place]:
            raise errors.business("You can't apply more than the open balance of a transaction.")
        return
    if kind not in {"Invoice", "CreditMemo"}:
        raise ApiFault("2500", f"Invalid Reference Id : Txn element id {record_id} not found")
    document = company.read(kind, record_id)
    if added > Decimal(document["Balance"]):
        raise errors.business("You can't apply more than the open balance of a transaction.")
    if not company.switches.payment_customer_must_match or added <= 0:
        return
    payer, owner = row["CustomerRef"]["value"], document["CustomerRef"]["value"]
    while owner and owner != payer:
        found = company.find("Customer", owner) or {}
        owner = (found.get("ParentRef") or {}).get("value", "")
    if not owner:
        raise errors.business("The customer of the payment is not that of the transaction.")
