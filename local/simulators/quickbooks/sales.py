"""What the server adds to an invoice or another sales form, and what it refuses.

Defaults as recorded replies show them; rules: Intuit, api/accounting/all-entities/invoice,
estimate, creditmemo, salesreceipt and refundreceipt.
"""

from typing import TYPE_CHECKING, Any

from local.simulators.quickbooks import amounts, errors, rules
from local.simulators.quickbooks.company_settings import Settings
from local.simulators.quickbooks.lines import every_line, number_lines, read_lines
from local.simulators.quickbooks.reading import check_length
from local.simulators.quickbooks.sale_lines import Draft, complete_line
from local.simulators.quickbooks.schema import Entity, Row
from local.simulators.quickbooks.terms import due_date
from local.simulators.quickbooks.times import pacific_day

if TYPE_CHECKING:
    from local.simulators.quickbooks.state import Company

_MOST_LINES = 10_000
_MOST_TAXABLE_LINES = 750


def complete(entity: Entity, row: Row, before: Row | None, sent: Row, company: "Company") -> None:
    """Fill in a document as it is about to be stored; `sent` is what the request carried.

    Raises:
        ApiFault: 2010 to 2500, 6000, 6070 or 6270.
    """
    settings = Settings(company)
    _check_department(row, sent, settings)
    rules.check_references(entity, row, before, company)
    customer = company.find("Customer", (row.get("CustomerRef") or {}).get("value", "")) or {}
    row.setdefault("TxnDate", pacific_day(company.now()).isoformat())
    set_currency(row, customer, settings)
    _set_defaults(entity, row, before, sent, customer, settings)
    lines = read_lines(row.get("Line"))
    if not lines and (before is None or "Line" in sent):
        raise errors.required("Line")
    draft = Draft(row, before, customer, company, settings)
    for line in every_line(lines):
        complete_line(line, draft)
    _check_count(lines, settings)
    number_lines(lines, (before or {}).get("Line", []))
    amounts.add_up(row, lines, sent, settings)
    if entity.name == "Invoice":
        amounts.check_deposit(row, settings)
        _set_due_date(row, sent, customer, company)


def _check_count(lines: list[Row], settings: Settings) -> None:
    """Refuse more lines than a document may have; a taxable one may have fewer.

    Intuit: learn/limits-and-throttles.
    """
    every = every_line(lines)
    is_taxed = settings.uses_sales_tax and any(amounts.is_taxable(each) for each in every)
    most = _MOST_TAXABLE_LINES if is_taxed else _MOST_LINES
    if len(every) > most:
        raise errors.business(f"A transaction can't have more than {most} lines.")


def _check_department(row: Row, sent: Row, settings: Settings) -> None:
    """Take the department away where the company tracks none, as the switch says."""
    if not sent.get("DepartmentRef") or settings.tracks_departments:
        return
    if settings.switches.untracked_department == "refused":
        raise errors.business("You need to turn on location tracking to use a location.")
    if settings.switches.untracked_department == "dropped":
        row.pop("DepartmentRef", None)


def set_currency(row: Row, customer: Row, settings: Settings) -> None:
    """Set currency and rate; a document is in the currency of its customer.

    Raises:
        ApiFault: 2020 or 6000.
    """
    own = customer.get("CurrencyRef") or rules.currency_of(settings.home_currency)
    asked = (row.get("CurrencyRef") or {}).get("value")
    if not settings.multi_currency:
        if asked not in (None, settings.home_currency):
            raise errors.business("You need to turn on multicurrency to use this currency.")
        row["CurrencyRef"] = own
        row.pop("ExchangeRate", None)
        return
    if asked is None and settings.switches.missing_currency == "refused":
        raise errors.required("CurrencyRef")
    if asked not in (None, own["value"]):
        raise errors.business(
            "The currency of the transaction is invalid for customer / vendor / account."
        )
    row["CurrencyRef"] = own
    row.setdefault("ExchangeRate", 1)


def _set_defaults(
    entity: Entity, row: Row, before: Row | None, sent: Row, customer: Row, settings: Settings
) -> None:
    row.setdefault("ApplyTaxAfterDiscount", False)
    row.setdefault("PrintStatus", "NeedToPrint")
    if "EmailStatus" in entity.fields:
        row.setdefault("EmailStatus", "NotSet")
        if row["EmailStatus"] == "NeedToSend" and not row.get("BillEmail"):
            raise errors.required("BillEmail")
    row["CustomField"] = _custom_fields(row, before, sent, settings)
    for name in ("BillAddr", "ShipAddr"):
        if customer.get(name) and name not in row:
            row[name] = customer[name]
    row.setdefault("FreeFormAddress", True)
    if settings.taxes_by_line:
        row.setdefault("GlobalTaxCalculation", "TaxExcluded")
    if entity.name == "Estimate":
        row.setdefault("TxnStatus", "Pending")
    if entity.name == "Invoice":
        row.setdefault("LinkedTxn", [])
        for name in ("AllowOnlineCreditCardPayment", "AllowOnlineACHPayment"):
            row.setdefault(name, settings.takes_online_payments)
        row |= {"AllowOnlinePayment": False, "AllowIPNPayment": False}


def _custom_fields(row: Row, before: Row | None, sent: Row, settings: Settings) -> list[Row]:
    """Return the company's fields with their values; fields that it does not have are dropped."""
    given = sent.get("CustomField") if "CustomField" in sent else row.get("CustomField")
    values: dict[str, Any] = {}
    for each in given or []:
        text = each.get("StringValue")
        if text not in (None, ""):
            limit = settings.switches.custom_field_length
            check_length("CustomField.StringValue", str(text), limit)
            values[str(each.get("DefinitionId"))] = str(text)
    fields = settings.custom_fields().items()
    return [
        {"DefinitionId": number, "Name": name, "Type": "StringType"}
        | ({"StringValue": values[number]} if number in values else {})
        for number, name in fields
    ]


def _set_due_date(row: Row, sent: Row, customer: Row, company: "Company") -> None:
    if company.switches.customer_term_defaults and customer.get("SalesTermRef"):
        row.setdefault("SalesTermRef", customer["SalesTermRef"])
    term = company.find("Term", (row.get("SalesTermRef") or {}).get("value", ""))
    if term is not None:
        row["SalesTermRef"] = {"value": term["Id"], "name": term["Name"]}
    is_due_anew = sent.keys() & {"SalesTermRef", "TxnDate"} and "DueDate" not in sent
    if "DueDate" not in row or is_due_anew:
        row["DueDate"] = due_date(row["TxnDate"], term)
