"""Sales receipts and refund receipts: what is added, what is refused, what follows."""

import json
from typing import Any

import pytest

from local.simulators.quickbooks.app import QuickBooks
from local.simulators.quickbooks.webhooks import Delivery
from tests.unit.simulators.quickbooks.books import line, owes, prefer
from tests.unit.simulators.quickbooks.client import Client, code_of

Row = dict[str, Any]
CHECKING = {"value": "35"}
CASH = {"value": "1"}
VOID = {"operation": "update", "include": "void"}


def _sale(client: Client, *lines: Row, **fields: Any) -> Row:
    body = {"CustomerRef": {"value": "3"}, "Line": list(lines) or [line()], **fields}
    return client.create("SalesReceipt", **body)


def _refund(client: Client, *lines: Row, **fields: Any) -> Row:
    body = {"CustomerRef": {"value": "3"}, "Line": list(lines) or [line()], **fields}
    return client.create("RefundReceipt", DepositToAccountRef=CHECKING, **body)


def _stock(client: Client) -> Any:
    return client.read("Item", "11")["QtyOnHand"]


def test_sales_receipt_is_settled_when_it_is_made(client: Client) -> None:
    made = _sale(client, line(70, Qty=2, UnitPrice=35))

    assert (made["TotalAmt"], made["Balance"], made["SyncToken"]) == (70, 0, "0")
    assert made["DepositToAccountRef"] == {"value": "4", "name": "Undeposited Funds"}
    assert (made["DocNumber"], made["PrintStatus"]) == ("1038", "NeedToPrint")
    assert made["CustomerRef"]["name"] == "Cool Cars"
    assert owes(client) == (0, 0)
    assert not made.keys() & {"LinkedTxn", "DueDate", "SalesTermRef"}
    assert client.read("SalesReceipt", made["Id"]) == made


def test_receipts_name_the_account_the_method_and_the_class(client: Client) -> None:
    kind = client.create("Class", Name="Landscaping")
    refers = {"PaymentMethodRef": {"value": "2"}, "ClassRef": {"value": kind["Id"]}}

    made = _sale(client, DepositToAccountRef=CHECKING, PaymentRefNum="10264", **refers)

    assert made["DepositToAccountRef"]["name"] == "Checking"
    assert made["PaymentMethodRef"] == {"value": "2", "name": "Check"}
    assert made["ClassRef"]["name"] == "Landscaping"
    assert made["PaymentRefNum"] == "10264"


def test_new_name_of_a_method_shows_where_the_old_one_did(client: Client) -> None:
    made = _sale(client, PaymentMethodRef={"value": "2"})
    paid = client.create("Payment", CustomerRef={"value": "3"}, TotalAmt=5, PaymentMethodRef=CASH)

    client.update("PaymentMethod", Id="2", SyncToken="0", Name="Cheque")
    client.update("PaymentMethod", Id="1", SyncToken="0", Name="Coins")

    assert client.read("SalesReceipt", made["Id"])["PaymentMethodRef"]["name"] == "Cheque"
    assert client.read("Payment", paid["Id"])["PaymentMethodRef"] == CASH


def test_receipt_needs_no_customer_unless_the_switch_says_so(client: Client) -> None:
    made = client.create("SalesReceipt", Line=[line()])
    client.admin("POST", "switches", {"receipt_without_customer": "refused"})

    refused = client.create("SalesReceipt", Line=[line()])

    assert (made["TotalAmt"], "CustomerRef" in made) == (100, False)
    assert code_of(refused) == "2020"
    changed = client.update("SalesReceipt", Id=made["Id"], SyncToken="0", CustomerRef=CASH)
    assert changed["CustomerRef"]["name"] == "Amy's Bird Sanctuary"


@pytest.mark.parametrize(
    ("entity", "fields", "code"),
    [
        ("SalesReceipt", {"Line": []}, "2020"),
        ("SalesReceipt", {"PaymentRefNum": "1" * 22}, "2050"),
        ("SalesReceipt", {"DepositToAccountRef": {"value": "4711"}}, "2500"),
        ("SalesReceipt", {"DepositToAccountRef": {"value": "79"}}, "6000"),
        ("SalesReceipt", {"DueDate": "2026-01-01"}, "2010"),
        ("SalesReceipt", {"EmailStatus": "NeedToSend"}, "2020"),
        ("RefundReceipt", {}, "2020"),
        ("RefundReceipt", {"DepositToAccountRef": CHECKING, "PaymentType": "Gold"}, "2170"),
        ("RefundReceipt", {"DepositToAccountRef": CHECKING, "EmailStatus": "NotSet"}, "2010"),
        (
            "RefundReceipt",
            {"DepositToAccountRef": CHECKING, "PrintStatus": "PrintComplete"},
            "2020",
        ),
    ],
)
def test_receipt_that_breaks_a_rule_is_refused_with_its_code(
    client: Client, entity: str, fields: Row, code: str
) -> None:
    body = {"CustomerRef": {"value": "3"}, "Line": [line()], **fields}

    assert code_of(client.create(entity, **body)) == code


def test_refund_that_is_to_be_printed_says_so_as_its_reference(client: Client) -> None:
    to_print = _refund(client, PaymentRefNum="10264")
    printed = _refund(client, PrintStatus="PrintComplete", PaymentRefNum="9" * 100)

    assert (to_print["PaymentRefNum"], to_print["Balance"]) == ("To Print", 0)
    assert printed["PaymentRefNum"] == "9" * 100
    assert "EmailStatus" not in to_print
    assert owes(client) == (0, 0)


def test_receipts_share_their_numbers_with_invoices(client: Client) -> None:
    numbers = [_sale(client)["DocNumber"], _refund(client)["DocNumber"]]

    assert numbers == ["1038", "1039"]
    client.admin("POST", "switches", {"warns_of_duplicate_numbers": True})
    assert code_of(_sale(client, DocNumber="1038")) == "6140"
    prefer(client, "SalesFormsPrefs", CustomTxnNumbers=True)
    assert "DocNumber" not in _sale(client)


def test_stock_leaves_with_a_sale_and_comes_back_with_a_refund(client: Client) -> None:
    before = _stock(client)

    sold = _sale(client, line(45, item="11", Qty=3, UnitPrice=15))
    after_sale = _stock(client)
    _refund(client, line(15, item="11", Qty=1, UnitPrice=15))
    after_refund = _stock(client)
    client.call("POST", "salesreceipt", {"Id": sold["Id"], "SyncToken": "0"}, **VOID)

    assert (after_sale, after_refund) == (before - 3, before - 2)
    assert _stock(client) == before + 1


def test_full_update_empties_what_is_left_out_and_sparse_does_not(client: Client) -> None:
    made = _sale(client, PrivateNote="x", CustomerMemo={"value": "y"})
    lines = made["Line"]

    sparse = client.update("SalesReceipt", Id=made["Id"], SyncToken="0", PrivateNote="z")
    whole = client.update("SalesReceipt", Id=made["Id"], SyncToken="1", sparse=False, Line=lines)
    stale = client.update("SalesReceipt", Id=made["Id"], SyncToken="1", PrivateNote="late")

    assert (sparse["PrivateNote"], sparse["CustomerMemo"]) == ("z", {"value": "y"})
    assert not whole.keys() & {"PrivateNote", "CustomerMemo", "CustomerRef"}
    assert (whole["Line"], whole["Balance"], whole["DocNumber"]) == (lines, 0, made["DocNumber"])
    assert code_of(stale) == "5010"


@pytest.mark.parametrize("amount", [250, 10])
def test_receipt_stays_settled_whatever_it_comes_to(client: Client, amount: int) -> None:
    made = _sale(client, line(100))

    changed = client.update("SalesReceipt", Id=made["Id"], SyncToken="0", Line=[line(amount)])

    assert (changed["TotalAmt"], changed["Balance"]) == (amount, 0)
    assert owes(client) == (0, 0)


@pytest.mark.parametrize("query", [VOID, {"include": "void"}, {"operation": "void"}])
def test_voided_receipt_is_worth_nothing_and_keeps_its_number(
    client: Client, query: dict[str, str]
) -> None:
    made = _sale(client, line(70, Qty=2, UnitPrice=35), PrivateNote="by card")
    body = {"Id": made["Id"], "SyncToken": "0", "sparse": True}

    gone = client.call("POST", "salesreceipt", body, **query)["SalesReceipt"]

    detail = gone["Line"][0]["SalesItemLineDetail"]
    assert (gone["TotalAmt"], gone["Balance"], gone["SyncToken"]) == (0, 0, "1")
    assert (detail["Qty"], detail["UnitPrice"], gone["Line"][0]["Amount"]) == (0, 0, 0)
    assert gone["PrivateNote"] == "Voided - by card"
    assert (gone["DocNumber"], gone["DepositToAccountRef"]["value"]) == (made["DocNumber"], "4")
    assert client.read("SalesReceipt", made["Id"]) == gone


def test_receipt_may_be_voided_by_its_own_operation_alone(client: Client) -> None:
    client.admin("POST", "switches", {"receipt_voided_by_operation": False})
    body = {"Id": _sale(client)["Id"], "SyncToken": "0"}

    refused = client.call("POST", "salesreceipt", body, operation="void")
    taken = client.call("POST", "salesreceipt", body, **VOID)

    assert code_of(refused) == "500"
    assert taken["SalesReceipt"]["TotalAmt"] == 0


def test_refund_is_voided_by_people_only(client: Client) -> None:
    made = _refund(client)

    refused = client.call("POST", "refundreceipt", {"Id": made["Id"], "SyncToken": "0"}, **VOID)
    gone = client.person("void", "RefundReceipt", id=made["Id"])

    assert code_of(refused) == "500"
    assert (gone["TotalAmt"], gone["PrivateNote"]) == (0, "Voided")


@pytest.mark.parametrize("entity", ["SalesReceipt", "RefundReceipt"])
def test_deleted_receipt_leaves_a_stub(client: Client, entity: str) -> None:
    made = _sale(client) if entity == "SalesReceipt" else _refund(client)
    stub = {"Id": made["Id"], "SyncToken": "0"}

    gone = client.call("POST", entity.lower(), stub, operation="delete")[entity]

    assert gone == {"domain": "QBO", "status": "Deleted", "Id": made["Id"]}
    assert code_of(client.read(entity, made["Id"])) == "610"
    since = {"entities": entity.lower(), "changedSince": "2026-11-22T00:00:00Z"}
    (changed,) = client.call("GET", "cdc", **since)["CDCResponse"][0]["QueryResponse"]
    assert (changed[entity][-1]["status"], changed[entity][-1]["Id"]) == ("Deleted", made["Id"])


def test_deposited_receipt_cannot_be_changed(client: Client) -> None:
    made = _sale(client)
    client.person("deposit", "SalesReceipt", id=made["Id"])
    stub = {"Id": made["Id"], "SyncToken": "1", "sparse": True}

    answers = [
        client.call("POST", "salesreceipt", {**stub, "PrivateNote": "x"}),
        client.call("POST", "salesreceipt", stub, **VOID),
        client.call("POST", "salesreceipt", stub, operation="delete"),
    ]

    assert [code_of(each) for each in answers] == ["6540"] * 3
    assert client.read("SalesReceipt", made["Id"])["LinkedTxn"][0]["TxnType"] == "Deposit"


def test_receipt_closes_the_estimate_that_it_is_made_from(client: Client) -> None:
    estimate = client.create("Estimate", CustomerRef={"value": "3"}, Line=[line()])
    link = {"TxnId": estimate["Id"], "TxnType": "Estimate"}

    made = _sale(client, LinkedTxn=[link])
    closed = client.read("Estimate", estimate["Id"])
    client.call("POST", "salesreceipt", {"Id": made["Id"], "SyncToken": "0"}, operation="delete")

    assert made["LinkedTxn"] == [link]
    assert closed["TxnStatus"] == "Closed"
    assert closed["LinkedTxn"] == [{"TxnId": made["Id"], "TxnType": "SalesReceipt"}]
    assert client.read("Estimate", estimate["Id"])["TxnStatus"] == "Pending"
    assert "LinkedTxn" not in _refund(client, LinkedTxn=[link])


@pytest.mark.parametrize("entity", ["SalesReceipt", "Invoice"])
def test_only_one_estimate_can_be_linked(client: Client, entity: str) -> None:
    body = {"CustomerRef": {"value": "3"}, "Line": [line()]}
    ids = [client.create("Estimate", **body)["Id"] for _ in range(2)]
    links = [{"TxnId": each, "TxnType": "Estimate"} for each in ids]

    refused = client.create(entity, **body, LinkedTxn=links)

    assert code_of(refused) == "6000"
    assert [client.read("Estimate", each)["TxnStatus"] for each in ids] == ["Pending"] * 2


def test_sent_receipts_carry_when_and_where_to(client: Client) -> None:
    sale, refund = _sale(client), _refund(client)

    nowhere = client.call("POST", f"salesreceipt/{sale['Id']}/send")
    sold = client.call("POST", f"salesreceipt/{sale['Id']}/send", sendTo="a@example.com")
    back = client.call("POST", f"refundreceipt/{refund['Id']}/send", sendTo="a@example.com")

    assert code_of(nowhere) == "2020"
    assert sold["SalesReceipt"]["EmailStatus"] == "EmailSent"
    for each in (sold["SalesReceipt"], back["RefundReceipt"]):
        assert each["DeliveryInfo"]["DeliveryType"] == "Email"
        assert each["BillEmail"] == {"Address": "a@example.com"}
    assert "EmailStatus" not in back["RefundReceipt"]


def test_receipts_are_announced_under_their_own_types(app: QuickBooks, client: Client) -> None:
    client.admin("POST", "webhooks", {"url": "http://127.0.0.1:1/hook"})
    app.companies["1"].changes.clear()
    sale, refund = _sale(client, BillEmail={"Address": "a@example.com"}), _refund(client)
    ids = {"Id": sale["Id"], "SyncToken": "0", "sparse": True}

    client.call("POST", "salesreceipt", {**ids, "PrivateNote": "x"})
    client.call("POST", f"salesreceipt/{sale['Id']}/send")
    client.call("POST", "salesreceipt", {**ids, "SyncToken": "2"}, **VOID)
    client.call("POST", "refundreceipt", {"Id": refund["Id"], "SyncToken": "0"}, operation="delete")

    seen = [f"{each.entity}.{each.operation}" for each in app.companies["1"].changes]
    assert seen == [
        "SalesReceipt.created",
        "RefundReceipt.created",
        "SalesReceipt.updated",
        "SalesReceipt.emailed",
        "SalesReceipt.void",
        "RefundReceipt.deleted",
    ]
    assert _types_sent(app)[-2:] == ["qbo.salesreceipt.void.v1", "qbo.refundreceipt.deleted.v1"]


def _types_sent(app: QuickBooks) -> list[str]:
    bodies: list[bytes] = []

    def keep(delivery: Delivery) -> int:
        bodies.append(delivery.body)
        return 200

    app.mailbox.deliver_due(keep)
    return [event["type"] for body in bodies for event in json.loads(body)]


def test_receipts_in_queries_and_batches(client: Client) -> None:
    sale = {"CustomerRef": {"value": "3"}, "Line": [line(310)], "PaymentMethodRef": CASH}
    refund = {"Line": [line(5)], "DepositToAccountRef": CHECKING}
    first = _sale(client)
    void = {"Id": first["Id"], "SyncToken": "0", "sparse": True}

    answers = client.batch(
        {"bId": "a", "operation": "create", "SalesReceipt": sale},
        {"bId": "b", "operation": "create", "RefundReceipt": refund},
        {"bId": "c", "operation": "update", "optionsData": "void", "SalesReceipt": void},
        {"bId": "d", "Query": "select * from SalesReceipt where TotalAmt > '300.00'"},
        {"bId": "e", "operation": "delete", "RefundReceipt": {"Id": "66", "SyncToken": "9"}},
    )

    assert answers[0]["SalesReceipt"]["TotalAmt"] == 310
    assert "CustomerRef" not in answers[1]["RefundReceipt"]
    assert answers[2]["SalesReceipt"]["TotalAmt"] == 0
    assert {each["TotalAmt"] for each in answers[3]["QueryResponse"]["SalesReceipt"]} >= {310}
    assert code_of(answers[4]) == "5010"
    found = client.query("select * from RefundReceipt where DocNumber = '1020'")
    assert (found["RefundReceipt"][0]["Id"], found["totalCount"]) == ("66", 1)
    found = client.query("select * from SalesReceipt where CustomerRef = '15' orderby TxnDate")
    assert ([each["Id"] for each in found["SalesReceipt"]], "totalCount" in found) == (
        ["38"],
        False,
    )
    refused = client.query("select * from SalesReceipt where PaymentRefNum = '10264'")
    assert code_of(refused) == "4001"


def test_repeated_receipt_with_one_requestid_is_one_receipt(client: Client) -> None:
    body = {"CustomerRef": {"value": "3"}, "Line": [line()]}
    before = client.query("select count(*) from SalesReceipt")["totalCount"]

    first = client.call("POST", "salesreceipt", body, requestid="r-1")
    second = client.call("POST", "salesreceipt", body, requestid="r-1")

    assert second == first
    assert client.query("select count(*) from SalesReceipt")["totalCount"] == before + 1


def test_receipts_follow_the_customer_that_is_renamed_or_merged_away(client: Client) -> None:
    made = _sale(client)
    client.update("Customer", Id="3", SyncToken="0", DisplayName="Hot Cars")
    renamed = client.read("SalesReceipt", made["Id"])["CustomerRef"]["name"]

    client.person("merge", "Customer", id="3", into="2")

    assert renamed == "Hot Cars"
    assert client.read("SalesReceipt", made["Id"])["CustomerRef"]["value"] == "2"


def test_foreign_receipt_is_settled_at_home_too(client: Client) -> None:
    prefer(client, "CurrencyPrefs", MultiCurrencyEnabled=True)
    euro = {"value": "EUR", "name": "Euro"}
    lyon = client.create("Customer", DisplayName="Lyon", CurrencyRef=euro)["Id"]

    made = _sale(client, CustomerRef={"value": lyon}, CurrencyRef=euro, ExchangeRate=1.25)

    assert (made["HomeTotalAmt"], made["HomeBalance"], made["Balance"]) == (125, 0, 0)


def test_person_copies_a_receipt(client: Client) -> None:
    made = _sale(client, PrivateNote="x", DepositToAccountRef=CHECKING)

    twin = client.person("copy", "SalesReceipt", id=made["Id"])

    assert twin["Id"] != made["Id"]
    assert (twin["TotalAmt"], twin["PrivateNote"], twin["Balance"]) == (100, "x", 0)
    assert twin["DepositToAccountRef"] == made["DepositToAccountRef"]
