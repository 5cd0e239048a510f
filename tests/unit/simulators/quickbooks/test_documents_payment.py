"""Payments and credit memos: what they are applied to, and what follows on both sides."""

from typing import Any

import pytest

from local.simulators.quickbooks.app import QuickBooks
from tests.unit.simulators.quickbooks.books import (
    applied,
    invoice,
    line,
    owes,
    payment,
    prefer,
)
from tests.unit.simulators.quickbooks.client import Client, code_of

Row = dict[str, Any]


def _memo(client: Client, amount: Any = 30, **fields: Any) -> Row:
    body = {"CustomerRef": {"value": "3"}, "Line": [line(amount)], **fields}
    return client.create("CreditMemo", **body)


def _open(client: Client, document: Row) -> Any:
    kind = "CreditMemo" if "RemainingCredit" in document else "Invoice"
    return client.read(kind, document["Id"])["Balance"]


def _extras(paid: Row) -> list[dict[str, str]]:
    listed = [each["LineEx"]["any"] for each in paid["Line"]]
    return [{one["value"]["Name"]: one["value"]["Value"] for one in each} for each in listed]


def test_payment_over_several_invoices_closes_one_and_lessens_the_other(client: Client) -> None:
    first, second = invoice(client), invoice(client)

    paid = payment(client, 150, (100, first), (30, second))

    links = client.read("Invoice", first["Id"])["LinkedTxn"]
    assert paid["UnappliedAmt"] == 20
    assert (_open(client, first), _open(client, second)) == (0, 70)
    assert links == [{"TxnId": paid["Id"], "TxnType": "Payment"}]
    assert client.read("Invoice", first["Id"])["SyncToken"] == "1"
    assert owes(client) == (50, 50)


def test_replies_tell_what_was_open_before_each_payment(client: Client) -> None:
    made = invoice(client)

    first = payment(client, 60, (60, made))
    payment(client, 40, (40, made))

    assert _extras(first) == [
        {"txnId": made["Id"], "txnOpenBalance": "100.00", "txnReferenceNumber": "1038"}
    ]
    # The vendor adds the payment to what is open now.
    assert _extras(client.read("Payment", first["Id"]))[0]["txnOpenBalance"] == "60.00"


def test_newest_payment_stands_first_behind_the_other_links(client: Client) -> None:
    estimate = client.create("Estimate", CustomerRef={"value": "3"}, Line=[line()])
    link = {"TxnId": estimate["Id"], "TxnType": "Estimate"}
    made = invoice(client, LinkedTxn=[link])
    first, second = payment(client, 10, (10, made)), payment(client, 10, (10, made))

    links = client.read("Invoice", made["Id"])["LinkedTxn"]

    assert [each["TxnId"] for each in links] == [estimate["Id"], second["Id"], first["Id"]]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "6000"),
        ({"TotalAmt": -1}, "6000"),
        ({"TotalAmt": 5, "CustomerRef": {"value": "4711"}}, "2500"),
        ({"TotalAmt": 5, "Line": [{"Amount": 5}]}, "2020"),
        ({"TotalAmt": 5, "Line": [{"LinkedTxn": [{"TxnId": "9", "TxnType": "Invoice"}]}]}, "2020"),
        ({"TotalAmt": 5, "Line": [applied(5, {"Id": "4711"})]}, "610"),
        ({"TotalAmt": 5, "Line": [applied(5, {"Id": "34"})]}, "6000"),
        ({"TotalAmt": 5, "PaymentRefNum": "1" * 22}, "2050"),
        ({"TotalAmt": 5, "Amount": 5}, "2010"),
    ],
)
def test_payment_that_breaks_a_rule_is_refused_with_its_code(
    client: Client, fields: Row, code: str
) -> None:
    answer = client.create("Payment", **{"CustomerRef": {"value": "3"}, **fields})

    assert code_of(answer) == code
    assert owes(client) == (0, 0)


def test_more_than_is_open_or_than_was_paid_is_refused(client: Client) -> None:
    made = invoice(client)

    too_much = payment(client, 101, (101, made))
    too_little = payment(client, 50, (60, made))

    assert (code_of(too_much), code_of(too_little)) == ("6000", "6000")
    assert _open(client, made) == 100


def test_parent_may_pay_for_its_job(client: Client) -> None:
    made = invoice(client, customer="8")

    paid = payment(client, 100, (100, made), CustomerRef={"value": "7"})

    assert paid["UnappliedAmt"] == 0
    assert _open(client, made) == 0


def test_lines_can_be_changed_and_all_taken_away(client: Client) -> None:
    made = invoice(client)
    paid = payment(client, 100, (100, made))

    less = client.update("Payment", Id=paid["Id"], SyncToken="0", Line=[applied(40, made)])
    middle = _open(client, made)
    none = client.update("Payment", Id=paid["Id"], SyncToken="1", Line=[])

    assert (less["UnappliedAmt"], middle) == (60, 60)
    assert (none["UnappliedAmt"], none["Line"]) == (100, [])
    assert _open(client, made) == 100
    assert client.read("Invoice", made["Id"])["LinkedTxn"] == []
    assert owes(client) == (0, 0)


def test_note_of_a_payment_can_be_changed_alone(client: Client) -> None:
    made = invoice(client)
    paid = payment(client, 100, (100, made))

    changed = client.update("Payment", Id=paid["Id"], SyncToken="0", PrivateNote="x")

    assert changed["Line"] == paid["Line"]
    assert client.read("Invoice", made["Id"])["SyncToken"] == "1"


@pytest.mark.parametrize("way", ["void", "delete"])
def test_payment_that_goes_opens_its_invoices_again(client: Client, way: str) -> None:
    made = invoice(client)
    paid = payment(client, 120, (100, made), PrivateNote="by wire")
    stub = {"Id": paid["Id"], "SyncToken": "0", "sparse": True}
    query = {"operation": "update", "include": "void"} if way == "void" else {"operation": way}

    gone = client.call("POST", "payment", stub, **query)["Payment"]

    assert _open(client, made) == 100
    assert client.read("Invoice", made["Id"])["LinkedTxn"] == []
    assert owes(client) == (100, 100)
    if way == "void":
        assert (gone["TotalAmt"], gone["UnappliedAmt"], gone["Line"]) == (0, 0, [])
        assert gone["PrivateNote"] == "Voided - by wire"
    else:
        assert gone["status"] == "Deleted"


def test_payment_is_not_voided_by_the_operation_of_invoices(client: Client) -> None:
    paid = payment(client, 5)

    answer = client.call("POST", "payment", {"Id": paid["Id"], "SyncToken": "0"}, operation="void")

    assert code_of(answer) == "500"


def test_void_payment_in_a_batch(client: Client) -> None:
    paid = payment(client, 5)
    body = {"Id": paid["Id"], "SyncToken": "0", "sparse": True}
    item = {"bId": "a", "operation": "update", "optionsData": "void", "Payment": body}

    assert client.batch(item)[0]["Payment"]["PrivateNote"] == "Voided"
    assert client.admin("GET", "calls")["by_kind"]["batch_item:void"] == 1


@pytest.mark.parametrize("way", ["void", "delete"])
def test_invoice_that_goes_sets_its_payments_free(client: Client, way: str) -> None:
    kept, made = invoice(client), invoice(client)
    paid = payment(client, 150, (50, kept), (100, made))
    stub = {"Id": made["Id"], "SyncToken": "1"}

    gone = client.call("POST", "invoice", stub, operation=way)["Invoice"]

    row = client.read("Payment", paid["Id"])
    assert (row["UnappliedAmt"], row["SyncToken"]) == (100, "1")
    assert [each["LinkedTxn"][0]["TxnId"] for each in row["Line"]] == [kept["Id"]]
    assert _open(client, kept) == 50
    assert client.read("Invoice", kept["Id"])["SyncToken"] == "1"
    assert owes(client) == (-50, -50)
    assert way == "delete" or (gone["SyncToken"], gone["LinkedTxn"]) == ("2", [])


def test_paid_invoice_may_refuse_to_be_deleted(client: Client) -> None:
    client.admin("POST", "switches", {"delete_of_paid_invoice": "refused"})
    made = invoice(client)
    payment(client, 10, (10, made))

    answer = client.call(
        "POST", "invoice", {"Id": made["Id"], "SyncToken": "1"}, operation="delete"
    )

    assert code_of(answer) == "6000"
    assert _open(client, made) == 90


def test_invoice_lowered_below_its_payments_sets_the_rest_free(client: Client) -> None:
    made = invoice(client)
    first, second = payment(client, 60, (60, made)), payment(client, 40, (40, made))

    changed = client.update("Invoice", Id=made["Id"], SyncToken="2", Line=[line(50)])

    assert (changed["TotalAmt"], changed["Balance"], changed["SyncToken"]) == (50, 0, "3")
    assert client.read("Payment", second["Id"])["UnappliedAmt"] == 40
    assert client.read("Payment", first["Id"])["UnappliedAmt"] == 10
    assert [each["TxnId"] for each in changed["LinkedTxn"]] == [first["Id"]]
    assert client.read("Invoice", made["Id"]) == changed
    assert owes(client) == (-50, -50)


def test_credit_memo_is_applied_by_a_payment_of_nothing(client: Client) -> None:
    made, memo = invoice(client), _memo(client)
    before = owes(client)

    link = payment(client, 0, (30, made), (30, memo))

    row = client.read("CreditMemo", memo["Id"])
    assert before == owes(client) == (70, 70)
    assert (memo["Balance"], memo["RemainingCredit"]) == (30, 30)
    assert (row["Balance"], row["RemainingCredit"], row["TotalAmt"]) == (0, 0, 30)
    assert (link["UnappliedAmt"], "DepositToAccountRef" in link) == (0, False)
    assert _open(client, made) == 70
    assert "LinkedTxn" not in row


def test_credit_memo_that_goes_opens_what_it_paid(client: Client) -> None:
    made, memo = invoice(client), _memo(client)
    link = payment(client, 0, (30, made), (30, memo))
    token = client.read("CreditMemo", memo["Id"])["SyncToken"]

    client.call("POST", "creditmemo", {"Id": memo["Id"], "SyncToken": token}, operation="delete")

    assert _open(client, made) == 100
    assert client.read("Payment", link["Id"])["Line"] == []
    assert owes(client) == (100, 100)


def test_credit_is_applied_at_once_where_the_company_wants_it(client: Client) -> None:
    prefer(client, "SalesFormsPrefs", AutoApplyCredit=True)
    first, second = invoice(client, line(20)), invoice(client, line(20))

    memo = _memo(client, 30)

    assert (memo["Balance"], _open(client, first), _open(client, second)) == (0, 0, 10)
    note = client.query("select * from Payment where CustomerRef = '3' and TotalAmt = '0'")
    assert note["Payment"][0]["PrivateNote"].startswith("Created by QB Online")


def test_deposited_payment_cannot_be_changed(client: Client) -> None:
    paid = payment(client, 5)
    client.person("deposit", "Payment", id=paid["Id"])
    stub = {"Id": paid["Id"], "SyncToken": "1", "sparse": True}

    answers = [
        client.call("POST", "payment", {**stub, "TotalAmt": 6}),
        client.call("POST", "payment", stub, operation="update", include="void"),
        client.call("POST", "payment", stub, operation="delete"),
    ]

    assert [code_of(each) for each in answers] == ["6540"] * 3


def test_payment_announces_itself_and_its_invoice(app: QuickBooks, client: Client) -> None:
    made = invoice(client)
    app.companies["1"].changes.clear()

    paid = payment(client, 100, (100, made))
    stub = {"Id": made["Id"], "SyncToken": "1"}
    client.call("POST", "invoice", stub, operation="void")

    seen = [(each.entity, each.operation, each.id) for each in app.companies["1"].changes]
    assert seen == [
        ("Payment", "created", paid["Id"]),
        ("Invoice", "updated", made["Id"]),
        ("Invoice", "void", made["Id"]),
        ("Payment", "updated", paid["Id"]),
    ]


def test_repeated_payment_with_one_requestid_is_one_payment(client: Client) -> None:
    body = {"CustomerRef": {"value": "3"}, "TotalAmt": 25}

    first = client.call("POST", "payment", body, requestid="r-1")
    second = client.call("POST", "payment", body, requestid="r-1")

    assert second == first
    assert owes(client) == (-25, -25)


# Money that goes back


def test_refund_of_a_credit_is_a_payment_over_nothing_that_ties_a_check_to_it(
    client: Client,
) -> None:
    memo = _memo(client)

    first = client.person("refund", "CreditMemo", id=memo["Id"], amount=10)
    second = client.person("refund", "CreditMemo", id=memo["Id"], by="Expense")

    assert (first["TotalAmt"], first["UnappliedAmt"]) == (0, 0)
    kinds = [[each["LinkedTxn"][0]["TxnType"] for each in one["Line"]] for one in (first, second)]
    assert kinds == [["Check", "CreditMemo"], ["Expense", "CreditMemo"]]
    assert (_open(client, memo), owes(client)) == (0, (0, 0))
    assert first["Line"][0].keys() == {"Amount", "LinkedTxn"}


def test_refund_of_a_payment_that_was_too_high_is_a_line_of_it(client: Client) -> None:
    made = invoice(client)
    paid = payment(client, 130, (100, made))

    back = client.person("refund", "Payment", id=paid["Id"])

    assert (back["Id"], back["UnappliedAmt"], back["SyncToken"]) == (paid["Id"], 0, "1")
    lines = [(each["LinkedTxn"][0]["TxnType"], each["Amount"]) for each in back["Line"]]
    assert lines == [("Invoice", 100), ("Check", 30)]
    assert (_open(client, made), owes(client)) == (0, (0, 0))


def test_no_more_is_paid_back_than_is_left_and_no_check_is_applied_twice(client: Client) -> None:
    memo = _memo(client)
    for amount in (31, 0, -1):
        refused = client.person("refund", "CreditMemo", id=memo["Id"], amount=amount)
        assert code_of(refused) == "6000"
    tied = client.person("refund", "CreditMemo", id=memo["Id"], amount=10)
    check = tied["Line"][0]["LinkedTxn"][0]["TxnId"]
    lines = [
        {"Amount": 1, "LinkedTxn": [{"TxnId": check, "TxnType": "Check"}]},
        {"Amount": 1, "LinkedTxn": [{"TxnId": memo["Id"], "TxnType": "CreditMemo"}]},
    ]
    body = {"CustomerRef": {"value": "3"}, "TotalAmt": 0, "Line": lines}

    twice = client.create("Payment", **body)
    client.person("delete", "Payment", id=tied["Id"])
    again = client.create("Payment", **body)

    assert code_of(twice) == "6000"
    assert (again["UnappliedAmt"], _open(client, memo)) == (0, 29)
    assert (
        code_of(
            client.create(
                "Payment",
                **{
                    **body,
                    "Line": [{**lines[0], "LinkedTxn": [{"TxnId": "9999", "TxnType": "Check"}]}],
                },
            )
        )
        == "2500"
    )


def test_credit_memo_that_goes_takes_its_refund_off_the_payment(client: Client) -> None:
    memo = _memo(client)
    tied = client.person("refund", "CreditMemo", id=memo["Id"])

    client.person("delete", "CreditMemo", id=memo["Id"])

    left = client.read("Payment", tied["Id"])
    assert (left["Line"], left["UnappliedAmt"]) == ([], 0)


@pytest.mark.parametrize(
    ("entity", "by"), [("Invoice", "Check"), ("RefundReceipt", "Check"), ("Payment", "Deposit")]
)
def test_only_credits_are_refunded_and_only_by_checks_and_expenses(
    client: Client, entity: str, by: str
) -> None:
    client.person("refund", entity, id="3", by=by)

    assert client.status == 400
