"""What a person does with documents and with the records they name."""

from decimal import Decimal

import pytest

from tests.unit.simulators.quickbooks.books import invoice, line, owes, payment, prefer
from tests.unit.simulators.quickbooks.client import Client, code_of


def test_copy_has_notes_and_fields_but_a_number_of_its_own(client: Client) -> None:
    made = invoice(
        client,
        line(60, TaxCodeRef={"value": "TAX"}),
        line(40),
        PrivateNote="order 42",
        CustomerMemo={"value": "Thanks"},
        CustomField=[{"DefinitionId": "1", "StringValue": "7"}],
        TxnTaxDetail={"TxnTaxCodeRef": {"value": "2"}},
        TxnDate="2026-05-01",
    )
    payment(client, 10, (10, made))

    copy = client.person("copy", "Invoice", id=made["Id"])

    same = ("PrivateNote", "CustomerMemo", "CustomField", "CustomerRef", "TotalAmt", "Line")
    assert {name: copy[name] for name in same} == {name: made[name] for name in same}
    assert copy["Id"] != made["Id"]
    assert (copy["DocNumber"], copy["TxnDate"]) == ("1039", "2026-11-22")
    assert (copy["Balance"], copy["LinkedTxn"]) == (Decimal("104.8"), [])


def test_person_writes_sends_voids_and_deletes_documents(client: Client) -> None:
    fields = {"CustomerRef": {"value": "3"}, "Line": [line()]}
    made = client.person("create", "Invoice", fields=fields)
    memo = client.person("create", "CreditMemo", fields=fields)

    changed = client.person("update", "Invoice", id=made["Id"], fields={"PrivateNote": "x"})
    sent = client.person("send", "Invoice", id=made["Id"], to="a@b.example")
    void = client.person("void", "CreditMemo", id=memo["Id"])
    gone = client.person("delete", "Invoice", id=made["Id"])

    assert changed["PrivateNote"] == "x"
    assert (sent["EmailStatus"], sent["SyncToken"]) == ("EmailSent", "2")
    assert (void["RemainingCredit"], void["PrivateNote"]) == (0, "Voided")
    assert gone["status"] == "Deleted"
    assert owes(client) == (0, 0)


def test_person_writes_in_closed_books(client: Client) -> None:
    prefer(client, "AccountingInfoPrefs", BookCloseDate="2026-12-31")
    fields = {"CustomerRef": {"value": "3"}, "Line": [line()]}

    assert "Id" in client.person("create", "Invoice", fields=fields)
    assert code_of(invoice(client)) == "6210"


@pytest.mark.parametrize("is_raised", [False, True])
def test_documents_follow_the_survivor_of_a_merge(client: Client, is_raised: bool) -> None:
    client.admin("POST", "switches", {"merge_raises_documents": is_raised})
    made = invoice(client, customer="8")

    kept = client.person("merge", "Customer", id="7", into="3")

    assert kept["BalanceWithJobs"] == Decimal("662.5")
    assert owes(client) == (0, Decimal("662.5"))
    client.person("merge", "Customer", id="8", into="3")
    row = client.read("Invoice", made["Id"])
    assert row["CustomerRef"] == {"value": "3", "name": "Cool Cars"}
    assert row["SyncToken"] == ("1" if is_raised else "0")
    assert owes(client) == (Decimal("577.5"), Decimal("662.5"))
    assert code_of(client.read("Customer", "8")) == "610"
    assert payment(client, 100, (100, row))["UnappliedAmt"] == 0


def test_documents_follow_the_survivor_of_merged_items(client: Client) -> None:
    made = invoice(client, line(1, item="10"))

    client.person("merge", "Item", id="10", into="18")

    detail = client.read("Invoice", made["Id"])["Line"][0]["SalesItemLineDetail"]
    assert detail["ItemRef"] == {"value": "18", "name": "Trimming"}


def test_customers_of_two_currencies_or_parent_and_child_cannot_be_merged(client: Client) -> None:
    euro = {"value": "EUR"}
    other = client.create("Customer", DisplayName="Lyon", CurrencyRef=euro)["Id"]

    answers = [
        client.person("merge", "Customer", id=other, into="3"),
        client.person("merge", "Customer", id="7", into="8"),
        client.person("merge", "Term", id="2", into="3"),
    ]

    assert [code_of(each) for each in answers] == ["6000"] * 3
    assert client.read("Customer", "7")["Active"] is True


def test_what_nobody_can_do_is_refused(client: Client) -> None:
    statuses = []
    for action, entity in (
        ("delete", "Customer"),
        ("void", "Item"),
        ("deposit", "Invoice"),
        ("create", "Preferences"),
    ):
        client.person(action, entity, id="3")
        statuses.append(client.status)

    assert statuses == [400] * 4
    assert code_of(client.person("copy", "Payment", id="31")) == "6000"
    assert code_of(client.person("void", "Estimate", id="41")) == "500"
