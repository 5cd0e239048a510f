"""What QuickBooks says of a document without having a field for it: its status and its address.

They stand among a record's fields as `Derived.Status` and `Derived.Link`, and are never written.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from bridge.model import Value

STATUS = "Derived.Status"
LINK = "Derived.Link"

_APP = "https://app.qbo.intuit.com"
_SANDBOX_APP = "https://app.sandbox.qbo.intuit.com"
# The pages of documents in the web application, as its address bar shows them.
_PAGES = {
    "Invoice": "invoice",
    "Payment": "recvpayment",
    "CreditMemo": "creditmemo",
    "Estimate": "estimate",
}
# A void writes this in front of the private note; there is no flag for it (Intuit:
# api/accounting/all-entities/invoice, void).
_VOIDED = "Voided"


@dataclass(frozen=True)
class Source:
    """Where and when rows were read: the address of the web application, and the day of the answer.

    The day is that of QuickBooks' own `time`, which has the offset of its servers (Pacific). None
    where the answer does not tell: then nothing is overdue.
    """

    app: str = _APP
    day: date | None = None


def source_of(base_url: str, document: Any) -> Source:
    """Return where and when the rows of an answer were read."""
    time = document.get("time") if isinstance(document, Mapping) else None
    app = _SANDBOX_APP if "://sandbox-" in base_url else _APP
    return Source(app, _day(time))


def derived(
    object_name: str, row: Mapping[str, Any], source: Source
) -> Iterator[tuple[str, Value]]:
    """Yield what a row of a document says besides its fields; a stub without amounts says nothing.

    Statuses: `void`; of an invoice `paid`, `overdue`, `partly_paid`, `viewed`, `sent`, `draft`; of
    a payment or a credit memo `applied`, `partly_applied`, `unapplied`.
    """
    if object_name not in _PAGES or "TotalAmt" not in row:
        return
    yield LINK, f"{source.app}/app/{_PAGES[object_name]}?txnId={row['Id']}"
    match object_name:
        case "Invoice":
            yield STATUS, _invoice_status(row, source.day)
        case "Payment":
            yield STATUS, _applied_status(row, row.get("UnappliedAmt"))
        case "CreditMemo":
            yield STATUS, _applied_status(row, row.get("Balance", row.get("RemainingCredit")))


def _invoice_status(row: Mapping[str, Any], day: date | None) -> str:
    total, balance = _money(row["TotalAmt"]), _money(row.get("Balance"))
    due = _day(row.get("DueDate"))
    if _is_void(row):
        return "void"
    if balance <= 0:
        return "paid"
    if due is not None and day is not None and day > due:
        return "overdue"
    if balance < total:
        return "partly_paid"
    if _plain(row.get("EInvoiceStatus")) == "viewed":
        return "viewed"
    return "sent" if _plain(row.get("EmailStatus")) == "emailsent" else "draft"


def _applied_status(row: Mapping[str, Any], left: Any) -> str:
    rest = _money(left)
    if _is_void(row):
        return "void"
    if rest <= 0:
        return "applied"
    return "partly_applied" if rest < _money(row["TotalAmt"]) else "unapplied"


def _is_void(row: Mapping[str, Any]) -> bool:
    """Say whether a document was voided: a legal one over nothing lacks the note."""
    note = str(row.get("PrivateNote") or "")
    return _money(row["TotalAmt"]) == 0 and note.startswith(_VOIDED)


def _money(value: Any) -> Decimal:
    return Decimal(value) if isinstance(value, int | Decimal) else Decimal()


def _plain(name: Any) -> str:
    """Return the name of a choice in one spelling; a void's answer has EMAIL_SENT."""
    return str(name or "").replace("_", "").lower()


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if isinstance(text, str) else None
    except ValueError:
        return None
