"""The switches about documents, each with both of its settings."""

from typing import Any

import pytest

from local.simulators.quickbooks.app import QuickBooks
from tests.unit.simulators.quickbooks.books import applied, invoice, payment, prefer
from tests.unit.simulators.quickbooks.client import Client, code_of


def _set(client: Client, **switches: Any) -> None:
    client.admin("POST", "switches", switches)
    assert client.status == 200


def _announced(app: QuickBooks) -> list[tuple[str, str]]:
    return [(each.entity, each.operation) for each in app.companies["1"].changes]


@pytest.mark.parametrize("is_told", [True, False])
def test_payment_tells_of_its_invoice_or_not(
    app: QuickBooks, client: Client, is_told: bool
) -> None:
    _set(client, payment_emits_invoice_updated=is_told)
    made = invoice(client)

    payment(client, 10, (10, made))

    assert (("Invoice", "updated") in _announced(app)) is is_told
    assert client.read("Invoice", made["Id"])["SyncToken"] == "1"


@pytest.mark.parametrize("is_told", [True, False])
def test_sending_tells_of_an_update_or_not(app: QuickBooks, client: Client, is_told: bool) -> None:
    _set(client, send_emits_updated=is_told)
    made = invoice(client)

    client.call("POST", f"invoice/{made['Id']}/send", sendTo="a@b.example")

    assert (("Invoice", "updated") in _announced(app)) is is_told
    assert ("Invoice", "emailed") in _announced(app)


@pytest.mark.parametrize("moves", [True, False])
def test_balance_moves_the_customers_time_or_not(client: Client, moves: bool) -> None:
    _set(client, balance_moves_time=moves)
    before = client.read("Customer", "3")["MetaData"]
    client.app.clock.advance(60)

    invoice(client)

    assert (client.read("Customer", "3")["MetaData"] != before) is moves


@pytest.mark.parametrize(("choice", "number"), [("used", "77"), ("replaced", "1038")])
def test_own_number_is_used_or_replaced_where_the_company_numbers(
    client: Client, choice: str, number: str
) -> None:
    _set(client, sent_number_when_automatic=choice)

    assert invoice(client, DocNumber="77")["DocNumber"] == number


def test_replaced_number_stays_on_update(client: Client) -> None:
    _set(client, sent_number_when_automatic="replaced")
    made = invoice(client)

    changed = client.update("Invoice", Id=made["Id"], SyncToken="0", DocNumber="77")

    assert changed["DocNumber"] == made["DocNumber"]


@pytest.mark.parametrize(("matters", "code"), [(True, "6000"), (False, None)])
def test_customer_of_a_payment_must_be_that_of_its_invoice_or_not(
    client: Client, matters: bool, code: str | None
) -> None:
    _set(client, payment_customer_must_match=matters)

    answer = payment(client, 5, (5, {"Id": "34"}))

    assert (code_of(answer) if "Fault" in answer else None) == code


@pytest.mark.parametrize("is_accepted", [True, False])
def test_payment_is_voided_by_the_operation_of_invoices_or_not(
    client: Client, is_accepted: bool
) -> None:
    _set(client, payment_voided_by_operation=is_accepted)
    body = {"Id": payment(client, 5)["Id"], "SyncToken": "0"}

    answer = client.call("POST", "payment", body, operation="void")

    assert ("Payment" in answer) is is_accepted


def test_missing_currency_may_be_that_of_the_customer(client: Client) -> None:
    prefer(client, "CurrencyPrefs", MultiCurrencyEnabled=True)
    _set(client, missing_currency="customer")

    made = invoice(client)

    assert (made["CurrencyRef"]["value"], made["ExchangeRate"]) == ("USD", 1)


@pytest.mark.parametrize(("is_used", "due"), [(True, "2026-11-30"), (False, "2026-12-15")])
def test_term_of_the_customer_counts_or_not(client: Client, is_used: bool, due: str) -> None:
    _set(client, customer_term_defaults=is_used)
    client.update("Customer", Id="3", SyncToken="0", SalesTermRef={"value": "2"})

    made = invoice(client, TxnDate="2026-11-15")

    assert made["DueDate"] == due
    assert ("SalesTermRef" in made) is is_used


def test_note_of_a_void_is_parted_as_the_switch_says(client: Client) -> None:
    _set(client, void_note_separator="\n")
    made = payment(client, 5, PrivateNote="by wire")
    body = {"Id": made["Id"], "SyncToken": "0", "Line": [applied(1, made)]}

    answer = client.call("POST", "payment", body, operation="update", include="void")

    assert answer["Payment"]["PrivateNote"] == "Voided\nby wire"


def test_disallowed_shipping_is_refused_or_counts_nothing(client: Client) -> None:
    inside = {"ItemRef": {"value": "SHIPPING_ITEM_ID"}}
    shipping = {"DetailType": "SalesItemLineDetail", "Amount": 9, "SalesItemLineDetail": inside}
    sale = {**shipping, "SalesItemLineDetail": {"ItemRef": {"value": "1"}}}

    refused = invoice(client, sale, shipping)
    _set(client, disallowed_parts="ignored")
    ignored = invoice(client, sale, shipping)
    prefer(client, "SalesFormsPrefs", AllowShipping=True)
    counted = invoice(client, sale, shipping)

    assert code_of(refused) == "6000"
    assert (ignored["TotalAmt"], counted["TotalAmt"]) == (9, 18)
    assert counted["Line"][-1] == {
        "Amount": 9,
        "DetailType": "SubTotalLineDetail",
        "SubTotalLineDetail": {},
    }


def test_longer_custom_fields_may_be_taken(client: Client) -> None:
    _set(client, custom_field_length=40)

    made = invoice(client, CustomField=[{"DefinitionId": "1", "StringValue": "x" * 40}])

    assert made["CustomField"][0]["StringValue"] == "x" * 40
