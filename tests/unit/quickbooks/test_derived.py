"""What a document says of itself without a field for it: its status and its address."""

from datetime import date
from typing import Any

import pytest

from bridge.quickbooks.derived import LINK, STATUS, Source, source_of
from bridge.quickbooks.records import flatten
from tests.unit.quickbooks.script import recorded

DAY = Source(day=date(2026, 11, 22))
OPEN = {"TotalAmt": 100, "Balance": 100, "DueDate": "2026-12-22"}


def status(kind: str, row: dict[str, Any], source: Source = DAY) -> Any:
    return flatten(kind, {"Id": "7", "SyncToken": "0", **row}, source).fields.get(STATUS)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (OPEN, "draft"),
        ({**OPEN, "EmailStatus": "NotSet"}, "draft"),
        ({**OPEN, "EmailStatus": "NeedToSend"}, "draft"),
        ({**OPEN, "EmailStatus": "EmailSent"}, "sent"),
        ({**OPEN, "EmailStatus": "EMAIL_SENT"}, "sent"),
        ({**OPEN, "EmailStatus": "EmailSent", "EInvoiceStatus": "Viewed"}, "viewed"),
        ({**OPEN, "EInvoiceStatus": "Sent"}, "draft"),
        ({**OPEN, "Balance": 40, "EInvoiceStatus": "Viewed"}, "partly_paid"),
        ({**OPEN, "Balance": 0}, "paid"),
        ({**OPEN, "Balance": 0, "DueDate": "2026-11-01"}, "paid"),
        ({**OPEN, "DueDate": "2026-11-22"}, "draft"),
        ({**OPEN, "DueDate": "2026-11-21"}, "overdue"),
        ({**OPEN, "Balance": 40, "DueDate": "2026-11-21"}, "overdue"),
        ({"TotalAmt": 100, "Balance": 100}, "draft"),
        ({"TotalAmt": 0, "Balance": 0}, "paid"),
        ({"TotalAmt": 0, "Balance": 0, "PrivateNote": "Never Voided"}, "paid"),
        ({"TotalAmt": 0, "Balance": 0, "PrivateNote": "Voided"}, "void"),
        ({"TotalAmt": 0, "Balance": 0, "PrivateNote": "Voided - Salesforce a01"}, "void"),
        ({"TotalAmt": 9, "Balance": 0, "PrivateNote": "Voided by hand"}, "paid"),
    ],
)
def test_status_of_an_invoice_follows_from_what_quickbooks_says(
    row: dict[str, Any], told: str
) -> None:
    assert status("Invoice", row) == told


def test_nothing_is_overdue_on_a_day_that_is_not_told() -> None:
    assert status("Invoice", {**OPEN, "DueDate": "2020-01-01"}, Source()) == "draft"


@pytest.mark.parametrize(("kind", "left"), [("Payment", "UnappliedAmt"), ("CreditMemo", "Balance")])
@pytest.mark.parametrize(
    ("total", "rest", "note", "told"),
    [
        (100, 100, "", "unapplied"),
        (100, 30, "", "partly_applied"),
        (100, 0, "", "applied"),
        (0, 0, "", "applied"),
        (0, 0, "Voided", "void"),
    ],
)
def test_status_of_money_back_follows_from_what_is_left_of_it(
    kind: str, left: str, total: int, rest: int, note: str, told: str
) -> None:
    assert status(kind, {"TotalAmt": total, left: rest, "PrivateNote": note}) == told


@pytest.mark.parametrize(
    ("kind", "name", "told"),
    [
        ("Invoice", "exchange-void-invoice", "void"),
        ("Payment", "payment-voided", "void"),
        ("Payment", "get-payment-170-unapplied", "unapplied"),
        ("Payment", "exchange-update-payment", "applied"),
        ("CreditMemo", "get-creditmemo-184-open", "unapplied"),
    ],
)
def test_recorded_documents_have_the_status_that_they_had(kind: str, name: str, told: str) -> None:
    reply = recorded(name)
    row = reply.get("response", reply)[kind]

    assert status(kind, row) == told


def test_address_of_a_document_is_that_of_its_page() -> None:
    assert flatten("Invoice", {"Id": "7", **OPEN}).fields[LINK] == (
        "https://app.qbo.intuit.com/app/invoice?txnId=7"
    )


def test_address_in_a_sandbox_leads_to_the_sandbox() -> None:
    source = source_of("https://sandbox-quickbooks.api.intuit.com", {})

    assert flatten("Payment", {"Id": "7", "TotalAmt": 1}, source).fields[LINK] == (
        "https://app.sandbox.qbo.intuit.com/app/recvpayment?txnId=7"
    )


@pytest.mark.parametrize("document", [None, {}, {"time": 1606033039000}, {"time": "soon"}])
def test_an_answer_without_a_time_tells_no_day(document: Any) -> None:
    assert source_of("https://quickbooks.api.intuit.com", document).day is None


def test_the_day_is_that_of_the_answer_where_it_was_given() -> None:
    document = {"time": "2026-11-21T23:59:59.999-08:00"}

    assert source_of("https://quickbooks.api.intuit.com", document).day == date(2026, 11, 21)


@pytest.mark.parametrize(
    ("kind", "row"),
    [("Customer", {"TotalAmt": 1}), ("Invoice", {"status": "Deleted"}), ("Item", {"Name": "Rose"})],
)
def test_what_is_no_document_or_only_its_stub_says_nothing(kind: str, row: dict[str, Any]) -> None:
    assert not {STATUS, LINK} & set(flatten(kind, {"Id": "7", **row}).fields)
