"""Documents of the stand-in beside replies that were recorded from real sandbox companies."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.unit.simulators.quickbooks.books import invoice, line
from tests.unit.simulators.quickbooks.client import Client

DATA = Path(__file__).parents[3] / "data" / "quickbooks"
# The recorded companies had no field in use, took payments online, and knew every place.
_OF_THE_COMPANY = {"CustomField", "InvoiceLink", "Lat", "Long"}


def _recorded(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text("utf-8"))


def _some(row: dict[str, Any], *names: str) -> Any:
    """Return some fields of a row, with numbers as a recording has them."""
    return json.loads(json.dumps({each: row[each] for each in names}, default=float))


def _shape(value: Any) -> Any:
    """Return keys and types; lists by the shapes in them, without the company's peculiarities."""
    if isinstance(value, dict):
        kept = {k: _shape(v) for k, v in value.items() if k not in _OF_THE_COMPANY}
        return tuple(sorted(kept.items()))
    if isinstance(value, list):
        return frozenset(_shape(each) for each in value)
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return "number" if is_number else type(value).__name__


@pytest.mark.parametrize(
    ("name", "entity"),
    [
        ("exchange-create-invoice", "Invoice"),
        ("exchange-create-estimate", "Estimate"),
        ("exchange-create-creditmemo", "CreditMemo"),
        ("exchange-create-payment-unapplied", "Payment"),
        ("exchange-create-item", "Item"),
    ],
)
def test_create_answers_in_the_recorded_shape(client: Client, name: str, entity: str) -> None:
    exchange = _recorded(name)

    made = client.create(entity, **exchange["request"])

    assert _shape(made) == _shape(exchange["response"][entity])


def test_created_invoice_has_the_recorded_values(client: Client) -> None:
    exchange = _recorded("exchange-create-invoice")

    made = client.create("Invoice", **exchange["request"])

    real = exchange["response"]["Invoice"]
    same = [
        *("TxnDate", "DueDate", "TotalAmt", "Balance", "TxnTaxDetail", "LinkedTxn", "CurrencyRef"),
        *("PrintStatus", "EmailStatus", "ApplyTaxAfterDiscount", "FreeFormAddress", "SyncToken"),
    ]
    assert _some(made, *same) == _some(real, *same)
    assert made["Line"][1] == real["Line"][1]
    assert made["ShipFromAddr"]["Line2"] == real["ShipFromAddr"]["Line2"]


def test_void_changes_what_it_changed_in_the_recording(client: Client) -> None:
    real = _recorded("exchange-void-invoice")["response"]["Invoice"]
    made = invoice(client, line(100), customer="1")
    body = {"Id": made["Id"], "SyncToken": "0"}

    void = client.call("POST", "invoice", body, operation="void")["Invoice"]

    same = ("PrivateNote", "TotalAmt", "Balance", "SyncToken", "LinkedTxn", "TxnTaxDetail")
    assert _some(void, *same) == _some(real, *same)
    assert [each["Amount"] for each in void["Line"]] == [each["Amount"] for each in real["Line"]]
    assert void["DueDate"] == made["DueDate"]


def test_void_payment_is_as_recorded(client: Client) -> None:
    real = _recorded("payment-voided")["Payment"]
    body = {"Id": "128", "SyncToken": "0", "sparse": True}

    answer = client.call("POST", "payment", body, operation="update", include="void")

    same = ("PrivateNote", "TotalAmt", "UnappliedAmt", "ProcessPayment")
    assert _some(answer["Payment"], *same) == _some(real, *same)


def test_deleted_invoice_leaves_the_recorded_stub(client: Client) -> None:
    made = invoice(client)
    body = {"Id": made["Id"], "SyncToken": "0"}

    stub = client.call("POST", "invoice", body, operation="delete")["Invoice"]

    real = _recorded("exchange-delete-invoice")["response"]["Invoice"]
    assert stub == real | {"Id": made["Id"]}


def test_sent_invoice_has_the_recorded_marks(client: Client) -> None:
    real = _recorded("exchange-send-invoice")["response"]["Invoice"]

    sent = client.call("POST", "invoice/103/send")["Invoice"]

    same = ("EmailStatus", "BillEmail", "SyncToken", "TotalAmt", "Balance", "TxnTaxDetail")
    assert _some(sent, *same) == _some(real, *same)
    assert set(sent["DeliveryInfo"]) == set(real["DeliveryInfo"])


def test_changed_payment_tells_the_recorded_extras(client: Client) -> None:
    exchange = _recorded("exchange-update-payment")

    changed = client.update("Payment", **exchange["request"] | {"SyncToken": "0"})

    real = exchange["response"]["Payment"]
    assert _shape(changed) == _shape(real)
    assert changed["Line"] == real["Line"]


def test_full_update_of_a_credit_memo_is_as_recorded(client: Client) -> None:
    exchange = _recorded("exchange-update-creditmemo")
    body = exchange["request"] | {"SyncToken": "0"}

    changed = client.call("POST", "creditmemo", body)["CreditMemo"]

    real = exchange["response"]["CreditMemo"]
    same = ("DocNumber", "Line", "TotalAmt", "Balance", "RemainingCredit", "PrivateNote")
    assert _shape(changed) == _shape(real)
    assert _some(changed, *same) == _some(real, *same)
    # What a full update does not name is today again.
    assert changed["TxnDate"] == "2026-11-22"


def test_sample_company_shows_the_recorded_payments(client: Client) -> None:
    real = _recorded("query-payments-sandbox-us")["QueryResponse"]["Payment"]

    seen = client.query("select * from Payment")["Payment"]

    volatile = {"SyncToken", "MetaData"}
    for theirs in real:
        ours = next(each for each in seen if each["Id"] == theirs["Id"])
        same = theirs.keys() - volatile
        assert _some(ours, *same) == _some(theirs, *same)
        assert ours.keys() == theirs.keys()


@pytest.mark.parametrize(
    ("name", "entity", "record_id"),
    [("get-estimate-100", "Estimate", "100"), ("get-invoice-130-tax", "Invoice", "130")],
)
def test_taxed_documents_of_the_sample_have_the_recorded_lines_and_tax(
    client: Client, name: str, entity: str, record_id: str
) -> None:
    real = _recorded(name)[entity]

    seen = client.read(entity, record_id)

    same = ("Line", "TxnTaxDetail", "TotalAmt", "LinkedTxn", "CustomerRef", "CustomerMemo")
    assert _some(seen, *same) == _some(real, *same)


def test_taxed_invoice_comes_out_as_recorded_when_it_is_made_anew(client: Client) -> None:
    real = _recorded("get-invoice-130-tax")["Invoice"]
    lines = [
        {k: v for k, v in each.items() if k not in {"Id", "LineNum", "LinkedTxn"}}
        for each in real["Line"]
    ]

    made = invoice(
        client,
        *lines,
        customer="24",
        TxnTaxDetail={"TxnTaxCodeRef": {"value": "2"}},
        SalesTermRef={"value": "3"},
    )

    same = ("TxnTaxDetail", "TotalAmt", "Balance", "SalesTermRef")
    assert _some(made, *same) == _some(real, *same)


def test_discount_comes_out_as_recorded(client: Client) -> None:
    real = _recorded("invoice-discount-line")["Invoice"]
    percent = {"PercentBased": True, "DiscountPercent": 10}
    asked = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": percent}

    made = invoice(client, line(50, Qty=1, UnitPrice=50), asked)

    assert (made["TotalAmt"], made["Balance"]) == (real["TotalAmt"], real["Balance"])
    assert _shape(made["Line"][1:]) == _shape(real["Line"][1:])
    assert made["Line"][2]["Amount"] == real["Line"][2]["Amount"]


def test_tax_rates_have_the_recorded_shape(client: Client) -> None:
    real = _recorded("query-taxrates")["QueryResponse"]

    assert _shape(client.query("select * from TaxRate")) == _shape(real)
